"""What can be made to go wrong with a request, on order and never by chance. What should have happened is not here.

Routes are named as in ``routes.py`` (``channels.send``, ``webhooks.edit``, ``interactions.callback`` ...); a pattern
may hold wildcards. A fault happens once unless ``times`` says otherwise; ``None`` = until :meth:`Faults.clear`.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self

from tests.fakes.discord_server.buckets import banned, limited
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.refusals import Refusal

LONGEST_REAL_DELAY = 1.0
"""Seconds; a real delay never takes longer, everything else is a matter for the clock."""


class Hold:
    """Keeps requests waiting until it is released. Use it as a context manager, or call :meth:`release`."""

    def __init__(self) -> None:
        self._news = News()
        self._arrived = 0
        self.released = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    async def reached(self, times: int = 1) -> None:
        """Wait until that many requests have come to it."""
        await self._news.until(
            lambda: self._arrived >= times, lambda: f"only {self._arrived} requests came to the hold"
        )

    def release(self) -> None:
        """Let them all go on."""
        self.released = True
        self._news.tell()

    async def wait(self) -> None:
        """Wait for the release, as a request."""
        self._arrived += 1
        self._news.tell()
        while not self.released:
            await self._news.next()


@dataclass(slots=True)
class Fault:
    """One thing to go wrong. ``after`` = the work is done first, so that only the answer is lost.

    ``seconds`` pass on the fake's clock, ``real`` on the wall (at most :data:`LONGEST_REAL_DELAY`).
    """

    route: str
    refusal: Refusal | None = None
    drop: bool = False
    reset: bool = False
    after: bool = False
    seconds: float = 0.0
    real: float = 0.0
    hold: Hold | None = None
    times: int | None = 1
    happened: int = 0

    @property
    def spent(self) -> bool:
        """Tell whether it will not happen again."""
        gone = self.hold is not None and self.hold.released
        return gone or (self.times is not None and self.happened >= self.times)


class Faults:
    """The faults that are still to happen; for each request the first that fits."""

    def __init__(self) -> None:
        self.ordered: list[Fault] = []

    def status(
        self,
        route: str,
        status: int,
        *,
        after: bool = False,
        code: int = 0,
        body: str | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Answer with this status; ``after`` the work is done, as a gateway's 502 after success."""
        words = f"{status}: pretend trouble"
        return self._order(Fault(route, Refusal(status, code, words, body=body), after=after, times=times))

    def drop(self, route: str, *, after: bool = False, reset: bool = False, times: int | None = 1) -> Fault:
        """Hang up without an answer; ``reset`` as a crash does it (RST)."""
        return self._order(Fault(route, drop=True, after=after, reset=reset, times=times))

    def delay(
        self, route: str, seconds: float = 0.0, *, real: float = 0.0, after: bool = False, times: int | None = 1
    ) -> Fault:
        """Answer later: by the fake's clock, or really."""
        if real > LONGEST_REAL_DELAY:
            raise ValueError("real delays are short; use the clock")
        return self._order(Fault(route, seconds=seconds, real=real, after=after, times=times))

    def rate_limit(
        self, route: str, retry_after: float = 0.0, *, via: bool = True, scope: str = "user", times: int | None = 1
    ) -> Fault:
        """Answer 429; without ``via`` it comes from the wall in front of Discord."""
        return self._order(Fault(route, limited(retry_after, scope=scope) if via else banned(), times=times))

    def hold(self, route: str, *, after: bool = False) -> Hold:
        """Keep requests waiting; ``after`` the work is done and only the answer waits."""
        hold = Hold()
        self._order(Fault(route, hold=hold, after=after, times=None))
        return hold

    def clear(self) -> None:
        """Forget all that was ordered, and let go what is held."""
        for fault in self.ordered:
            if fault.hold is not None:
                fault.hold.release()
        self.ordered.clear()

    def due(self, route: str) -> Fault | None:
        """Take the fault that happens to this request."""
        self.ordered = [fault for fault in self.ordered if not fault.spent]
        fault = next((fault for fault in self.ordered if fnmatchcase(route, fault.route)), None)
        if fault is not None:
            fault.happened += 1
        return fault

    def _order(self, fault: Fault) -> Fault:
        self.ordered.append(fault)
        return fault
