"""Orders take turns where they must, and their people see where they stand. The order of turns is in ``queue``."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import structlog

from bot.core import job as jobs
from bot.core import standing as standings
from bot.core.job import Job, State
from bot.core.standing import Cause, Standing
from bot.engine.catalog import Catalog
from bot.engine.closing import Closing
from bot.engine.glimpse import ProgressSink
from bot.engine.lanes import Pause, Rules, Ticket
from bot.engine.ports import Change, Clock, Dispatch, Store
from bot.engine.proposals import edit_notice
from bot.engine.queue import Queue
from providers.errors import ProviderError
from providers.models import Seconds

log = structlog.get_logger(__name__)


def rules_from(catalog: Catalog, provider: str) -> Rules:
    """Return how many orders a provider takes at once: what the operator says, else what it says itself."""
    terms = catalog.known(provider)
    if terms is None:
        return Rules()
    able = terms.provider.capabilities
    most = able.most_running if terms.most_running is None else terms.most_running
    return Rules(most, able.one_per_person)


PATIENCE = 1800.0
"""Seconds for which an order waits for a full provider before it is refused after all."""

FIRST_PAUSE = 15.0
LONGEST_PAUSE = 300.0
"""Seconds before a full provider is asked again where it does not say when, doubling each time."""


class Turns:
    """Lets confirmed orders go on when it is their turn, and tells those that wait their place as it changes.

    What is told first, and why, is owed; a new place is shown like progress, as often and as easily shed.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        closing: Closing,
        dispatch: Dispatch,
        progress: ProgressSink,
        clock: Clock,
    ) -> None:
        self._store = store
        self._queue = queue
        self._closing = closing
        self._dispatch = dispatch
        self._progress = progress
        self._clock = clock
        self._naps: dict[str, asyncio.Event] = {}

    def recover(self, driven: Iterable[Job]) -> frozenset[str]:
        """Let every order stand where it stood; return those that wait and need no driver until something happens.

        Who was at work is so before anybody asks for a turn, whichever was ordered first.
        """
        for job in sorted(driven, key=lambda job: job.state is State.CONFIRMED):
            self._stand(job)
        self._queue.start()
        told = {job.id for job in driven if job.queued}
        waiting = [(ticket, standing) for ticket, standing in self._queue.everybody() if ticket.job in told]
        for ticket, standing in waiting:
            self._queue.note_told(ticket.job, standing)
        return frozenset(ticket.job for ticket, _ in waiting)

    def _stand(self, job: Job) -> bool:
        """Find an order its place; return whether it is a new one."""
        if job.state is State.CONFIRMED:
            is_new, away = self._queue.join(_ticket(job)), job.turned_away
            if is_new and away is not None:
                self._queue.pause(job.request.provider, Pause(away.since, away.at, away.seconds))
            return is_new
        if not job.quiet:
            self._queue.hold(_ticket(job), job.submitted_at or job.created_at)
        return False

    async def take(self, job: Job) -> Job | None:
        """Return a job that may go on now, as it is then, or nothing: it waits, and is driven when its turn has come.

        One that waits has said so.
        """
        if self._stand(job):
            self._move(job.id)
        ticket = self._queue.ticket(job.id)
        if job.state is not State.CONFIRMED or ticket is None:
            return job
        if ticket.since is not None:
            return await self._wait_out(job, ticket)
        if not ticket.telling:
            await self._tell(job, ticket)
        return None

    async def put_back(self, job: Job, error: ProviderError) -> bool:
        """Let an order wait again that its full provider certainly did not take; return whether it still may.

        Nobody waits for ever: after ``PATIENCE`` of a provider that takes nothing it may not.
        """
        provider, now = job.request.provider, self._clock.now()
        full_since = self._queue.full_since(provider) or now
        since = max(full_since, job.confirmed_at or now)
        pause = self._pause(provider, error)
        if self._clock.elapsed(since) + pause > PATIENCE:
            return False
        back = jobs.put_back(job, pause, full_since, now)
        self._queue.pause(provider, Pause(full_since, now, pause))
        self._queue.put_back(job.id)
        standing = self._queue.standing(job.id) or Standing(Cause.FULL, 0)
        self._queue.note_told(job.id, standing)
        line = edit_notice(back, standings.notice(back, standing), now)
        await self._closing.end(back, Change(back, lines=(line,)))
        log.warning("order_put_back", job=job.id, provider=provider, again_in=pause, detail=error.detail)
        self._dispatch.drive(job.id)
        return True

    def _pause(self, provider: str, error: ProviderError) -> float:
        """Return the seconds until it is asked again: as it said, but ever less often while it takes nothing."""
        said, left = error.data.get("retry_after"), self._queue.pause_left(provider)
        grown = min(max(FIRST_PAUSE, 2 * self._queue.last_pause(provider)), LONGEST_PAUSE)
        if isinstance(said, int) and said > 0:
            return max(float(said), left, grown)
        return left or grown

    async def _wait_out(self, job: Job, ticket: Ticket) -> Job | None:
        """Wait until a full provider may be asked again; return the job as it is then, or nothing if it changed."""
        left = self._queue.pause_left(job.request.provider)
        if not left:
            return job
        full = Standing(Cause.FULL, 0, Seconds(round(left), round(left)))
        if not job.queued:
            await self._say(job, full)
        elif full.is_news_after(ticket.told):
            ticket.told = full
            await self._progress.show_notice(job.id, job.address, job.locale, standings.notice(job, full))
        return None if await self._nap(job.id, left) else await self._store.job(job.id)

    def accepted(self, job: str) -> None:
        """Take notice that the provider has an order."""
        if self._queue.accepted(job):
            self._move(job)

    def give_back(self, job: str) -> None:
        """Give a job's turn away, if it was not put back: then it waits, and whoever is first may try."""
        if self._queue.give_back(job) or self._queue.ticket(job) is not None:
            self._move(job)

    def leave(self, job: str) -> None:
        """Forget a job that was cancelled while it waited, or that is over."""
        if self._queue.leave(job):
            self._progress.forget(job)
            self._move(job)

    def wake(self, job: str) -> None:
        """Let a job that waits for the right moment look again."""
        if job in self._naps:
            self._naps[job].set()

    def _move(self, mover: str) -> None:
        """Have everybody driven whose turn has come or whose place is another one; the mover is driven as it is."""
        for job in (*self._queue.start(), *self._queue.news()):
            if job != mover:
                self._dispatch.drive(job)

    async def _tell(self, job: Job, ticket: Ticket) -> None:
        ticket.telling = True
        try:
            standing = self._queue.standing(job.id)
            if job.queued:
                await self._show(job, ticket)
            elif standing is not None:
                await self._say(job, standing)
        finally:
            ticket.telling = False

    async def _say(self, job: Job, standing: Standing) -> None:
        waiting = jobs.wait_in_line(job)
        line = edit_notice(waiting, standings.notice(waiting, standing), self._clock.now())
        self._queue.note_told(job.id, standing)
        await self._store.save(Change(waiting, lines=(line,)))
        self._dispatch.drain(job.address)

    async def _show(self, job: Job, ticket: Ticket) -> None:
        """Show a new place once the chat has room for it; what is owed goes first, and then it may be another one."""
        while ticket.told_at is None or not await self._nap(job.id, self._rest_of(job, ticket.told_at)):
            standing = self._queue.standing(job.id)
            if standing is None or not standing.is_news_after(ticket.told):
                return
            ticket.told_at = self._clock.now()
            card = standings.notice(job, standing)
            if await self._progress.show_notice(job.id, job.address, job.locale, card):
                ticket.told = standing
                return

    def _rest_of(self, job: Job, told_at: datetime) -> float:
        """Return the seconds until a place may be told again: not more often than progress."""
        return job.pace.progress_every - self._clock.elapsed(told_at)

    async def _nap(self, job: str, seconds: float) -> bool:
        """Wait so long; return whether somebody wanted the job driven meanwhile."""
        if seconds <= 0:
            return False
        woken = self._naps.setdefault(job, asyncio.Event())
        waits = [asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(woken.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return woken.is_set()
        finally:
            del self._naps[job]
            for wait in waits:
                wait.cancel()


def _ticket(job: Job) -> Ticket:
    person = (job.address.platform, job.address.tenant, job.person)
    return Ticket(job.id, job.request.provider, person, job.expected)
