"""The web chat as the Courier knows it: a line said twice is one message, and trouble has one name."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core import wording
from bot.core.cards import Card
from bot.errors import PlatformTrouble
from bot.platforms.web.audience import Audience, Mark
from bot.storage.conversations import Message
from tests.fakes.web_chat import AT, EPOCH, Chat, line, open_chat

FIRST = Card(title=wording.CANCELLED())
SECOND = Card(title=wording.EXPIRED())


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat."""
    async with open_chat(tmp_path) as running:
        yield running


async def test_a_line_said_twice_is_one_message(chat: Chat) -> None:
    """After a crash the Courier says its last line again; the message's id is the key, so nobody reads it twice."""
    assert await chat.platform.say(line("key", FIRST)) == "key"
    assert await chat.platform.say(line("key", FIRST)) == "key"
    assert [m.id for m in await chat.conversations.history("studio", "")] == ["key"]


async def test_saying_again_does_not_undo_an_edit(chat: Chat) -> None:
    """A line that comes again late does not bring back what it said before it was edited."""
    await chat.say("key", FIRST)
    await chat.edit("key", SECOND)
    await chat.say("key", FIRST)
    (message,) = await chat.conversations.history("studio", "")
    assert message.card == SECOND


async def test_progress_is_never_stored(chat: Chat) -> None:
    """What is only true for now does not survive the process."""
    await chat.say("key", FIRST)
    await chat.show("key", SECOND)
    (stored,) = await chat.conversations.history("studio", "")
    (seen,) = await chat.platform.history("studio", "", limit=10)
    assert (stored.card, seen.card) == (FIRST, SECOND)


async def test_progress_in_memory_is_bounded(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand jobs do not fill the memory: the oldest progress is forgotten first."""
    monkeypatch.setattr("bot.platforms.web.platform.PROGRESS_KEPT", 2)
    for key in ("a", "b", "c"):
        await chat.say(key, FIRST)
        await chat.show(key, SECOND)
    assert [m.card for m in await chat.platform.history("studio", "", limit=10)] == [FIRST, SECOND, SECOND]


async def test_an_edit_of_nothing_will_never_work(chat: Chat) -> None:
    """The Courier is told not to try again."""
    with pytest.raises(PlatformTrouble) as caught:
        await chat.edit("nothing", FIRST)
    assert caught.value.gone


async def test_a_database_that_is_away_is_trouble_for_now(tmp_path: Path) -> None:
    """The Courier is told to try again later, and nothing else than PlatformTrouble reaches it."""
    async with open_chat(tmp_path) as chat:
        await chat.say("key", FIRST)
    for trying in (chat.say("other", FIRST), chat.edit("key", SECOND)):
        with pytest.raises(PlatformTrouble) as caught:
            await trying
        assert not caught.value.gone


def said(place: str, number: int) -> Message:
    """A stored message."""
    return Message(f"{place}.{number}", place, AT, seq=number + 1)


def test_a_quiet_channel_is_forgotten_and_never_read_wrongly() -> None:
    """A mark from before a channel was forgotten starts over instead of skipping what came in between."""
    audience = Audience(EPOCH, channels=2)
    audience.post(said("first", 0))
    mark = audience.mark()
    for number in range(5):
        audience.post(said("first", number + 1))
    for other in ("second", "third"):
        audience.post(said(other, 0))
    audience.post(said("first", 9))
    assert audience.since("first", mark, "") is None
    now = audience.mark()
    audience.post(said("first", 10))
    assert audience.since("first", now, "") == [(now.number + 1, said("first", 10))]


def test_channels_with_open_pages_are_kept() -> None:
    """However many channels are opened, nobody's open page is forgotten."""
    audience = Audience(EPOCH, channels=1)
    feeds = [audience.join(place, "ana", "Ana", lambda: None) for place in ("a", "b", "c")]
    assert audience.pages == 3
    for place, feed in zip(("a", "b", "c"), feeds, strict=True):
        audience.leave(place, feed)
    assert audience.pages == 0


@pytest.mark.parametrize("text", ["", "0123abcd", "0123abcd.", "0123ABCD.1", "0123abcd.-1", f"0123abcd.{'9' * 16}"])
def test_a_mark_that_is_none_is_not_read(text: str) -> None:
    """Whatever a page sends as its mark, it is one of ours or nothing."""
    assert Mark.read(text) is None


def test_a_mark_comes_back_as_it_went() -> None:
    """The mark of an event is read as the same place."""
    mark = Mark(EPOCH, 41)
    assert Mark.read(str(mark)) == mark
