"""Discord: slash commands, buttons and messages in servers, in DMs and as a user-installed app.

What Limner answers is decided in the engine. Sections named here are those of the reference ``discord.md``.
"""
