"""How what happened outside is written down for good: ends, refunds, last words. When it happened is not known here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core import delivery, ledger, speech, wording
from bot.core import job as jobs
from bot.core.job import Job, State
from bot.core.ledger import Entry, EntryKind
from bot.core.preferences import Preference
from bot.engine.catalog import Catalog
from bot.engine.ports import Change, Clock, Dispatch, Line, Store
from bot.engine.proposals import edit_notice, edit_question, say_line
from bot.errors import BooksRefuse, Conflict, StoreTrouble
from providers.models import MediaKind, ModelSpec, Task
from providers.outcomes import Done

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

    def success(self, job: Job, outcome: Done, took: int, known: Preference) -> Change:
        """Return the change for a job whose results exist: everything that is said about them, and the books."""
        now = self._clock.now()
        done = jobs.succeed(job, outcome, took, now)
        terms = self._catalog.terms(job.request.provider)
        links = [say_line(done, f"link.{n}", card, now) for n, card in enumerate(delivery.links(done))]
        offered = [task for task in delivery.of_pictures() if self._catalog.offers(task)]
        receipt = delivery.receipt(done, terms.rate, terms.currency)
        lines = (
            edit_notice(done, speech.finished(done), now),
            *_result_lines(done, now, offered),
            *links,
            *([say_line(done, "receipt", receipt, now)] if receipt else []),
            *([edit_question(done, wording.FINISHED(), now)] if done.asked else []),
        )
        remembers = job.reason is not jobs.Reason.CHEAPEST and job.request.deed is None
        used = (known.used(job.request.model, job.model_name, now),) if remembers else ()
        entry = ledger.entry(done, EntryKind.SETTLED, now, outcome.cost)
        return Change(done, lines=lines, entries=(entry,), preferences=used)

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
            except BooksRefuse:
                # A result is worth more than a tidy book: it is brought all the same, and somebody looks at the books.
                log.error("books_refused", job=change.job.id if change.job else "")  # noqa: TRY400 - no traceback needed
                change = replace(change, entries=())
            except StoreTrouble as trouble:
                log.error("outcome_not_saved", detail=str(trouble), again_in=pause)  # noqa: TRY400 - repeated
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return


def _result_lines(done: Job, now: datetime, offered: Collection[Task]) -> tuple[Line, ...]:
    if done.media is MediaKind.TEXT:
        return tuple(say_line(done, f"answer.{n}", card, now) for n, card in enumerate(delivery.answer(done)))
    return (say_line(done, "result", delivery.result(done, offered), now),)
