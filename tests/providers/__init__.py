"""Tests of the providers, against real HTTP on loopback."""
