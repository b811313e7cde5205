"""The languages of a message: each reader's own, or one. Which texts there are is in ``render``.

A card holds a text in every shipped language, and each reader's program shows its own (section 10). In a person's own
chat with us there is one reader: what they have chosen there comes before what their program is set to.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from bot.engine.ports import Line, Store
from bot.i18n import SHIPPED, Translator, Translators
from bot.platforms.feishu.limits import Json
from bot.platforms.feishu.markup import shortened, visible
from bot.platforms.feishu.wire import NAME
from bot.storage.shipments import Sent, Shipments
from bot.text import Value

LOCALES: Mapping[str, str] = {"en": "en_us", "zh_Hans": "zh_cn", "zh_Hant": "zh_tw", "ja": "ja_jp", "ko": "ko_kr"}
"""Feishu's names of our languages (section 10)."""

_KEPT = 2000


class Voices:
    """The languages of a message: each reader's own in a card, one person's in a plain text."""

    def __init__(self, everyone: Sequence[Translator], one: Translator) -> None:
        self._everyone = everyone
        self.one = one

    @classmethod
    def of(cls, translators: Translators, locale: str) -> "Voices":
        """Return all shipped languages, with the one of a person."""
        return cls([translators.get(code) for code in SHIPPED], translators.get(locale))

    @property
    def names(self) -> list[str]:
        """Feishu's names of the languages."""
        return [LOCALES[words.locale] for words in self._everyone]

    def alone(self) -> "Voices":
        """Return the same with nothing but the person's language."""
        return Voices([self.one], self.one)

    def each(self, say: Callable[[Translator], object]) -> Json:
        """Return what is said in each language, by Feishu's names."""
        return {LOCALES[words.locale]: say(words) for words in self._everyone}

    def fields(self, say: Callable[[Translator], str]) -> Json:
        """Return the fields of a text: in the first language for whoever reads none of the others."""
        first = say(self._everyone[0])
        others = self.each(say)
        return {"content": first} | ({"i18n_content": others} if set(others.values()) != {first} else {})

    def plain(self, value: Value, most: int = 0) -> Json:
        """Return a value as a text without markup."""

        def say(words: Translator) -> str:
            said = visible(words.say(value))
            return shortened(said, most) if most else said

        return {"tag": "plain_text", **self.fields(say)}


class Tongues:
    """Knows which languages a message is in."""

    def __init__(self, translators: Translators, shipments: Shipments, store: Store) -> None:
        self._translators = translators
        self._shipments = shipments
        self._store = store
        self._alone: OrderedDict[str, bool] = OrderedDict()

    async def of(self, line: Line) -> Voices:
        """Return the languages of a line."""
        place, person = line.address, line.person
        alone = line.private or await self._is_own(place.place, person)
        return self._voices(line.locale, alone=alone and await self._has_chosen(place.tenant, person))

    async def on(self, sent: Sent, locale: str) -> Voices:
        """Return the languages of a message that is there; reads the store once per message, for it changes often."""
        if sent.message not in self._alone:
            alone = await self._is_own(sent.place, sent.person) and await self._has_chosen(sent.tenant, sent.person)
            self._alone[sent.message] = alone
            if len(self._alone) > _KEPT:
                self._alone.popitem(last=False)
        return self._voices(locale, alone=self._alone[sent.message])

    def _voices(self, locale: str, *, alone: bool) -> Voices:
        voices = Voices.of(self._translators, locale)
        return voices.alone() if alone else voices

    async def _is_own(self, place: str, person: str) -> bool:
        chat = place.partition("/")[0]
        known = None if chat == person else await self._shipments.chat(chat)
        return chat == person or (known is not None and known.kind == "p2p")

    async def _has_chosen(self, tenant: str, person: str) -> bool:
        return bool(await self._store.locale_of(NAME, tenant, person))
