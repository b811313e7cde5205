"""Providers work; the runner drives each job from its confirmation to its end. Saying it is the courier's part."""

import asyncio
import contextlib
from random import Random
from typing import TypeAlias

import structlog

from bot.core import job as jobs
from bot.core import ledger, speech, wording
from bot.core.job import Job, State, Trouble
from bot.core.preferences import Preference
from bot.core.progress import measure
from bot.engine.attempts import Attempts
from bot.engine.catalog import Catalog
from bot.engine.closing import Closing
from bot.engine.glimpse import ProgressSink
from bot.engine.ports import Change, Clock, Dispatch, Store
from bot.engine.proposals import edit_question, say_line
from bot.engine.turns import Turns
from bot.engine.watch import SPREAD, Watch, glimpse, pause, watch_of
from bot.errors import Conflict, StoreTrouble
from providers.errors import FailureCode, ProviderError
from providers.models import MediaKind
from providers.outcomes import Asset, Done, Failed, Outcome, Receipt, Running

log = structlog.get_logger(__name__)

KEEP_EVERY = 5.0
"""Seconds between the times an answer that arrives bit by bit is put down."""

PUT_DOWN_WITHIN = 0.5
"""Seconds in which a stop puts down what was written of answers."""

Placed: TypeAlias = tuple[Job, Outcome | None]
"""A running job and how it was doing as it was placed, where that is said."""


