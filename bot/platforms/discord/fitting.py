"""Whether our sentences fit into Discord in every language, by its limits (section 1.4). Nothing is asked or sent.

A name that breaks a rule is left out and a label that is too long is cut, so nobody is left without an answer; but it
reads badly, and whoever translates should know. The values filled in are the longest that catalogues have had.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from string import Formatter

from discord import Locale
from discord.app_commands import TranslationContextLocation, TranslationContextTypes, locale_str
from typing_extensions import override

from bot.core import slash, wording
from bot.core.cards import Button, Card, Fact
from bot.i18n import SHIPPED, Translator, Translators, negotiate
from bot.platforms.discord.limits import (
    MOST_DESCRIPTION_OF_COMMAND,
    MOST_LABEL,
    MOST_MODAL_LABEL,
    MOST_NAME,
    length,
    problems,
)
from bot.platforms.discord.render import MOST_TITLE, draw
from bot.platforms.discord.translator import CatalogueTranslator, fits, written
from bot.text import Amount, Lapse, Listing, Phrase, Text, Value

_COUNT = 10
_MODEL = "Reference-to-Video Master 2.5 Turbo Pro"
_COST = Amount(Decimal(12_345), "points")
_VALUES: Mapping[str, Value] = {
    "model": _MODEL,
    "wished": _MODEL,
    "cost": _COST,
    "age": Lapse(86_399),
    "waited": Lapse(35_999),
    "models": Listing((f"{_MODEL} (12345)", f"{_MODEL} (12345)"), either=True),
}
_TYPED = frozenset({TranslationContextLocation.command_name, TranslationContextLocation.parameter_name})


class Proofreader(CatalogueTranslator):
    """Translates the commands as ever, and notes in ``found`` what does not fit in which of our languages."""

    def __init__(self, translators: Translators) -> None:
        super().__init__(translators)
        self.found: dict[str, None] = {}
        self._words = translators
        self._ours = {locale: negotiate(locale.value) for locale in Locale}

    @override
    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        phrase, language = string.extras.get("phrase"), self._ours.get(locale, "")
        if isinstance(phrase, Phrase) and language:
            self._read(string.message, phrase, language, context)
        return await super().translate(string, locale, context)

    def _read(self, english: str, phrase: Phrase, language: str, context: TranslationContextTypes) -> None:
        said = english if language == SHIPPED[0] else written(self._words.get(language).say(phrase()), context)
        if not fits(said, context):
            what = context.location.name.replace("_", " ").replace("parameter", "option")
            self.found[f"{language}: {what} {english!r} is {said!r}: {_why(said, context)}"] = None


def _why(said: str, context: TranslationContextTypes) -> str:
    most = MOST_NAME if context.location in _TYPED else MOST_DESCRIPTION_OF_COMMAND
    if not 1 <= length(said) <= most:
        return f"{length(said)} characters, Discord takes 1 to {most}"
    return "only letters, digits, _, - and ' are taken, all in lower case"


def misfits(translators: Translators) -> Sequence[str]:
    """Return what is cut or refused of our forms and of the largest messages, in each language."""
    words = {language: translators.get(language) for language in SHIPPED}
    return [f"{language}: {what}" for language, said in words.items() for what in (*_forms(said), *_messages(said))]


def _forms(words: Translator) -> Iterator[str]:
    """Yield what does not fit of the fields; a title is the name of a menu, which has to be shorter still."""
    for phrase in (slash.MENU_PROMPT, slash.MENU_LAST):
        yield from _long("field of a form", words.say(phrase()), MOST_MODAL_LABEL)


def _messages(words: Translator) -> Iterator[str]:
    for card in _largest():
        title = words.say(card.title) if card.title else ""
        yield from _long("title", title, MOST_TITLE)
        for button in card.buttons:
            yield from _long("button", words.say(button.label), MOST_LABEL)
        draft = draw(card, words)
        yield from (f"message {title!r}: {what}" for what in problems(draft.payload))
        if draft.files:
            yield f"message {title!r}: its lines are too long together and go as a file"


def _long(what: str, said: str, most: int) -> Iterator[str]:
    if not 1 <= length(said) <= most:
        yield f"{what} {said!r}: {length(said)} characters, Discord takes 1 to {most}"


def _largest() -> Iterator[Card]:
    """Yield the list of commands, and a message of each kind with all that can be on it at once."""
    yield slash.welcome()
    facts = (wording.FACT_MODEL, wording.FACT_EXPECTED, wording.FACT_COST, wording.FACT_SETTINGS, wording.FACT_MONEY)
    reason = max((*wording.WHY.values(), wording.SHIFTED), key=lambda phrase: len(phrase.one))
    asked = (wording.PRICE_CHANGED, reason, wording.SEVERAL_AT_ONCE, wording.CHEAPER, wording.PRICE_READ)
    confirm = (wording.BUTTON_CONFIRM, wording.BUTTON_SWITCH, wording.BUTTON_CANCEL, slash.BUTTON_SHOW)
    for title in wording.NOTICE.values():
        yield _card(title, (*asked, wording.NOTHING_SPENT_YET, slash.FETCH), confirm, facts)
    again = (wording.BUTTON_AGAIN, wording.BUTTON_SWITCH, wording.BUTTON_ANIMATE)
    for why in wording.FAILURES.values():
        yield _card(_NOT_STARTED, (why, *wording.MONEY.values(), wording.SUGGEST), again)
    doubt = (wording.IN_DOUBT_WHY, wording.IN_DOUBT_NEXT, wording.IN_DOUBT_LOOKED)
    buttons = (wording.BUTTON_LOOK, wording.BUTTON_MAY_CHARGE, wording.BUTTON_CLOSE)
    yield _card(wording.IN_DOUBT_TITLE, doubt, buttons)
    yield _card(wording.STILL_WAITING, (wording.STILL_PAID,), (wording.BUTTON_WAIT, wording.BUTTON_LEAVE))
    for refusal in wording.REFUSALS.values():
        yield _card(refusal, ())


_NOT_STARTED = max(wording.NOT_STARTED_TITLE.values(), key=lambda phrase: len(phrase.one))


def _card(title: Phrase, lines: Sequence[Phrase], buttons: Sequence[Phrase] = (), facts: Sequence[Phrase] = ()) -> Card:
    return Card(
        title=_filled(title),
        lines=tuple(_filled(line) for line in lines),
        facts=tuple(Fact(_filled(fact), _MODEL) for fact in facts),
        buttons=tuple(Button(_filled(button), str(n)) for n, button in enumerate(buttons)),
    )


def _filled(phrase: Phrase) -> Text:
    placeholders = {name for _, name, _, _ in Formatter().parse(phrase.one) if name}
    values = {name: _VALUES.get(name, name) for name in placeholders}
    return phrase(**(values | {"count": _COUNT}))
