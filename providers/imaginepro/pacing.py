"""How often the account may be called: whoever comes too early waits for a turn, first come, first served.

The service counts all calls of an account together (reference section 2.5), so one adapter has one turnstile for each
of its two rules.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from providers.contract import ProviderSettings

GENERAL_EVERY: Final = 3.1
"""Seconds between the end of an order, list or look at the account and the next: 3 by the rule, and a little more."""

MESSAGE_EVERY: Final = 0.11
"""Seconds between two looks at messages: ten in a second by the rule."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time as the service counts it, which in the demo passes faster than dates do."""

    now: Callable[[], datetime]
    elapsed: Callable[[datetime], float]
    sleep: Callable[[float], Awaitable[None]]

    @classmethod
    def of(cls, settings: ProviderSettings) -> "Seconds":
        """Return the time that an adapter is given."""
        now = settings.now
        return cls(now, settings.elapsed or (lambda since: (now() - since).total_seconds()), settings.sleep)

    def since(self, moment: datetime) -> float:
        """Return the seconds since then; a clock that was set back counts as one that stood still."""
        return max(self.elapsed(moment), 0.0)


class Turnstile:
    """Lets one through every so many seconds."""

    def __init__(self, every: float, time: Seconds) -> None:
        self._every = every
        self._time = time
        self._last: datetime | None = None
        self._waiting = 0
        self._line = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it: the next one comes after this call is over, so that none overtakes another.

        Who gives up while waiting takes none.
        """
        ahead, self._waiting = self._waiting, self._waiting + 1
        try:
            # Each waits by the clock for its own place in the line; the lock only keeps back who comes too close
            # behind a call that is late.
            await self._rest(ahead)
            await self._line.acquire()
        except BaseException:
            self._waiting -= 1
            raise
        try:
            self._waiting -= 1
            await self._rest(0)
            self._last = self._time.now()
            try:
                yield
            finally:
                # When it arrived nobody knows, but it was before its answer came, or was given up.
                self._last = self._time.now()
        finally:
            self._line.release()

    async def wait(self) -> None:
        """Take a turn without holding it, for calls of which many may be under way."""
        async with self.turn():
            pass

    async def _rest(self, ahead: int) -> None:
        """Sleep until so many others may have gone and one more may."""
        left = self._every * ahead
        if self._last is not None:
            # A clock that was set back must not hold anybody up for longer than the rule does.
            self._last = min(self._last, self._time.now())
            left += self._every - self._time.since(self._last)
        if left > 0:
            await self._time.sleep(left)
