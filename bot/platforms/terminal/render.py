"""Neutral cards as rich text for a terminal. Reading the keyboard is in ``conversation``."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as RichText

from bot.core import held
from bot.core.cards import Card, Medium, Tone
from bot.i18n import Translator

_COLOURS = {
    Tone.PLAIN: "white",
    Tone.ASKING: "yellow",
    Tone.WORKING: "cyan",
    Tone.GOOD: "green",
    Tone.BAD: "red",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return text that cannot move the cursor, colour the screen or turn the reading direction."""
    return _CONTROL.sub("", text)


def draw(card: Card, translator: Translator, first_button: int) -> RenderableType:
    """Return a card as a panel; its buttons are numbered from ``first_button``."""
    parts: list[RenderableType] = []
    if card.quote:
        parts.append(RichText(f"“{clean(card.quote)}”", style="italic"))
    if card.text:
        parts.append(RichText(clean(card.text)))
    if card.facts:
        parts.append(_facts(card, translator))
    parts += [RichText(clean(translator.say(line))) for line in card.lines]
    shown = [medium for medium in card.media if not medium.is_drawn]
    parts += [RichText(said, style="bold") for medium in shown for said in _medium(medium, translator)]
    if card.buttons:
        labels = [f"[{n}] {clean(translator.say(b.label))}" for n, b in enumerate(card.buttons, first_button)]
        parts.append(RichText("   ".join(labels), style="bold"))
    title = clean(translator.say(card.title)) if card.title else ""
    if not parts:
        return RichText(title, style=_COLOURS[card.tone])
    return Panel(Group(*parts), title=RichText(title), title_align="left", border_style=_COLOURS[card.tone])


def _medium(medium: Medium, translator: Translator) -> Iterator[str]:
    """Yield what is said of a result: of one that is kept, its address only where this machine is where it is."""
    if medium.held:
        yield clean(translator.say(held.KEPT()))
    if not medium.held or _is_here(medium.url):
        yield f"▶ {clean(medium.url)}"


def _is_here(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _facts(card: Card, translator: Translator) -> Table:
    table = Table.grid(padding=(0, 2))
    for fact in card.facts:
        table.add_row(RichText(translator.say(fact.label), style="dim"), RichText(clean(translator.say(fact.value))))
    return table
