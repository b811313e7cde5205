"""Calls that are held until their result is there: the routes that work on nothing later (reference section 1.7).

A clip that is edited or extended is lost with its connection, so the call goes on in a task of its own, for as long as
this process lives. One that is not known here, as after a restart, has broken off.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from providers.errors import FailureCode, ProviderError, Sent
from providers.outcomes import Done, Failed, Outcome, Phase, Refund, Running

WINDOW: Final = 3.0
"""Seconds in which an order is refused, if it is; then it counts as taken."""

GONE: Final = Failed(FailureCode.BROKEN_OFF, "not known here", Refund.UNKNOWN)
_MOST_KEPT: Final = 256

_log = structlog.get_logger()

Call = Callable[[], Awaitable[Done | Failed]]


class Held:
    """The calls by the names they are checked by. ``sleep`` measures the window."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._calls: dict[str, asyncio.Task[Done | Failed]] = {}

    async def begin(self, ref: str, call: Call) -> Done | Failed | None:
        """Make a call; return its result if it comes at once, ``None`` if it goes on. Raises what refused it."""
        self._forget()
        # Our caller may be stopped while it waits, and the call must go on.
        task = self._calls[ref] = asyncio.create_task(_made(call))
        task.add_done_callback(_noticed)
        window = asyncio.ensure_future(self._sleep(WINDOW))
        try:
            await asyncio.wait({task, window}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            window.cancel()
        if not task.done():
            return None
        if task.exception() is not None:
            del self._calls[ref]
        return task.result()

    def check(self, ref: str) -> Outcome | None:
        """Return how a call is doing, ``None`` where none is known. Raises what it broke with."""
        task = self._calls.get(ref)
        if task is None:
            return None
        if not task.done():
            return Running(phase=Phase.MAKING)
        if task.cancelled():
            return Failed(FailureCode.STOPPED, "hung up", Refund.UNKNOWN)
        return task.result()

    def stop(self, ref: str) -> None:
        """Hang up. Raises ``CANNOT_STOP`` where nothing goes on."""
        task = self._calls.get(ref)
        if task is None or task.done():
            raise ProviderError(FailureCode.CANNOT_STOP, "no call is held", sent=Sent.NO)
        task.cancel()

    async def close(self) -> None:
        """Hang up on everything. Safe to repeat."""
        tasks = [task for task in self._calls.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self) -> None:
        ended = [ref for ref, task in self._calls.items() if task.done()]
        for ref in ended[: max(0, len(ended) - _MOST_KEPT)]:
            del self._calls[ref]


async def _made(call: Call) -> Done | Failed:
    return await call()


def _noticed(task: asyncio.Task[Done | Failed]) -> None:
    """Look at what a call broke with: nobody may ever ask, and that is no accident."""
    if not task.cancelled():
        task.exception()


def broken(error: ProviderError) -> Failed:
    """Return what became of a taken order whose call broke: refused, or lost and perhaps paid."""
    refund = Refund.NOT_CHARGED if error.sent is not Sent.MAYBE else Refund.UNKNOWN
    code = error.code if error.sent is not Sent.MAYBE else FailureCode.BROKEN_OFF
    _log.warning("ima2_call_broken", code=error.code, detail=error.detail)
    return Failed(code, error.detail, refund, error.data)
