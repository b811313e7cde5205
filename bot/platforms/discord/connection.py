"""Keeps a client connected to Discord's gateway, whatever happens, and tells Discord our commands. It hears nothing.

discord.py's ``start`` ends with the first thing it cannot cope with: a failed login, some close codes, one malformed
event (section 2). Then another client takes over, with growing pauses, and never more often than Discord allows: who
starts a thousand sessions in a day loses the bot's token.
"""

import asyncio
import contextlib
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import discord
import structlog
from discord import gateway, http
from yarl import URL

from bot.engine.ports import Clock
from bot.errors import StoreTrouble
from bot.i18n import Translators
from bot.platforms.discord.client import Client, Tree
from bot.platforms.discord.commands import Commands
from bot.platforms.discord.inbound import Inbound
from bot.platforms.discord.roster import compare
from bot.platforms.discord.sessions import Sessions, SessionsUsedUp
from bot.platforms.discord.standing import Standing
from bot.platforms.discord.translator import CatalogueTranslator
from bot.platforms.discord.transport import GATEWAY, NotTaken, Transport
from bot.platforms.discord.wire import Gateway
from bot.storage.passes import Passes
from providers.contract import Secret

log = structlog.get_logger(__name__)

FIRST_PAUSE = 5.0
"""Seconds before another connection: Discord takes one new session in five seconds."""

LONGEST_PAUSE = 300.0
"""The same after many that did not last."""

STEADY = 600.0
"""Seconds after which a connection counts as a good one: the next pause is a short one again."""

CLOSE_WITHIN = 5.0
"""Seconds for a polite end of a connection: a stop does not wait for a Discord that does not answer."""

SYNC_WITHIN = 60.0
"""Seconds for telling Discord our commands: people wait for the connection, and the old commands work on."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where Discord is, if not where it usually is: for proxies that keep its limits, and for tests."""

    api_base: str = ""
    gateway_url: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for the last server after the first one, and between two sessions."""

    ready: float = 2.0
    pace: float = 5.0


class Connection:
    """Connects clients, one after the other. ``client`` is the one of now, ``starts`` counts them.

    ``running`` is the task that does it, between :meth:`open` and :meth:`close`.
    """

    def __init__(
        self,
        *,
        token: Secret,
        inbound: Inbound,
        commands: Commands,
        translators: Translators,
        transport: Transport,
        passes: Passes,
        clock: Clock,
        endpoints: Endpoints,
        patience: Patience | None = None,
    ) -> None:
        self.client: Client | None = None
        self.starts = 0
        self.running: asyncio.Task[None] | None = None
        self._token = token
        self._inbound = inbound
        self._commands = commands
        self._translators = translators
        self._transport = transport
        self._passes = passes
        self._clock = clock
        self._endpoints = endpoints
        self._patience = patience or Patience()
        self._sessions = Sessions(clock)
        self._is_closing = False

    def open(self) -> None:
        """Connect from now on."""
        self._is_closing = False
        self.running = asyncio.create_task(self._run(), name="discord-connection")

    async def close(self) -> None:
        """Disconnect."""
        if self.running is None:
            return
        # While it starts a session again the library swallows a cancellation, and then looks whether it is closed.
        self._is_closing = True
        if self.client is not None:
            await _close(self.client)
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.running = None

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._is_closing:
            began = self._clock.now()
            try:
                await self._connect()
                log.warning("discord_disconnected")
            except SessionsUsedUp:
                log.warning("discord_disconnected")
            except NotTaken as no:
                log.error("discord_connection_ended", detail=str(no))  # noqa: TRY400 - Discord said no; it is no bug
            except Exception:
                # One malformed event or a bad minute of Discord's must not end the service.
                log.exception("discord_connection_ended")
            if self._clock.elapsed(began) > STEADY:
                pause = FIRST_PAUSE
            if not self._is_closing:
                await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connect(self) -> None:
        found = await self._transport.ask(GATEWAY, Gateway)
        self._sessions.told(found.session_start_limit)
        if await self._sessions.awaited(found.shards):
            return
        if self._endpoints.api_base:
            http.Route.BASE = self._endpoints.api_base
        gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(self._endpoints.gateway_url or found.url)
        pace = self._patience.pace / max(1, found.session_start_limit.max_concurrency)
        client = Client(self._inbound, shards=found.shards, pace=pace, ready_timeout=self._patience.ready)
        tree = Tree(client)
        self._commands.join(tree)
        client.prepare = partial(self._sync, client, tree)
        client.admit = self._sessions.take
        self.client, self.starts = client, self.starts + 1
        try:
            await client.start(self._token.reveal())
        finally:
            self.client = None
            await _close(client)

    async def _sync(self, client: Client, tree: Tree) -> None:
        """Tell Discord our commands if it has others; where that fails, the old ones go on working."""
        await tree.set_translator(CatalogueTranslator(self._translators))
        wanted, application = await payload(tree), str(client.application_id)
        digest, name = fingerprint(wanted), f"commands.{application}"
        try:
            if await self._passes.fact(name) != digest or not await self._has(application, wanted):
                async with asyncio.timeout(SYNC_WITHIN):
                    synced = await tree.sync()
                await self._passes.keep_fact(name, digest)
                log.info("commands_synced", count=len(synced))
        except (discord.DiscordException, StoreTrouble, OSError) as problem:
            # ``TimeoutError`` is an ``OSError``; so is a connection that breaks.
            log.error("commands_not_synced", detail=f"{type(problem).__name__}: {problem}")  # noqa: TRY400 - known

    async def _has(self, application: str, wanted: Sequence[Mapping[str, object]]) -> bool:
        """Return whether Discord has the commands it was told: another program with our token may have told others."""
        try:
            return compare(wanted, await Standing(self._transport).commands(application)).is_none
        except NotTaken:
            return True


async def _close(client: Client) -> None:
    # A session that was not quite started is forgotten by the library, with the thread that sends its heartbeats.
    hearts = [thread for thread in threading.enumerate() if isinstance(thread, gateway.KeepAliveHandler)]
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSE_WITHIN):
            await asyncio.gather(*(heart.ws.close(1000) for heart in hearts), return_exceptions=True)
            await client.close()


async def payload(tree: Tree) -> Sequence[dict[str, Any]]:
    """Return all commands as they are sent to Discord, in every language."""
    translator = tree.translator
    if translator is None:
        return [command.to_dict(tree) for command in tree.get_commands()]
    return [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]


def fingerprint(commands: Sequence[dict[str, Any]]) -> str:
    """Return a digest that changes when any name, description or option does."""
    return hashlib.sha256(json.dumps(commands, sort_keys=True, default=str).encode()).hexdigest()
