"""The stream of an open page: nothing lost, nothing doubled, nothing that is somebody else's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core import webpage, wording
from bot.core.cards import Bar, Card
from bot.engine.ports import Answer
from bot.errors import RefusalCode, StoreTrouble
from bot.storage.conversations import Message
from bot.text import Lapse, Phrase
from providers.models import MediaKind
from tests.fakes.web_chat import Chat, open_chat
from tests.fakes.web_visitor import PATIENCE, Stream, WebVisitor, visiting

HELLO = Card(title=wording.CANCELLED())


def working(percent: int) -> Card:
    """A progress card."""
    return Card(title=wording.WORKING[MediaKind.VIDEO](percent=percent), bar=Bar(percent))


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat with a record of six changes and pages of four messages."""
    async with open_chat(tmp_path, record=6, history=4) as running:
        yield running


@pytest.fixture
async def ana(chat: Chat) -> AsyncIterator[WebVisitor]:
    """Somebody who reads English."""
    async with visiting(chat.url) as visitor:
        yield visitor


@pytest.fixture
async def ben(chat: Chat) -> AsyncIterator[WebVisitor]:
    """Somebody who reads Chinese."""
    async with visiting(chat.url, "zh-CN") as visitor:
        yield visitor


async def marker(chat: Chat, stream: Stream, *kinds: str) -> list[str]:
    """Say one more message and return the ids of everything that came before it."""
    await chat.say("marker", HELLO)
    seen: list[str] = []
    while True:
        event = await stream.next(*(kinds or ("message",)))
        if event.data["id"] == "marker":
            return seen
        seen.append(event.data["id"])


async def test_a_page_starts_with_the_conversation(chat: Chat, ana: WebVisitor) -> None:
    """Whoever loads the page sees what was said, oldest first, and then what is said from now on."""
    await chat.say("a", HELLO)
    await ana.type("thanks")
    async with ana.listen() as stream:
        history = (await stream.next("history")).data
        assert [m["text"] or m["card"]["title"] for m in history["messages"]] == [
            "Cancelled. Nothing was spent.",
            "thanks",
        ]
        assert [m["limner"] for m in history["messages"]] == [True, False]
        assert await marker(chat, stream) == []


async def test_coming_back_brings_exactly_what_was_missed(chat: Chat, ana: WebVisitor) -> None:
    """A page that lost its connection gets each missed change once, in order, and nothing it already had."""
    async with ana.listen() as stream:
        await stream.next("history")
        await chat.say("a", HELLO)
        await chat.say("b", HELLO)
        assert (await stream.next("message")).data["id"] == "a"
        last = (await stream.next("message")).id
    await chat.say("c", HELLO)
    await chat.edit("b", working(0))
    await chat.say("d", HELLO)
    async with ana.listen(after=last) as stream:
        assert await stream.messages(3) == ["c", "b", "d"]
        assert await marker(chat, stream) == []


async def test_many_breaks_lose_and_double_nothing(chat: Chat, ana: WebVisitor) -> None:
    """However often a page comes and goes while others talk, it ends with every message once, in order."""
    seen: list[str] = []
    async with ana.listen() as stream:
        last = (await stream.next("history")).id
    for turn in range(8):
        talking = asyncio.create_task(_say_all(chat, [f"{turn}.{n}" for n in range(3)]))
        async with ana.listen(after=last) as stream:
            for _ in range(2):
                event = await stream.next("message")
                seen, last = [*seen, event.data["id"]], event.id
        await talking
        async with ana.listen(after=last) as stream:
            event = await stream.next("message")
            seen, last = [*seen, event.data["id"]], event.id
    assert seen == [f"{turn}.{n}" for turn in range(8) for n in range(3)]


async def _say_all(chat: Chat, keys: list[str]) -> None:
    for key in keys:
        await chat.say(key, HELLO)


@pytest.mark.parametrize("after", ["deadbeef.7", "0123abcd.999", "nonsense", "0123abcd.0", "0123abcd.1"])
async def test_a_mark_that_says_nothing_starts_over(chat: Chat, ana: WebVisitor, after: str) -> None:
    """After a restart, or after more changes than are kept, the page gets the stored conversation instead."""
    await _say_all(chat, [str(n) for n in range(8)])
    async with ana.listen(after=after) as stream:
        history = (await stream.next("history")).data
        assert [m["id"] for m in history["messages"]] == ["4", "5", "6", "7"]
        assert await marker(chat, stream) == []


