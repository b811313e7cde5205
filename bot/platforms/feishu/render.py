"""Neutral cards as Feishu's messages: cards of schema 2.0, posts, and plain text. Nothing is sent here.

Texts of ours are put into a card in every shipped language, and each reader's program shows its own; what people wrote
is put in once.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from bot.core import lark
from bot.core.actions import Verb, decode
from bot.core.cards import Button, Card, Medium, Style, Tone
from bot.i18n import Translator
from bot.platforms.feishu.limits import MOST_PICTURES, MOST_TABLES, Form, Json
from bot.platforms.feishu.markup import bare, escaped, flat, shortened, tables, tamed, visible
from bot.platforms.feishu.voices import Voices
from bot.text import Text

_COLOURS: Mapping[Tone, str] = {
    Tone.PLAIN: "default",
    Tone.ASKING: "orange",
    Tone.WORKING: "blue",
    Tone.GOOD: "green",
    Tone.BAD: "red",
}
_STYLES: Mapping[Style, str] = {Style.PRIMARY: "primary_filled", Style.PLAIN: "default", Style.DANGER: "danger"}
_CELLS = 16
"""The length of a progress bar."""

_IN_A_ROW = 3
_MANY = 6
_IN_A_ROW_OF_MANY = 4
"""Where there are many buttons, a row holds as many as a grid has pictures."""

MOST_BUTTONS = 20
"""What is more is left out, the last ones first: with all its languages a button takes up to 1 KB of a card's 30."""

_QUOTE_LINES = 8
_SHORT_QUOTE = 300
_MOST_TITLE = 200
_FEW_LINES = 15


class Brief(IntEnum):
    """How much of a card is left out where all of it does not fit, each step with those before it."""

    NOT = 0
    QUOTE = 1  # the end of a long quote
    LANGUAGES = 2  # all languages but the person's own
    LINES = 3  # most lines


@dataclass(frozen=True, slots=True)
class Shape:
    """How a card is to be drawn.

    ``pictures`` are the keys of uploaded pictures by their remote addresses. ``notes`` are said below its lines.
    ``preview`` is the key of an unfinished picture. ``nonce`` tells this form of it from others.
    """

    nonce: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    brief: Brief = Brief.NOT
    preview: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it has a place: its form, and its content."""

    form: Form
    content: Json


def nonce(key: str) -> str:
    """Return the name of one form of a card: 16 hexadecimal digits, the same for the same line."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def draw(card: Card, voices: Voices, shape: Shape | None = None) -> Draft:
    """Return a card as a card of schema 2.0."""
    shape = shape or Shape()
    card, voices = _briefer(card, voices, shape.brief)
    config: Json = {"update_multi": True, "locales": voices.names, "summary": _summary(card, voices)}
    content: Json = {"schema": "2.0", "config": config}
    elements = [*_elements(card, voices, shape)]
    if card.title is not None and elements:
        title = voices.plain(card.title, _MOST_TITLE)
        content["header"] = {"template": _COLOURS[card.tone], "title": title}
    elif card.title is not None:
        elements = [_div(voices.plain(card.title))]  # a sentence alone is no heading
    content["body"] = {"elements": elements or [_div({"tag": "plain_text", "content": "…"})]}
    return Draft(Form.CARD, content)


def _briefer(card: Card, voices: Voices, brief: Brief) -> tuple[Card, Voices]:
    if brief >= Brief.QUOTE:
        card = replace(card, quote=shortened(card.quote, _SHORT_QUOTE))
    if brief >= Brief.LINES:
        card = replace(card, lines=card.lines[:_FEW_LINES])
    return card, voices.alone() if brief >= Brief.LANGUAGES else voices


def draw_link(card: Card, voices: Voices) -> Draft:
    """Return an address to copy as plain text, on a line of its own."""
    words = voices.one
    above = [words.say(card.title)] if card.title else []
    return Draft(Form.TEXT, {"text": "\n".join([*above, bare(card.copy), *map(words.say, card.lines)])})


def draw_text(card: Card, voices: Voices, shape: Shape | None = None) -> Draft:
    """Return a card as plain text in the person's language, for where cards do not work."""
    words, shape = voices.one, shape or Shape()
    if card.copy:
        return draw_link(card, voices)
    said = [*_caption(card, words, shape)]
    if card.bar is not None and not card.title:
        said.append(bar(card.bar.percent))
    if any(is_confirm(button) for button in card.buttons):
        said.append(words.say(lark.REPLY_INSTEAD()))
    return Draft(Form.TEXT, {"text": flat("\n".join(said)) or "…"})


