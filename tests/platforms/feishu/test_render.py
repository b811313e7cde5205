"""What a message looks like to each of its readers, card by card; and that nobody's words become markup."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core import lark, replies, wording
from bot.core.cards import Bar, Button, Card, Fact, Medium, Style, Tone
from bot.i18n import SHIPPED
from bot.platforms.feishu.limits import Form, problems
from bot.platforms.feishu.parcel import Parcel, body
from bot.platforms.feishu.render import Shape, bar, draw, draw_post, draw_text, nonce
from bot.platforms.feishu.voices import LOCALES, Voices
from bot.text import Amount, Moment, Phrase
from providers.models import MediaKind
from tests.fakes.feishu_server import FeishuServer
from tests.fakes.feishu_server.cards import check_card
from tests.fakes.feishu_server.world import LOCALES as CLIENTS
from tests.platforms.feishu.outbox import ALL, JOB, PROMPT, TRANSLATORS, notice, outbox, progress, video

TRICKY = "*bold* _x_ [a](https://evil.example) <at id=all></at> ![p](img_1) # 1. `c` ~~s~~ :OK: a|b \\* &lt;"


def _drawn(card: Card, shape: Shape | None = None) -> Any:
    """Return a card of Feishu's, to look into."""
    return draw(card, ALL, shape).content


def _everything() -> Card:
    """Return a card that has all that a card can have, but for media and an address."""
    return notice(
        text="**So** it is.",
        facts=(Fact(wording.FACT_MODEL(), TRICKY), Fact(wording.FACT_COST(), Amount(Decimal(60), "points"))),
        lines=(wording.EXPIRES(when=Moment(datetime(2026, 3, 1, 9, tzinfo=UTC))), Phrase("{x}")(x=TRICKY)),
        bar=Bar(42),
        buttons=tuple(
            Button(Phrase(f"B{n}")(), f"lm1|again|{JOB}|{n}", style)
            for n, style in enumerate((*Style, Style.PLAIN, Style.PLAIN))
        ),
    )


SNAPSHOTS = {
    "en_us": [
        "🎬 What your video will take",
        PROMPT,
        "**Model** Wan 2.6",
        "Nothing is spent until you press Confirm.",
    ],
    "zh_cn": ["🎬 做这个视频，先看看价格", PROMPT, "**模型** Wan 2.6", "在你按“确认”之前，不会扣费。"],
    "fr_fr": [
        "🎬 What your video will take",
        PROMPT,
        "**Model** Wan 2.6",
        "Nothing is spent until you press Confirm.",
    ],
}
BUTTONS = {"en_us": ["Confirm", "Cancel"], "zh_cn": ["确认", "取消"], "fr_fr": ["Confirm", "Cancel"]}


@pytest.mark.parametrize("locale", SNAPSHOTS)
async def test_everybody_reads_a_card_in_their_own_language(tmp_path: Path, locale: str) -> None:
    """Two people look at one message in one group: each sees words, buttons and preview in the own language."""
    async with outbox(tmp_path) as at:
        reader = at.server.person("reader", locale=locale)
        message = await at.message(await at.say(notice(), locale="zh_Hans"))
        seen = reader.view(message)
        assert seen.text.splitlines() == SNAPSHOTS[locale]
        assert [button.label for button in seen.buttons] == BUTTONS[locale]
        assert seen.summary == SNAPSHOTS[locale][0]
        assert seen.colour == "orange"


async def test_a_post_has_each_language_too(tmp_path: Path) -> None:
    """The caption of a video is read in the reader's language, and the video is the same."""
    async with outbox(tmp_path) as at:
        key = at.server.media.add_file(b"x", "mp4", "v.mp4", 1).key
        draft = draw_post(video("https://x.example/a"), ALL, [{"tag": "media", "file_key": key}])
        assert set(draft.content) == {"en_us", "zh_cn"}
        assert "视频" in str(draft.content["zh_cn"])
        assert "video is ready" in str(draft.content["en_us"])
        assert str(draft.content).count(key) == 2


