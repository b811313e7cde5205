"""People ask; the studio answers. It saves and says, and never calls a paid service. Buttons are in ``presses``."""

from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.core import order as orders
from bot.core import replies, wording
from bot.core.cards import Card
from bot.core.grammar import MAKING, Ask, Unknown, parse
from bot.core.grammar import Verb as Command
from bot.core.job import PictureRef, State
from bot.core.options import Use
from bot.engine.desk import Desk
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
from bot.engine.proposals import Inputs, Proposals, Wanted
from bot.errors import AlreadySeen, Conflict, RefusalCode, Refused, StoreTrouble
from bot.text import Listing, Text
from providers.contract import Role
from providers.errors import PictureError, PictureProblem
from providers.models import Task

log = structlog.get_logger(__name__)

LONGEST_MESSAGE = 20_000
"""Characters of a message that are looked at."""

TRIES = 3
"""How often a message or a press is looked at again when somebody else changed the job first."""

_USES = Listing(("frames", "reference", "first", "middle", "last"), either=True)

_FRAMES = (Role.FIRST, Role.MIDDLE, Role.LAST)
_PURPOSES = (None, *_FRAMES, Role.REFERENCE)
"""The order in which pictures go along: for a provider that reads no purposes it is what says them."""

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
        dispatch: Dispatch,
        intake: Intake,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._proposals = proposals
        self._desk = desk
        self._presses = presses
        self._dispatch = dispatch
        self._intake = intake
        self._clock = clock
        self._ids = ids

    async def hear(self, heard: Heard) -> Answer:
        """Answer a message, once per event. The answer carries a toast only when nothing could be written down."""
        place = heard.person.address
        try:
            for _ in range(TRIES):
                try:
                    return await self._hear(heard)
                except Conflict:
                    continue
        except AlreadySeen:
            return Answer(done=False)
        except StoreTrouble as trouble:
            log.error("message_not_saved", place=place.place, detail=str(trouble))  # noqa: TRY400 - no traceback needed
            return Answer(wording.REFUSALS[trouble.code](), done=False)
        return Answer(wording.REFUSALS[RefusalCode.STORE_BUSY](), done=False)

    async def _hear(self, heard: Heard) -> Answer:
        place = heard.person.address
        stored = await self._store.locale_of(place.platform, place.tenant, heard.person.id)
        person = replace(heard.person, locale=stored or heard.person.locale)
        change = await self._reaction(heard, person)
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

    async def _reaction(self, heard: Heard, person: Person) -> Change:
        try:
            return await self._react(heard, person)
        except Refused as refused:
            card = replies.refusal(refused)
        except StoreTrouble:
            raise
        except Exception:
            # The edge to people: whatever breaks here, they get an answer and the log gets the reason.
            log.exception("message_broke", event_id=heard.event)
            card = replies.trouble()
        return Change(lines=(self._reply(person, heard.event, 0, card, private=True),))

    async def _react(self, heard: Heard, person: Person) -> Change:
        if len(heard.text) > LONGEST_MESSAGE:
            raise Refused(RefusalCode.MESSAGE_TOO_LONG)
        ask = parse(_writable(heard.text)) if heard.ask is None else _clean(heard.ask)
        if isinstance(ask, Unknown):
            raise _unknown(ask)
        if ask.verb in MAKING:
            return await self._order(ask, person, heard.attachments, heard.note)
        if ask.verb is Command.CANCEL:
            return await self._cancel_by_word(ask.rest, person, heard.event)
        reply = await self._desk.answer(ask, person)
        told = replace(person, locale=reply.locale or person.locale)
        lines = tuple(self._reply(told, heard.event, n, card) for n, card in enumerate(reply.cards))
        return replace(reply.change, lines=lines)

    def _reply(self, person: Person, event: str, n: int, card: Card, *, private: bool = False) -> Line:
        key = f"{person.address.platform}.{person.address.tenant}.{event}.reply.{n}"
        now = self._clock.now()
        return Line(key, LineKind.SAY, person.address, person.id, person.locale, card, now, private=private)

    async def _order(self, ask: Ask, person: Person, attachments: tuple[Attachment, ...], note: Text | None) -> Change:
        if ask.twice is not None:
            raise Refused(RefusalCode.SAID_TWICE, first=ask.twice[0][:60], second=ask.twice[1][:60])
        given = len(attachments) + len(ask.links)
        if "use" in ask.settings:
            raise Refused(RefusalCode.UNKNOWN_ROLE, name=ask.settings["use"][:40], allowed=_USES)
        if ask.roles and len(ask.roles) != given:
            raise Refused(RefusalCode.ROLES_DIFFER, said=len(ask.roles), count=given)
        if any(ask.roles.count(role) > 1 for role in _FRAMES):
            raise Refused(RefusalCode.UNKNOWN_ROLE, name=",".join(ask.roles)[:40], allowed=_USES)
        task = _task(ask, given)
        if task is Task.TEXT_TO_TEXT and not ask.rest.strip():
            raise Refused(RefusalCode.EMPTY_QUESTION)
        place = person.address
        wanted = Wanted(
            place,
            person.id,
            person.locale,
            task,
            ask.rest,
            query=ask.model,
            wish=ask.wish,
            typed=ask.settings,
            count=ask.count,
            inputs=Inputs(tuple(sorted(_roles(ask, given), key=_PURPOSES.index)), ask.sounds, ask.videos),
            note=note,
            careful=await self._store.is_careful(place.platform, place.tenant, person.id),
        )
        known = await self._store.preferences(place.platform, place.tenant, person.id)
        chosen = await self._proposals.select(wanted, known.get(task))
        orders.check_pictures(chosen.model, len(attachments) + len(ask.links))
        uploads = await self._pictures(ask.links, attachments)
        refs = [PictureRef(u.id, role=role) for u, role in zip(uploads, _roles(ask, given), strict=True)]
        return await self._proposals.propose(wanted, chosen, tuple(sorted(refs, key=_purpose)), uploads)

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
        move = self._presses.cancel(found[0])
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


