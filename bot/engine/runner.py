"""Providers work; the runner drives each job from its confirmation to its end. Saying it is the courier's part."""

import asyncio
import contextlib
import functools
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeAlias, TypeVar

import structlog

from bot.core import delivery, ledger, speech, wording
from bot.core import job as jobs
from bot.core.job import Address, Job, State, Trouble
from bot.core.ledger import EntryKind
from bot.core.preferences import Preference
from bot.core.progress import Progress, measure
from bot.engine.attempts import Attempts
from bot.engine.catalog import Catalog
from bot.engine.closing import Closing
from bot.engine.ports import Change, Clock, Dispatch, Glimpse, Line, ProgressSink, Store
from bot.engine.proposals import edit_notice, edit_question, say_line
from bot.engine.queue import Queue, Row, row_of
from bot.errors import Conflict, StoreTrouble
from bot.text import Amount, Text
from providers.contract import Provider
from providers.errors import FailureCode, ProviderError
from providers.models import MediaKind, Seconds
from providers.outcomes import Asset, Done, Failed, Outcome, Receipt, Running

log = structlog.get_logger(__name__)

SPREAD = 2.0
"""Seconds over which the first looks after a restart are spread."""

SLOW = 60.0
"""Seconds between looks at a job that outlived its patience, growing to ``SLOWEST``."""

SLOWEST = 600.0

KEEP_EVERY = 5.0
"""Seconds between the times an answer that arrives bit by bit is put down."""

PROMPT_SHOWN = 200
"""Characters of the prompt that a progress message repeats."""


@dataclass(slots=True)
class _Watch:
    """What driving a running job needs between two looks: small, since there are thousands of them."""

    job: str
    ref: str
    provider: Provider
    address: Address
    locale: str
    media: MediaKind
    model_name: str
    prompt: str
    cost: Amount | Text
    expected: Seconds
    pace: jobs.Pace
    since: datetime
    ask_at: float
    shown: int = 0
    shown_at: float = 0.0
    misses: int = 0
    text: str = ""
    kept: int = 0
    kept_at: float = 0.0


Placed: TypeAlias = tuple[Job, Outcome | None]
"""A running job and how it was doing as it was placed, where that is said."""

_Value = TypeVar("_Value", bound=Hashable)


@functools.lru_cache(maxsize=1024)
def _shared(value: _Value) -> _Value:
    """Return an equal value that other watches hold already: thousands of jobs have few places and paces."""
    return value


