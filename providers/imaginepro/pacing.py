"""How often the account may be called: whoever comes too early waits for a turn, first come, first served.

The service counts all calls of an account together (reference section 2.5), so one adapter has one turnstile for each
of its two rules.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Final

GENERAL_EVERY: Final = 3.25
"""Seconds between two orders, lists or looks at the account: 3 by the rule, and what the network may shift them by."""

MESSAGE_EVERY: Final = 0.11
"""Seconds between two looks at messages: ten in a second by the rule."""


class Turnstile:
    """Lets one through every so many seconds. ``sleep`` waits seconds as the provider counts them."""

    def __init__(self, every: float, now: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._every = every
        self._now = now
        self._sleep = sleep
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
            self._last = self._now()
            yield
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
            self._last = min(self._last, self._now())
            left += self._every - (self._now() - self._last).total_seconds()
        if left > 0:
            await self._sleep(left)
