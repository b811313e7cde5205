"""What the client that listens is allowed to know and to keep, and what one asks of people's own words: nothing."""

from types import SimpleNamespace
from typing import Any

import discord

from bot.platforms.discord.client import Client
from bot.platforms.discord.commands import FORGET, Commands
from bot.platforms.discord.inbound import WITHIN
from bot.platforms.discord.menu import PATIENCE, Menu
from bot.storage.passes import Pass
from tests.platforms.discord.test_menu import MODELS, WORDS, Catalogue


def _client() -> Client:
    return Client(None, shards=2, pace=0, ready_timeout=0)  # type: ignore[arg-type] # nobody listens


def test_it_asks_for_servers_only() -> None:
    """No privileged intent is needed, so that nobody has to switch one on or explain it to Discord."""
    client = _client()
    assert client.intents == discord.Intents(guilds=True)
    assert isinstance(client, discord.AutoShardedClient)
    assert client.shard_count == 2


def test_it_keeps_no_messages_and_no_people() -> None:
    """Memory must not grow with what is said in the servers."""
    client = _client()
    assert client._connection._messages is None
    assert client._connection.member_cache_flags == discord.MemberCacheFlags.none()
    assert not client._connection._chunk_guilds


def test_nothing_it_says_calls_anybody() -> None:
    """Not even what the library says by itself."""
    allowed = _client().allowed_mentions
    assert allowed is not None
    assert not any((allowed.everyone, allowed.users, allowed.roles, allowed.replied_user))


def test_discord_is_answered_before_it_gives_up() -> None:
    """It waits three seconds for an acknowledgement; people who type wait one for a list."""
    assert WITHIN <= 2.5
    assert PATIENCE < 1


async def test_our_recommendation_is_always_among_the_25() -> None:
    """With more models than a list takes, the way back to the recommendation still stands first."""
    menu = Menu(Catalogue(MODELS))  # type: ignore[arg-type] # as much of a catalogue as is used
    commands = Commands(None, menu, WORDS)  # type: ignore[arg-type] # nobody is asked
    interaction: Any = SimpleNamespace(
        command=SimpleNamespace(name="model"), namespace=SimpleNamespace(kind="video"), locale=discord.Locale.chinese
    )
    offered = await commands.offer_models(interaction, "")
    assert len(offered) == 25
    assert offered[0].value == FORGET
    assert len(await commands.offer_models(interaction, "model")) == 25


def test_a_token_is_not_written_where_its_owner_is() -> None:
    """Whoever prints a pass, in a log or an error, prints no right to speak."""
    fields: Any = dict.fromkeys(Pass.__dataclass_fields__, "x")
    assert "secret" not in repr(Pass(**(fields | {"token": "secret"})))
