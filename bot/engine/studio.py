"""People ask; the studio answers. It saves and says, and never calls a paid service. Buttons are in ``presses``."""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.core import kinds, replies, rules, wording
from bot.core import order as orders
from bot.core.cards import Card
from bot.core.grammar import MAKING, Ask, Unknown, parse
from bot.core.grammar import Verb as Command
from bot.core.job import PictureRef, State
from bot.engine.admission import Admission, Heed
from bot.engine.desk import Desk
from bot.engine.gate import Gate
from bot.engine.origins import Origin, Origins
from bot.engine.ports import (
    Answer,
    Attachment,
    Change,
    Claim,
    Clock,
    Dispatch,
    Heard,
    Ids,
    Intake,
    Line,
    LineKind,
    Person,
    Pressed,
    Store,
    Upload,
)
from bot.engine.presses import Presses
from bot.engine.privacy import Privacy
from bot.engine.proposals import Inputs, Proposals, Wanted
from bot.errors import AlreadySeen, Conflict, OverBudget, RefusalCode, Refused, StoreTrouble
from bot.text import Listing, Text
from providers.contract import Clip, Role
from providers.errors import PictureError, PictureProblem, Rule
from providers.models import ModelSpec, Task

log = structlog.get_logger(__name__)

LONGEST_MESSAGE = 20_000
"""Characters of a message that are looked at."""

TRIES = 3
"""How often a message or a press is looked at again when somebody else changed the job first."""

_USES = Listing(("frames", "reference", "first", "middle", "last"), either=True)

_OF_WHOLE_VIDEOS = frozenset({Command.EDIT, Command.DESCRIBE, Command.EXTEND})
"""The commands that work on a video as a whole, not on its last frame."""

_PICTURE_REFUSALS: Mapping[PictureProblem, RefusalCode] = {
    PictureProblem.NOT_HTTPS: RefusalCode.PICTURE_NOT_HTTPS,
    PictureProblem.PRIVATE_ADDRESS: RefusalCode.PICTURE_PRIVATE,
    PictureProblem.BAD_ADDRESS: RefusalCode.PICTURE_UNREACHABLE,
    PictureProblem.UNREACHABLE: RefusalCode.PICTURE_UNREACHABLE,
    PictureProblem.TOO_SLOW: RefusalCode.PICTURE_UNREACHABLE,
    PictureProblem.EMPTY: RefusalCode.PICTURE_NOT_A_PICTURE,
    PictureProblem.TOO_BIG: RefusalCode.PICTURE_TOO_BIG,
    PictureProblem.NOT_A_PICTURE: RefusalCode.PICTURE_NOT_A_PICTURE,
}