def draw_post(card: Card, voices: Voices, media: Sequence[Json], shape: Shape | None = None) -> Draft:
    """Return a caption with media in one message. ``media`` are elements of posts; it has no buttons."""
    shape = shape or Shape()
    card, voices = _briefer(card, voices, shape.brief)

    def post(words: Translator) -> Json:
        rows = [[{"tag": "text", "text": line}] for line in _caption(replace(card, title=None), words, shape)]
        title = shortened(visible(words.say(card.title)), _MOST_TITLE) if card.title else ""
        return {"title": title, "content": [*rows, *([medium] for medium in media)]}

    return Draft(Form.POST, voices.each(post))


def bar(percent: int) -> str:
    """Return a percentage as a bar; it is full only at 100."""
    full = _CELLS if percent >= 100 else max(0, percent) * _CELLS // 100  # noqa: PLR2004 - that is what a percentage is
    return f"{'▓' * full}{'░' * (_CELLS - full)} {percent}%"


def is_confirm(button: Button) -> bool:
    """Whether a button starts something; where there are no buttons, a reply does it."""
    action = decode(button.action)
    return action is not None and action.verb is Verb.CONFIRM


def _caption(card: Card, words: Translator, shape: Shape) -> Iterator[str]:
    if card.title:
        yield visible(words.say(card.title))
    for own in (card.quote, card.text):
        if own:
            yield visible(own)
    for fact in card.facts:
        yield visible(f"{words.say(fact.label)}: {words.say(fact.value)}")
    for line in (*card.lines, *shape.notes):
        yield visible(words.say(line))


def _summary(card: Card, voices: Voices) -> Json:
    """Return what the list of chats shows of a card."""
    first = card.title or next(iter(card.lines), None)
    if first is None:
        return {"content": shortened(visible(card.quote or card.text), 100) or "…"}
    return {name: value for name, value in voices.plain(first, 100).items() if name != "tag"}


def _elements(card: Card, voices: Voices, shape: Shape) -> Iterator[Json]:
    if card.quote:
        yield _div({"tag": "plain_text", "content": visible(card.quote), "lines": _QUOTE_LINES})
    if card.text:
        yield _written(card.text)
    if card.facts:
        yield {"tag": "markdown", **voices.fields(lambda words: _facts(card, words))}
    if lines := (*card.lines, *shape.notes):
        said = voices.fields(lambda words: "\n".join(visible(words.say(line)) for line in lines))
        yield _div({"tag": "plain_text", **said})
    if card.bar is not None:
        yield {"tag": "markdown", "content": bar(card.bar.percent)}
    if shape.preview:
        yield _picture(shape.preview)
    yield from _pictures(card.media, shape)
    buttons = card.buttons[:MOST_BUTTONS]
    in_a_row = _IN_A_ROW_OF_MANY if len(buttons) > _MANY else _IN_A_ROW
    for at in range(0, len(buttons), in_a_row):
        yield _row(buttons[at : at + in_a_row], voices, shape)


def _written(text: str) -> Json:
    """Return a written answer with its markup; without it where it holds more tables than a card takes."""
    if tables(text) > MOST_TABLES:
        return _div({"tag": "plain_text", "content": visible(text)})
    return {"tag": "markdown", "content": tamed(text)}


def _facts(card: Card, words: Translator) -> str:
    return "\n".join(f"**{escaped(words.say(f.label))}** {escaped(words.say(f.value))}" for f in card.facts)


def _pictures(media: Sequence[Medium], shape: Shape) -> Iterator[Json]:
    keys = [shape.pictures[medium.url] for medium in media if medium.url in shape.pictures]
    for at in range(0, len(keys), MOST_PICTURES):
        some = keys[at : at + MOST_PICTURES]
        if len(some) == 1:
            yield _picture(some[0])
        else:
            yield {
                "tag": "img_combination",
                "combination_mode": "bisect",
                "img_list": [{"img_key": key} for key in some],
            }


def _picture(key: str) -> Json:
    return {"tag": "img", "img_key": key, "alt": {"tag": "plain_text", "content": ""}}


def _row(buttons: Sequence[Button], voices: Voices, shape: Shape) -> Json:
    columns = [{"tag": "column", "width": "auto", "elements": [_button(b, voices, shape)]} for b in buttons]
    return {"tag": "column_set", "flex_mode": "flow", "columns": columns}


def _button(button: Button, voices: Voices, shape: Shape) -> Json:
    drawn: Json = {
        "tag": "button",
        "type": _STYLES[button.style],
        "text": voices.plain(button.label, 60),
        "behaviors": [{"type": "callback", "value": {"action": button.action, "nonce": shape.nonce}}],
    }
    if button.style is Style.DANGER:
        drawn["confirm"] = {"title": voices.plain(button.label), "text": voices.plain(lark.SURE())}
    return drawn


def _div(text: Json) -> Json:
    return {"tag": "div", "text": text}
