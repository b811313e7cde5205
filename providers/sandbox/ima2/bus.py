"""Server-sent events: the bus that everybody hears, and the private stream of one POST (reference sections 1.7, 1.8).

What happens to a job is decided elsewhere.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from typing_extensions import override

from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import LONGEST_DELAY, Fault
from providers.sandbox.ima2.answers import Json, RefusedError, Shape, dumps

CAPACITY = 512
"""Listeners of the bus at one time."""

_REMEMBERED = 2000
_LONG = 1000
"""Characters above which a text is left out when an event is told again."""

_PING = 15.0
_ODD = 61
"""Bytes of a piece of a split stream; lines and characters end anywhere else."""

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


@dataclass(eq=False)
class Listener:
    """One who hears events. ``None`` in the queue is the end; ``transport`` tells whether anybody is still there."""

    transport: asyncio.Transport | None = None
    queue: "asyncio.Queue[bytes | None]" = field(default_factory=asyncio.Queue)
    closed: bool = False

    @property
    def gone(self) -> bool:
        """Tell whether nobody hears it any more."""
        return self.closed or (self.transport is not None and self.transport.is_closing())

    def tell(self, event: str, data: Json, number: int | None = None) -> None:
        """Send one event, with an id where it comes from the bus."""
        self.queue.put_nowait(_frame(event, data, number))

    def end(self, *, abruptly: bool = False) -> None:
        """Let it be the last; abruptly, as a server that is killed hangs up."""
        if abruptly and self.transport is not None:
            self.transport.abort()
        self.queue.put_nowait(None)


class Bus:
    """All events of one run of the server; the next run counts from 1 again."""

    def __init__(self) -> None:
        self._next = 1
        self._past: deque[tuple[int, str, Json]] = deque(maxlen=_REMEMBERED)
        self._listeners: list[Listener] = []

    def publish(self, job_id: str, event: str, data: Json) -> None:
        """Tell everybody, and remember it for those who come back."""
        told = {**data, "jobId": job_id}
        self._past.append((self._next, event, told))
        for listener in self._present():
            listener.tell(event, told, self._next)
        self._next += 1

    def listen(self, transport: asyncio.Transport | None, after: int | None) -> Listener:
        """Let one more hear, from after that event on. Raises :class:`RefusedError` where there is no room."""
        if len(self._present()) >= CAPACITY:
            raise RefusedError(503, "SSE_CAPACITY", "Too many event listeners", Shape.NESTED)
        listener = Listener(transport)
        for event, data, number in self._missed(after):
            listener.tell(event, data, number)
        self._listeners.append(listener)
        return listener

    def close(self) -> None:
        """Let nobody hear anything any more."""
        for listener in self._listeners:
            listener.end(abruptly=True)
        self._listeners.clear()

    def _present(self) -> Sequence[Listener]:
        gone = [listener for listener in self._listeners if listener.gone]
        for listener in gone:
            # Its answer still waits for events, and nothing else would ever wake it.
            listener.end()
            self._listeners.remove(listener)
        return self._listeners

    def _missed(self, after: int | None) -> Iterator[tuple[str, Json, int | None]]:
        """Return what came after an id. One that is higher than any gets nothing, and is told nothing."""
        if after is None or not self._past:
            return
        oldest = self._past[0][0]
        # For 0 the real server tells of no gap: it takes it for somebody who wants all there is.
        if 1 <= after < oldest - 1:
            yield "replay-gap", {"lastEventId": after, "oldestAvailableId": oldest}, None
        for number, event, data in self._past:
            if number > after:
                yield event, _without_pictures(data), number


class Frames(web.StreamResponse):
    """The answer that carries a listener's events. Nothing is sent when it opens."""

    def __init__(
        self,
        listener: Listener,
        *,
        clock: SandboxClock,
        pings: bool,
        fates: Sequence[Fault] = (),
    ) -> None:
        super().__init__(headers=_HEADERS)
        self._listener = listener
        self._clock = clock
        self._pings = pings
        self._fates = {fate.fault: fate for fate in fates}

    @override
    async def write_eof(self, data: bytes = b"") -> None:
        pinger = asyncio.create_task(self._ping()) if self._pings else None
        try:
            with contextlib.suppress(ConnectionResetError):
                await self._pour()
        finally:
            self._listener.closed = True
            if pinger is not None:
                pinger.cancel()

    async def _pour(self) -> None:
        while (frame := await self._listener.queue.get()) is not None:
            if "stream-cut" in self._fates:
                await self.write(frame[: len(frame) // 2])
                break
            if (slow := self._fates.get("stream-slow")) is not None:
                await asyncio.sleep(min(1.0 if slow.lasting is None else slow.lasting, LONGEST_DELAY))
            for piece in self._pieces(frame):
                await self.write(piece)
        else:
            await super().write_eof()
            return
        if self._listener.transport is not None:
            self._listener.transport.close()

    def _pieces(self, frame: bytes) -> Sequence[bytes]:
        if "stream-split" not in self._fates:
            return [frame]
        return [frame[start : start + _ODD] for start in range(0, len(frame), _ODD)]

    async def _ping(self) -> None:
        opened, beat = self._clock.now(), 0
        while True:
            beat += 1
            await self._clock.until(opened, _PING * beat)
            self._listener.queue.put_nowait(b": ping\n\n")


def _frame(event: str, data: Json, number: int | None) -> bytes:
    numbered = "" if number is None else f"id: {number}\n"
    return f"{numbered}event: {event}\ndata: {dumps(data)}\n\n".encode()


def _without_pictures(data: Json) -> Json:
    """Return what is told again: without long texts, and saying so. Those inside lists stay, as in the real server."""
    kept = {name: value for name, value in data.items() if not (isinstance(value, str) and len(value) > _LONG)}
    return kept if len(kept) == len(data) else {**kept, "_imageOmitted": True}
