"""What Discord's list calls things: commands, what can be filled in, what can be chosen, in every language."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

import discord
from discord import app_commands
from discord.app_commands import Choice

from bot.core import slash
from bot.core.grammar import Verb
from bot.platforms.discord.translator import told
from bot.text import Phrase

Tree: TypeAlias = app_commands.CommandTree[discord.AutoShardedClient]
"""Where commands are put."""

_Function = TypeVar("_Function")


def listed(phrases: Mapping[str, Phrase]) -> list[Choice[str]]:
    """Return what can be chosen, under its names."""
    return [Choice(name=told(phrase.one, phrase), value=value) for value, phrase in phrases.items()]


def plain(*values: str) -> list[Choice[str]]:
    """Return values that need no translation."""
    return [Choice(name=value, value=value) for value in values]


def options(*names: str) -> Callable[[_Function], _Function]:
    """Name and describe what can be filled in, in every language."""
    words = {name: slash.SLASH_OPTIONS[name] for name in names}

    def decorate(function: _Function) -> _Function:
        described = app_commands.describe(**{name: told(what.one, what) for name, (_, what) in words.items()})
        renamed = app_commands.rename(**{name: told(name, called) for name, (called, _) in words.items()})
        return renamed(described(function))

    return decorate


def name_of(verb: Verb) -> app_commands.locale_str:
    """Return what a command is called."""
    return told(verb.value, slash.SLASH[verb.value][0])


def what_of(verb: Verb) -> app_commands.locale_str:
    """Return what a command does."""
    what = slash.SLASH[verb.value][1]
    return told(what.one, what)
