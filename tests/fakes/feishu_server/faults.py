"""What can be made to go wrong with a request, on order and never by chance. What should have happened is not here.

Routes are named as in ``routes.py`` (``messages.create``, ``messages.patch``, ``images.upload``, ``auth.token``,
``ws.endpoint``, ``ws.handshake`` ...); a pattern may hold wildcards. A fault happens once unless ``times`` says
otherwise; ``None`` = until :meth:`Faults.clear`. ``where`` looks at the request and may let it pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.fakes.discord_server.faults import LONGEST_REAL_DELAY, Hold
from tests.fakes.feishu_server.calls import Call
from tests.fakes.feishu_server.refusals import RATE_LIMITED, Refusal

Where = Callable[[Call], bool]


def any_call(_: Call) -> bool:
    """Let a fault happen to every request of its route."""
    return True


@dataclass(slots=True)
class Fault:
    """One thing to go wrong. ``after`` = the work is done first, so that only the answer is lost.

    ``seconds`` pass on the fake's clock, ``real`` on the wall. ``revoke`` = every token dies as the request arrives.
    """

    route: str
    name: str
    refusal: Refusal | None = None
    drop: bool = False
    reset: bool = False
    revoke: bool = False
    after: bool = False
    seconds: float = 0.0
    real: float = 0.0
    hold: Hold | None = None
    where: Where = any_call
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

    def code(
        self,
        route: str,
        code: int,
        words: str = "",
        *,
        status: int | None = None,
        after: bool = False,
        where: Where = any_call,
        times: int | None = 1,
    ) -> Fault:
        """Answer with a code of the platform; the status is the usual one of that code."""
        refusal = Refusal(code, words, status=status)
        return self._order(Fault(route, str(code), refusal, after=after, where=where, times=times))

    def html(
        self, route: str, status: int = 502, *, after: bool = False, where: Where = any_call, times: int | None = 1
    ) -> Fault:
        """Answer with a page instead of JSON, as a gateway does."""
        refusal = Refusal(0, status=status, raw=f"<html><h1>{status}</h1></html>".encode())
        return self._order(Fault(route, f"html {status}", refusal, after=after, where=where, times=times))

    def empty(self, route: str, *, after: bool = False, where: Where = any_call, times: int | None = 1) -> Fault:
        """Answer 200 with nothing in it."""
        return self._order(
            Fault(route, "empty", Refusal(0, status=200, raw=b""), after=after, where=where, times=times)
        )

    def rate_limit(
        self, route: str, reset: float = 1, *, status: int = 429, where: Where = any_call, times: int | None = 1
    ) -> Fault:
        """Answer with the platform's own limit; ``reset`` is what it says to wait. Older APIs say 400."""
        headers = {"x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": f"{reset:g}"}
        refusal = Refusal(RATE_LIMITED, status=status, headers=headers)
        return self._order(Fault(route, "rate limit", refusal, where=where, times=times))

    def drop(
        self,
        route: str,
        *,
        after: bool = False,
        reset: bool = False,
        where: Where = any_call,
        times: int | None = 1,
    ) -> Fault:
        """Hang up without an answer; ``after`` the work is done; ``reset`` as a crash does it (RST)."""
        return self._order(Fault(route, "drop", drop=True, after=after, reset=reset, where=where, times=times))

    def delay(
        self,
        route: str,
        seconds: float = 0.0,
        *,
        real: float = 0.0,
        after: bool = False,
        where: Where = any_call,
        times: int | None = 1,
    ) -> Fault:
        """Answer later: by the fake's clock, or really."""
        if real > LONGEST_REAL_DELAY:
            raise ValueError("real delays are short; use the clock")
        return self._order(Fault(route, "delay", seconds=seconds, real=real, after=after, where=where, times=times))

    def revoke_token(self, route: str, *, where: Where = any_call, times: int | None = 1) -> Fault:
        """Let every token die while the request is on its way."""
        return self._order(Fault(route, "revoke", revoke=True, where=where, times=times))

    def hold(self, route: str, *, after: bool = False, where: Where = any_call) -> Hold:
        """Keep requests waiting; ``after`` the work is done and only the answer waits."""
        hold = Hold()
        self._order(Fault(route, "hold", hold=hold, after=after, where=where, times=None))
        return hold

    def clear(self) -> None:
        """Forget all that was ordered, and let go what is held."""
        for fault in self.ordered:
            if fault.hold is not None:
                fault.hold.release()
        self.ordered.clear()

    def due(self, call: Call) -> Fault | None:
        """Take the fault that happens to this request."""
        self.ordered = [fault for fault in self.ordered if not fault.spent]
        for fault in self.ordered:
            if fnmatchcase(call.route, fault.route) and fault.where(call):
                fault.happened += 1
                call.fault = fault.name
                return fault
        return None

    def _order(self, fault: Fault) -> Fault:
        self.ordered.append(fault)
        return fault
