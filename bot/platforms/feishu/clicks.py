"""What people press on a card, answered within Feishu's three seconds with a toast and the card as it is then.

A click is delivered once and never again (section 1.3). What takes longer than the answer may goes on, and its person
is told so honestly; what came of it they see in the chat.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import structlog

from bot.core import lark, replies, wording
from bot.core.job import Address
from bot.engine.ports import Heard, Person, Pressed
from bot.errors import RefusalCode, Refused, StoreTrouble
from bot.platforms.feishu.events import Action, Clicked, Event, read
from bot.platforms.feishu.forms import SAVE, Forms
from bot.platforms.feishu.hearing import Ears
from bot.platforms.feishu.welcome import SETTINGS, said
from bot.platforms.feishu.wire import NAME, Json
from bot.text import Text
from providers.errors import FailureCode

log = structlog.get_logger(__name__)

WITHIN = 2.2
"""Real seconds that a press may take before its person is told that it takes longer."""

STOPS_WITHIN = 3.0
"""Real seconds that a stop waits for presses."""

_T = TypeVar("_T")


class Cards(Protocol):
    """Who draws cards and keeps others from changing one meanwhile."""

    def answering(self, message: str) -> AbstractAsyncContextManager[None]:
        """Keep a message as it is while a press on it is answered."""
        ...

    async def card_after(self, message: str) -> Json | None:
        """Return the form that a pressed card is about to take, or nothing where it stays."""
        ...


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a press: what whoever pressed sees, and a card that takes the place of the pressed one."""

    person: Person
    toast: Text | None
    card: Json | None = None
    is_good: bool = True


class Clicks:
    """Answers clicks. ``at_work`` are the presses that are being done; ``within`` is in real seconds."""

    def __init__(self, ears: Ears, cards: Cards, forms: Forms, *, within: float = WITHIN) -> None:
        self.at_work: set[asyncio.Task[object]] = set()
        self._ears = ears
        self._cards = cards
        self._forms = forms
        self._within = within

    async def answer(self, event: Event) -> Json:
        """Return what Feishu shows at once: a toast, and the card in its new form. Raises nothing."""
        clicked = read(event, Clicked)
        if clicked is None:
            return {}
        message = clicked.context.open_message_id
        async with self._cards.answering(message):
            pressing = asyncio.create_task(self._press(event, clicked))
            self._note(pressing)
            await asyncio.wait((pressing,), timeout=self._within)
            if not pressing.done():
                self._note(asyncio.create_task(self._follow(pressing, _name(event))))
                return self._told(lark.STILL_AT_IT(), "", good=True)
            done = pressing.result()
            told = {} if done.toast is None else self._told(done.toast, done.person.locale, good=done.is_good)
            card = done.card or await self._changed(message)
            return told if card is None else {**told, "card": {"type": "raw", "data": card}}

    async def close(self) -> None:
        """Wait for the presses that are being done."""
        if self.at_work:
            await asyncio.wait(tuple(self.at_work), timeout=STOPS_WITHIN)

    async def _press(self, event: Event, clicked: Clicked) -> "_Done":
        chat = Address(NAME, event.header.tenant_key, clicked.context.open_chat_id)
        person = Person(chat, clicked.operator.open_id, "")
        try:
            person = await self._presser(person, clicked.context.open_message_id)
            return await self._act(person, _name(event), clicked.action)
        except Refused as refused:
            return _Done(person, wording.REFUSALS[refused.code](**dict(refused.data)), is_good=False)
        except StoreTrouble as trouble:
            log.warning("feishu_press_not_saved", detail=str(trouble))
            return _Done(person, wording.REFUSALS[trouble.code](), is_good=False)
        except Exception:
            # The edge to people: whatever breaks here, they get an answer and the log gets the reason.
            log.exception("feishu_press_broke")
            return _Done(person, wording.FAILURES[FailureCode.UNKNOWN](), is_good=False)

    async def _act(self, person: Person, event: str, used: Action) -> "_Done":
        studio, action = self._ears.studio, used.fields.get("action")
        if not isinstance(action, str):
            return _Done(person, wording.REFUSALS[RefusalCode.NO_SUCH_JOB](), is_good=False)
        if action == SAVE:
            await self._forms.take(person, event, used.form_value)
            return _Done(person, lark.SETTINGS_SAVED(), await self._forms.draw(await self._speaking(person)))
        command = said(action)
        if command == SETTINGS and await self._is_alone(person):
            return _Done(person, None, await self._forms.draw(person))
        if command:
            answer = await studio.hear(Heard(person, event, command))
            return _Done(person, answer.toast or lark.ANSWER_BELOW(), is_good=answer.toast is None)
        answer = await studio.press(Pressed(person, event, action))
        return _Done(person, answer.toast, is_good=answer.done)

    async def _is_alone(self, person: Person) -> bool:
        chat = await self._ears.shipments.chat(person.address.place)
        return person.address.place == person.id or (chat is not None and chat.kind == "p2p")

    async def _presser(self, person: Person, message: str) -> Person:
        """Return who presses, where the card belongs, and in the language they chose."""
        ears, tenant = self._ears, person.address.tenant
        sent = await ears.shipments.sent(message)
        place = sent.place if sent is not None else person.address.place
        return await self._speaking(await ears.guests.person(tenant, place, person.id))

    async def _speaking(self, person: Person) -> Person:
        """Return a person in the language they have chosen by now."""
        chosen = await self._ears.store.locale_of(NAME, person.address.tenant, person.id)
        return replace(person, locale=chosen or person.locale)

    async def _changed(self, message: str) -> Json | None:
        try:
            return await self._cards.card_after(message)
        except StoreTrouble:
            return None
        except Exception:
            # What was pressed is done: its answer must not turn into an error because a card cannot be drawn.
            log.exception("feishu_card_not_drawn", message=message)
            return None

    def _told(self, text: Text, locale: str, *, good: bool) -> Json:
        return {"toast": self._ears.telling.toast(text, locale, good=good)}

    async def _follow(self, pressing: "asyncio.Task[_Done]", event: str) -> None:
        """Tell what came of a press that took too long, unless a card shows it."""
        done = await pressing
        if done.toast is None or done.is_good:
            return
        try:
            await self._ears.telling.say(done.person, f"{event}.late", replies.plain(done.toast), private=True)
        except StoreTrouble as trouble:
            log.error("feishu_press_not_told", detail=str(trouble))  # noqa: TRY400 - no traceback needed

    def _note(self, task: asyncio.Task[_T]) -> None:
        self.at_work.add(task)
        task.add_done_callback(self.at_work.discard)


def _name(event: Event) -> str:
    """Return the name of a press; Feishu gives every click an id of its own."""
    return f"press.{event.header.event_id}"