def test_every_shipped_language_has_feishus_name() -> None:
    """A new catalogue is shown by its name at once; a wrong name would be refused by Feishu."""
    assert set(SHIPPED) <= set(LOCALES)
    assert set(LOCALES.values()) <= set(CLIENTS)


def test_a_prompt_is_in_a_card_once() -> None:
    """What a person wrote is not repeated for each language: it counts against 30 KB."""
    assert str(body(draw(notice(), ALL))["content"]).count(PROMPT) == 1


def test_everything_there_is_fits_and_is_known() -> None:
    """A card with all parts passes our own check of Feishu's schema."""
    draft = draw(_everything(), ALL, Shape(nonce=nonce("k"), notes=(lark.HELD_BACK(),)))
    assert problems(draft.form, draft.content, body(draft)) == []


@pytest.mark.parametrize("card", [Card(), Card(quote="x"), Card(bar=Bar(3)), Card(title=Phrase("Hello")())])
def test_a_card_with_hardly_anything_is_still_one(card: Card) -> None:
    """There is always something to see: Feishu refuses a card without elements."""
    draft = draw(card, ALL)
    assert problems(draft.form, draft.content, body(draft)) == []
    assert draw_text(card, ALL).content["text"]


# --- nobody's words are markup -----------------------------------------------------------------------------------


def test_words_of_people_are_never_markup_in_a_card() -> None:
    """They stand in texts without markup, or with every sign of Feishu's markdown written as an entity."""
    card = Card(quote=TRICKY, facts=(Fact(wording.FACT_MODEL(), TRICKY),), lines=(Phrase("{x}")(x=TRICKY),))
    elements = _drawn(card)["body"]["elements"]
    plain = [e["text"] for e in elements if e["tag"] == "div"]
    assert [text["content"] for text in plain] == [TRICKY, TRICKY]
    assert {text["tag"] for text in plain} == {"plain_text"}
    (facts,) = [e["content"] for e in elements if e["tag"] == "markdown"]
    assert facts.startswith("**Model** ")
    assert not set(facts.removeprefix("**Model** ").replace("&#", "").replace(";", "")) & set("*_[]<>`~\\&")


def test_words_of_people_are_never_markup_in_a_text() -> None:
    """A plain message of Feishu rings people and makes links; not by what somebody else wrote."""
    card = Card(quote='<at user_id="all">all</at> <b>x</b> [a](https://evil.example)')
    text = str(draw_text(card, ALL).content["text"])
    assert "<at" not in text
    assert "<b>" not in text
    assert "](" not in text


def test_a_written_answer_keeps_its_looks_and_loads_nothing() -> None:
    """Headings and bold are shown; a picture or a mention in it is only text."""
    (element,) = _drawn(Card(text="# Hi\n**b** ![p](img_1) <at id=all></at>"))["body"]["elements"]
    assert element["tag"] == "markdown"
    assert "**b**" in element["content"]
    assert "![" not in element["content"]
    assert "<at" not in element["content"]


def test_a_written_answer_with_too_many_tables_is_plain() -> None:
    """Feishu takes three tables and refuses the whole card for the fourth."""
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    for count, tag in ((3, "markdown"), (4, "div")):
        draft = draw(Card(text=table * count), ALL)
        assert _drawn(Card(text=table * count))["body"]["elements"][0]["tag"] == tag
        assert problems(draft.form, draft.content, body(draft)) == []


def test_what_turns_the_direction_of_writing_is_left_out() -> None:
    """A prompt cannot make the price below it read backwards."""
    assert "\u202e" not in str(draw(Card(quote="a\u202eb\x00"), ALL).content)


def test_half_a_character_does_not_stop_a_message() -> None:
    """Some programs cut an emoji in the middle."""
    assert str(draw(Card(quote="a\ud83d"), ALL).content["body"]).encode()


# --- parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "percent, shown", [(0, "░░░░░░░░░░░░░░░░ 0%"), (42, "▓▓▓▓▓▓░░░░░░░░░░ 42%"), (99, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░ 99%")]
)
def test_a_bar_is_full_only_at_the_end(percent: int, shown: str) -> None:
    """99 percent do not look like an end."""
    assert bar(percent) == shown
    assert "░" not in bar(100)


