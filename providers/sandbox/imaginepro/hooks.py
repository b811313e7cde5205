"""Webhooks: a job's message is posted when it changes, to an address on this machine. Its words are in ``message``.

Nothing is signed, nothing is tried again, and a restart forgets what was due meanwhile: whoever listens has to ask.
"""

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp

from providers.sandbox.clock import SandboxClock
from providers.sandbox.imaginepro.message import Messages
from providers.sandbox.imaginepro.work import Work

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PATIENCE = aiohttp.ClientTimeout(total=10)
_LATE = 60.0

Step = tuple[float, float]
"""When a message is posted, and of which moment it tells; seconds since the order."""


class Hooks:
    """Posts what happens to jobs. ``find`` returns a job as it is now."""

    def __init__(self, clock: SandboxClock, messages: Messages, find: Callable[[str], Work | None]) -> None:
        self._clock = clock
        self._messages = messages
        self._find = find
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._told: dict[str, int] = {}
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def watch(self, work: Work, *, past: float = 0.0) -> None:
        """Post what happens to a job from now on; what happened up to ``past`` counts as posted."""
        if self._closed or urlsplit(work.order.webhook).hostname not in _LOOPBACK:
            return
        self._told[work.id] = sum(at <= past for at, _ in _steps(work)) if past else self._told.get(work.id, 0)
        before = self._watchers.get(work.id)
        if before is not None:
            before.cancel()
        self._watchers[work.id] = asyncio.create_task(self._follow(work.id))

    async def close(self) -> None:
        """Stop posting, for good."""
        self._closed = True
        for watcher in self._watchers.values():
            watcher.cancel()
        await asyncio.gather(*self._watchers.values(), return_exceptions=True)
        self._watchers.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _follow(self, work_id: str) -> None:
        while (work := self._find(work_id)) is not None:
            steps = _steps(work)[self._told[work_id] :]
            if not steps:
                del self._watchers[work_id], self._told[work_id]
                return
            at, moment = steps[0]
            await self._clock.until(work.created_at, at)
            self._told[work_id] += 1
            await self._post(work, moment)

    async def _post(self, work: Work, moment: float) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        body = self._messages.of(work, moment)
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with self._session.post(work.order.webhook, json=body, allow_redirects=False):
                pass


def _steps(work: Work) -> list[Step]:
    """Return what is posted of a job: taken up, half-way, over."""
    begins, ends = min(work.begins, work.ends), work.ends
    moments = [begins, (begins + ends) / 2, ends] if begins < ends else [ends]
    fate = work.fate("webhook")
    match fate.text if fate else "":
        case "lost":
            return []
        case "twice":
            return [(moment, moment) for moment in moments for _ in range(2)]
        case "backwards":
            return [(ends, moment) for moment in reversed(moments)]
        case "late":
            late = _LATE if fate is None or fate.lasting is None else fate.lasting
            return [(moment + late, moment) for moment in moments]
        case _:
            return [(moment, moment) for moment in moments]
