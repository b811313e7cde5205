"""What listens on the gateway and passes on what people do. Keeping it connected is in ``connection``."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ui import Button, DynamicItem, Item, Select
from typing_extensions import override

from bot.core import slash
from bot.core.cards import Card, Tone
from bot.platforms.discord import modals
from bot.platforms.discord.callers import caller
from bot.platforms.discord.inbound import Inbound
from bot.platforms.discord.wire import MORE_MENU

log = structlog.get_logger(__name__)


async def _nothing() -> None:
    """Prepare nothing."""


class Client(discord.AutoShardedClient):
    """Listens. ``pace`` is the seconds between two sessions.

    ``prepare`` runs once it knows who it is, ``admit`` before each session.
    """

    def __init__(self, inbound: Inbound, *, shards: int, pace: float, ready_timeout: float) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            shard_count=shards,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=ready_timeout,
        )
        self.inbound = inbound
        self.prepare: Callable[[], Awaitable[None]] = _nothing
        self.admit: Callable[[], Awaitable[None]] = _nothing
        self._pace = pace

    @override
    async def setup_hook(self) -> None:
        self.add_dynamic_items(ActionButton, MoreMenu)
        await self.prepare()

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        await self.admit()
        if not initial:
            await asyncio.sleep(self._pace)

    @override
    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("discord_event_broke", event_name=event_method)

    async def on_ready(self) -> None:
        """Note that every shard is there; comes again after a session was lost."""
        log.info("discord_ready", shards=self.shard_count, servers=len(self.guilds))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take what is sent with a form of ours: the library knows only the forms of this process."""
        if interaction.type is discord.InteractionType.modal_submit:
            sent = modals.read(interaction.data)
            if sent is not None:
                await self.inbound.ask_with(caller(interaction), sent.ask, sent.event, sent.files)


class ActionButton(DynamicItem[Button[Any]], template=r"lm\d+\|.{1,90}"):
    """Any button of ours on any message, also from before the last start: what it means is in its id."""

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str]
    ) -> "ActionButton":
        if not isinstance(item, Button):
            raise TypeError("our ids are on buttons only")
        return cls(item)

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        client = interaction.client
        if isinstance(client, Client):
            await client.inbound.press(caller(interaction), self.custom_id)


class MoreMenu(DynamicItem[Select[Any]], template=re.escape(MORE_MENU)):
    """The menu of further buttons on any message: a choice is a press of what it names."""

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str]
    ) -> "MoreMenu":
        if not isinstance(item, Select):
            raise TypeError("this id is on a menu only")
        return cls(item)

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        client = interaction.client
        if isinstance(client, Client) and self.item.values:
            await client.inbound.press(caller(interaction), str(self.item.values[0]))


class Tree(app_commands.CommandTree[discord.AutoShardedClient]):
    """The commands, explicit about where they may be used: in servers, in DMs, and brought by a person."""

    def __init__(self, client: Client) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )

    @override
    async def on_error(
        self, interaction: discord.Interaction[discord.AutoShardedClient], error: app_commands.AppCommandError, /
    ) -> None:
        log.warning("discord_command_not_run", event_id=interaction.id, why=type(error).__name__, detail=str(error))
        # A person's Discord may still list a command as it was before an update. Completion needs no such answer.
        if interaction.type is discord.InteractionType.application_command and isinstance(interaction.client, Client):
            await interaction.client.inbound.tell(caller(interaction), Card(title=slash.OUTDATED(), tone=Tone.BAD))