async def test_the_conversation_outlives_a_restart(tmp_path: Path) -> None:
    """The messages, who said them and who is who are there again when the process is another one."""
    async with open_chat(tmp_path) as chat, visiting(chat.url) as ana:
        await ana.type("remember me")
        async with ana.listen() as stream:
            mark = (await stream.next("history")).id
        cookies, before = ana.session.cookie_jar, ana.id
    async with open_chat(tmp_path, epoch="fedcba98") as chat, visiting(chat.url) as again:
        again.session.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies})
        await again.load()
        assert again.id == before
        async with again.listen(after=mark) as stream:
            (message,) = (await stream.next("history")).data["messages"]
        assert (message["text"], message["mine"]) == ("remember me", True)


async def test_earlier_messages_are_paged(chat: Chat, ana: WebVisitor) -> None:
    """A long conversation is looked back on in steps, down to its first message."""
    await _say_all(chat, [str(n) for n in range(10)])
    async with ana.listen() as stream:
        page = (await stream.next("history")).data
    seen = [m["id"] for m in page["messages"]]
    while page["more"]:
        first = page["messages"][0]["seq"]
        async with ana.session.get(f"{chat.url}/c/studio/messages", params={"before": first}) as answer:
            page = await answer.json()
        seen = [m["id"] for m in page["messages"]] + seen
    assert seen == [str(n) for n in range(10)]


async def test_a_line_said_again_late_does_not_undo_what_a_page_shows(chat: Chat, ana: WebVisitor) -> None:
    """A second delivery of an edited message brings its newest form, so no open page goes back in time."""
    await chat.say("job", working(0))
    await chat.edit("job", working(70))
    async with ana.listen() as stream:
        await stream.next("history")
        await chat.say("job", working(0))
        assert (await stream.next("message")).data["card"]["percent"] == 70
        await chat.show("job", working(80))
        await chat.say("job", working(0))
        assert (await stream.next("message")).data["card"]["percent"] == 80


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "9" * 30])
async def test_a_place_that_cannot_be_is_refused(chat: Chat, ana: WebVisitor, before: str) -> None:
    """A made-up place in the conversation is a bad request, not a crash."""
    async with ana.session.get(f"{chat.url}/c/studio/messages", params={"before": before}) as answer:
        assert (answer.status, (await answer.json())["why"]) == (400, "unreadable")


