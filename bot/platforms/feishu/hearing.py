"""What people write in Feishu, made into what the Studio understands. When that happens: ``mailroom``.

Nothing here is in a hurry: the event was acknowledged. It may be acted on again after a crash, so every effect is
claimed under the message's id.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from bot.core import lark, replies, wording
from bot.core.actions import Action, Verb
from bot.core.cards import Card, Tone
from bot.core.grammar import PICTURED, Ask, Unknown, parse
from bot.core.job import Job
from bot.engine.ports import Answer, Attachment, Clock, Heard, Person, Pressed, Store
from bot.errors import RefusalCode, Refused, StoreTrouble
from bot.platforms.feishu import phrases, reading
from bot.platforms.feishu.events import Message, Spoken
from bot.platforms.feishu.guests import Guests, place_of
from bot.platforms.feishu.pictures import Pictures, Unreadable
from bot.platforms.feishu.reading import Written
from bot.platforms.feishu.telling import Telling
from bot.platforms.feishu.welcome import welcome
from bot.storage.shipments import Sent, Shipments
from bot.text import Lapse, Text
from providers.models import MediaKind

log = structlog.get_logger(__name__)

LATE = timedelta(minutes=10)
"""A message older than that came after an outage: it spends nothing by itself (section 3)."""

_SEEN = frozenset(text.phrase for text in (wording.CONFIRMED_TOAST(), wording.CANCELLED_TOAST(), wording.SENT_BELOW()))
"""What a person sees anyway, because a card changes or a new one comes."""


class Studio(Protocol):
    """Who acts on what people say and press."""

    async def hear(self, heard: Heard) -> Answer:
        """Act on a message; a toast comes back only where nothing could be written down."""
        ...

    async def press(self, pressed: Pressed) -> Answer:
        """Act on a button."""
        ...


@dataclass(frozen=True, slots=True)
class Ears:
    """What is needed to hear."""

    studio: Studio
    store: Store
    shipments: Shipments
    guests: Guests
    pictures: Pictures
    telling: Telling
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Said:
    """A message that is for us. ``answered`` is the message of ours that it replies to."""

    person: Person
    message: Message
    written: Written
    answered: Sent | None
    age: timedelta

    @property
    def event(self) -> str:
        return self.message.message_id

    @property
    def is_late(self) -> bool:
        return self.age > LATE


class Hearing:
    """Hears messages."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    async def hear(self, spoken: Spoken, tenant: str, me: str) -> None:
        """Act on a message, whatever it says. ``me`` is the bot's open_id. Raises nothing."""
        message, name = spoken.message, spoken.sender.sender_id.open_id
        if spoken.sender.sender_type != "user" or not name:
            return  # two bots that answer each other never end
        ears = self._ears
        person = await ears.guests.person(tenant, place_of(message), name, message.user_agent)
        async with self._answering(person, message):
            written = reading.read(message, me)
            answered = await ears.shipments.sent(message.parent_id) if message.parent_id else None
            if not (message.is_private or written.calls_us or answered is not None):
                return
            now = ears.clock.now()
            await ears.shipments.opened(message.chat_id, "p2p" if message.is_private else "group", now)
            await self._hear(_Said(person, message, written, answered, now - _written_at(message, now)))

    async def _hear(self, said: _Said) -> None:
        written = said.written
        if said.answered is not None and said.answered.job and await self._about(said, said.answered.job):
            return
        if not written.is_known:
            await self._say(said, replies.plain(lark.UNREADABLE()))
        elif not written.text and written.pictures:
            await self._say(said, replies.plain(lark.PICTURE_ALONE()))
        elif not written.text:
            await self._say(said, welcome())
        else:
            may_hold = written.pictures or said.message.parent_id
            async with self._ears.pictures.hands if may_hold else nullcontext():
                await self._order(said)

    # --- replies to what we said ---------------------------------------------------------------------------------

    async def _about(self, said: _Said, name: str) -> bool:
        """Take a short reply to a message about an order as the press of a button; return whether it was one."""
        job = await self._ears.store.job(name)
        action = _meant(said.written.text, job) if job is not None else None
        if action is None:
            return False
        if said.is_late and action.verb is Verb.CONFIRM:
            await self._say(said, Card(title=lark.YES_CAME_LATE(), tone=Tone.ASKING))
            return True
        answer = await self._ears.studio.press(Pressed(said.person, said.event, action.encode()))
        if answer.toast is not None and not (answer.done and answer.toast.phrase in _SEEN):
            await self._say(said, replies.plain(answer.toast))
        return True

    # --- orders --------------------------------------------------------------------------------------------------

    async def _order(self, said: _Said) -> None:
        ears, text = self._ears, said.written.text
        own = said.written.pictures
        ask = parse(text)
        if isinstance(ask, Unknown) and phrases.animates(text) and (own or said.message.parent_id):
            text = f"/animate {text}"  # their own words are the best there is to go by
            ask = parse(text)
        if isinstance(ask, Unknown):
            await self._say(said, welcome(_not_understood(ask)))
            return
        links = await self._links(said.answered) if ask.verb in PICTURED and not ask.links else ()
        pictures = await self._pictures(said, ask, has_links=bool(links))
        heard = Heard(said.person, said.event, " ".join((text, *links)), pictures, note=_note(said))
        answer = await ears.studio.hear(heard)
        if answer.toast is not None:
            await ears.telling.at_once(said.person, said.event, answer.toast)

    async def _pictures(self, said: _Said, ask: Ask, *, has_links: bool) -> tuple[Attachment, ...]:
        """Return the message's own pictures, or else those of the message that it replies to."""
        pictures = self._ears.pictures
        if said.written.pictures:
            return await pictures.of(said.event, said.written.pictures)
        if ask.verb not in PICTURED or has_links or ask.links or said.answered is not None:
            return ()
        return await pictures.in_message(said.message.parent_id) if said.message.parent_id else ()

    async def _links(self, answered: Sent | None) -> tuple[str, ...]:
        """Return where the first picture is that a message of ours shows: it cannot be fetched from a card."""
        job = await self._ears.store.job(answered.job) if answered is not None and answered.job else None
        urls = [asset.url for asset in job.assets if asset.kind is MediaKind.IMAGE] if job is not None else []
        return tuple(urls[:1])

    # --- whatever goes wrong -------------------------------------------------------------------------------------

    async def _say(self, said: _Said, card: Card) -> None:
        await self._ears.telling.say(said.person, said.event, card)

    @asynccontextmanager
    async def _answering(self, person: Person, message: Message) -> AsyncIterator[None]:
        """Nobody who was heard is left without an answer."""
        telling, event = self._ears.telling, message.message_id
        try:
            try:
                yield
            except Refused as refused:
                await telling.say(person, event, replies.refusal(refused))
            except Unreadable:
                await telling.say(person, event, Card(title=lark.PICTURE_UNREADABLE(), tone=Tone.BAD))
            except StoreTrouble:
                raise
            except Exception:
                # The edge to people: the engine answers whatever breaks inside; this is about our own part.
                log.exception("feishu_message_broke", event_id=event)
                await telling.say(person, event, replies.trouble())
        except StoreTrouble as trouble:
            log.error("feishu_message_not_saved", event_id=event, detail=str(trouble))  # noqa: TRY400 - no traceback
            await telling.at_once(person, event, wording.REFUSALS[trouble.code]())


