"""Tests of the sandbox's ima2."""
