"""Words that are not ours stay words in every chat: they ring nobody, load and format nothing."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

import pytest
from rich.console import Console

from bot.core.cards import Button, Card, Fact, Medium
from bot.i18n import Translators
from bot.platforms.discord.render import draw as draw_discord
from bot.platforms.discord.render import draw_plain
from bot.platforms.discord.wire import walk
from bot.platforms.feishu.render import draw as draw_feishu
from bot.platforms.feishu.render import draw_link, draw_post, draw_text
from bot.platforms.feishu.voices import Voices
from bot.platforms.terminal.render import draw as draw_terminal
from bot.platforms.web.render import draw_card
from bot.text import Phrase
from providers.models import MediaKind

WORDS = Translators(UTC)
ENGLISH = WORDS.get("en")
VOICES = Voices.of(WORDS, "en")

INJECTED: Mapping[str, str] = {
    "everyone": "@everyone",
    "here": "@here",
    "person": "<@123456789012345678>",
    "nickname": "<@!123456789012345678>",
    "role": "<@&123456789012345678>",
    "channel": "<#123456789012345678>",
    "command": "</video:123456789012345678>",
    "time stamp": "<t:1700000000:R>",
    "emoji": "<a:party:123456789012345678>",
    "guide": "<id:customize>",
    "escaped mention": "\\<@123456789012345678>",
    "twice escaped mention": "\\\\<@123456789012345678>",
    "mention in a block": "```\n<@123456789012345678>",
    "mention after a block": "```a``` <@123456789012345678> ```",
    "mention in code": "`<@123456789012345678>`",
    "masked link": "[click](https://evil.example)",
    "masked link with a title": '[click](https://evil.example "title")',
    "masked script": "[click](javascript:alert(1))",
    "picture": "![p](https://evil.example/a.png)",
    "heading": "# heading",
    "small": "-# small",
    "quote": "> quote",
    "all quoted": ">>> quote",
    "list": "- one\n- two",
    "numbers": "1. one\n2. two",
    "rule": "---",
    "table": "|a|b|\n|---|---|\n|c|d|",
    "bold": "**bold** __under__ ~~gone~~ ||hidden||",
    "end of the block": "```\nafter",
    "many blocks": "```" * 51,
    "feishu at": '<at user_id="all">everyone</at>',
    "feishu at id": "<at id=all></at>",
    "feishu at in capitals": "<AT ID=all></AT>",
    "feishu at with a line": "<at\nid=all></at>",
    "feishu person": "<person id='ou_1'></person>",
    "feishu link": "<a href='https://evil.example'>click</a>",
    "feishu font": "<font color='red'>red</font>",
    "feishu picture": "![p](img_v2_1)",
    "feishu emoji": ":OK: :DONE:",
    "feishu button": "<button>press</button>",
    "entity": "&lt;at id=all&gt;",
    "numbered entity": "&#60;at id=all&#62;",
    "html": "<script>alert(1)</script>",
    "event handler": "<img src=x onerror=alert(1)>",
    "svg": "<svg/onload=alert(1)>",
    "end of script": "</script><script>alert(1)</script>",
    "comment": "<!-- -->",
    "template": "{{ 7*7 }} {% raw %} ${7*7} #{7*7}",
    "placeholder": "{cost} {0} {x.__class__} {x!r} %s %(x)s",
    "markup of rich": "[bold red]text[/] [link=https://evil.example]x[/link]",
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H\x1bc",
    "title": "\x1b]0;owned\x07",
    "link of a terminal": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "one byte escape": "\x9b31m",
    "carriage return": "price 10\rprice 1",
    "backspace": "100\b\b\b1",
    "null": "a\x00b",
    "right to left": "\u202egnp.exe",
    "isolate": "\u2067abc\u2069",
    "invisible": "a\u200b\u2060\ufeffb",
    "half a character": "\ud83d",
    "tags": "\U000e0041\U000e0042",
    "combining": "Z" + "\u0351" * 200,
    "long word": "a" * 5000,
    "many lines": "a\n" * 5000 + "\n" * 5000,
    "sql": "'; DROP TABLE job; --",
    "json": '"}]},{"event":"x"',
    "buttons": "lm1|confirm|ab|1",
}
X = Phrase("{x}")

PLACES: Mapping[str, Any] = {
    "quote": lambda text: Card(title=Phrase("T")(), quote=text),
    "title": lambda text: Card(title=X(x=text), lines=(Phrase("L")(),)),
    "line": lambda text: Card(title=Phrase("T")(), lines=(X(x=text),)),
    "value": lambda text: Card(title=Phrase("T")(), facts=(Fact(Phrase("F")(), text),)),
    "button": lambda text: Card(title=Phrase("T")(), lines=(X(x="l"),), buttons=(Button(X(x=text), "lm1|wait|a"),)),
}
CASES = [pytest.param(text, id=name) for name, text in INJECTED.items()]

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
READ = frozenset({"markdown", "lark_md", "md", "message"})
"""Where Feishu reads tags and markup; everything else it shows letter by letter."""

TAG = re.compile(r"<(?=[a-zA-Z/])")
BLOCK = re.compile(r"```.*?```", re.DOTALL)
BARE = re.compile(r"(?<!\\)(?:\\\\)*(<(?=[@#/]|a?:|t:|id:)|\[[^\]]*\]\(|`|\*|~~|\|\|)")


def _cards(text: str) -> Iterator[Card]:
    for make in PLACES.values():
        yield make(text)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from _strings(inner)


@pytest.mark.parametrize("text", CASES)
def test_words_do_nothing_on_discord(text: str) -> None:
    """Nobody is called and nothing is formatted, in a card and in the plain form; only our own signs are markup."""
    for card in _cards(text):
        for draft in (draw_discord(card, ENGLISH), draw_plain(card, ENGLISH)):
            assert draft.payload["allowed_mentions"] == {"parse": []}
            json.dumps(draft.payload).encode()
            shown = [str(c["content"]) for c in walk(draft.payload.get("components")) if "content" in c]
            for said in [*shown, str(draft.payload.get("content", ""))]:
                assert CONTROL.search(said) is None
                outside = BLOCK.sub("", said)
                assert "```" not in outside
                own = re.sub(r"^(?:#{1,3} |-# )?\*\*|\*\*", "", outside)
                assert BARE.search(own) is None, said


@pytest.mark.parametrize("text", CASES)
def test_an_answer_rings_nobody_on_discord(text: str) -> None:
    """What a model wrote keeps its looks; outside whole blocks nothing in it looks like a call."""
    drawn = draw_discord(Card(title=Phrase("T")(), text=text), ENGLISH)
    assert drawn.payload["allowed_mentions"] == {"parse": []}
    for component in walk(drawn.payload["components"]):
        said = BLOCK.sub("", str(component.get("content", "")))
        assert re.search(r"(?<!\\)<(?=@|#|/\w|a?:|t:|id:)", said) is None, said
        assert CONTROL.search(said) is None


def _feishu(card: Card) -> Iterator[tuple[str, str]]:
    """Yield the tag and the words of everything that Feishu reads in a card, in every form of it."""
    for content in (draw_feishu(card, VOICES).content, draw_post(card, VOICES, ()).content):
        yield from _tagged(content)
    yield "message", str(draw_text(card, VOICES).content["text"])


def _tagged(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        tag = str(value.get("tag", ""))
        own = {key: inner for key, inner in value.items() if key in {"content", "text", "i18n_content"}}
        yield from ((tag, text) for key, inner in own.items() if not isinstance(inner, list) for text in _plain(inner))
        for inner in value.values():
            yield from _tagged(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _tagged(inner)


def _plain(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and "tag" not in value:
        yield from (inner for inner in value.values() if isinstance(inner, str))


@pytest.mark.parametrize("text", CASES)
def test_words_do_nothing_on_feishu(text: str) -> None:
    """No tag, link or picture in markdown, no tag in plain text: cards, posts and texts."""
    for card in _cards(text):
        for tag, said in _feishu(card):
            assert CONTROL.search(said) is None
            assert tag not in READ or TAG.search(said) is None
            assert tag not in READ or "](" not in said


@pytest.mark.parametrize("text", CASES)
def test_an_answer_rings_nobody_on_feishu(text: str) -> None:
    """What a model wrote keeps its looks; no tag and no picture is in it."""
    for tag, said in _feishu(Card(title=Phrase("T")(), text=text)):
        assert tag not in READ or TAG.search(said) is None
        assert tag not in READ - {"message"} or "![" not in said
        assert CONTROL.search(said) is None


@pytest.mark.parametrize("text", CASES)
def test_an_address_does_nothing_in_a_chat(text: str) -> None:
    """A provider's address is copied out of a message of its own: nothing in it rings or is formatted."""
    card = Card(title=Phrase("Link")(), copy=f"https://cdn.example/{text}")
    said = str(draw_link(card, VOICES).content["text"])
    assert TAG.search(said) is None
    assert CONTROL.search(said) is None
    drawn = draw_discord(card, ENGLISH)
    assert drawn.payload["allowed_mentions"] == {"parse": []}
    assert all(CONTROL.search(text) is None for text in _strings(drawn.payload))


@pytest.mark.parametrize("text", CASES)
def test_words_do_nothing_in_a_terminal(text: str) -> None:
    """The screen is what was drawn: no escape of theirs, no line overwritten, no markup of the library's read."""
    for card in (*_cards(text), Card(text=text), Card(media=(Medium(MediaKind.IMAGE, f"https://x/{text[:99]}"),))):
        screen = io.StringIO()
        Console(file=screen, force_terminal=False, width=100).print(draw_terminal(card, ENGLISH, 1))
        assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", screen.getvalue()) is None


@pytest.mark.parametrize("text", CASES)
def test_words_come_to_the_page_as_they_are(text: str) -> None:
    """The page puts them into text nodes, so nothing is taken out; an address that runs something is no address."""
    for card in _cards(text):
        assert any(text in said for said in _strings(dict(draw_card(card, ENGLISH, ""))))
    for url in (text, f"javascript:{text}", f"data:text/html,{text}", f"JaVaScRiPt:{text}", f"//{text}", f"\x01{text}"):
        media = draw_card(Card(media=(Medium(MediaKind.IMAGE, url, url),)), ENGLISH, "")["media"]
        assert [(m["url"], m["cover"]) for m in media] == [("", "")]
