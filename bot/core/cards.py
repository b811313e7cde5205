"""The neutral form of a message, the same for every chat. How a chat draws it is in its ``render`` module."""

from dataclasses import dataclass
from enum import StrEnum

from bot.text import Text, Value
from providers.models import MediaKind
from providers.outcomes import Preview


class Tone(StrEnum):
    """What a message feels like; a chat may colour it."""

    PLAIN = "plain"
    ASKING = "asking"
    WORKING = "working"
    GOOD = "good"
    BAD = "bad"


class Style(StrEnum):
    """How a button looks."""

    PRIMARY = "primary"
    PLAIN = "plain"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. ``action`` is an encoded :class:`bot.core.actions.Action`."""

    label: Text
    action: str
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value, such as the model or the cost."""

    label: Text
    value: Value


@dataclass(frozen=True, slots=True)
class Bar:
    """Progress from 0 to 100; 100 only when it is true."""

    percent: int


OWN_PICTURE = "data:image/png;base64,"
"""How the address of a picture begins that we drew ourselves: its bytes are in the address."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture, clip or sound to show in place, from its remote address.

    One that we drew ourselves (``OWN_PICTURE``) has no address that people could follow, so none is ever said.
    A ``held`` one is kept where only we can get it: a chat has to bring the file itself, and never shows the address.
    """

    kind: MediaKind
    url: str
    cover: str = ""
    width: int | None = None
    height: int | None = None
    held: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether we drew it ourselves."""
        return self.url.startswith(OWN_PICTURE)


@dataclass(frozen=True, slots=True)
class Card:
    """One message. ``quote`` is a person's own words, shown as plain text; ``copy`` is a bare address to copy.

    ``text`` is a written answer, word for word as it came: a chat shows its markup where it has the same one, and lets
    it neither ring anybody nor load anything. ``preview`` is an unfinished picture, shown for now where a chat can;
    it is never stored.
    """

    title: Text | None = None
    quote: str = ""
    text: str = ""
    lines: tuple[Text, ...] = ()
    facts: tuple[Fact, ...] = ()
    bar: Bar | None = None
    media: tuple[Medium, ...] = ()
    copy: str = ""
    buttons: tuple[Button, ...] = ()
    tone: Tone = Tone.PLAIN
    preview: Preview | None = None
