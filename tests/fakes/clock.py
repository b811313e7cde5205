"""A clock that only moves when nothing else can: stories of hours run in milliseconds and always the same way."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class StoryClock:
    """Virtual time. ``workers`` tells the tasks that are at work unless they sleep on this clock."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._onlookers: list[asyncio.Future[None]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()
        self.workers: Callable[[], Iterable[asyncio.Task[None]]] = lambda: ()

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._now

    def elapsed(self, since: datetime) -> float:
        """Return the virtual seconds since then."""
        return (self._now - since).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait until the story has come that far."""
        sleeper = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._order), sleeper))
        self._changed.set()
        await sleeper

    async def until(self, since: datetime, seconds: float) -> None:
        """Wait until so much time has passed, without being somebody the story waits for: the sandbox's own work."""
        while self.elapsed(since) < seconds:
            onlooker = asyncio.get_running_loop().create_future()
            self._onlookers.append(onlooker)
            await onlooker

    def skip(self, seconds: float) -> None:
        """Let time pass for everybody at once, as when the process was down."""
        self._move(self._now + timedelta(seconds=seconds))

    def _move(self, to: datetime) -> None:
        self._now = max(self._now, to)
        onlookers, self._onlookers = self._onlookers, []
        for onlooker in onlookers:
            if not onlooker.done():
                onlooker.set_result(None)

    async def settle(self) -> None:
        """Wait until every worker has ended or sleeps."""
        while True:
            working = [task for task in self.workers() if not task.done()]
            if len(working) <= self._asleep():
                return
            self._changed.clear()
            change = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait([change, *working], return_when=asyncio.FIRST_COMPLETED)
            finally:
                change.cancel()

    async def step(self) -> bool:
        """Settle, then move to the next moment somebody waits for; return whether there was one."""
        await self.settle()
        self._asleep()
        if not self._sleepers:
            return False
        due, _, sleeper = heapq.heappop(self._sleepers)
        self._move(due)
        sleeper.set_result(None)
        await asyncio.sleep(0)
        return True

    async def run(self, until: Callable[[], bool] | None = None, *, limit: timedelta = timedelta(hours=48)) -> None:
        """Let the story go on until ``until`` holds, or until nobody waits for anything any more."""
        end = self._now + limit
        while self._now <= end:
            await self.settle()
            if until is not None and until():
                return
            if not await self.step():
                assert until is None or until(), "the story ended before it came to that"
                return
        msg = "the story did not come to that in time"
        raise AssertionError(msg)

    def _asleep(self) -> int:
        self._sleepers = [s for s in self._sleepers if not s[2].done()]
        heapq.heapify(self._sleepers)
        return len(self._sleepers)
