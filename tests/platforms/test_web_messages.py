"""What people type, press and choose on the page: heard once, shown to everybody, refused kindly."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.core import webpage, wording
from bot.core.job import Address
from bot.engine.ports import Answer, Heard
from bot.errors import RefusalCode, StoreTrouble
from bot.i18n import Translators
from bot.platforms.web.wire import LIMITS, MOST_PICTURE, MOST_TEXT
from tests.fakes.web_chat import Chat, open_chat
from tests.fakes.web_visitor import PATIENCE, WebVisitor, visiting

EVENT = "0123456789abcdef0123456789abcdef"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat."""
    async with open_chat(tmp_path) as running:
        yield running


@pytest.fixture
async def ana(chat: Chat) -> AsyncIterator[WebVisitor]:
    """Somebody who reads English."""
    async with visiting(chat.url) as visitor:
        yield visitor


@pytest.fixture
async def ben(chat: Chat) -> AsyncIterator[WebVisitor]:
    """Somebody else, who reads Chinese."""
    async with visiting(chat.url, "zh-CN,zh;q=0.9,en;q=0.1") as visitor:
        yield visitor


def form(event: str = EVENT, text: str = "look", pictures: list[bytes] | None = None) -> aiohttp.FormData:
    """A message with pictures as the page sends it."""
    data = aiohttp.FormData(default_to_multipart=True)
    data.add_field("event", event)
    data.add_field("text", text)
    for number, picture in enumerate(pictures if pictures is not None else [PNG]):
        data.add_field("picture", io.BytesIO(picture), filename=f"{number}.png", content_type="image/png")
    return data


async def test_the_studio_hears_who_said_what_and_where(chat: Chat, ben: WebVisitor) -> None:
    """A message reaches the Studio with its place, its person, their language and its one name."""
    status, said = await ben.type("  /视频 一只小狗\r\n在跑  ", EVENT)
    assert (status, said) == (200, {"id": f"{ben.id}:{EVENT}"})
    (heard,) = chat.studio.heard
    assert heard.person.address == Address("web", "web", "studio")
    assert (heard.person.id, heard.person.locale, heard.event) == (ben.id, "zh_Hans", f"{ben.id}:{EVENT}")
    assert (heard.text, heard.attachments) == ("/视频 一只小狗\n在跑", ())