class Studio:
    """Where messages and presses become proposals, confirmations and answers."""

    def __init__(
        self,
        *,
        store: Store,
        proposals: Proposals,
        desk: Desk,
        presses: Presses,
        origins: Origins,
        admission: Admission,
        dispatch: Dispatch,
        intake: Intake,
        clock: Clock,
        ids: Ids,
        gate: Gate,
        privacy: Privacy,
    ) -> None:
        self._store = store
        self._proposals = proposals
        self._desk = desk
        self._presses = presses
        self._origins = origins
        self._admission = admission
        self._dispatch = dispatch
        self._intake = intake
        self._clock = clock
        self._ids = ids
        self._gate = gate
        self._privacy = privacy

    async def hear(self, heard: Heard) -> Answer:
        """Answer a message, once per event. The answer carries a toast only when nothing could be written down."""
        place = heard.person.address
        heed = self._admission.heed(place, heard.person.id)
        try:
            for _ in range(TRIES):
                try:
                    return await self._hear(heard, heed)
                except (Conflict, OverBudget):
                    continue  # if it no longer fits into a budget, the next look says into which
        except AlreadySeen:
            return Answer(done=False)
        except StoreTrouble as trouble:
            log.error("message_not_saved", place=place.place, detail=str(trouble))  # noqa: TRY400 - no traceback needed
            return Answer(wording.REFUSALS[trouble.code](), done=False)
        return Answer(wording.REFUSALS[RefusalCode.STORE_BUSY](), done=False)

    async def _hear(self, heard: Heard, heed: Heed) -> Answer:
        place = heard.person.address
        if heed is Heed.LEFT_OUT:
            return await self._leave_out(heard)
        stored = await self._store.locale_of(place.platform, place.tenant, heard.person.id)
        person = replace(heard.person, locale=stored or heard.person.locale)
        change = await self._reaction(heard, person, heed)
        claim = Claim(place.platform, place.tenant, heard.event, self._clock.now())
        lines = tuple(line.answering(heard.event) for line in change.lines)
        await self._store.save(replace(change, claim=claim, lines=lines))
        if change.follow is not None and change.follow.state is State.CONFIRMED:
            self._dispatch.drive(change.follow.id)
        if change.job is not None:
            self._dispatch.drive(change.job.id)  # it was cancelled, and gives its place in the queue away
            self._dispatch.drain(change.job.address)
        self._dispatch.drain(place)
        return Answer(locale=change.locale[-1] if change.locale else "")

    async def _leave_out(self, heard: Heard) -> Answer:
        """Leave a message out for good, also if it is delivered again. A chat that waits for an answer gets it."""
        place = heard.person.address
        await self._store.save(Change(claim=Claim(place.platform, place.tenant, heard.event, self._clock.now())))
        refused = self._admission.too_fast(place, heard.person.id)
        return Answer(wording.REFUSALS[refused.code](**refused.data) if heard.ask is not None else None, done=False)

    async def _reaction(self, heard: Heard, person: Person, heed: Heed) -> Change:
        try:
            return await self._react(heard, person, heed)
        except Refused as refused:
            card = replies.refusal(refused)
        except StoreTrouble:
            raise
        except Exception:
            # The edge to people: whatever breaks here, they get an answer and the log gets the reason.
            log.exception("message_broke", event_id=heard.event)
            card = replies.trouble()
        return Change(lines=(self._reply(person, heard.event, 0, card, private=True),))

    async def _react(self, heard: Heard, person: Person, heed: Heed) -> Change:
        if heed is Heed.TOLD:
            raise self._admission.too_fast(person.address, person.id)
        if len(heard.text) > LONGEST_MESSAGE:
            raise Refused(RefusalCode.MESSAGE_TOO_LONG)
        ask = parse(_writable(heard.text)) if heard.ask is None else _clean(heard.ask)
        if isinstance(ask, Unknown):
            raise _unknown(ask)
        if ask.verb in MAKING:
            return await self._order(ask, person, heard.attachments, heard.note)
        self._gate.command(ask.verb.value, person.guest)
        if ask.verb is Command.CANCEL:
            return await self._cancel_by_word(ask.rest, person, heard.event)
        if ask.verb is Command.FORGET:
            return await self._privacy.ask(ask.rest, person, heard.event)
        reply = await self._desk.answer(ask, person)
        told = replace(person, locale=reply.locale or person.locale)
        lines = tuple(self._reply(told, heard.event, n, card) for n, card in enumerate(reply.cards))
        return replace(reply.change, lines=lines)

    def _reply(self, person: Person, event: str, n: int, card: Card, *, private: bool = False) -> Line:
        key = f"{person.address.platform}.{person.address.tenant}.{event}.reply.{n}"
        now = self._clock.now()
        return Line(key, LineKind.SAY, person.address, person.id, person.locale, card, now, private=private)

    async def _order(self, ask: Ask, person: Person, attachments: tuple[Attachment, ...], note: Text | None) -> Change:
        origin = await self._origins.find(person, ask.of) if ask.of else None
        before = self._starting(ask, origin)
        given = len(attachments) + len(ask.links) + len(before)
        _check(ask, given)
        place = person.address
        wanted = await self._wanted(ask, person, given, origin, note)
        await self._admission.admit(place, person.id)
        known = await self._store.preferences(place.platform, place.tenant, person.id)
        chosen = await self._proposals.select(wanted, known.get(wanted.task))
        await self._gate.order(person.guest, chosen.model, wanted.prompt, ask.verb.value)
        _check_maker(chosen.model, wanted, origin)
        orders.check_pictures(chosen.model, given - ask.roles.count(Role.MASK))
        uploads = await self._pictures(ask.links, attachments)
        links = (*(a.link for a in attachments), *ask.links)
        refs = [*before, *(PictureRef(u.id, link=link) for u, link in zip(uploads, links, strict=True))]
        refs = [replace(ref, role=role) for ref, role in zip(refs, _roles(ask, given), strict=True)]
        return await self._proposals.propose(wanted, chosen, tuple(sorted(refs, key=_purpose)), uploads)

    def _starting(self, ask: Ask, origin: Origin | None) -> tuple[PictureRef, ...]:
        """Return the picture of an earlier result that an order starts from, if it starts from a picture."""
        if origin is None or (origin.is_video and ask.verb in _OF_WHOLE_VIDEOS):
            return ()
        return (origin.picture(),)

    async def _wanted(self, ask: Ask, person: Person, given: int, origin: Origin | None, note: Text | None) -> Wanted:
        task = kinds.task_of(ask, given, of_video=bool(ask.videos) or (origin is not None and origin.is_video))
        if task is Task.TEXT_TO_TEXT and not ask.rest.strip():
            raise Refused(RefusalCode.EMPTY_QUESTION)
        if task is Task.EXTEND_VIDEO and origin is None:
            raise Refused(RefusalCode.RESULT_NEEDED)
        step = origin.step(task) if origin is not None else None
        own = (Clip(origin.asset.url),) if origin is not None and task is Task.VIDEO_TO_VIDEO else ()
        maker = origin.job.request.provider if origin is not None else ""
        place = person.address
        return Wanted(
            place,
            person.id,
            person.locale,
            task,
            ask.rest or (origin.job.request.prompt if step and origin else ""),
            query=ask.model or (f"{maker}/{step.model}" if step else ""),
            wish=ask.wish,
            typed=ask.settings,
            count=ask.count,
            inputs=Inputs(tuple(sorted(_roles(ask, given), key=kinds.PURPOSES.index)), ask.sounds, (*own, *ask.videos)),
            maker=maker,
            note=note,
            guest=person.guest,
            command=ask.verb.value,
            careful=await self._store.is_careful(place.platform, place.tenant, person.id),
            deed=step,
            origin=origin.job.ref if origin is not None and step else "",
        )

    async def _pictures(self, links: tuple[str, ...], attachments: tuple[Attachment, ...]) -> tuple[Upload, ...]:
        now = self._clock.now()
        try:
            pictures = [self._intake.check(a.data) for a in attachments]
            pictures += [await self._intake.fetch(link) for link in links]
        except PictureError as error:
            raise Refused(_PICTURE_REFUSALS[error.problem], megabytes=10) from error
        return tuple(Upload(self._ids.new(), p.mime, p.data, now) for p in pictures)

    async def _cancel_by_word(self, word: str, person: Person, event: str) -> Change:
        place = person.address
        mine = await self._store.jobs_of(place.platform, person.tenant, person.id)
        wanted = word.strip().lstrip("#").lower()
        found = [j for j in mine if j.is_open and (not wanted or j.id.startswith(wanted))]
        if not found:
            raise Refused(RefusalCode.NO_SUCH_JOB if wanted else RefusalCode.NOTHING_TO_CANCEL)
        move = await self._presses.cancel(found[0])
        return replace(
            move.change, lines=(*move.change.lines, self._reply(person, event, 0, replies.plain(move.toast)))
        )

    async def press(self, pressed: Pressed) -> Answer:
        """Do what a button says."""
        return await self._presses.press(pressed)

    async def expire_offers(self) -> None:
        """Close every offer that nobody confirmed in time; called now and then."""
        await self._presses.expire_offers()


