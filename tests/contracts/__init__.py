"""Adapters and platforms run through the suites that any of them can run."""
