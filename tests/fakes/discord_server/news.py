"""Waiting for something to become true without asking again and again. What it is about is the caller's business."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 5.0
"""Seconds after which something that does not happen is a failed test, not a hanging one.

By the event loop's time. A loop in which hours pass in no time says how patient it is by an attribute ``patience``.
"""

Found = TypeVar("Found")


class News:
    """Wakes everybody who waits whenever something has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Let everybody look again."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def next(self) -> None:
        """Wait for the next change."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, find: Callable[[], Found | None], what: Callable[[], str]) -> Found:
        """Return what ``find`` finds, as soon as it finds something that is not None or False.

        Raises ``AssertionError`` with ``what`` when the patience is at its end (:data:`PATIENCE`).
        """
        patience: float = getattr(asyncio.get_running_loop(), "patience", PATIENCE)
        try:
            async with asyncio.timeout(patience):
                while True:
                    found = find()
                    if found is not None and found is not False:
                        return found
                    await self.next()
        except TimeoutError:
            raise AssertionError(what()) from None