def _writable(text: str) -> str:
    """Return a text that can be written down: some chats cut one in the middle of a two-part character."""
    return text.encode(errors="replace").decode()


def _clean(ask: Ask) -> Ask:
    """Return an order that a chat took apart by itself, with every word of it writable."""
    settings = {_writable(name): _writable(value) for name, value in ask.settings.items()}
    rest, model, links = _writable(ask.rest), _writable(ask.model), tuple(map(_writable, ask.links))
    return replace(ask, rest=rest, settings=settings, model=model, links=links)


def _unknown(said: Unknown) -> Refused:
    if said.word:
        return Refused(RefusalCode.UNKNOWN_COMMAND, word=said.word)
    return Refused(RefusalCode.NOT_A_COMMAND)


def _check(ask: Ask, given: int) -> None:
    """Refuse what contradicts itself."""
    if ask.twice is not None:
        raise Refused(RefusalCode.SAID_TWICE, first=ask.twice[0][:60], second=ask.twice[1][:60])
    if "use" in ask.settings:
        raise Refused(RefusalCode.UNKNOWN_ROLE, name=ask.settings["use"][:40], allowed=_USES)
    if ask.roles and len(ask.roles) != given:
        raise Refused(RefusalCode.ROLES_DIFFER, said=len(ask.roles), count=given)
    if any(ask.roles.count(role) > 1 for role in (*kinds.FRAMES, Role.MASK)):
        raise Refused(RefusalCode.UNKNOWN_ROLE, name=",".join(ask.roles)[:40], allowed=_USES)
    if Role.MASK in ask.roles and given != 2:  # noqa: PLR2004 - the picture and its mask
        raise Refused(RefusalCode.AGAINST_RULES, rule=rules.RULES[Rule.MASK_ALONE](model="", count=1))


def _check_maker(model: ModelSpec, wanted: Wanted, origin: Origin | None) -> None:
    """Refuse a result that its maker alone can reach, where somebody else is to work on it."""
    is_elsewhere = origin is not None and origin.asset.held and model.provider != wanted.maker
    if is_elsewhere and wanted.inputs.videos:
        raise Refused(RefusalCode.AGAINST_RULES, rule=rules.RULES[Rule.OWN_VIDEO_ONLY](model=model.name, count=1))


def _purpose(ref: PictureRef) -> int:
    return kinds.PURPOSES.index(ref.role)


def _roles(ask: Ask, pictures: int) -> tuple[Role | None, ...]:
    return ask.roles or (None,) * pictures
