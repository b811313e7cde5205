"""How what happened outside is written down for good: ends, refunds, last words. When it happened is not known here."""

from collections.abc import Callable, Sequence

import structlog

from bot.core import ledger, speech, wording
from bot.core.job import Job, State
from bot.core.ledger import Entry, EntryKind
from bot.engine.catalog import Catalog
from bot.engine.ports import Change, Clock, Dispatch, Store
from bot.engine.proposals import edit_notice, edit_question, say_line
from bot.errors import Conflict, StoreTrouble
from providers.models import ModelSpec

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 30.0
"""Seconds between tries to write down something that cannot be undone."""


class Closing:
    """Saves outcomes until they are saved and sees to it that they are said."""

    def __init__(self, store: Store, catalog: Catalog, dispatch: Dispatch, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._dispatch = dispatch
        self._clock = clock

    def entry(self, job: Job, kind: EntryKind) -> Entry:
        """Return the ledger entry for what happened to a job's money now."""
        return ledger.entry(job, kind, self._clock.now())

    async def unhappy(self, job: Job, kind: EntryKind) -> Change:
        """Return the change for a job that ended without a result, with alternatives at their live price."""
        return self.sorry(job, kind, await self._catalog.alternatives(job.request))

    def sorry(self, job: Job, kind: EntryKind, models: Sequence[ModelSpec]) -> Change:
        """Return the same with the alternatives already read."""
        now = self._clock.now()
        lines = (
            edit_notice(job, speech.closed(job), now),
            say_line(job, "sorry", speech.unhappy(job, models), now),
            *([edit_question(job, wording.FAILED_TITLE[job.media](), now)] if job.asked else []),
        )
        return Change(job, lines=lines, entries=(self.entry(job, kind),))

    async def end(self, job: Job, change: Change) -> None:
        """Save a job's end surely and have its lines said."""
        await self.surely(change)
        self._dispatch.drain(job.address)

    async def change(self, job_id: str, make: Callable[[Job], Change | None]) -> None:
        """Apply a change to the newest revision of a running job, however often somebody else was first."""
        while True:
            job = await self._store.job(job_id)
            change = make(job) if job is not None and job.state is State.RUNNING else None
            if job is None or change is None:
                return
            try:
                await self.end(job, change)
            except Conflict:
                continue
            return

    async def surely(self, change: Change) -> None:
        """Save what happened outside and cannot be undone: a full disk is waited out, never forgotten."""
        pause = 1.0
        while True:
            try:
                await self._store.save(change)
            except StoreTrouble as trouble:
                log.error("outcome_not_saved", detail=str(trouble), again_in=pause)  # noqa: TRY400 - repeated
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return
