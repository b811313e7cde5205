"""Cards as a page gets them: plain values, in the reader's language, and never an address that could run something."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from bot.core import wording
from bot.core.cards import Bar, Button, Card, Fact, Medium, Style, Tone
from bot.i18n import Translators
from bot.platforms.web.render import draw_card, draw_message
from bot.storage.conversations import Message
from bot.text import Amount, Phrase
from providers.models import MediaKind

WORDS = Translators(UTC)
ENGLISH = WORDS.get("en")
KEPT = "/c/studio/kept/m"


def test_a_card_becomes_plain_values() -> None:
    """Everything a card says is in what the page gets, as strings and numbers."""
    card = Card(
        title=wording.WORKING[MediaKind.VIDEO](percent=42),
        quote="a puppy",
        text="Dogs *run*.",
        lines=(wording.NOT_CHARGED(),),
        facts=(Fact(wording.FACT_COST(), Amount(Decimal(25), "points")),),
        bar=Bar(42),
        media=(Medium(MediaKind.VIDEO, "https://x.example/a.mp4", "https://x.example/a.jpg", 640, 360),),
        copy="https://x.example/a.mp4",
        buttons=(Button(wording.BUTTON_CONFIRM(), "lm1|confirm|a|1", Style.PRIMARY),),
        tone=Tone.WORKING,
    )
    drawn = draw_card(card, ENGLISH, KEPT)
    assert drawn == {
        "title": "⏳ Making your video… 42%",
        "quote": "a puppy",
        "text": "Dogs *run*.",
        "lines": ["Nothing was charged."],
        "facts": [{"label": "Cost", "value": "25 points"}],
        "percent": 42,
        "preview": "",
        "media": [
            {
                "kind": "video",
                "url": "https://x.example/a.mp4",
                "cover": "https://x.example/a.jpg",
                "width": 640,
                "height": 360,
                "held": False,
            }
        ],
        "copy": "https://x.example/a.mp4",
        "buttons": [{"label": "Confirm", "action": "lm1|confirm|a|1", "style": "primary"}],
        "tone": "working",
    }
    assert json.loads(json.dumps(drawn)) == drawn


def test_an_empty_card_has_every_field() -> None:
    """The page never has to ask whether a field exists."""
    drawn = draw_card(Card(), ENGLISH, KEPT)
    assert (drawn["title"], drawn["percent"], drawn["facts"], drawn["buttons"]) == ("", None, [], [])


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x.example/a", "https://", "http://[x", ""],
)
def test_addresses_that_are_not_web_addresses_are_left_out(url: str) -> None:
    """A provider's answer cannot put a script or a local file into the page."""
    medium = draw_card(Card(media=(Medium(MediaKind.IMAGE, url, url),)), ENGLISH, KEPT)["media"][0]
    assert (medium["url"], medium["cover"]) == ("", "")


@pytest.mark.parametrize("percent, shown", [(-3, 0), (0, 0), (95, 95), (250, 100)])
def test_a_bar_stays_between_nothing_and_everything(percent: int, shown: int) -> None:
    """No figure can draw a bar outside its frame."""
    assert draw_card(Card(bar=Bar(percent)), ENGLISH, KEPT)["percent"] == shown


def test_markup_is_only_text() -> None:
    """What a person typed comes out as they typed it, unescaped and unread: the page makes text nodes of it."""
    nasty = "<img src=x onerror=alert(1)>{0}{x}%s"
    drawn = draw_card(Card(title=Phrase("{said}")(said=nasty), quote=nasty), ENGLISH, KEPT)
    assert (drawn["title"], drawn["quote"]) == (nasty, nasty)


def test_a_message_knows_whose_it_is() -> None:
    """One's own messages, other people's and Limner's are told apart; times are in UTC."""
    at = datetime(2026, 3, 14, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    ana = Message("1", "studio", at, seq=7, person="ana", name="Ana", text="hi")
    own, other = draw_message(ana, "ana", ENGLISH), draw_message(ana, "ben", ENGLISH)
    assert (own["mine"], own["limner"], other["mine"], other["by"], other["seq"]) == (True, False, False, "Ana", 7)
    assert own["at"] == "2026-03-14T09:00:00+00:00"
    limner = draw_message(Message("2", "studio", at, card=Card(), private_to="ana"), "", ENGLISH)
    assert (limner["mine"], limner["limner"], limner["private"]) == (False, True, True)


def test_people_have_a_colour_of_their_own() -> None:
    """The same person has the same colour on every page, and two people usually differ."""
    at = datetime(2026, 3, 14, tzinfo=UTC)
    hues = [draw_message(Message("1", "c", at, person=who), "x", ENGLISH)["hue"] for who in ("ana", "ben", "ana")]
    assert hues[0] == hues[2] != hues[1]
    assert all(0 <= hue < 360 for hue in hues)
