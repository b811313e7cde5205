"""Tests of the Discord platform, the most of them against a pretend Discord and a pretend provider, on virtual time."""