async def test_everybody_in_the_channel_sees_a_message(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """What one person types, the other reads, with the name and the markup as they were typed."""
    nasty = "<script>alert('x')</script> & more"
    async with ben.listen() as stream:
        await stream.next("history")
        await ana.type(nasty)
        message = (await stream.next("message")).data
    assert (message["text"], message["by"], message["mine"]) == (nasty, ana.page["me"]["name"], False)


async def test_another_channel_hears_nothing_of_it(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """Channels are apart: here only the message that was typed here arrives."""
    async with ben.listen(channel="films") as stream:
        await stream.next("history")
        await ana.type("for the studio", "a" * 32)
        await ana.type("for the films", "b" * 32, channel="films")
        assert (await stream.next("message")).data["text"] == "for the films"
    assert [h.person.address.place for h in chat.studio.heard] == ["studio", "films"]


async def test_a_message_sent_again_counts_once(chat: Chat, ana: WebVisitor) -> None:
    """A lost answer makes the page send again; nothing is ordered twice and nothing is shown twice."""
    assert await ana.type("/video a puppy", EVENT) == await ana.type("/video a puppy", EVENT)
    assert len(chat.studio.heard) == 1
    assert len(await chat.conversations.history("studio", ana.id)) == 1


async def test_a_message_sent_again_while_it_is_heard_waits_for_it(chat: Chat, ana: WebVisitor) -> None:
    """Two deliveries at the same moment are one message, and both are answered when it is done."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(_heard: Heard) -> None:
        begun.set()
        await go_on.wait()

    chat.studio.on_hear = slowly
    first = asyncio.create_task(ana.type("once", EVENT))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    async with ana.listen() as stream:
        second = asyncio.create_task(ana.type("once", EVENT))
        await stream.next("message")  # the second delivery has been stored (and was known already)
        go_on.set()
        assert await first == await second == (200, {"id": f"{ana.id}:{EVENT}"})
    assert len(chat.studio.heard) == 1


async def test_the_same_name_from_two_people_is_two_messages(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """Nobody can swallow somebody else's message by guessing its name."""
    await ana.type("mine", EVENT)
    await ben.type("mine too", EVENT)
    assert [heard.text for heard in chat.studio.heard] == ["mine", "mine too"]


async def test_a_hearing_that_broke_off_is_answered_kindly_and_can_be_sent_again(chat: Chat, ana: WebVisitor) -> None:
    """Nobody is left in silence, nor with our own error text, because the database was busy for a moment."""

    async def fail(_heard: Heard) -> None:
        raise StoreTrouble(RefusalCode.STORE_BUSY, "database is locked")

    working, chat.studio.on_hear = chat.studio.on_hear, fail
    status, said = await ana.type("/help", EVENT)
    assert (status, said["error"]) == (503, webpage.PAGE_REFUSALS["trouble"].one)
    chat.studio.on_hear = working
    assert (await ana.type("/help", EVENT))[0] == 200
    assert len(chat.studio.heard) == 2


async def test_a_message_that_could_not_be_written_down_is_said_so_and_can_come_again(
    chat: Chat, ben: WebVisitor
) -> None:
    """The Studio's own sentence is the answer, in the person's language, and the next delivery is heard again."""
    full = wording.REFUSALS[RefusalCode.STORE_FULL]()
    chat.studio.reply = Answer(full, done=False)
    status, said = await ben.type("/video a puppy", EVENT)
    assert (status, said["error"]) == (503, Translators(UTC).get("zh_Hans").say(full))
    chat.studio.reply = Answer()
    assert (await ben.type("/video a puppy", EVENT))[0] == 200
    assert len(chat.studio.heard) == 2


async def test_a_language_chosen_in_words_changes_the_page(chat: Chat, ana: WebVisitor) -> None:
    """After "/lang zh" the open pages are told, and the next one is drawn in that language."""
    async with ana.listen() as stream:
        await stream.next("history")
        chat.studio.reply = Answer(locale="zh_Hans")
        assert (await ana.type("/lang zh"))[0] == 200
        assert (await stream.next("me")).data == {"name": ana.page["me"]["name"], "locale": "zh_Hans"}
    assert 'lang="zh-Hans"' in await ana.load()


async def test_pictures_reach_the_studio_and_leave_a_note(chat: Chat, ana: WebVisitor) -> None:
    """The bytes are passed on as they are; whoever reloads still sees that there were pictures."""
    bodies = [PNG + bytes([number]) for number in range(9)]
    assert (await ana.post("/c/studio/messages", form(pictures=bodies)))[0] == 200
    assert [a.data for a in chat.studio.heard[0].attachments] == bodies
    async with ana.listen() as stream:
        (message,) = (await stream.next("history")).data["messages"]
    assert (message["text"], message["card"]["lines"]) == ("look", ["📎 9 pictures"])


async def test_a_picture_needs_no_words(chat: Chat, ana: WebVisitor) -> None:
    """A picture alone is a message too."""
    assert (await ana.post("/c/studio/messages", form(text="")))[0] == 200
    assert (chat.studio.heard[0].text, len(chat.studio.heard[0].attachments)) == ("", 1)


async def test_the_longest_message_arrives_whole(chat: Chat, ana: WebVisitor) -> None:
    """20,000 characters outside the basic plane, the longest JSON there can be, are not cut."""
    text = "🎬" * MOST_TEXT
    assert (await ana.type(text))[0] == 200
    assert chat.studio.heard[0].text == text


def _form_with(name: str, value: str) -> aiohttp.FormData:
    data = form()
    data.add_field(name, value)
    return data


REFUSED: list[tuple[str, Any, int, str]] = [
    ("not JSON", b"{", 400, "unreadable"),
    ("not UTF-8", b'{"event": "\xff"}', 400, "unreadable"),
    ("half a character", b'{"event": "' + EVENT.encode() + b'", "text": "\\ud800"}', 400, "unreadable"),
    ("no object", [], 400, "unreadable"),
    ("a field is missing", {"event": EVENT}, 400, "unreadable"),
    ("a wrong type", {"event": EVENT, "text": 7}, 400, "unreadable"),
    ("an unknown field", {"event": EVENT, "text": "x", "admin": True}, 400, "unreadable"),
    ("a made-up event", {"event": "../../x", "text": "x"}, 400, "unreadable"),
    ("nothing in it", {"event": EVENT, "text": " \n "}, 400, "empty"),
    ("too long", {"event": EVENT, "text": "x" * (MOST_TEXT + 1)}, 413, "text_too_long"),
    ("far too long", {"event": EVENT, "text": "x" * 1_100_000}, 413, "too_big"),
    ("ten pictures", lambda: form(pictures=[PNG] * 10), 413, "too_many_pictures"),
    ("a huge picture", lambda: form(pictures=[b"x" * (MOST_PICTURE + 1)]), 413, "picture_too_big"),
    ("an unknown part", lambda: _form_with("admin", "1"), 400, "unreadable"),
    ("a part twice", lambda: _form_with("text", "again"), 400, "unreadable"),
    ("a form with a made-up event", lambda: form(event="x"), 400, "unreadable"),
    ("a form that is too long", lambda: form(text="x" * 90_000), 413, "text_too_long"),
    ("an empty form", lambda: form(text=" ", pictures=[]), 400, "empty"),
]


@pytest.mark.parametrize("body, status, why", [pytest.param(*case[1:], id=case[0]) for case in REFUSED])
async def test_what_cannot_be_taken_is_refused_with_a_sentence(
    chat: Chat, ana: WebVisitor, body: object | Callable[[], aiohttp.FormData], status: int, why: str
) -> None:
    """Whatever arrives, the answer is a clear status and a sentence, and the Studio hears nothing."""
    answered, said = await ana.post("/c/studio/messages", body() if callable(body) else body)
    assert (answered, said["why"]) == (status, why)
    assert said["error"] == Translators(UTC).get("en").say(webpage.PAGE_REFUSALS[why](**LIMITS))
    assert chat.studio.heard == []
    assert await chat.conversations.history("studio", ana.id) == []


async def test_a_body_that_is_no_form_after_all_is_refused(chat: Chat, ana: WebVisitor) -> None:
    """A broken multipart body is a bad request, not a crash."""
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        status, said = await ana.post("/c/studio/messages", b"--y\r\nnonsense", {"Content-Type": kind})
        assert (status, said["why"]) == (400, "unreadable")
    status, said = await ana.post("/c/studio/messages", b"event=x", {"Content-Type": "text/plain"})
    assert (status, said["why"]) == (415, "unreadable")


async def test_refusals_speak_the_persons_language(chat: Chat, ben: WebVisitor) -> None:
    """The language is the one chosen on the page, whatever the browser prefers."""
    await ben.post("/me", {"name": "Ben", "locale": "en"})
    _, said = await ben.type(" ")
    assert said["error"] == webpage.PAGE_REFUSALS["empty"].one


@pytest.mark.parametrize("channel", ["Studio", "a_b", "-a", "x" * 33, "工作室", "a%00"])
async def test_a_channel_that_cannot_be_is_not_found(chat: Chat, ana: WebVisitor, channel: str) -> None:
    """A channel's name is short and plain; anything else is nowhere."""
    status, said = await ana.post(f"/c/{channel}/messages", {"event": EVENT, "text": "x"})
    assert (status, said["why"]) == (404, "no_such_page")
    async with ana.session.get(f"{chat.url}/c/{channel}") as answer:
        assert answer.status == 404


async def test_a_press_is_answered_in_the_pressers_language(chat: Chat, ana: WebVisitor) -> None:
    """The toast is translated; the Studio gets the button's id as it was."""
    chat.studio.answer = Answer(wording.CONFIRMED_TOAST(), done=True)
    said = await ana.post("/c/studio/press", {"event": EVENT, "action": "lm1|confirm|a|1"})
    assert said == (200, {"toast": "On it!", "done": True})
    (pressed,) = chat.studio.pressed
    assert (pressed.action, pressed.event, pressed.person.id) == ("lm1|confirm|a|1", f"{ana.id}:{EVENT}", ana.id)


async def test_a_press_without_a_word_is_quiet(chat: Chat, ana: WebVisitor) -> None:
    """No toast is an empty string, not "None"."""
    chat.studio.answer = Answer(done=False)
    body = {"event": EVENT, "action": "lm1|wait|a"}
    assert await ana.post("/c/studio/press", body) == (200, {"toast": "", "done": False})


@pytest.mark.parametrize(
    "body", [{"event": EVENT}, {"event": EVENT, "action": ""}, {"event": EVENT, "action": "x" * 101}]
)
async def test_a_button_that_cannot_be_is_refused(chat: Chat, ana: WebVisitor, body: object) -> None:
    """Ids that no button of ours can have never reach the Studio."""
    assert (await ana.post("/c/studio/press", body))[0] == 400
    assert chat.studio.pressed == []


async def test_name_and_language_are_remembered(chat: Chat, ana: WebVisitor) -> None:
    """After a reload the page is in the chosen language and the next message carries the name."""
    status, said = await ana.post("/me", {"name": "  Ana\u202e \n Lím ", "locale": "zh_Hans"})
    assert (status, said) == (200, {"name": "Ana Lím", "locale": "zh_Hans"})
    assert 'lang="zh-Hans"' in await ana.load()
    await ana.type("hi")
    assert (await chat.conversations.history("studio", ""))[0].name == "Ana Lím"
    assert chat.studio.heard[0].person.locale == "zh_Hans"


@pytest.mark.parametrize(
    "body, why",
    [
        ({"name": "\u200b ", "locale": "en"}, "bad_name"),
        ({"name": "x" * 41, "locale": "en"}, "bad_name"),
        ({"name": "Ana", "locale": "tlh"}, "bad_language"),
        ({"name": "Ana"}, "unreadable"),
    ],
)
async def test_names_and_languages_that_cannot_be_are_refused(ana: WebVisitor, body: object, why: str) -> None:
    """An invisible or endless name and a language we do not speak change nothing."""
    before = ana.page["me"]
    status, said = await ana.post("/me", body)
    assert (status, said["why"]) == (400, why)
    await ana.load()
    assert ana.page["me"] == before


async def test_without_the_visitor_cookie_nothing_is_done(chat: Chat, ana: WebVisitor) -> None:
    """A request from nobody is asked to reload the page, which makes it somebody's."""
    headers = {"Cookie": f"limner_page={ana.page['token']}"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        sent = headers | {"Origin": chat.url, "X-Limner-Page": ana.page["token"]}
        body = {"event": EVENT, "text": "x"}
        async with session.post(f"{chat.url}/c/studio/messages", json=body, headers=sent) as answer:
            assert (answer.status, (await answer.json())["why"]) == (403, "page_out_of_date")
        async with session.get(f"{chat.url}/c/studio/events", headers=headers) as answer:
            assert answer.status == 403
    assert chat.studio.heard == []


async def test_the_cookie_is_not_the_persons_id(chat: Chat, ana: WebVisitor) -> None:
    """What proves who somebody is stays in their browser; only a name made from it is stored and passed on."""
    cookies = {cookie.key: cookie.value for cookie in ana.session.cookie_jar}
    await ana.type("hi")
    stored = json.dumps([message.person for message in await chat.conversations.history("studio", "")])
    assert cookies["limner_visitor"] not in stored
    assert ana.id in stored
    assert ana.id != cookies["limner_visitor"]