async def test_private_lines_are_for_their_person_alone(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """Live, in the history, when coming back, and while it changes: only the one it is for sees a private line."""
    await chat.say("open", HELLO)
    async with ana.listen() as ana_sees, ben.listen() as ben_sees:
        mark = (await ana_sees.next("history")).id
        await ben_sees.next("history")
        await chat.say("secret", HELLO, person=ana.id, private=True)
        assert (await ana_sees.next("message")).data["private"] is True
        await chat.show("secret", working(50))
        assert (await ana_sees.next("show")).data["card"]["percent"] == 50
        await chat.edit("secret", working(0))
        await chat.show("secret", working(60))
        assert await marker(chat, ben_sees, "message", "show") == []
    for after in (mark, ""):
        async with ben.listen(after=after) as stream:
            kinds = ("message", "show", "history")
            assert "secret" not in str((await stream.next(*kinds)).data)
            await chat.edit("open", HELLO)
            assert (await stream.next(*kinds)).data["id"] == "open"
        async with ana.listen(after=after) as stream:
            assert "secret" in str((await stream.next("message", "history")).data)


async def test_everybody_reads_their_own_language(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """One card, two readers, two languages, whoever it was said to."""
    card = Card(title=Phrase("{time}")(time=Lapse(75)))
    async with ana.listen() as english, ben.listen() as chinese:
        await english.next("history")
        await chinese.next("history")
        await chat.say("a", card, person=ben.id)
        assert (await english.next("message")).data["card"]["title"] == "1 min, 15 sec"
        assert (await chinese.next("message")).data["card"]["title"] == "1分钟15秒"
        await chat.show("a", card)
        assert (await chinese.next("show")).data["card"]["title"] == "1分钟15秒"
    async with ben.listen() as chinese:
        assert (await chinese.next("history")).data["messages"][0]["card"]["title"] == "1分钟15秒"


async def test_progress_is_seen_by_those_who_come_later(chat: Chat, ana: WebVisitor) -> None:
    """A page that loads in the middle of a job shows the newest progress, and the last word replaces it for good."""
    await chat.say("job", working(0))
    await chat.show("job", working(40))
    await chat.show("job", working(60))
    async with ana.listen() as stream:
        opened = await stream.next("history")
        assert opened.data["messages"][0]["card"]["percent"] == 60
        await chat.show("job", working(80))
        assert (await stream.next("show")).data == {"id": "job", "card": _drawn(80)}
    async with ana.listen(after=opened.id) as stream:
        assert (await stream.next("show")).data["card"]["percent"] == 80
        await chat.edit("job", HELLO)
        assert (await stream.next("message")).data["card"]["percent"] is None
    async with ana.listen() as stream:
        (message,) = (await stream.next("history")).data["messages"]
        assert message["card"]["percent"] is None


def _drawn(percent: int) -> dict[str, object]:
    empty: dict[str, object] = {
        "quote": "",
        "text": "",
        "lines": [],
        "facts": [],
        "media": [],
        "preview": "",
        "copy": "",
        "buttons": [],
    }
    return empty | {"title": f"⏳ Making your video… {percent}%", "percent": percent, "tone": "plain"}


async def test_who_is_here_is_told_to_everybody(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """People see each other come, change their name and go; one person with two pages is one person."""
    async with ana.listen() as ana_sees:
        await ana_sees.next("people")
        async with ben.listen() as ben_sees, ben.listen():
            assert len((await ana_sees.next("people")).data["people"]) == 2
            assert len((await ana_sees.next("people")).data["people"]) == 2
            await ben.post("/me", {"name": "Ben", "locale": "en"})
            assert (await ben_sees.next("me")).data == {"name": "Ben", "locale": "en"}
            named = [(p["name"], p["mine"]) for p in (await ana_sees.next("people")).data["people"]]
            assert ("Ben", False) in named
            assert (ana.page["me"]["name"], True) in named


async def test_a_silent_stream_gives_signs_of_life(tmp_path: Path) -> None:
    """A proxy that cuts silent connections does not cut this one, and the page learns that we are still here."""
    async with open_chat(tmp_path, heartbeat=0.01) as chat, visiting(chat.url) as ana, ana.listen() as stream:
        await stream.next("history")
        assert [(await stream.next("comment")).kind for _ in range(3)] == ["comment"] * 3


async def test_a_database_that_is_away_ends_the_stream_cleanly(
    chat: Chat, ana: WebVisitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that cannot begin just ends, so that the page comes back; no error text is mixed into it."""

    async def away(*_args: object, **_named: object) -> list[Message]:
        raise StoreTrouble(RefusalCode.STORE_BUSY, "closed")

    monkeypatch.setattr(chat.conversations, "history", away)
    async with ana.listen() as stream:
        with pytest.raises(EOFError):
            await stream.next("history", "message")
    assert chat.platform.audience.pages == 0
    monkeypatch.setattr(chat.conversations, "visitor", away)
    async with ana.session.get(f"{chat.url}/c/studio/events") as answer:
        assert (answer.status, (await answer.json())["error"]) == (503, webpage.PAGE_REFUSALS["trouble"].one)


async def test_closing_ends_every_stream(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """A stop does not wait for open pages; they notice and come back to the next process."""
    async with ana.listen() as one, ben.listen(channel="films") as other:
        await one.next("history")
        await other.next("history")
        async with asyncio.timeout(PATIENCE):
            await chat.listener.close()
        for stream in (one, other):
            with pytest.raises(EOFError):
                await stream.next("message")
    assert chat.platform.audience.pages == 0


async def test_a_page_that_does_not_keep_up_is_cut_off_and_catches_up(tmp_path: Path) -> None:
    """One slow reader costs bounded memory, delays nobody, and misses nothing once it comes back."""
    large = Card(quote="x" * 200_000)
    async with (
        open_chat(tmp_path, queue=8, record=4096) as chat,
        visiting(chat.url) as quick,
        visiting(chat.url) as slow,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", chat.listener.port, limit=1024)
        cookies = "; ".join(f"{c.key}={c.value}" for c in slow.session.cookie_jar)
        asked = f"GET /c/studio/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n"
        writer.write(asked.encode())
        await reader.readline()  # it is being served, and reads nothing more from here on
        count = 0
        async with quick.listen() as stream:
            last = (await stream.next("history")).id
            while chat.platform.audience.pages == 2 and count < 2000:
                await chat.say(str(count), large)
                assert await stream.messages(1) == [str(count)]
                count += 1
        writer.close()
        assert 8 < count < 2000
        async with slow.listen(after=last) as stream:
            assert await stream.messages(count) == [str(n) for n in range(count)]


async def test_pages_load_anew_when_somebody_was_forgotten(chat: Chat, ana: WebVisitor, ben: WebVisitor) -> None:
    """Every open page comes back and finds only what is still stored, whatever it knew before."""
    await chat.say("a", HELLO)
    async with ben.listen() as stream:
        began = await stream.next("history")
        chat.studio.answer = Answer(wording.CANCELLED_TOAST(), forgotten=True)
        await ana.post("/c/studio/press", {"event": "b" * 32, "action": "lm1|forget|ab"})
        with pytest.raises(EOFError):
            await stream.next("message")
    async with ben.listen(began.id) as stream:
        assert [message["id"] for message in (await stream.next("history")).data["messages"]] == ["a"]
