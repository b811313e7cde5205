"""Messages and cards as plain values in one reader's language. How a browser draws them is in ``cards.js``.

No HTML is made anywhere: the page puts every string into a text node.
"""

from datetime import UTC, datetime
from typing import Protocol, TypedDict
from urllib.parse import quote, urlsplit

from bot.core.cards import Button, Card, Medium
from bot.storage.conversations import Message
from bot.text import Value


class Speaks(Protocol):
    """The part of a translator that is used here."""

    @property
    def locale(self) -> str:
        """The language's code, such as ``zh_Hans``."""
        ...

    def say(self, value: Value) -> str:
        """Return a value in words."""
        ...


class DrawnFact(TypedDict):
    """A labelled value."""

    label: str
    value: str


class DrawnMedium(TypedDict):
    """Something to show in place; an address that is not http or https has become empty.

    A ``held`` one is shown from an address of ours.
    """

    kind: str
    url: str
    cover: str
    width: int | None
    height: int | None
    held: bool


class DrawnButton(TypedDict):
    """Something to press."""

    label: str
    action: str
    style: str


class DrawnCard(TypedDict):
    """A card in one language. ``percent`` is missing (``None``) where nothing is measured.

    ``preview`` is the address of an unfinished picture, on this server.
    """

    title: str
    quote: str
    text: str
    lines: list[str]
    facts: list[DrawnFact]
    percent: int | None
    preview: str
    media: list[DrawnMedium]
    copy: str
    buttons: list[DrawnButton]
    tone: str


class DrawnMessage(TypedDict):
    """A message as one reader sees it. ``hue`` (0 to 359) colours its author, ``at`` is ISO 8601 in UTC."""

    id: str
    seq: int
    at: str
    by: str
    hue: int
    mine: bool
    limner: bool
    private: bool
    text: str
    card: DrawnCard | None


def draw_message(message: Message, reader: str, words: Speaks) -> DrawnMessage:
    """Return a message for a reader."""
    return DrawnMessage(
        id=message.id,
        seq=message.seq,
        at=_iso(message.at),
        by=message.name,
        hue=hue(message.person),
        mine=bool(message.person) and message.person == reader,
        limner=not message.person,
        private=bool(message.private_to),
        text=message.text,
        card=draw_card(message.card, words, kept_at(message.place, message.id)) if message.card is not None else None,
    )


def kept_at(place: str, message: str) -> str:
    """Return the path below which a message's media are served that a browser cannot get elsewhere."""
    return f"/c/{quote(place, safe='')}/kept/{quote(message, safe='')}"


def draw_card(card: Card, words: Speaks, kept: str) -> DrawnCard:
    """Return a card in one language; ``kept`` is what :func:`kept_at` says for its message."""
    return DrawnCard(
        title=words.say(card.title) if card.title is not None else "",
        quote=card.quote,
        text=card.text,
        lines=[words.say(line) for line in card.lines],
        facts=[DrawnFact(label=words.say(f.label), value=words.say(f.value)) for f in card.facts],
        percent=max(0, min(100, card.bar.percent)) if card.bar is not None else None,
        preview=f"{kept}/preview/{card.preview.number}" if card.preview is not None else "",
        media=[_draw_medium(m, f"{kept}/{n}") for n, m in enumerate(card.media)],
        copy=card.copy,
        buttons=[_draw_button(b, words) for b in card.buttons],
        tone=card.tone.value,
    )


def hue(person: str) -> int:
    """Return the colour of a person, the same on every page."""
    return sum(ord(letter) * place for place, letter in enumerate(person[:8], start=1)) * 47 % 360


def _draw_medium(medium: Medium, ours: str) -> DrawnMedium:
    return DrawnMedium(
        kind=medium.kind.value,
        url=ours if medium.held else medium.url if medium.is_drawn else _web_address(medium.url),
        cover="" if medium.held else _web_address(medium.cover),
        width=medium.width,
        height=medium.height,
        held=medium.held,
    )


def _draw_button(button: Button, words: Speaks) -> DrawnButton:
    return DrawnButton(label=words.say(button.label), action=button.action, style=button.style.value)


def _web_address(url: str) -> str:
    """Return an address that may be shown or followed, else nothing (``javascript:``, ``data:``, ``file:``)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
