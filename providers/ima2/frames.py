"""Server-sent events as they arrive: bytes to events. What they mean is in ``board`` (reference section 1.8).

A piece of the network ends anywhere, and a line with a picture in it has many megabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST: Final = 256 * 1024 * 1024
"""Bytes of one line above which the stream is given up: twenty-four of the largest pictures fit in."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``number`` is ``None`` where it has none, as a gap has not."""

    name: str
    data: bytes
    number: int | None = None


class Frames:
    """Puts a stream together. Raises ``OverflowError`` for a line without an end."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0
        self._name = ""
        self._number: int | None = None
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield what is complete now; comments such as pings are passed over."""
        self._rest += piece
        start = 0
        while (end := self._rest.find(b"\n", max(start, self._searched))) >= 0:
            event = self._take(bytes(self._rest[start:end]).removesuffix(b"\r"))
            start = end + 1
            if event is not None:
                yield event
        del self._rest[:start]
        # What was searched once has no end of a line in it: megabytes are not searched again for each piece.
        self._searched = len(self._rest)
        if self._searched > MOST:
            raise OverflowError

    def _take(self, line: bytes) -> Event | None:
        if not line:
            return self._ended()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode(errors="replace")
        elif field == b"id":
            self._number = int(value) if value.isdigit() else None
        elif field == b"data":
            self._data.append(value)
        return None

    def _ended(self) -> Event | None:
        event = Event(self._name, b"\n".join(self._data), self._number) if self._data else None
        self._name, self._number, self._data = "", None, []
        return event
