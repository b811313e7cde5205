"""Gateway sessions: which events are whose, what is kept for a RESUME, how often one may IDENTIFY. No socket here."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.refusals import Json

BUFFERED = 4096
"""Events a session keeps for a RESUME."""
GUILDS = 1 << 0
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = (1 << 1) | (1 << 8) | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 17) - 1 | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25)
MOST_GUILDS_PER_SHARD = 2500
_DAY = 86_400.0


class Line(Protocol):
    """What a session sends through while it is connected."""

    def send(self, payload: Json) -> None:
        """Send a payload."""
        ...


@dataclass(slots=True, eq=False)
class Session:
    """One shard's session. It outlives its connection until it is closed for good."""

    id: str
    shard: tuple[int, int] | None
    intents: int
    line: Line | None = None
    alive: bool = True
    seq: int = 0
    resumed: int = 0
    buffer: deque[Json] = field(default_factory=lambda: deque(maxlen=BUFFERED))

    def cares_for(self, event: str, guild: int | None) -> bool:
        """Tell whether an event goes to this session: by its shard and its intents."""
        number, count = self.shard or (0, 1)
        if ((guild or 0) >> 22) % count != number:
            return False
        if event.startswith("MESSAGE_"):
            return bool(self.intents & (DIRECT_MESSAGES if guild is None else GUILD_MESSAGES))
        if event.startswith(("GUILD_", "CHANNEL_", "THREAD_")):
            return bool(self.intents & GUILDS)
        return True

    def dispatch(self, event: str, data: Json) -> None:
        """Number an event, keep it, and send it if somebody listens."""
        self.seq += 1
        payload = {"op": 0, "t": event, "s": self.seq, "d": data}
        self.buffer.append(payload)
        if self.line is not None:
            self.line.send(payload)

    def missed(self, seq: int) -> list[Json] | None:
        """Return what came after ``seq``; None if that cannot be told any more."""
        if not 0 <= seq <= self.seq or (self.buffer and self.buffer[0]["s"] > seq + 1):
            return None
        return [payload for payload in self.buffer if payload["s"] > seq]


@dataclass(frozen=True, slots=True)
class Identify:
    """One IDENTIFY, as it came."""

    at: float
    shard: tuple[int, int] | None
    intents: int


@dataclass(slots=True)
class StartLimits:
    """How often sessions may start. An empty budget resets the bot's token, as Discord does."""

    clock: Clock
    total: int = 1000
    max_concurrency: int = 1
    identify_seconds: float = 5.0
    identifies: list[Identify] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        """Return how many IDENTIFYs are left of the last 24 hours."""
        since = self.clock.time() - _DAY
        return self.total - sum(1 for identify in self.identifies if identify.at > since)

    def payload(self) -> Json:
        """Return ``session_start_limit``."""
        return {
            "total": self.total,
            "remaining": max(0, self.remaining),
            "reset_after": int(_DAY * 1000),
            "max_concurrency": self.max_concurrency,
        }

    def too_fast(self, shard: tuple[int, int] | None) -> bool:
        """Tell whether another shard of the same lane identified less than five seconds ago."""
        lane = (shard or (0, 1))[0] % self.max_concurrency
        since = self.clock.time() - self.identify_seconds
        recent = (i for i in self.identifies if i.at > since)
        return any((identify.shard or (0, 1))[0] % self.max_concurrency == lane for identify in recent)
