"""Editing and extending clips: the client waits, and what it stops waiting for is lost (reference section 1.7).

Such work is on no list and on no bus. Reading its orders is in ``films``.
"""

import asyncio
from collections.abc import Mapping

from providers.sandbox.clock import SandboxClock, ScaledClock
from providers.sandbox.ima2 import pace
from providers.sandbox.ima2.answers import RefusedError, ServerGoneError
from providers.sandbox.ima2.order import Order
from providers.sandbox.ima2.results import Results
from providers.sandbox.ledger import Charge, Ledger
from providers.sandbox.records import Record

_GLANCE = 0.02


class Reworks:
    """What is being edited or extended in one run of the server."""

    def __init__(self, *, ledger: Ledger, clock: SandboxClock, results: Results, seed: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._results = results
        self._seed = seed
        self._waiting: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    async def make(self, order: Order, transport: asyncio.Transport | None, operation: str) -> Mapping[str, object]:
        """Charge, wait, save and answer. The answer's ``requestId`` is xAI's, and not the client's."""
        xai_id = self._results.xai_id()
        usual, limit = pace.usual(order, self._seed), pace.limit(order, rework=True)
        ends, cause = usual + pace.longer(order), pace.cause(order)
        amount = pace.amount(order)
        if amount:
            charge = Charge("ima2", xai_id, amount, self._clock.now(), order.prompt)
            self._ledger.charge(charge, Record("ima2.rework", xai_id, {"operation": operation}))
        hurry = 0.0 if isinstance(self._clock, ScaledClock) else usual
        await self._hold((usual * pace.FAILS if cause else min(ends, limit)) - hurry, transport)
        if cause is not None:
            error = cause.error(order)
            raise RefusedError(error.status, None, error.words)
        if ends > limit:
            raise RefusedError(504, "VIDEO_TIMEOUT", "Video operation timed out")
        made = self._results.clip(xai_id, order, xai_id, operation=operation)
        return {
            "requestId": xai_id,
            "url": made.row["url"],
            "filename": made.filename,
            "sourceUrl": made.row["providerUrl"],
            "duration": made.seconds,
            "model": order.model,
        }

    def kill(self) -> None:
        """Let go of everything at once."""
        for task in list(self._waiting):
            task.cancel()

    async def _hold(self, seconds: float, transport: asyncio.Transport | None) -> None:
        """Wait, for as long as somebody is there to wait for it."""
        task = asyncio.create_task(self._wait(seconds))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        while not task.done():
            await asyncio.wait({task}, timeout=_GLANCE)
            if transport is None or transport.is_closing():
                task.cancel()
                raise ServerGoneError
        if task.cancelled():
            raise ServerGoneError

    async def _wait(self, seconds: float) -> None:
        await self._clock.until(self._clock.now(), seconds)
