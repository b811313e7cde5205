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
        self._line = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it: the next one comes after this call is over, so that none overtakes another.

        Who gives up while waiting takes none.
        """
        async with self._line:
            if self._last is not None:
                passed = (self._now() - self._last).total_seconds()
                # A clock that was set back must not hold anybody up for longer than the rule does.
                left = self._every - max(passed, 0.0)
                if left > 0:
                    await self._sleep(left)
            self._last = self._now()
            yield

    async def wait(self) -> None:
        """Take a turn without holding it, for calls of which many may be under way."""
        async with self.turn():
            pass