def _task(ask: Ask, pictures: int) -> Task:
    """Return what is asked for, by the command and by what the pictures are for."""
    match ask.verb:
        case Command.ASK:
            return Task.TEXT_TO_TEXT
        case Command.MUSIC:
            return Task.TEXT_TO_MUSIC
        case Command.SPEAK:
            return Task.TEXT_TO_SPEECH
        case Command.IMAGE | Command.EDIT:
            if pictures:
                return Task.IMAGE_TO_IMAGE
            if ask.verb is Command.EDIT:
                raise Refused(RefusalCode.PICTURE_NEEDED)
            return Task.TEXT_TO_IMAGE
        case _:
            return _video_task(ask, pictures)


def _purpose(ref: PictureRef) -> int:
    return _PURPOSES.index(ref.role)


def _roles(ask: Ask, pictures: int) -> tuple[Role | None, ...]:
    return ask.roles or (None,) * pictures


def _video_task(ask: Ask, pictures: int) -> Task:
    if ask.roles:
        return _task_of_roles(ask.roles)
    if ask.use is Use.FRAMES:
        if pictures != 2:  # noqa: PLR2004 - a first and a last frame
            raise Refused(RefusalCode.TWO_FRAMES_NEEDED)
        return Task.FIRST_LAST_FRAME_TO_VIDEO
    if pictures == 0 and (ask.use is not None or ask.verb is Command.ANIMATE):
        raise Refused(RefusalCode.PICTURE_NEEDED)
    if ask.use is Use.REFERENCE:
        return Task.REFERENCE_IMAGE_TO_VIDEO
    if pictures > 1 and ask.use is None:
        raise Refused(RefusalCode.ROLE_NEEDED)
    return Task.IMAGE_TO_VIDEO if pictures else Task.TEXT_TO_VIDEO


def _task_of_roles(roles: tuple[Role, ...]) -> Task:
    """Return the task that pictures with these purposes belong to; what does not go together the model's rules say."""
    if Role.LAST in roles or Role.MIDDLE in roles:
        return Task.FIRST_LAST_FRAME_TO_VIDEO
    return Task.IMAGE_TO_VIDEO if Role.FIRST in roles else Task.REFERENCE_IMAGE_TO_VIDEO
