"""The terminal chat: what is printed, what numbers press, and that nobody's words can drive the terminal."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from bot.core import wording
from bot.core.actions import Action, Verb
from bot.core.cards import Bar, Button, Card, Medium
from bot.engine.ports import Line, LineKind
from bot.i18n import Translators
from bot.platforms.terminal.platform import HERE, PERSON, TerminalPlatform
from bot.platforms.terminal.render import clean
from providers.models import MediaKind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
JOB = "0123456789abcdef0123456789abcdef"


class Screen:
    """A terminal of 80 columns that can be read."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        console = Console(file=self._out, width=80, highlight=False)
        self.platform = TerminalPlatform(console, Translators(ZoneInfo("UTC")))

    @property
    def text(self) -> str:
        """What was printed so far."""
        return self._out.getvalue()


def line(card: Card, key: str = f"{JOB}.notice", kind: LineKind = LineKind.SAY, locale: str = "en") -> Line:
    """A line for the person at the keyboard."""
    return Line(key, kind, HERE, PERSON, locale, card, NOW, JOB)


def asking() -> Card:
    """A notice with two buttons."""
    confirm = Button(wording.BUTTON_CONFIRM(), Action(Verb.CONFIRM, JOB, "1").encode())
    cancel = Button(wording.BUTTON_CANCEL(), Action(Verb.CANCEL, JOB).encode())
    return Card(title=wording.NOTICE[MediaKind.VIDEO](), quote="a puppy", buttons=(confirm, cancel))


async def test_a_line_is_printed_once_however_often_it_is_said() -> None:
    """The courier may say a line again after a crash; the terminal shows it once."""
    screen = Screen()
    for _ in range(3):
        assert await screen.platform.say(line(asking())) == f"{JOB}.notice"
    assert screen.text.count("a puppy") == 1


async def test_buttons_are_numbers_and_end_with_their_card() -> None:
    """Numbers on the screen press buttons until the card has a form without them."""
    screen = Screen()
    message = await screen.platform.say(line(asking()))
    assert "[1] Confirm" in screen.text
    assert [b.action for b in screen.platform.buttons.values()] == [b.action for b in asking().buttons]
    started = line(Card(title=wording.STARTING[MediaKind.VIDEO]()), "edit", LineKind.EDIT)
    await screen.platform.edit(started, message)
    assert screen.platform.buttons == {}


async def test_a_link_stands_alone_on_its_line_and_whole() -> None:
    """A long address can be selected with one click: no frame, no break."""
    screen = Screen()
    address = "https://cdn.example/" + "a" * 300 + ".mp4"
    await screen.platform.say(line(Card(title=wording.LINK(), copy=address)))
    assert address in screen.text.splitlines()


@pytest.mark.parametrize("nasty", ["\x1b[2J", "\x9b31m", "\x07", "\r", "\u202e", "\x1b]8;;http://evil\x1b\\"])
async def test_nobodys_words_can_drive_the_terminal(nasty: str) -> None:
    """Control characters in a prompt are not printed; what can be read stays."""
    screen = Screen()
    medium = Medium(MediaKind.VIDEO, f"https://cdn.example/{nasty}.mp4")
    await screen.platform.say(line(Card(quote=f"a {nasty}puppy", media=(medium,), copy=f"https://x/{nasty}")))
    assert "puppy" in screen.text
    assert not {c for c in screen.text if ord(c) < 32 and c != "\n"}
    assert "\u202e" not in screen.text


async def test_markup_in_a_prompt_is_printed_as_it_was_typed() -> None:
    """Square brackets are a person's brackets, not colours."""
    screen = Screen()
    await screen.platform.say(line(Card(quote="[red]a puppy[/red]")))
    assert "[red]a puppy[/red]" in screen.text


async def test_progress_is_said_in_the_persons_language() -> None:
    """The bar's words follow the language of the line."""
    screen = Screen()
    message = await screen.platform.say(line(asking()))
    card = Card(title=wording.WORKING[MediaKind.VIDEO](percent=42), bar=Bar(42))
    await screen.platform.show(HERE, message, card, "zh_Hans")
    assert "42%" in screen.text
    assert "Making" not in screen.text


def test_clean_keeps_every_letter_people_use() -> None:
    """Only what moves cursors and turns directions is taken out."""
    assert clean("一只小狗 – “é” 🎬\n\ttab") == "一只小狗 – “é” 🎬\n\ttab"


@pytest.mark.parametrize(
    "url,is_shown", [("http://127.0.0.1:3333/generated/a.png", True), ("http://10.0.0.7:3333/generated/a.png", False)]
)
async def test_of_a_kept_result_it_is_said_where_it_is(url: str, *, is_shown: bool) -> None:
    """Its address is worth something only where it is on this machine, as in the demo."""
    screen = Screen()
    kept = Card(title=wording.READY[MediaKind.IMAGE](), media=(Medium(MediaKind.IMAGE, url, held=True),))
    await screen.platform.say(line(kept))
    assert "kept where it was made" in screen.text
    assert (url in screen.text) is is_shown
