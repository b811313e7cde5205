"""Looks at everything that can be wrong with Limner in Discord, one after another, free and without a change.

It asks over the same door as the service and connects no gateway. What to make of the answers is in ``verdicts``.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from discord.app_commands import Translator

from bot.engine.ports import Clock
from bot.findings import Finding, note
from bot.i18n import Translators
from bot.platforms.discord import verdicts
from bot.platforms.discord.client import Client, Tree
from bot.platforms.discord.commands import Commands
from bot.platforms.discord.connection import payload
from bot.platforms.discord.fitting import Proofreader, misfits
from bot.platforms.discord.inbound import Inbound
from bot.platforms.discord.menu import Menu
from bot.platforms.discord.room import Terms
from bot.platforms.discord.roster import compare
from bot.platforms.discord.standing import Application, Standing, User
from bot.platforms.discord.transport import NotTaken, Transport
from bot.platforms.discord.wire import Gateway

WITHIN = 10.0
"""Seconds for the gateway's machine to answer."""

_TOKEN = re.compile(r"[!-~]+")
_PORTS = {"ws": 80, "wss": 443}


async def checkup(terms: Terms, translators: Translators, clock: Clock, channel: str = "") -> AsyncIterator[Finding]:
    """Yield what there is to find; with ``channel``, also whether Limner may do there what it needs to."""
    token = terms.token.reveal()
    if not token:
        yield verdicts.NO_TOKEN
    elif not _TOKEN.fullmatch(token):
        yield verdicts.NO_LIKELY_TOKEN
    else:
        transport = Transport(terms.token, clock, terms.endpoints.api_base)
        try:
            async with aclosing(_Checkup(terms, translators, Standing(transport)).all(channel)) as found:
                async for finding in found:
                    yield finding
        finally:
            await transport.close()


async def ours(translators: Translators, translator: Translator) -> Sequence[Mapping[str, object]]:
    """Return every command as Discord would be told it, in every language that ``translator`` knows."""
    # They are only written down here: nobody connects, so nobody is heard.
    nobody, nothing = cast("Inbound", None), cast("Menu", None)
    tree = Tree(Client(nobody, shards=1, pace=0, ready_timeout=0))
    Commands(nobody, nothing, translators).join(tree)
    await tree.set_translator(translator)
    return await payload(tree)


class _Checkup:
    def __init__(self, terms: Terms, translators: Translators, standing: Standing) -> None:
        self._endpoints = terms.endpoints
        self._media_mode = terms.media_mode.value
        self._translators = translators
        self._standing = standing

    async def all(self, channel: str) -> AsyncGenerator[Finding, None]:
        try:
            me, application = await self._standing.me(), await self._standing.application()
        except NotTaken as no:
            yield self._unread("network", no)
            return
        yield verdicts.account(me, application)
        for finding in (*verdicts.portal(application), *verdicts.install(application)):
            yield finding
        reader = Proofreader(self._translators)
        commands = partial(self._commands, application, await ours(self._translators, reader))
        for look in (self._gateway, commands, self._servers):
            for finding in await look():
                yield finding
        for finding in verdicts.texts([*reader.found, *misfits(self._translators)]):
            yield finding
        for finding in await self._channel(channel, me) if channel else ():
            yield finding

    async def _gateway(self) -> Sequence[Finding]:
        try:
            found = await self._standing.gateway()
        except NotTaken as no:
            return [self._unread("gateway", no)]
        closed = await self._closed_gateway(found)
        return [verdicts.gateway(found), *([closed] if closed else [])]

    async def _closed_gateway(self, found: Gateway) -> Finding | None:
        """Open a connection to the gateway's machine, say nothing, and close it: no session is used up."""
        own = self._endpoints.gateway_url
        parts = urlsplit(own or found.url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
        try:
            async with asyncio.timeout(WITHIN):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            return verdicts.closed_gateway(f"{host}:{port}", type(error).__name__, own=bool(own))
        writer.close()
        return None

    async def _commands(self, application: Application, wanted: Sequence[Mapping[str, object]]) -> Sequence[Finding]:
        try:
            there = await self._standing.commands(application.id)
        except NotTaken as no:
            return [self._unread("commands", no)]
        return [verdicts.commands(compare(wanted, there), len(wanted))]

    async def _servers(self) -> Sequence[Finding]:
        try:
            return [*verdicts.servers(await self._standing.servers(), self._media_mode)]
        except NotTaken as no:
            return [self._unread("servers", no)]

    async def _channel(self, name: str, me: User) -> Sequence[Finding]:
        if not name.isascii() or not name.isdecimal():
            return [verdicts.no_channel(name)]
        try:
            place = await self._standing.channel(name)
            if not place.guild_id:
                return [note(f"channel {name}", "it is a DM, where there are no permissions")]
            may = await self._standing.permitted(place, me.id)
        except NotTaken as no:
            return [verdicts.unseen_channel(name, no, self._endpoints.api_base)]
        return [*verdicts.channel(place, may, self._media_mode)]

    def _unread(self, part: str, no: NotTaken) -> Finding:
        return verdicts.unread(part, no, self._endpoints.api_base)
