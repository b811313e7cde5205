"""People press buttons; each press does what the button says, once, for who may. What people type is in ``studio``."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.core import access, actions, ledger, replies, speech, wording
from bot.core import job as jobs
from bot.core.actions import Action
from bot.core.job import Job, PictureRef, State
from bot.core.ledger import EntryKind
from bot.core.pricing import same_price
from bot.engine.admission import Admission
from bot.engine.approvals import Approvals
from bot.engine.catalog import Catalog
from bot.engine.gate import Gate
from bot.engine.ports import Answer, Change, Claim, Clock, Dispatch, Person, Pressed, Store
from bot.engine.privacy import Privacy
from bot.engine.proposals import Inputs, Proposals, Wanted, edit_line, edit_notice, edit_question, inputs_of, order_of
from bot.engine.treasury import Treasury
from bot.errors import AlreadySeen, Conflict, OverBudget, RefusalCode, Refused, StoreTrouble
from bot.text import Text
from providers.errors import FailureCode, ProviderError
from providers.models import MediaKind, Task
from providers.outcomes import ExtraKind, FollowUp, Refund

log = structlog.get_logger(__name__)

OFFER_LASTS = timedelta(minutes=15)
"""How long a price may be confirmed, in the person's own time."""

_TRIES = 3
"""How often a press is looked at again when somebody else changed the job first."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a press does: the change to save, what the presser sees, and whether a job is to be driven then."""

    change: Change
    toast: Text
    drive: bool = False