class Runner:
    """Drives jobs. One paid attempt per job, ever; a look is free and repeated until there is an end."""

    def __init__(
        self,
        *,
        store: Store,
        catalog: Catalog,
        attempts: Attempts,
        closing: Closing,
        dispatch: Dispatch,
        progress: ProgressSink,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._attempts = attempts
        self._closing = closing
        self._dispatch = dispatch
        self._progress = progress
        self._clock = clock
        self._random = random
        self._ordering: set[asyncio.Task[Placed | None]] = set()
        self._recovered: set[str] = set()
        self._queue = Queue()
        self._nudged: set[str] = set()
        self._writing: dict[str, _Watch] = {}

    async def recover(self) -> int:
        """Take up every job where it stood when the process ended; return how many there are."""
        driven = sorted(await self._store.driven(), key=lambda job: job.confirmed_at or job.created_at)
        for job in driven:
            # Who was at work is so before anybody asks for a turn, whichever was ordered first.
            if job.state is not State.CONFIRMED and not job.quiet and self._takes_one_at_a_time(job):
                self._queue.hold(row_of(job), job.id)
        for job in driven:
            self._recovered.add(job.id)
            self._dispatch.drive(job.id)
        return len(driven)

    async def settle(self, within: float) -> None:
        """Wait for orders that are being placed right now, so that a stop leaves no doubt about them.

        What has been written so far of answers that are still arriving is put down.
        """
        if self._ordering:
            await asyncio.wait(self._ordering, timeout=within)
        for watch in tuple(self._writing.values()):
            with contextlib.suppress(StoreTrouble, Conflict):
                await self._write_down(watch)

    def look_again(self, job: str) -> None:
        """Take notice that a job that is driven already was changed by its person."""
        self._nudged.add(job)

    async def drive(self, job_id: str) -> None:
        """Bring one job to its end, from wherever it stands; if somebody else moves it meanwhile, leave it to them."""
        row: Row | None = None
        try:
            job = await self._store.job(job_id)
            if job is None or job.state not in jobs.DRIVEN:
                if job is not None:
                    self._next(row_of(job), job_id)
                return
            if self._takes_one_at_a_time(job):
                row = await self._turn(job)
                if row is None:
                    return
            begun = await self._begin(job)
            del job  # thousands are watched: nothing of them is kept here that watching does not need
            if begun is not None:
                await self._watch(*begun)
        except Conflict:
            log.info("job_moved_on", job=job_id)
        except ProviderError as error:
            # Its provider is no longer in the settings: it goes on at the first start that has it again.
            log.error("provider_missing", job=job_id, detail=error.detail)  # noqa: TRY400 - no traceback needed
        finally:
            self._nudged.discard(job_id)
            if row is not None:
                self._next(row, job_id)

    async def _turn(self, job: Job) -> Row | None:
        """Return the row of a job that may go on now; one that waits says so, and is driven again when one ends."""
        row = row_of(job)
        if job.state is not State.CONFIRMED:
            if not job.quiet:
                self._queue.hold(row, job.id)
            return row
        before, is_news = self._queue.join(row, job.id)
        if before and is_news:
            await self._tell_place(job, before)
        return None if before else row

    def _takes_one_at_a_time(self, job: Job) -> bool:
        terms = self._catalog.known(job.request.provider)
        return terms is not None and terms.provider.capabilities.one_per_person

    def _next(self, row: Row, job_id: str) -> None:
        for waiting in self._queue.release(row, job_id):
            self._dispatch.drive(waiting)

    async def _begin(self, job: Job) -> tuple[_Watch, Running | None] | None:
        """Place an order or find it again; return what is to be watched, and the first look at it if there was one."""
        begun: Outcome | None = None
        current: Job | None = job
        if job.state is State.CONFIRMED:
            current, begun = await self._place(job) or (None, None)
        elif job.state is State.SUBMITTING:
            current = await self._attempts.reconcile(job)
        if current is None or current.state is not State.RUNNING:
            return None
        watch = self._watch_of(current)
        if isinstance(begun, Done | Failed):
            await self._conclude(watch, begun)
            return None
        return watch, begun

    async def _tell_place(self, job: Job, before: int) -> None:
        waiting = jobs.wait_in_line(job)
        line = edit_notice(waiting, speech.queued(waiting, before), self._clock.now())
        await self._store.save(Change(waiting, lines=(line,)))
        self._dispatch.drain(job.address)

    async def _place(self, job: Job) -> Placed | None:
        """Place the order in a task of its own: a stop of the driver must not cut a paid request in half."""
        task = asyncio.create_task(self._attempts.place(job))
        self._ordering.add(task)
        task.add_done_callback(self._ordering.discard)
        return await asyncio.shield(task)

    # --- watching ------------------------------------------------------------------------------------------------

    def _watch_of(self, job: Job) -> _Watch:
        return _Watch(
            job=job.id,
            ref=job.ref,
            provider=self._catalog.provider(job.request.provider),
            address=_shared(job.address),
            locale=job.locale,
            media=job.media,
            model_name=job.model_name,
            prompt=job.request.prompt[:PROMPT_SHOWN],
            cost=speech.spent(job.quote),
            expected=_shared(job.expected),
            pace=_shared(job.pace),
            since=job.submitted_at or job.created_at,
            ask_at=job.pace.patience * (job.asked + 1),
        )

    async def _watch(self, watch: _Watch, begun: Running | None) -> None:
        delay = (begun and begun.poll_after) or watch.pace.poll_every
        if watch.job in self._recovered:
            self._recovered.discard(watch.job)
            delay = self._random.uniform(0, min(delay, SPREAD))
        while True:
            await self._clock.sleep(delay)
            try:
                outcome = await watch.provider.check(watch.ref)
            except ProviderError as error:
                watch.misses += 1
                log.info("look_failed", job=watch.job, code=error.code, misses=watch.misses, detail=error.detail)
                outcome = Running()
            else:
                watch.misses = 0
            if not isinstance(outcome, Running):
                break
            elapsed = self._clock.elapsed(watch.since)
            await self._keep(watch, outcome.text, elapsed)
            await self._tell(watch, outcome, elapsed)
            if watch.job in self._nudged:
                await self._let_others_go(watch)
            delay = _pause(watch, outcome, elapsed)
        self._writing.pop(watch.job, None)
        self._progress.forget(watch.job)
        await self._conclude(watch, outcome)

    async def _keep(self, watch: _Watch, text: str, elapsed: float) -> None:
        """Put down what arrived of an answer, now and then: it is paid for, and only this process has it."""
        if not text:
            return
        watch.text = text
        self._writing[watch.job] = watch
        if elapsed - watch.kept_at >= KEEP_EVERY:
            watch.kept_at = elapsed
            await self._write_down(watch)

    async def _write_down(self, watch: _Watch) -> None:
        if len(watch.text) > watch.kept:
            watch.kept = len(watch.text)
            await self._closing.change(watch.job, lambda job: Change(jobs.write_down(job, watch.text)))

    async def _let_others_go(self, watch: _Watch) -> None:
        """Give the turn away once the person has given up on a late order; it is watched all the same."""
        self._nudged.discard(watch.job)
        job = await self._store.job(watch.job)
        if job is not None and job.quiet:
            self._next(row_of(job), job.id)

    async def _tell(self, watch: _Watch, outcome: Running, elapsed: float) -> None:
        if elapsed - watch.shown_at >= watch.pace.progress_every or not watch.shown_at:
            progress = measure(elapsed, watch.expected, vendor=outcome.percent, shown=watch.shown)
            watch.shown, watch.shown_at = progress.percent, elapsed
            await self._progress.show_progress(_glimpse(watch, progress, outcome))
        if elapsed > watch.ask_at:
            watch.ask_at = elapsed + watch.pace.patience
            await self._ask_to_wait(watch, elapsed)

    async def _ask_to_wait(self, watch: _Watch, elapsed: float) -> None:
        def asked(job: Job) -> Change | None:
            if job.quiet:
                return None
            waiting, now = jobs.ask_to_wait(job), self._clock.now()
            older = [edit_question(job, wording.KEEP_WAITING_DONE(), now)] if job.asked else []
            card = speech.still_waiting(waiting, int(elapsed))
            return Change(waiting, lines=(*older, say_line(waiting, f"wait.{waiting.asked}", card, now)))

        await self._closing.change(watch.job, asked)

    async def _conclude(self, watch: _Watch, outcome: Done | Failed) -> None:
        took = int(self._clock.elapsed(watch.since))
        job = await self._store.job(watch.job)
        if job is None:
            return
        if isinstance(outcome, Failed) and outcome.code is FailureCode.BROKEN_OFF and job.draft:
            outcome = Done((Asset(MediaKind.TEXT, "", text=job.draft),), lost=1, receipt=Receipt(job.told))
        if isinstance(outcome, Done):
            known = await self._preference(job)
            await self._closing.change(watch.job, lambda current: self._success(current, outcome, took, known))
            log.info("job_done", job=watch.job, results=len(outcome.assets), seconds=took)
            return
        log.warning("job_failed", job=watch.job, code=outcome.code, detail=outcome.detail, seconds=took)
        models = await self._catalog.alternatives(job.request)
        trouble = Trouble(outcome.code, outcome.refund, outcome.data)

        def failed(current: Job) -> Change:
            over = jobs.fail(current, trouble, took, self._clock.now())
            return self._closing.sorry(over, ledger.after_failure(outcome.refund), models)

        await self._closing.change(watch.job, failed)

    async def _preference(self, job: Job) -> Preference:
        place = job.address
        known = await self._store.preferences(place.platform, place.tenant, job.person)
        task = job.request.task
        return known.get(task, Preference(place.platform, place.tenant, job.person, task))

    def _success(self, job: Job, outcome: Done, took: int, known: Preference) -> Change:
        now = self._clock.now()
        done = jobs.succeed(job, outcome, took, now)
        terms = self._catalog.terms(job.request.provider)
        links = [say_line(done, f"link.{n}", card, now) for n, card in enumerate(delivery.links(done))]
        receipt = delivery.receipt(done, terms.rate, terms.currency)
        lines = (
            edit_notice(done, speech.finished(done), now),
            *_result_lines(done, now),
            *links,
            *([say_line(done, "receipt", receipt, now)] if receipt else []),
            *([edit_question(done, wording.FINISHED(), now)] if done.asked else []),
        )
        remembers = job.reason is not jobs.Reason.CHEAPEST
        used = (known.used(job.request.model, job.model_name, now),) if remembers else ()
        entry = ledger.entry(done, EntryKind.SETTLED, now, outcome.cost)
        return Change(done, lines=lines, entries=(entry,), preferences=used)


def _result_lines(done: Job, now: datetime) -> tuple[Line, ...]:
    if done.media is MediaKind.TEXT:
        return tuple(say_line(done, f"answer.{n}", card, now) for n, card in enumerate(delivery.answer(done)))
    return (say_line(done, "result", delivery.result(done), now),)


def _pause(watch: _Watch, outcome: Running, elapsed: float) -> float:
    """Return the seconds to the next look: the model's own pace, slower after errors and after the patience."""
    every = outcome.poll_after or watch.pace.poll_every
    if watch.misses:
        every = min(every * 2 ** min(watch.misses, 6), max(SLOW, every))
    if elapsed > watch.pace.patience:
        every = max(every, min(SLOWEST, SLOW * elapsed / watch.pace.patience))
    return every


def _glimpse(watch: _Watch, progress: Progress, outcome: Running) -> Glimpse:
    return Glimpse(
        watch.job,
        watch.address,
        watch.locale,
        watch.media,
        watch.model_name,
        watch.prompt,
        watch.cost,
        watch.expected,
        progress,
        watch.text[-speech.LONGEST_PART - 1 :],
        outcome.phase,
        outcome.preview,
    )
