"""What time the pretend Discord thinks it is, and ids that carry that time. Nothing here knows what happens when."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.fakes.discord_server.news import News

EPOCH_MS = 1_420_070_400_000
"""The first moment an id can carry: 2015-01-01, in milliseconds since 1970."""


class Clock:
    """The machine's time, which a test can stop and move on. Seconds since 1970.

    ``source`` gives the time that passes by itself. A test that lets the event loop hurry hands in the loop's time.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._stopped_at: float | None = None
        self._moves = News()

    @property
    def frozen(self) -> bool:
        """Tell whether time passes only by :meth:`advance`."""
        return self._stopped_at is not None

    def time(self) -> float:
        """Return the seconds since 1970."""
        return self._offset + (self._source() if self._stopped_at is None else self._stopped_at)

    def now(self) -> datetime:
        """Return the moment, aware and in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def freeze(self) -> None:
        """Let time stand still from now on."""
        if self._stopped_at is None:
            self._stopped_at = self._source()
        self._moves.tell()

    def thaw(self) -> None:
        """Let time pass again, from where it stood."""
        if self._stopped_at is not None:
            self._offset += self._stopped_at - self._source()
            self._stopped_at = None
        self._moves.tell()

    def advance(self, seconds: float) -> None:
        """Move on at once, and wake whoever waited for that."""
        if seconds < 0:
            raise ValueError("ids must not go back in time")
        self._offset += seconds
        self._moves.tell()

    async def sleep(self, seconds: float) -> None:
        """Wait until that much time has passed on this clock."""
        due = self.time() + seconds
        while (left := due - self.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if self.frozen else left):
                    await self._moves.next()


class Snowflakes:
    """Gives ids in order of time; no two are the same, even when the clock stands still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> int:
        """Return an id of this moment."""
        self._last = max((int(self._clock.time() * 1000) - EPOCH_MS) << 22, self._last + 1)
        return self._last


def born(snowflake: int) -> float:
    """Return the moment an id carries, in seconds since 1970 (exact to a millisecond)."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000


def stamp(moment: float) -> str:
    """Return a moment as Discord writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat()
