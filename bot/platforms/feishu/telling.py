"""What the platform says on its own account, outside of any order: greetings, hints, and that something went wrong."""

import json

import structlog

from bot.core.cards import Card
from bot.engine.ports import Change, Claim, Clock, Dispatch, Line, LineKind, Person, Store
from bot.errors import AlreadySeen
from bot.i18n import Translators
from bot.platforms.feishu import wire
from bot.platforms.feishu.client import Call, Client, NotTaken
from bot.platforms.feishu.voices import Voices
from bot.platforms.feishu.wire import Json, Nothing
from bot.text import Text

log = structlog.get_logger(__name__)


class Telling:
    """Tells people something: by a line that is owed to them, or, where nothing can be written down, at once."""

    def __init__(
        self, store: Store, dispatch: Dispatch, client: Client, translators: Translators, clock: Clock
    ) -> None:
        self._store = store
        self._dispatch = dispatch
        self._client = client
        self._translators = translators
        self._clock = clock

    async def say(self, person: Person, event: str, card: Card, *, private: bool = False) -> None:
        """Owe a person a message, once for an event; raises ``StoreTrouble``."""
        place, now = person.address, self._clock.now()
        locale = await self._store.locale_of(place.platform, place.tenant, person.id) or person.locale
        key = f"{place.platform}.{place.tenant}.{event}.reply.0"
        line = Line(key, LineKind.SAY, place, person.id, locale, card, now, private=private, event=event)
        try:
            await self._store.save(Change(lines=(line,), claim=Claim(place.platform, place.tenant, event, now)))
        except AlreadySeen:
            return
        self._dispatch.drain(place)

    async def at_once(self, person: Person, message: str, text: Text) -> None:
        """Answer a message without writing anything down; it is all that a person gets."""
        content = json.dumps({"text": self._translators.get(person.locale).say(text)}, ensure_ascii=False)
        body = {"msg_type": "text", "content": content, "uuid": f"once.{message}"[:50]}
        try:
            await self._client.ask(Call("POST", wire.reply(message), body=body), Nothing)
        except NotTaken as no:
            log.error("feishu_person_not_told", message=message, detail=str(no))  # noqa: TRY400 - Feishu said no

    def toast(self, text: Text, locale: str, *, good: bool) -> Json:
        """Return what a person sees at once after a press, in their program's language."""
        voices = Voices.of(self._translators, locale)
        each = voices.each(lambda words: words.say(text))
        return {"type": "success" if good else "warning", "content": voices.one.say(text), "i18n": each}
