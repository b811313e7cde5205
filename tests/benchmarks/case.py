"""What one measuring process is told and what it reports, as JSON between processes. How it measures is elsewhere."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

INTERVAL = 8.0
"""Seconds between two looks at one job, as for most videos (reference ``engine.md`` section 5.4)."""

LATENCY = 0.05
"""Seconds that the provider takes for an answer. Without it a pool is never used by two polls at once."""


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement: what runs, how many pending jobs it has, for how long, and where its provider is.

    ``refs`` is a file with the provider's names of running orders, one per line. ``home`` is an empty folder. With
    ``most_running`` the provider works on so many of the jobs, and the others wait in line.
    """

    runs: str
    jobs: int
    window: float
    provider: str
    refs: Path
    home: Path
    interval: float = INTERVAL
    presses: int = 0
    most_running: int = 0

    def names(self) -> list[str]:
        """Return the orders to look at."""
        return self.refs.read_text("ascii").split()[: self.jobs]

    @property
    def due(self) -> float:
        """Return how many polls there are in the window if none is late."""
        return self.jobs * self.window / (self.interval + LATENCY)


@dataclass(slots=True)
class Reading:
    """What was measured; what a case does not measure stays as it is. Times in seconds, memory in bytes."""

    polls: int = 0
    cpu: float = 0.0
    memory: int = 0
    rows: int = 0
    proposals: list[float] = field(default_factory=list)
    confirmations: list[float] = field(default_factory=list)
    first_poll: float = 0.0
    stop: float = 0.0
    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    lost: int = 0
    refused: int = 0
    resident: int = 0
    resident_after: int = 0
    bare_acks: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    bare_sends: list[float] = field(default_factory=list)

    @property
    def cpu_per_poll(self) -> float:
        """Return CPU seconds per poll; endless where no poll was answered at all."""
        return self.cpu / self.polls if self.polls else float("inf")


CASE = TypeAdapter(Case)
READING = TypeAdapter(Reading)