class Runner:
    """Drives jobs. One paid attempt per job, ever; a look is free and repeated until there is an end."""

    def __init__(
        self,
        *,
        store: Store,
        catalog: Catalog,
        attempts: Attempts,
        turns: Turns,
        closing: Closing,
        dispatch: Dispatch,
        progress: ProgressSink,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._attempts = attempts
        self._turns = turns
        self._closing = closing
        self._dispatch = dispatch
        self._progress = progress
        self._clock = clock
        self._random = random
        self._is_stopping = False
        self._ordering: set[asyncio.Task[Placed | None]] = set()
        self._recovered: set[str] = set()
        self._nudged: set[str] = set()
        self._writing: dict[str, Watch] = {}
        self._waiting: dict[str, asyncio.Event] = {}

    async def recover(self) -> int:
        """Take up every job where it stood when the process ended; return how many there are."""
        driven = sorted(await self._store.driven(), key=lambda job: job.confirmed_at or job.created_at)
        waiting = self._turns.recover(driven)
        for job in driven:
            if job.id not in waiting:
                self._recovered.add(job.id)
                self._dispatch.drive(job.id)
        return len(driven)

    async def settle(self, within: float) -> None:
        """Wait for orders that are being placed right now, so that a stop leaves no doubt about them.

        No other is begun from now on. What has been written so far of answers that are still arriving is put down.
        """
        self._is_stopping = True
        if self._ordering:
            await asyncio.wait(self._ordering, timeout=within)
        # A full disk is waited out for ever elsewhere, but not by a stop.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PUT_DOWN_WITHIN):
                for watch in tuple(self._writing.values()):
                    with contextlib.suppress(StoreTrouble, Conflict):
                        await self._write_down(watch)

    def look_again(self, job: str) -> None:
        """Take notice that a job that is driven already was changed by its person."""
        self._nudged.add(job)
        self._turns.wake(job)

    def hint(self, token: str) -> bool:
        """Look at the order with this token soon: its provider says that something has changed. Whether there is one.

        Whoever knows a token can cause a look and nothing else; what is true the provider is asked.
        """
        waiting = self._waiting.get(token)
        if waiting is not None:
            waiting.set()
        return waiting is not None

    async def drive(self, job_id: str) -> None:
        """Bring one job to its end, from wherever it stands; if somebody else moves it meanwhile, leave it to them."""
        try:
            job = await self._store.job(job_id)
            if self._is_stopping:
                return
            if job is None or job.state not in jobs.DRIVEN:
                self._turns.leave(job_id)
                return
            job = await self._turns.take(job)
            if job is not None:
                await self._go(job)
        except Conflict:
            log.info("job_moved_on", job=job_id)
        except ProviderError as error:
            # Its provider is no longer in the settings: it goes on at the first start that has it again.
            log.error("provider_missing", job=job_id, detail=error.detail)  # noqa: TRY400 - no traceback needed
        finally:
            self._nudged.discard(job_id)

    async def _go(self, job: Job) -> None:
        job_id = job.id
        try:
            begun = await self._begin(job)
            del job  # thousands are watched: nothing of them is kept here that watching does not need
            if begun is not None:
                await self._watch(*begun)
        finally:
            self._turns.give_back(job_id)

    async def _begin(self, job: Job) -> tuple[Watch, Running | None] | None:
        """Place an order or find it again; return what is to be watched, and the first look at it if there was one."""
        begun: Outcome | None = None
        current: Job | None = job
        if job.state is State.CONFIRMED:
            current, begun = await self._place(job) or (None, None)
            if current is not None:
                self._turns.accepted(job.id)
        elif job.state is State.SUBMITTING:
            current = await self._attempts.reconcile(job)
        if current is None or current.state is not State.RUNNING:
            return None
        watch = watch_of(current, self._catalog.provider(current.request.provider))
        if isinstance(begun, Done | Failed):
            await self._conclude(watch, begun)
            return None
        return watch, begun

    async def _place(self, job: Job) -> Placed | None:
        """Place the order in a task of its own: a stop of the driver must not cut a paid request in half."""
        if self._is_stopping:
            return None  # nothing was sent: it is placed at the next start
        task = asyncio.create_task(self._attempts.place(job))
        self._ordering.add(task)
        task.add_done_callback(self._ordering.discard)
        return await asyncio.shield(task)

    # --- watching ------------------------------------------------------------------------------------------------

    async def _watch(self, watch: Watch, begun: Running | None) -> None:
        delay = (begun and begun.poll_after) or watch.pace.poll_every
        if watch.job in self._recovered:
            self._recovered.discard(watch.job)
            delay = self._random.uniform(0, min(delay, SPREAD))
        outcome: Outcome = Running()
        while True:
            await self._pause(watch, delay)
            if watch.job in self._nudged and not await self._goes_on(watch):
                break
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
            delay = pause(watch, outcome, elapsed)
        self._writing.pop(watch.job, None)
        self._progress.forget(watch.job)
        if not isinstance(outcome, Running):
            await self._conclude(watch, outcome)

    async def _pause(self, watch: Watch, seconds: float) -> None:
        """Wait for the next look, or until the provider hints that there is something to see."""
        if not watch.token:
            await self._clock.sleep(seconds)
            return
        hinted = self._waiting.setdefault(watch.token, asyncio.Event())
        hint, time = asyncio.create_task(hinted.wait()), asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((hint, time), return_when=asyncio.FIRST_COMPLETED)
        finally:
            hint.cancel()
            time.cancel()
            del self._waiting[watch.token]

    async def _keep(self, watch: Watch, text: str, elapsed: float) -> None:
        """Put down what arrived of an answer, now and then: it is paid for, and only this process has it."""
        if not text:
            return
        watch.text = text
        self._writing[watch.job] = watch
        if elapsed - watch.kept_at >= KEEP_EVERY:
            watch.kept_at = elapsed
            await self._write_down(watch)

    async def _write_down(self, watch: Watch) -> None:
        if len(watch.text) > watch.kept:
            watch.kept = len(watch.text)
            await self._closing.change(watch.job, lambda job: Change(jobs.write_down(job, watch.text)))

    async def _goes_on(self, watch: Watch) -> bool:
        """Look what the person did to a watched job: given up on, it gives its turn away; stopped, it is over."""
        self._nudged.discard(watch.job)
        job = await self._store.job(watch.job)
        if job is None or job.state is not State.RUNNING:
            return False
        if job.quiet:
            self._turns.give_back(job.id)
        return True

    async def _tell(self, watch: Watch, outcome: Running, elapsed: float) -> None:
        if elapsed - watch.shown_at >= watch.pace.progress_every or not watch.shown_at:
            progress = measure(elapsed, watch.expected, vendor=outcome.percent, shown=watch.shown)
            watch.shown, watch.shown_at = progress.percent, elapsed
            await self._progress.show_progress(glimpse(watch, progress, outcome))
        if elapsed > watch.ask_at:
            watch.ask_at = elapsed + watch.pace.patience
            await self._ask_to_wait(watch, elapsed)

    async def _ask_to_wait(self, watch: Watch, elapsed: float) -> None:
        def asked(job: Job) -> Change | None:
            if job.quiet:
                return None
            waiting, now = jobs.ask_to_wait(job), self._clock.now()
            older = [edit_question(job, wording.KEEP_WAITING_DONE(), now)] if job.asked else []
            card = speech.still_waiting(waiting, int(elapsed))
            return Change(waiting, lines=(*older, say_line(waiting, f"wait.{waiting.asked}", card, now)))

        await self._closing.change(watch.job, asked)

    async def _conclude(self, watch: Watch, outcome: Done | Failed) -> None:
        took = int(self._clock.elapsed(watch.since))
        job = await self._store.job(watch.job)
        if job is None:
            return
        if isinstance(outcome, Failed) and outcome.code is FailureCode.BROKEN_OFF and job.draft:
            outcome = Done((Asset(MediaKind.TEXT, "", text=job.draft),), lost=1, receipt=Receipt(job.told))
        if isinstance(outcome, Done):
            known = await self._preference(job)
            await self._closing.change(watch.job, lambda current: self._closing.success(current, outcome, took, known))
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
