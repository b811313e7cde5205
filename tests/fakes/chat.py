"""A chat that lives longer than the service: it shows each key once, refuses what a real one refuses, and can fail."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from typing_extensions import override

from bot.core.cards import Button, Card
from bot.core.job import Address
from bot.engine.ports import Line, Platform
from bot.errors import PlatformTrouble
from bot.i18n import Translator, Translators


@dataclass(slots=True)
class Shown:
    """A message as people see it now, with every form it had and every percentage it showed."""

    line: Line
    card: Card
    forms: list[Card] = field(default_factory=list)
    percents: list[int] = field(default_factory=list)
    times_said: int = 1


class Chat(Platform):
    """The pretend platform. ``troubles`` are raised, in order, by the next attempts to say or edit.

    ``closed`` are places that take nothing, each with its trouble; ``attempts`` counts what was tried to say or edit.
    The next ``lost_answers`` messages are shown and then fail all the same. A ``deaf`` chat takes no progress.
    """

    def __init__(self, name: str = "stage") -> None:
        self.messages: dict[str, Shown] = {}
        self.troubles: list[PlatformTrouble] = []
        self.closed: dict[Address, PlatformTrouble] = {}
        self.attempts = 0
        self.lost_answers = 0
        self.deaf = False
        self._name = name

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    async def say(self, line: Line) -> str:
        self._stumble(line.address)
        known = self.messages.get(line.key)
        if known is None:
            self.messages[line.key] = Shown(line, line.card, [line.card])
        else:
            known.times_said += 1
        if self.lost_answers:
            self.lost_answers -= 1
            raise PlatformTrouble("connection lost")
        return f"m:{line.key}"

    @override
    async def edit(self, line: Line, message: str) -> None:
        self._stumble(line.address)
        shown = self._found(message)
        shown.card = line.card
        shown.forms.append(line.card)

    @override
    async def show(self, address: Address, message: str, card: Card, locale: str) -> None:
        if self.deaf:
            raise PlatformTrouble("not now")
        shown = self._found(message)
        shown.card = card
        shown.forms.append(card)
        if card.bar is not None:
            shown.percents.append(card.bar.percent)

    def _found(self, message: str) -> Shown:
        shown = self.messages.get(message.removeprefix("m:"))
        if shown is None:
            raise PlatformTrouble(f"no message {message}", gone=True)
        return shown

    def _stumble(self, address: Address) -> None:
        self.attempts += 1
        if address in self.closed:
            raise self.closed[address]
        if self.troubles:
            raise self.troubles.pop(0)

    # --- what people see -----------------------------------------------------------------------------------------

    def cards(self) -> list[Card]:
        """Return all messages in the order they were said."""
        return [shown.card for shown in self.messages.values()]

    def ending(self, what: str) -> list[Shown]:
        """Return the messages whose key ends so: ``notice``, ``result``, ``link.0``, ``sorry``, ``doubt``."""
        return [shown for key, shown in self.messages.items() if key.endswith(f".{what}")]

    def buttons(self) -> Iterator[Button]:
        """Yield every button on the screen, the newest message's first."""
        for shown in reversed(self.messages.values()):
            yield from shown.card.buttons

    def text(self, locale: str, translators: Translators) -> str:
        """Return everything on the screen as text in one language."""
        words = translators.get(locale)
        return "\n".join(text_of(card, words) for card in self.cards())


def text_of(card: Card, words: Translator) -> str:
    """Return what Limner says in a card, without a person's own words and without bare addresses."""
    parts = [words.say(card.title)] if card.title is not None else []
    parts += [words.say(line) for line in card.lines]
    parts += [f"{words.say(fact.label)}: {words.say(fact.value)}" for fact in card.facts]
    parts += [words.say(button.label) for button in card.buttons]
    return "\n".join(parts)
