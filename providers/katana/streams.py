"""The answers that are being streamed to this process, and finished ones for a while. The format is in ``events``.

A streamed answer exists nowhere else: the provider has no order that could be asked about. So one that is not known
here, as after a restart, has broken off.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from providers.errors import FailureCode, ProviderError
from providers.katana.events import Lines, Writing
from providers.outcomes import Done, Failed, Outcome, Refund, Running
from providers.transport import Flow

PREFIX: Final = "stream:"
_KEPT: Final = timedelta(hours=1)
_MOST_KEPT: Final = 256
_MOST_TEXT: Final = 16_000_000
_GONE: Final = Failed(FailureCode.BROKEN_OFF, "not known here", Refund.KEPT)

_log = structlog.get_logger()


@dataclass(slots=True)
class _Stream:
    writing: Writing
    outcome: Done | Failed | None = None
    ended_at: datetime | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Streams:
    """Reads answers in the background, each in a task of its own."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._streams: dict[str, _Stream] = {}

    def begin(self, token: str, flow: Flow, writing: Writing) -> str:
        """Read an answer from now on; return the name to check it by."""
        self._forget()
        ref = f"{PREFIX}{token}"
        stream = self._streams[ref] = _Stream(writing)
        stream.task = asyncio.create_task(self._read(ref, stream, flow))
        return ref

    def check(self, ref: str) -> Outcome:
        """Return how far an answer is."""
        stream = self._streams.get(ref)
        if stream is None:
            return _GONE
        return stream.outcome or Running(text=stream.writing.text)

    async def close(self) -> None:
        """Stop reading. Safe to repeat."""
        tasks = [stream.task for stream in self._streams.values() if stream.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, ref: str, stream: _Stream, flow: Flow) -> None:
        lines, streamed = Lines(), "json" not in flow.headers.get("Content-Type", "").lower()
        try:
            if streamed:
                async for piece in flow.chunks():
                    for data in lines.feed(piece):
                        stream.writing.take(data)
            else:
                stream.writing.take((await flow.whole()).body.decode(errors="replace").strip())
        except ProviderError as error:
            _log.warning("katana_stream_broken", ref=ref, code=error.code, detail=error.detail)
        finally:
            for data in lines.feed(b"", final=True):
                stream.writing.take(data)
            stream.outcome, stream.ended_at, stream.task = stream.writing.end(), self._now(), None
            await flow.close()

    def _forget(self) -> None:
        """Let go of answers that ended long ago, and of the oldest where they are many or long."""
        ended = [(s.ended_at, ref) for ref, s in self._streams.items() if s.ended_at is not None]
        old, letters = self._now() - _KEPT, 0
        for place, (ended_at, ref) in enumerate(sorted(ended, reverse=True)):
            letters += len(self._streams[ref].writing.text)
            if ended_at < old or place >= _MOST_KEPT or letters > _MOST_TEXT:
                del self._streams[ref]
