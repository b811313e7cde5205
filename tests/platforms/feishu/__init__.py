"""Tests of the Feishu platform."""
