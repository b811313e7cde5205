"""What time it is in the sandbox, and how fast pretend work gets done. No state of a task lives here."""

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


class ScaledClock:
    """The machine's own time; pretend work goes ``speed`` times as fast as the wall clock."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._speed = speed

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)

    def elapsed(self, since: datetime) -> float:
        """Return the wall seconds since that moment, times the speed."""
        return (self.now() - since).total_seconds() * self._speed


class HandClock:
    """A clock that stands still until it is moved, so a test decides how far the work has come."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the moment the clock was last moved to."""
        return self._now

    def elapsed(self, since: datetime) -> float:
        """Return the seconds between that moment and the clock's."""
        return (self._now - since).total_seconds()

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now += timedelta(seconds=seconds)
