"""The paid attempt: intent saved, exactly one request, outcome saved. A broken answer is told, never sent again.

What a full provider certainly did not take may be placed anew (decision 0009); whether and when is up to ``turns``.
"""

from dataclasses import replace

import structlog

from bot.core import job as jobs
from bot.core import speech
from bot.core.job import Job, PictureRef, Trouble
from bot.core.ledger import EntryKind
from bot.core.pricing import same_price
from bot.engine.catalog import Catalog
from bot.engine.closing import Closing
from bot.engine.ports import Change, Clock, Dispatch, Ids, Intake, Line, Results, Store
from bot.engine.proposals import Proposals, edit_notice, order_of, say_line
from bot.engine.turns import Turns
from bot.errors import Conflict, Refused
from providers.contract import Order, Picture, Provider
from providers.errors import FailureCode, PictureError, ProviderError, Sent
from providers.outcomes import Accepted, Outcome, Refund

log = structlog.get_logger(__name__)

STALE_CONFIRMATION = 600.0
"""Seconds after which a confirmed price is read once more before ordering (a restart lay in between)."""


LOOKS = (2.0, 5.0)
"""Seconds before the first and before the second look for an order whose answer was lost."""


class Attempts:
    """Places each confirmed order once, and finds out after a crash what became of one.

    ``publish`` is our public address for people's pictures, up to and with its last slash, or empty.
    """

    def __init__(
        self,
        *,
        store: Store,
        catalog: Catalog,
        proposals: Proposals,
        closing: Closing,
        dispatch: Dispatch,
        turns: Turns,
        intake: Intake,
        results: Results,
        clock: Clock,
        ids: Ids,
        publish: str = "",
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._proposals = proposals
        self._closing = closing
        self._dispatch = dispatch
        self._turns = turns
        self._intake = intake
        self._results = results
        self._clock = clock
        self._ids = ids
        self._publish = publish

    async def place(self, job: Job) -> tuple[Job, Outcome | None] | None:
        """Place a confirmed order; return the running job and how it is doing, where that is said, or nothing."""
        if not await self._still_priced(job):
            return None
        try:
            provider = self._catalog.provider(job.request.provider)
            order = await provider.prepare(await self._complete(job))
        except ProviderError as error:
            await self._not_taken(job, error)
            return None
        submitting = jobs.begin_submit(job, self._ids.new(), self._clock.now())
        try:
            await self._store.save(Change(submitting, lines=self._starting(submitting)))
        except Conflict:
            return None
        if submitting.queued:
            self._dispatch.drain(job.address)
        accepted = await self._submit(provider, order, submitting)
        return (await self._running(submitting, accepted), accepted.outcome) if accepted else None

    def _starting(self, job: Job) -> tuple[Line, ...]:
        """Return the notice of an order that has waited: it begins now, and cannot be cancelled any more."""
        return (edit_notice(job, speech.starting(job), self._clock.now()),) if job.queued else ()

    async def _submit(self, provider: Provider, order: Order, job: Job) -> Accepted | None:
        try:
            return await provider.submit(order, job.quote, job.token)
        except ProviderError as error:
            log.warning("order_unsuccessful", job=job.id, code=error.code, sent=error.sent, detail=error.detail)
            if error.sent is not Sent.MAYBE:
                await self._not_taken(job, error)
            elif found := await self._sought(provider, job):
                return found
            else:
                await self._in_doubt(job, error.code)
        except Exception:
            # A bug in an adapter must not turn one order into two, so it is treated like a lost answer.
            log.exception("order_broke", job=job.id)
            await self._in_doubt(job, FailureCode.UNKNOWN)
        return None

    async def _sought(self, provider: Provider, job: Job) -> Accepted | None:
        """Look for an order whose answer was lost, before anybody is told that nobody knows."""
        if not provider.capabilities.can_find or job.submitted_at is None:
            return None
        for pause in LOOKS:
            await self._clock.sleep(pause)
            try:
                found = await provider.find(job.token, order_of(job.request), job.submitted_at)
            except ProviderError as error:
                log.warning("order_not_found", job=job.id, code=error.code, detail=error.detail)
                continue
            if found is not None:
                log.info("order_found", job=job.id, ref=found.ref)
                return found
        return None

    async def _running(self, job: Job, accepted: Accepted) -> Job:
        running = jobs.accept(job, accepted.ref, accepted.told)
        # People are told the order's name before anything else can happen to it: with it they can be helped.
        lines = (edit_notice(running, speech.starting(running), self._clock.now()),) if accepted.told else ()
        await self._closing.end(running, Change(running, lines=lines))
        log.info("order_placed", job=job.id, provider=job.request.provider, ref=accepted.ref)
        return running

    async def reconcile(self, job: Job) -> Job | None:
        """Look for an order that was being placed when the process ended; never place it again."""
        try:
            provider = self._catalog.provider(job.request.provider)
            if found := await self._sought(provider, job):
                return await self._running(job, found)
        except ProviderError as error:
            log.warning("order_not_found", job=job.id, code=error.code, detail=error.detail)
        await self._in_doubt(job, FailureCode.UNKNOWN)
        return None

    async def _still_priced(self, job: Job) -> bool:
        now = self._clock.now()
        if job.confirmed_at is None or (now - job.confirmed_at).total_seconds() < STALE_CONFIRMATION:
            return True
        try:
            quote = await self._proposals.requote(job)
        except (ProviderError, Refused) as error:
            known = error if isinstance(error, ProviderError) else None
            code = known.code if known else FailureCode.UNREACHABLE
            await self._not_taken(
                job, ProviderError(code, str(error), sent=Sent.NO, data=known.data if known else None)
            )
            return False
        if same_price(job.quote, quote):
            return True
        changed = jobs.reprice(job, quote, now)
        line = await self._proposals.notice(changed, asks=True, changed=True)
        entry = self._closing.entry(changed, EntryKind.RELEASED)
        await self._closing.end(changed, Change(changed, lines=(line,), entries=(entry,)))
        return False

    async def _complete(self, job: Job) -> Order:
        pictures = []
        for ref in job.request.pictures:
            upload = await self._store.upload(ref.upload) if ref.upload else None
            if ref.upload and upload is None:
                raise ProviderError(FailureCode.PICTURE_REFUSED, f"upload {ref.upload} is gone", sent=Sent.NO)
            picture = self._intake.check(upload.data) if upload else await self._result(ref, job.request.provider)
            pictures.append(replace(picture, role=ref.role, link=self._link(ref, picture)))
        return replace(order_of(job.request), pictures=tuple(pictures))

    def _link(self, ref: PictureRef, picture: Picture) -> str:
        """Return the public address of a picture; some readers go by how it ends."""
        if ref.upload and self._publish:
            return f"{self._publish}{ref.upload}.{picture.mime.removeprefix('image/')}"
        return ref.link

    async def _result(self, ref: PictureRef, provider: str) -> Picture:
        """Return a picture that a provider made: its address for itself, its bytes for another one."""
        if ref.maker in {"", provider}:
            return Picture("", url=ref.url)
        try:
            return await self._results.picture(ref.url)
        except PictureError as error:
            detail = f"a result of {ref.maker}: {error}"
            raise ProviderError(FailureCode.PICTURE_REFUSED, detail, sent=Sent.NO) from error

    async def _not_taken(self, job: Job, error: ProviderError) -> None:
        if error.code is FailureCode.BUSY and await self._turns.put_back(job, error):
            return
        log.warning("order_refused", job=job.id, code=error.code, detail=error.detail)
        trouble = Trouble(error.code, Refund.NOT_CHARGED, error.data)
        refused = jobs.refuse(job, trouble, self._clock.now())
        await self._closing.end(refused, await self._closing.unhappy(refused, EntryKind.RELEASED))

    async def _in_doubt(self, job: Job, code: FailureCode) -> None:
        now = self._clock.now()
        doubtful = jobs.doubt(job, Trouble(code, Refund.UNKNOWN), now)
        card = speech.in_doubt(doubtful, can_find=self._can_find(job))
        lines = (edit_notice(doubtful, speech.closed(doubtful), now), say_line(doubtful, "doubt", card, now))
        entry = self._closing.entry(doubtful, EntryKind.UNKNOWN)
        await self._closing.end(doubtful, Change(doubtful, lines=lines, entries=(entry,)))
        log.warning("order_in_doubt", job=job.id, code=code)

    def _can_find(self, job: Job) -> bool:
        try:
            return self._catalog.provider(job.request.provider).capabilities.can_find
        except ProviderError:
            return False
