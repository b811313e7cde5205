"""An answer as server-sent events: pieces at the pace of the sandbox's clock, usage, ``[DONE]``. No words are made.

Nothing is sent before the gate has seen the answer, so a fault can still take its place.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from aiohttp import web
from typing_extensions import override

from providers.sandbox.clock import SandboxClock, pause
from providers.sandbox.faults import LONGEST_DELAY, Fault
from providers.sandbox.katana.writer import Said

Json = Mapping[str, object]

_PIECE = re.compile(r"\s*\S{1,12}|\s+")
_PACE = 0.05
_SLICE = 0.05
_ODD = 61
"""Bytes of a piece of a split stream; events and characters end anywhere else."""


class Stream(web.StreamResponse):
    """One streamed answer."""

    def __init__(
        self,
        request: web.Request,
        about: Json,
        prefill: str,
        said: Said,
        usage: Json | None,
        *,
        clock: SandboxClock,
        fates: Sequence[Fault],
    ) -> None:
        super().__init__(headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"})
        self._transport = request.transport
        self._about = {**about, "object": "chat.completion.chunk"}
        self._prefill = prefill
        self._said = said
        self._usage = usage
        self._clock = clock
        self._fates = {fate.fault: fate for fate in fates}

    @override
    async def write_eof(self, data: bytes = b"") -> None:
        events = list(self._events())
        cut = len(events) // 2 if "stream-cut" in self._fates else None
        if "stream-split" in self._fates:
            whole = b"".join(events)
            events = [whole[start : start + _ODD] for start in range(0, len(whole), _ODD)]
        for number, event in enumerate(events):
            if number == cut:
                if self._transport is not None:
                    self._transport.close()
                return
            if self._gone:
                return
            await self.write(event)
            await self._wait()
        await super().write_eof(data)

    async def _wait(self) -> None:
        slow = self._fates.get("stream-slow")
        if slow is None:
            await pause(self._clock, _PACE)
            return
        left = min(1.0 if slow.lasting is None else slow.lasting, LONGEST_DELAY)
        # In slices: nobody waits for a piece that nobody will read.
        while left > 0 and not self._gone:
            await asyncio.sleep(min(left, _SLICE))
            left -= _SLICE

    @property
    def _gone(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def _events(self) -> Iterator[bytes]:
        yield self._delta({"role": "assistant", "content": ""})
        for piece in _PIECE.findall(self._said.reasoning):
            yield self._delta({"reasoning_content": piece})
        for piece in _PIECE.findall(self._prefill + self._said.text):
            yield self._delta({"content": piece})
        yield self._delta({}, "stop" if self._said.finished else "length")
        if self._usage is not None:
            yield _event({**self._about, "choices": [], "usage": self._usage})
        yield b"data: [DONE]\n\n"

    def _delta(self, delta: Json, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return _event({**self._about, "choices": [choice]})


def _event(body: Json) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
