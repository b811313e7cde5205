"""What time it is in the sandbox, and how fast pretend work gets done. No state of a task lives here."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class SandboxClock(Protocol):
    """Where the sandbox gets its time from.

    ``now`` stamps what is stored and is never scaled; only durations are, so a stored moment still means the same
    after a restart.
    """

    def now(self) -> datetime:
        """Return the moment, aware and in UTC."""
        ...

    def elapsed(self, since: datetime) -> float:
        """Return how many seconds of pretend work were done since that moment."""
        ...

    async def until(self, since: datetime, seconds: float) -> None:
        """Wait until that much pretend work was done since that moment."""
        ...


class ScaledClock:
    """The machine's own time; pretend work goes ``speed`` times as fast as the wall clock."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._speed = speed

    async def pause(self, seconds: float) -> None:
        """Wait that many seconds of pretend work."""
        await asyncio.sleep(seconds / self._speed)

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)

    def elapsed(self, since: datetime) -> float:
        """Return the wall seconds since that moment, times the speed."""
        return (self.now() - since).total_seconds() * self._speed

    async def until(self, since: datetime, seconds: float) -> None:
        """Sleep for what is left of it."""
        while (left := seconds - self.elapsed(since)) > 0:
            await self.pause(left)


class HandClock:
    """A clock that stands still until it is moved, so a test decides how far the work has come."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._waiting: list[asyncio.Future[None]] = []

    def now(self) -> datetime:
        """Return the moment the clock was last moved to."""
        return self._now

    def elapsed(self, since: datetime) -> float:
        """Return the seconds between that moment and the clock's."""
        return (self._now - since).total_seconds()

    async def until(self, since: datetime, seconds: float) -> None:
        """Wait, without any real time, until somebody has moved the clock that far."""
        while self.elapsed(since) < seconds:
            moved = asyncio.get_running_loop().create_future()
            self._waiting.append(moved)
            await moved

    def advance(self, seconds: float) -> None:
        """Move the clock forward and wake those who wait for it."""
        self._now += timedelta(seconds=seconds)
        waiting, self._waiting = self._waiting, []
        for moved in waiting:
            if not moved.done():
                moved.set_result(None)


async def pause(clock: SandboxClock, seconds: float) -> None:
    """Let a client wait as long as the work takes. A clock that somebody else moves is not waited for."""
    if isinstance(clock, ScaledClock):
        await clock.pause(seconds)


def moment_of(clock: SandboxClock, since: datetime, seconds: float) -> datetime:
    """Return the second in which that much work was done since then; only good once it was done."""
    done = clock.elapsed(since)
    share = seconds / done if done else 1.0
    return (since + (clock.now() - since) * share).replace(microsecond=0)
