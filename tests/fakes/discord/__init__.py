"""Tests of the pretend Discord: against unmodified discord.py, and by bare HTTP where the library is too polite."""
