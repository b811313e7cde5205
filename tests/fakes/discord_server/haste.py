"""An event loop that does not wait for time to pass: when nothing happens, it moves on to the next timer.

A client library sleeps for real seconds between retries and while a rate limit lasts. In this loop such a sleep takes
a few milliseconds, without touching the library. Only for tests whose every part lives in this one loop: work in a
thread or another process looks like nothing happening.
"""

import asyncio
import functools
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from typing_extensions import override

from tests.fakes.discord_server.clock import Clock

GRACE = 0.02
"""Real seconds of silence after which nothing more is expected to happen by itself. Loopback needs far less."""

P = ParamSpec("P")


class _Selector(selectors.DefaultSelector):
    """Waits only for a moment, and says how much of the wanted time it has left out."""

    skipped = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= GRACE:
            return super().select(timeout)
        events = super().select(GRACE)
        if not events:
            self.skipped += timeout - GRACE
        return events


class HastyLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps over silence."""

    patience = 86_400.0
    """Seconds a waiting test lets pass; where nothing happens any more that is over at once."""

    def __init__(self) -> None:
        self._hasty = _Selector()
        super().__init__(self._hasty)

    @property
    def skipped(self) -> float:
        """Return the seconds that were left out so far."""
        return self._hasty.skipped

    @override
    def time(self) -> float:
        return super().time() + self._hasty.skipped


def hasty_clock() -> Clock:
    """Return a clock for the fake that jumps together with the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HastyLoop), "this test is not hasty"
    return Clock(lambda: time.time() + loop.skipped)


def hasty(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Let an async test run in a :class:`HastyLoop`. Async fixtures belong to another loop; it cannot use them."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=HastyLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