def test_buttons_stand_three_in_a_row_and_carry_objects() -> None:
    """Five buttons are two rows; each carries its action and which form of the card it belongs to."""
    elements = _drawn(_everything(), Shape(nonce="n1"))["body"]["elements"]
    rows = [[column["elements"][0] for column in e["columns"]] for e in elements if e["tag"] == "column_set"]
    assert [len(row) for row in rows] == [3, 2]
    first = rows[0][0]["behaviors"]
    assert first == [{"type": "callback", "value": {"action": f"lm1|again|{JOB}|0", "nonce": "n1"}}]
    assert [b["type"] for b in rows[0]] == ["primary_filled", "default", "danger"]
    assert "confirm" in rows[0][2]


@pytest.mark.parametrize("count,rows", [(6, [3, 3]), (14, [4, 4, 4, 2]), (40, [4, 4, 4, 4, 4])])
def test_many_buttons_stand_as_a_grids_pictures_do(count: int, rows: list[int]) -> None:
    """Four in a row, so that picture three is below picture three; what a card cannot hold is left out from the end."""
    long = Phrase("{words}")(words="label " * 40)
    buttons = tuple(Button(long, f"lm1|again|{JOB}|{n}") for n in range(count))
    draft = Parcel(replace(_everything(), buttons=buttons), ALL, Shape(nonce="n1")).draft()
    assert draft.form is Form.CARD
    content: Any = draft.content
    sets = [e for e in content["body"]["elements"] if e["tag"] == "column_set"]
    assert [len(e["columns"]) for e in sets] == rows


def test_a_form_without_buttons_has_none() -> None:
    """What cannot be pressed any more is gone from the card."""
    assert "button" not in str(draw(progress(50), ALL).content)


def test_each_tone_has_its_colour() -> None:
    """Orange asks, blue works, green is good, red is bad: one meaning each."""
    colours = [_drawn(Card(title=Phrase("x")(), quote="y", tone=t))["header"]["template"] for t in Tone]
    assert colours == ["default", "orange", "blue", "green", "red"]


def test_an_address_stands_on_a_line_of_its_own() -> None:
    """A signed address is copied as it is: no sign of it is changed, nothing is glued to it."""
    address = "https://cdn.example.com/a_b*c.mp4?Sig=a%2Bb&x=_y_&z=[1](2)#t"
    draft = Parcel(Card(title=wording.LINK(), copy=address), ALL).draft()
    assert draft.form is Form.TEXT
    assert address in str(draft.content["text"]).splitlines()


def test_the_text_of_a_notice_says_how_to_say_yes() -> None:
    """Where cards do not work there are no buttons: a reply does it. What cannot be started does not ask for one."""
    assert lark.REPLY_INSTEAD.one in str(draw_text(notice(), ALL).content)
    assert lark.REPLY_INSTEAD.one not in str(draw_text(replies.welcome(), ALL).content)


def test_the_text_is_in_the_persons_language() -> None:
    """A plain message has one language: that of whoever it is for."""
    text = str(draw_text(notice(), Voices.of(TRANSLATORS, "zh-CN")).content["text"])
    assert "做这个视频" in text
    assert "回复这条消息" in text


def test_pictures_that_were_not_uploaded_are_not_in_the_card() -> None:
    """A remote address cannot be shown, so none is put in."""
    media = (Medium(MediaKind.IMAGE, "https://x.example/1.png"), Medium(MediaKind.IMAGE, "https://x.example/2.png"))
    card = Card(title=wording.READY[MediaKind.IMAGE](), media=media)
    drawn = str(draw(card, ALL, Shape(pictures={"https://x.example/2.png": "img_2"})).content)
    assert "img_2" in drawn
    assert "x.example" not in drawn


def test_the_fake_knows_the_card_we_draw() -> None:
    """The pretend Feishu reads our properties by its own list, not by ours."""
    server = FeishuServer()
    check_card(draw(_everything(), ALL).content, server.media)