class Presses:
    """Turns presses into moves of jobs."""

    def __init__(
        self,
        *,
        store: Store,
        catalog: Catalog,
        proposals: Proposals,
        admission: Admission,
        dispatch: Dispatch,
        clock: Clock,
        gate: Gate,
        treasury: Treasury,
        approvals: Approvals,
        privacy: Privacy,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._proposals = proposals
        self._admission = admission
        self._dispatch = dispatch
        self._clock = clock
        self._gate = gate
        self._treasury = treasury
        self._approvals = approvals
        # What a provider said as it stopped an order: it says so once, and the press may have to be looked at again.
        self._refunds: dict[str, Refund] = {}
        self._privacy = privacy

    async def press(self, pressed: Pressed) -> Answer:
        """Do what a button says, once per event and only for who may. A stale button says so kindly."""
        action = actions.decode(pressed.action)
        if action is None:
            return Answer(wording.REFUSALS[RefusalCode.NO_SUCH_JOB](), done=False)
        try:
            return await self._press_again(pressed, action)
        except AlreadySeen:
            return Answer(done=False)
        except (Refused, StoreTrouble) as refused:
            data = refused.data if isinstance(refused, Refused) else {}
            return Answer(wording.REFUSALS[refused.code](**data), done=False)
        except ProviderError as error:
            log.warning("press_failed", action=action.verb.value, job=action.job, detail=error.detail)
            return Answer(wording.FAILURES[error.code](**dict(error.data)), done=False)
        except Exception:
            # The edge to people: whatever breaks here, they get an answer and the log gets the reason.
            log.exception("press_broke", action=action.verb.value, job=action.job)
            return Answer(wording.FAILURES[FailureCode.UNKNOWN](), done=False)

    async def _press_again(self, pressed: Pressed, action: Action) -> Answer:
        for _ in range(_TRIES):
            try:
                return await self._press(pressed, action)
            except (Conflict, OverBudget):
                continue  # if it no longer fits into a budget, the next look says into which
        raise StoreTrouble(RefusalCode.STORE_BUSY, f"{action.job} keeps changing")

    async def _press(self, pressed: Pressed, action: Action) -> Answer:
        person = pressed.person
        place = person.address
        if action.verb is actions.Verb.FORGET:
            return await self._privacy.press(pressed, action)
        job = await self._store.job(action.job)
        if job is None or job.emptied:
            raise Refused(RefusalCode.NO_SUCH_JOB)
        if action.verb in {actions.Verb.APPROVE, actions.Verb.DECLINE}:
            move = await self._second_yes(job, pressed.person, action.verb)
        elif not access.may_act(job, place.platform, place.tenant, person.id):
            raise Refused(RefusalCode.NOT_YOURS)
        else:
            move = await self._moves[action.verb](self, job, action)
        await self._let_through(move.change.follow, person)
        claim = Claim(place.platform, place.tenant, pressed.event, self._clock.now())
        lines = tuple(line.answering(pressed.event) for line in move.change.lines)
        await self._store.save(replace(move.change, claim=claim, lines=lines))
        self._refunds.pop(job.id, None)
        if move.drive:
            self._dispatch.drive(job.id)
        self._dispatch.drain(job.address)
        return Answer(move.toast)

    async def _let_through(self, born: Job | None, person: Person) -> None:
        """Hold an order that a button makes against the operator's rules, as if it had been typed."""
        if born is None:
            return
        request = born.request
        spec = await self._catalog.model(request.provider, request.task, request.model)
        if spec is not None:
            await self._gate.order(person.guest, spec, request.prompt, access.command_for(request.task))

    async def _second_yes(self, job: Job, person: Person, verb: actions.Verb) -> Move:
        self._approvals.check(job, person)
        if self._clock.now() - job.created_at > OFFER_LASTS:
            return self._expired(job)
        verdict = await self._approvals.decide(job, person, verb)
        return Move(verdict.change, verdict.toast, verdict.drive)

    async def _confirm(self, job: Job, action: Action) -> Move:
        now = self._clock.now()
        if job.state is not State.PROPOSED:
            raise Refused(_why_not_proposed(job))
        if job.sought_at is not None:
            raise Refused(RefusalCode.AWAITING_APPROVAL)
        if now - job.created_at > OFFER_LASTS:
            return self._expired(job)
        quote = await self._proposals.requote(job)
        if not same_price(job.quote, quote) or action.extra != str(job.rev):
            changed = jobs.reprice(job, quote, now)
            line = await self._proposals.notice(changed, asks=True, changed=True)
            return Move(Change(changed, lines=(line,)), wording.PRICE_CHANGED())
        confirmed = jobs.confirm(job, now)
        reserved, limits = await self._treasury.reserve(confirmed)
        if self._approvals.asks(reserved):
            sought = self._approvals.seek(job)
            return Move(sought.change, sought.toast)
        line = edit_notice(confirmed, speech.starting(confirmed), now)
        change = Change(confirmed, lines=(line,), entries=(reserved,), limits=limits)
        return Move(change, wording.CONFIRMED_TOAST(), drive=True)

    def _expired(self, job: Job) -> Move:
        now = self._clock.now()
        over = jobs.expire(job, now)
        return Move(Change(over, lines=(edit_notice(over, speech.closed(over), now),)), wording.EXPIRED())

    async def _cancel_pressed(self, job: Job, _action: Action) -> Move:
        return await self.cancel(job)

    async def _stop(self, job: Job, _action: Action) -> Move:
        if job.state is not State.RUNNING:
            raise Refused(RefusalCode.OVER)
        return await self._stop_running(job)

    async def _stop_running(self, job: Job) -> Move:
        provider = self._catalog.provider(job.request.provider)
        if not provider.capabilities.can_cancel:
            return Move(Change(), wording.CANNOT_CANCEL())
        if job.id not in self._refunds:
            try:
                self._refunds[job.id] = await provider.cancel(job.ref)
            except ProviderError as error:
                log.info("order_not_stopped", job=job.id, code=error.code, detail=error.detail)
                return Move(Change(), wording.CANNOT_CANCEL())
        refund, now = self._refunds[job.id], self._clock.now()
        over = jobs.stop(job, refund, int(self._clock.elapsed(job.submitted_at or job.created_at)), now)
        entry = ledger.entry(over, ledger.after_failure(refund), now)
        said = speech.stopped(over)
        asked = (edit_question(over, said, now),) if over.asked else ()
        return Move(
            Change(over, lines=(edit_notice(over, speech.closed(over), now), *asked), entries=(entry,)),
            said,
            drive=True,
        )

    async def cancel(self, job: Job) -> Move:
        """Return the move that cancels a job, or says honestly that it is too late.

        A running order is stopped where its provider can do that; then what became of its money is said.
        """
        if job.state is State.RUNNING:
            return await self._stop_running(job)
        if job.state is State.SUBMITTING:
            return Move(Change(), wording.CANNOT_CANCEL())
        if not job.is_open:
            raise Refused(RefusalCode.OVER)
        now = self._clock.now()
        over = jobs.decline(job, now)
        entries = (ledger.entry(over, EntryKind.RELEASED, now),) if job.state is State.CONFIRMED else ()
        toast = wording.IN_DOUBT_CLOSED() if job.token else wording.CANCELLED_TOAST()
        lines = [edit_notice(over, speech.closed(over), now)]
        if job.state is State.IN_DOUBT:
            target = f"{job.id}.doubt"
            lines.append(edit_line(over, replies.plain(toast), now, target=target, key=f"{target}.closed"))
        return Move(Change(over, lines=tuple(lines), entries=entries), toast, drive=job.state is State.CONFIRMED)

    async def _switch(self, job: Job, action: Action) -> Move:
        if job.is_open and job.state is not State.PROPOSED:
            raise Refused(RefusalCode.ALREADY_STARTED)
        born = await self._child(job, query=action.extra)
        return self._replaced(job, born) if job.state is State.PROPOSED else _offered(born)

    async def _again(self, job: Job, _action: Action) -> Move:
        if job.is_open and job.state is not State.IN_DOUBT:
            raise Refused(RefusalCode.ALREADY_STARTED)
        return _offered(await self._child(job, query=job.request.model))

    async def _made_of_picture(self, job: Job, action: Action) -> Move:
        pictures = [asset for asset in job.assets if asset.kind is MediaKind.IMAGE]
        picture = _numbered(pictures, action)
        ref = PictureRef(url=picture.url, maker=job.request.provider, link="" if picture.held else picture.url)
        return _offered(await self._child(job, task=_OF_PICTURE[action.verb], pictures=(ref,)))

    async def _continue(self, job: Job, action: Action) -> Move:
        ends = [(a, extra.url) for a in job.assets for extra in a.extras if extra.kind is ExtraKind.FINAL_FRAME]
        video, end = _numbered(ends, action)
        ref = PictureRef(url=end, maker=job.request.provider, link="" if video.held else end)
        return _offered(await self._child(job, task=Task.IMAGE_TO_VIDEO, pictures=(ref,)))

    async def _step(self, job: Job, action: Action) -> Move:
        if job.is_open:
            raise Refused(RefusalCode.ALREADY_STARTED)
        follow = _numbered(job.follow_ups, action)
        return _offered(await self._child(job, query=follow.model, deed=follow))

    async def _enhance(self, job: Job, _action: Action) -> Move:
        if job.state is not State.PROPOSED:
            raise Refused(_why_not_proposed(job))
        enhancer = self._catalog.enhancer(job.request.provider)
        if enhancer is None:
            raise Refused(RefusalCode.NOT_OFFERED)
        richer = await enhancer.enhance(job.request.prompt)
        return self._replaced(job, await self._child(job, query=job.request.model, prompt=richer))

    async def _child(
        self,
        job: Job,
        *,
        query: str = "",
        task: Task | None = None,
        pictures: tuple[PictureRef, ...] | None = None,
        deed: FollowUp | None = None,
        prompt: str = "",
    ) -> Change:
        """Return the change that offers another order: the same again, or something made of its result."""
        request, place = job.request, job.address
        if job.state is not State.PROPOSED:  # a new offer in place of an open one is not one more
            await self._admission.admit(place, job.person)
        task = deed.task if deed else task
        if deed is not None:
            pictures = ()
        elif task is None:
            deed = request.deed
        wanted = Wanted(
            place,
            job.person,
            await self._store.locale_of(place.platform, place.tenant, job.person) or job.locale,
            task or request.task,
            prompt or request.prompt,
            query=f"{request.provider}/{query}" if deed or (query and "/" not in query) else query,
            carried={} if task else request.params,
            count=1 if task else request.count,
            parent=job.id,
            inputs=Inputs() if task else inputs_of(request),
            maker=next((ref.maker for ref in pictures or request.pictures if ref.maker), ""),
            deed=deed,
            origin=job.ref if task else request.origin,
        )
        known = await self._store.preferences(place.platform, place.tenant, job.person)
        try:
            chosen = await self._proposals.select(wanted, known.get(wanted.task))
        except Refused as refused:
            if refused.code is not RefusalCode.UNKNOWN_MODEL:
                raise
            # The button named the model by its id, which is no word for people.
            raise ProviderError(FailureCode.MODEL_UNAVAILABLE, f"{query} is gone") from refused
        return await self._proposals.propose(wanted, chosen, request.pictures if pictures is None else pictures)

    def _replaced(self, job: Job, born: Change) -> Move:
        now = self._clock.now()
        over = jobs.decline(job, now)
        line = edit_notice(over, speech.closed(over), now)
        return Move(replace(born, job=over, lines=(line, *born.lines)), wording.SENT_BELOW())

    async def _wait(self, job: Job, _action: Action) -> Move:
        if job.state is not State.RUNNING:
            raise Refused(RefusalCode.OVER)
        said = wording.KEEP_WAITING_DONE()
        return Move(Change(lines=(edit_question(job, said, self._clock.now()),)), said)

    async def _leave(self, job: Job, _action: Action) -> Move:
        if job.state is not State.RUNNING:
            raise Refused(RefusalCode.OVER)
        left, said = jobs.leave(job), wording.LEAVE_DONE()
        return Move(Change(left, lines=(edit_question(left, said, self._clock.now()),)), said, drive=True)

    async def _look(self, job: Job, _action: Action) -> Move:
        provider = self._catalog.provider(job.request.provider)
        if job.state is not State.IN_DOUBT or job.submitted_at is None or not provider.capabilities.can_find:
            raise Refused(RefusalCode.OVER)
        found = await provider.find(job.token, order_of(job.request), job.submitted_at)
        if found is None:
            return Move(Change(), wording.IN_DOUBT_LOOKED())
        return Move(Change(jobs.accept(job, found.ref, found.told)), wording.CONFIRMED_TOAST(), drive=True)

    async def _show(self, job: Job, _action: Action) -> Move:
        if job.is_open:
            raise Refused(RefusalCode.ALREADY_STARTED)
        place = job.address
        if job.id not in await self._store.undelivered_jobs(place.platform, place.tenant, job.person):
            raise Refused(RefusalCode.OVER)
        return Move(Change(again=job), wording.SENT_BELOW())

    _moves: Mapping[actions.Verb, Callable[["Presses", Job, Action], Awaitable[Move]]] = {
        actions.Verb.CONFIRM: _confirm,
        actions.Verb.CANCEL: _cancel_pressed,
        actions.Verb.SWITCH: _switch,
        actions.Verb.AGAIN: _again,
        actions.Verb.ANIMATE: _made_of_picture,
        actions.Verb.UPSCALE: _made_of_picture,
        actions.Verb.CUTOUT: _made_of_picture,
        actions.Verb.DESCRIBE: _made_of_picture,
        actions.Verb.STEP: _step,
        actions.Verb.ENHANCE: _enhance,
        actions.Verb.STOP: _stop,
        actions.Verb.CONTINUE: _continue,
        actions.Verb.WAIT: _wait,
        actions.Verb.LEAVE: _leave,
        actions.Verb.LOOK: _look,
        actions.Verb.SHOW: _show,
    }

    async def expire_offers(self) -> None:
        """Close every offer that nobody confirmed in time; called now and then."""
        for job in await self._store.proposals_before(self._clock.now() - OFFER_LASTS):
            try:
                await self._store.save(self._expired(job).change)
            except Conflict:
                continue
            self._dispatch.drain(job.address)


_OF_PICTURE: Mapping[actions.Verb, Task] = {
    actions.Verb.ANIMATE: Task.IMAGE_TO_VIDEO,
    actions.Verb.UPSCALE: Task.UPSCALE_IMAGE,
    actions.Verb.CUTOUT: Task.REMOVE_BACKGROUND,
    actions.Verb.DESCRIBE: Task.IMAGE_TO_TEXT,
}

_Item = TypeVar("_Item")


def _numbered(items: Sequence[_Item], action: Action) -> _Item:
    """Return what a button is about. Raises ``Refused`` for one that is no longer there."""
    number = int(action.extra) if action.extra.isdecimal() else 0
    if number >= len(items):
        raise Refused(RefusalCode.NO_SUCH_JOB)
    return items[number]


def _offered(born: Change) -> Move:
    return Move(born, wording.SENT_BELOW())


def _why_not_proposed(job: Job) -> RefusalCode:
    if job.state is State.EXPIRED:
        return RefusalCode.EXPIRED
    return RefusalCode.ALREADY_STARTED if job.is_open else RefusalCode.OVER
