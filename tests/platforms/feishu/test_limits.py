"""What Feishu would refuse is found before it is sent, and made to fit; a message is never just lost for its size."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from bot.core import wording
from bot.core.cards import Card, Fact
from bot.platforms.feishu.limits import (
    MOST_BODY,
    MOST_COMPONENTS,
    MOST_TEXT_BODY,
    MOST_UUID,
    Form,
    Json,
    problems,
    size,
    walk,
)
from bot.platforms.feishu.parcel import Parcel, body
from bot.platforms.feishu.render import Shape, draw
from bot.text import Phrase
from tests.fakes.feishu_server import FeishuServer
from tests.fakes.feishu_server.cards import check_card
from tests.fakes.feishu_server.refusals import Refusal
from tests.platforms.feishu.outbox import ALL, PROMPT, notice, outbox, video

Broken = Callable[[dict[str, Any]], object]


def _elements(card: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = card["body"]["elements"]
    return found


def _button(card: dict[str, Any]) -> dict[str, Any]:
    return next(c for c in walk(card["body"]) if c["tag"] == "button")


def _column(card: dict[str, Any]) -> dict[str, Any]:
    return next(c for c in walk(card["body"]) if c["tag"] == "column")


BROKEN: dict[str, Broken] = {
    "an unknown property": lambda c: _elements(c)[0].update(colour="red"),
    "a corner radius on a column": lambda c: _column(c).update(corner_radius="8px"),
    "a note, which is of schema 1": lambda c: _elements(c).append({"tag": "note", "elements": []}),
    "an action, which is of schema 1": lambda c: _elements(c).append({"tag": "action", "actions": []}),
    "a value that is a text": lambda c: _button(c).update(behaviors=[{"type": "callback", "value": "x"}]),
    "a long element id": lambda c: _elements(c)[0].update(element_id="x" * 21),
    "two elements with one id": lambda c: [e.update(element_id="x") for e in _elements(c)[:2]],
    "a header without a title": lambda c: c["header"].pop("title"),
    "too many components": lambda c: _elements(c).extend({"tag": "hr"} for _ in range(MOST_COMPONENTS)),
    "a form without a name for its input": lambda c: _elements(c).append(
        {"tag": "form", "name": "f", "elements": [{"tag": "input"}, _submit()]}
    ),
    "a form inside a column": lambda c: _column(c)["elements"].append(
        {"tag": "form", "name": "f", "elements": [_submit()]}
    ),
    "schema 1": lambda c: c.pop("schema"),
}
OURS: dict[str, Broken] = {
    "no elements": lambda c: c.update(body={"elements": []}),
    "not for everybody": lambda c: c["config"].pop("update_multi"),
    "a button that does nothing": lambda c: _button(c).pop("behaviors"),
    "a picture without a key": lambda c: _elements(c).append({"tag": "img", "img_key": ""}),
    "four tables": lambda c: _elements(c).append({"tag": "markdown", "content": "|a|\n|---|\n|b|\n\n" * 4}),
    "an empty markdown": lambda c: _elements(c).append({"tag": "markdown", "content": ""}),
    "a form that nothing submits": lambda c: _elements(c).append({"tag": "form", "name": "f", "elements": []}),
    "a grid of one": lambda c: _elements(c).append(
        {"tag": "img_combination", "combination_mode": "bisect", "img_list": [{"img_key": "k"}]}
    ),
}


def _submit() -> dict[str, Any]:
    return {"tag": "button", "name": "s", "form_action_type": "submit", "text": {"tag": "plain_text", "content": "x"}}


def _card() -> dict[str, Any]:
    return deepcopy(draw(notice(), ALL).content)


def _found(card: dict[str, Any]) -> list[str]:
    content = json.dumps(card, ensure_ascii=False)
    return problems(Form.CARD, card, {"msg_type": "interactive", "content": content})


@pytest.mark.parametrize("spoil", [pytest.param(how, id=name) for name, how in (BROKEN | OURS).items()])
def test_what_would_be_refused_is_found(spoil: Broken) -> None:
    """Feishu refuses a card as a whole, with a number; we know before, and why."""
    card = _card()
    assert _found(card) == []
    spoil(card)
    assert _found(card)


@pytest.mark.parametrize("spoil", [pytest.param(how, id=name) for name, how in BROKEN.items() if name != "schema 1"])
def test_the_pretend_feishu_agrees(spoil: Broken) -> None:
    """What we call wrong is refused by a server that was written from the facts by somebody else."""
    card, server = _card(), FeishuServer()
    check_card(card, server.media)
    spoil(card)
    with pytest.raises(Refusal):
        check_card(card, server.media)


def test_bytes_are_counted_as_they_are_sent() -> None:
    """A Chinese letter is three bytes of UTF-8, not six of an escape, and the card is JSON inside of JSON."""
    assert size({"content": "视频"}) == len('{"content": ""}') + 6
    assert size({"content": '"'}) == len('{"content": ""}') + 2


@pytest.mark.parametrize("form, most", [(Form.CARD, MOST_BODY), (Form.POST, MOST_BODY), (Form.TEXT, MOST_TEXT_BODY)])
def test_the_whole_request_counts(form: Form, most: int) -> None:
    """Each form has its limit, for the body and not for the content alone."""
    card = _card()
    for length, is_good in ((most - 30, True), (most, False)):
        assert (not problems(form, card, {"content": "x" * length})) is is_good


def test_a_uuid_has_its_limit() -> None:
    """Fifty characters."""
    card = _card()
    assert problems(Form.CARD, card, {"uuid": "x" * (MOST_UUID + 1)})
    assert not problems(Form.CARD, card, {"uuid": "x" * MOST_UUID})


# --- made to fit -------------------------------------------------------------------------------------------------


def _sent(card: Card) -> tuple[Form, dict[str, Any]]:
    draft = Parcel(card, ALL).draft()
    assert not problems(draft.form, draft.content, body(draft))
    return draft.form, draft.content


def test_a_long_prompt_is_cut_first() -> None:
    """Everything else stays, in all languages, with its buttons."""
    form, content = _sent(notice(quote="猫" * 12_000))
    assert form is Form.CARD
    assert "zh_cn" in str(content)
    assert "lm1|confirm" in str(content)
    assert "猫" * 200 + "猫" in str(content)


def test_then_the_other_languages_go() -> None:
    """Many lines in two languages are too much: they stay in that of whoever asked."""
    lines = tuple(Phrase("{x}")(x="猫" * 60 + str(n)) for n in range(120))
    form, content = _sent(Card(title=wording.LINK(), facts=(Fact(wording.FACT_MODEL(), "x" * 9000),), lines=lines[:50]))
    assert form is Form.CARD
    assert "zh_cn" not in str(content["body"])


def test_then_most_lines_go() -> None:
    """The first lines of a list are better than none."""
    form, content = _sent(notice(lines=tuple(Phrase("{x}")(x="x" * 1000) for _ in range(60))))
    assert form is Form.CARD
    assert "lm1|confirm" in str(content)


def test_at_last_it_is_text() -> None:
    """Text may be five times as long; and even that is cut before it would be refused."""
    form, content = _sent(notice(lines=tuple(Phrase("{x}")(x="猫" * 5000) for _ in range(30))))
    assert form is Form.TEXT
    assert PROMPT in content["text"]


def test_a_long_caption_of_a_video_is_cut() -> None:
    """The video is in place whatever its prompt was."""
    element: Json = {"tag": "media", "file_key": "k", "image_key": "c"}
    draft = Parcel(video("https://x.example", quote="猫" * 40_000), ALL, Shape(), (element,)).draft()
    assert draft.form is Form.POST
    assert str(draft.content).count("file_key") == 2


async def test_a_huge_list_arrives(tmp_path: Path) -> None:
    """The pretend Feishu counts the bytes of the request itself."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice(lines=tuple(Phrase("{x}")(x="猫" * 400 + str(n)) for n in range(40))))
        assert (await at.message(line)).kind == "interactive"
        assert not at.server.calls.to("*", code=230025)
