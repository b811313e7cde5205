"""Events that come in several frames, put together again (section 1.2). What is in them is not looked at here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.engine.ports import Clock
from bot.platforms.feishu.frames import Frame

LASTS = timedelta(seconds=30)
"""How long the missing parts of an event are waited for; Feishu sends it again later."""

MOST_PARTS = 256
MOST_EVENTS = 64
MOST_BYTES = 16 * 1024 * 1024
"""How much is kept at all, over all events: what nobody completes must not fill the memory."""


@dataclass(slots=True)
class _Set:
    total: int
    since: datetime
    parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.parts.values()))


class Parts:
    """The events that are not complete yet, by the name that their frames share."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sets: dict[str, _Set] = {}

    def add(self, frame: Frame) -> bytes | None:
        """Return the payload of an event when a frame completes it."""
        total, number = _count(frame.header("sum"), 1), _count(frame.header("seq"), 0)
        payload = frame.payload or b""
        if total <= 1:
            return payload
        if total > MOST_PARTS or number >= total:
            return None
        now = self._clock.now()
        name = frame.header("message_id")
        self._sets = {key: kept for key, kept in self._sets.items() if now - kept.since < LASTS}
        here = self._sets.setdefault(name, _Set(total, now))
        here.parts[number] = payload
        if len(here.parts) == here.total:
            del self._sets[name]
            return b"".join(here.parts[n] for n in range(here.total)) if _is_whole(here) else None
        self._limit()
        return None

    def _limit(self) -> None:
        """Drop the oldest events where there are too many, or too many bytes of them."""
        while len(self._sets) > MOST_EVENTS or sum(kept.size for kept in self._sets.values()) > MOST_BYTES:
            del self._sets[next(iter(self._sets))]


def _is_whole(kept: _Set) -> bool:
    return all(n in kept.parts for n in range(kept.total))


def _count(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default  # noqa: PLR2004 - no flood
