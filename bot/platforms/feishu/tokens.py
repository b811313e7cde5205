"""The application's token: fetched once for everybody who waits, ahead of its end. Who shows it is in ``client``."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.engine.ports import Clock
from bot.platforms.feishu.wire import TenantToken

log = structlog.get_logger(__name__)

AHEAD = timedelta(minutes=25)
"""How long before a token's end a new one is fetched. Feishu gives one from 30 minutes before; both are good then."""

LAST_MINUTE = timedelta(minutes=1)
"""How long before its end a token is not shown any more."""


class Tokens:
    """The current token. ``fetch`` asks Feishu for one; whatever it raises goes to everybody who waits for it."""

    def __init__(self, fetch: Callable[[], Awaitable[TenantToken]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._ends: datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def current(self) -> str:
        """Return a token that is good; an old one that still is where no new one can be had."""
        if self._lasts(AHEAD):
            return self._token
        try:
            await self._renewed()
        except Exception as problem:
            if not self._lasts(LAST_MINUTE):
                raise
            log.warning("token_not_renewed", detail=str(problem))
        return self._token

    def drop(self, token: str) -> None:
        """Forget a token that Feishu does not take; a newer one stays."""
        if token == self._token:
            self._token, self._ends = "", None

    def _lasts(self, least: timedelta) -> bool:
        return self._ends is not None and self._ends - self._clock.now() > least

    async def _renewed(self) -> None:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._renew(), name="feishu-token")
            self._fetching.add_done_callback(self._done)
        # One of those who wait may be cancelled; the others still want it.
        await asyncio.shield(self._fetching)

    async def _renew(self) -> None:
        asked = self._clock.now()
        found = await self._fetch()
        self._token, self._ends = found.tenant_access_token, asked + timedelta(seconds=found.expire)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # everybody who waited may be gone
