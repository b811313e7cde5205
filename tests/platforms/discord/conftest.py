"""Imports the Discord library once, where its own warning about Python's sound module is expected."""

from tests.fakes.discord import library

assert library.discord.version_info.major == 2
