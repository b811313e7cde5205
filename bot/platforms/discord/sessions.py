"""How many sessions may still be started: whoever starts a thousand in a day loses the token. Starting is elsewhere.

discord.py starts another one by itself whenever Discord calls the last one invalid, so each has to ask here.
"""

from datetime import datetime, timedelta

import structlog

from bot.engine.ports import Clock
from bot.platforms.discord.wire import StartLimit

log = structlog.get_logger(__name__)

SESSIONS_KEPT = 100
"""How many of a day's sessions are left alone, for a person who has to restart Limner by hand."""


class SessionsUsedUp(Exception):
    """No session may be started any more today."""


class Sessions:
    """The budget of sessions as Discord told it last, less those that were started since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limit = StartLimit()
        self._left = self._limit.remaining
        self._renewed_at = clock.now()

    def told(self, limit: StartLimit) -> None:
        """Note what Discord says is left."""
        self._limit, self._left = limit, limit.remaining
        self._renewed_at = self._in(limit.reset_after / 1000)

    async def awaited(self, wanted: int) -> bool:
        """Wait until so many may be started; return whether that took time, so that what was told is old."""
        if self._left - wanted >= SESSIONS_KEPT:
            return False
        again_in = max(1.0, (self._renewed_at - self._clock.now()).total_seconds())
        log.error("discord_sessions_used_up", left=self._left, again_in=again_in)
        await self._clock.sleep(again_in)
        self._left, self._renewed_at = self._limit.total, self._in(timedelta(days=1).total_seconds())
        return True

    async def take(self) -> None:
        """Count one that is about to be started; raises :class:`SessionsUsedUp` where none may be."""
        if self._left <= SESSIONS_KEPT:
            raise SessionsUsedUp
        self._left -= 1

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)