def _meant(text: str, job: Job) -> Action | None:
    """Return the button that a short reply stands for."""
    if phrases.is_yes(text):
        return Action(Verb.CONFIRM, job.id, str(job.rev))
    if phrases.is_no(text):
        return Action(Verb.CANCEL, job.id)
    if not job.assets:
        return None
    if phrases.is_again(text):
        return Action(Verb.AGAIN, job.id)
    if job.media is MediaKind.VIDEO and phrases.is_go_on(text):
        return Action(Verb.CONTINUE, job.id, "0")
    wish = phrases.animates(text)
    return Action(Verb.ANIMATE, job.id, str(wish.number)) if wish and job.media is MediaKind.IMAGE else None


def _not_understood(said: Unknown) -> Text:
    code = RefusalCode.UNKNOWN_COMMAND if said.word else RefusalCode.NOT_A_COMMAND
    return wording.REFUSALS[code](word=said.word)


def _note(said: _Said) -> Text | None:
    return lark.RECEIVED_LATE(ago=Lapse(int(said.age.total_seconds()))) if said.is_late else None


def _written_at(message: Message, now: datetime) -> datetime:
    """Return when a message was written; now where it does not say so."""
    stamp = message.create_time
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16):  # noqa: PLR2004 - milliseconds until far away
        return now
    return min(now, datetime.fromtimestamp(int(stamp) / 1000, UTC))
