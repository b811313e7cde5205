"""What a message says, word for word, and what few words in a reply mean."""

import json

import pytest

from bot.platforms.feishu import phrases, reading
from bot.platforms.feishu.events import Ids, Mention, Message
from bot.platforms.feishu.phrases import Animate

ME = "ou_me"
MENTIONS = (
    Mention(key="@_user_1", id=Ids(open_id=ME), name="Limner"),
    Mention(key="@_user_2", id=Ids(open_id="ou_bob"), name="bob"),
    Mention(key="@_user_10", id=Ids(open_id="ou_eve"), name="eve"),
)


def message(kind: str, content: object, mentions: tuple[Mention, ...] = MENTIONS) -> Message:
    """Return a message with this content."""
    said = content if isinstance(content, str) else json.dumps(content)
    return Message(message_id="om_1", chat_id="oc_1", message_type=kind, content=said, mentions=mentions)


@pytest.mark.parametrize(
    "text, read",
    [
        ("@_user_1 /video a puppy", "/video a puppy"),
        ("/video @_user_2 and @_user_10 dance", "/video @bob and @eve dance"),
        ("@_user_1\u00a0／视频\u3000小狗", "／视频 小狗"),
        ("\ufeff/video\u200b a\u202epuppy", "/video apuppy"),
        ("@_all /video a puppy", "@all /video a puppy"),
        ("@_user_7 who left", "who left"),
        ("a family: 👨\u200d👩\u200d👧", "a family: 👨\u200d👩\u200d👧"),
        ("", ""),
    ],
)
def test_a_text_is_read_as_it_was_meant(text: str, read: str) -> None:
    """Without what only programs see."""
    assert reading.read(message("text", {"text": text}), ME).text == read


def test_a_post_is_read_in_order_with_its_pictures() -> None:
    """Words of all kinds; a title does not hide the command below it."""
    rows = [
        [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": "/animate it "}, {"tag": "emotion"}],
        [{"tag": "img", "image_key": "img_1"}, {"tag": "a", "text": "this", "href": "https://a.example/b_c?d=1&e=2"}],
        [{"tag": "code_block", "text": "slowly"}, {"tag": "hr"}, "noise", {"tag": "img"}],
        "noise",
    ]
    found = reading.read(message("post", {"title": "Title", "content": rows}), ME)
    assert found.text == "/animate it\nthis https://a.example/b_c?d=1&e=2\nslowly\nTitle"
    assert found.pictures == ("img_1",)
    assert found.calls_us


@pytest.mark.parametrize("kind", ["text", "post", "image"])
@pytest.mark.parametrize("content", ["", "{", "[]", "null", "7", '{"text": 7, "content": 7, "image_key": 7}'])
def test_a_broken_content_is_an_empty_one(kind: str, content: str) -> None:
    """A recalled message has none at all."""
    found = reading.read(message(kind, content, ()), ME)
    assert (found.text, found.pictures, found.is_known) == ("", (), True)


def test_what_has_no_words_is_known_as_such() -> None:
    """So that somebody can be told."""
    assert not reading.read(message("sticker", {"file_key": "x"}), ME).is_known


@pytest.mark.parametrize(
    "agent, locale",
    [
        ("Mozilla/5.0 Lark/7.32 LarkLocale/en_US Channel/Feishu", "en_US"),
        ("LarkLocale/zh_CN", "zh_CN"),
        ("LarkLocale/", ""),
        ("Mozilla/5.0", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_program(agent: str, locale: str) -> None:
    """Where it tells it."""
    assert reading.locale_of(agent) == locale


@pytest.mark.parametrize("text", ["confirm", "Confirm.", " YES! ", "确认", "确定。", "是的"])
def test_a_yes(text: str) -> None:
    """In both languages, with what people put behind it."""
    assert phrases.is_yes(text)


@pytest.mark.parametrize("text", ["ok", "好", "", "yes but later", "confirmed", "confirm?no", "not yes", "嗯", "👍"])
def test_no_yes(text: str) -> None:
    """A yes spends money: nothing that is said in passing is one."""
    assert not phrases.is_yes(text)


@pytest.mark.parametrize(
    "text, number",
    [
        ("animate this", 0),
        ("Animate this!", 0),
        ("make it move", 0),
        ("make it a video", 0),
        ("please animate the picture", 0),
        ("make this picture into a video", 0),
        ("animate #3", 2),
        ("animate 2", 1),
        ("/animate", 0),
        ("让它动起来", 0),
        ("把第二张动起来", 1),
        ("让第3张动起来", 2),
        ("变成视频。", 0),
    ],
)
def test_a_picture_that_should_move(text: str, number: int) -> None:
    """And which one."""
    assert phrases.animates(text) == Animate(number)


@pytest.mark.parametrize("text", ["make", "make me happy", "animate this slowly", "a video", "", "动物", "/video it"])
def test_words_that_want_something_else(text: str) -> None:
    """These are read as what they are."""
    assert phrases.animates(text) is None
