"""The one door to discord.py for these tests: importing it warns on Python 3.11 and 3.12, and warnings are errors."""

import warnings

with warnings.catch_warnings():
    # Voice support imports the deprecated `audioop`; nothing here has a voice.
    warnings.filterwarnings("ignore", message="'audioop' is deprecated", category=DeprecationWarning)
    import discord
    from discord import app_commands
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

__all__ = ["DiscordWebSocket", "Route", "app_commands", "discord"]
