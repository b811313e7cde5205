"""The web chat finds its messages and its visitors again after a restart."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.core.cards import Card
from bot.storage.conversations import Conversations, Message, Visitor
from bot.storage.sqlite import SqliteStore
from tests.storage.conftest import Opener
from tests.storage.samples import NOW, a_card

HELLO = Message("m1", "room", NOW, person="ann", name="Ann", text="/video 一只小狗", locale="zh_Hans")


async def test_a_message_is_kept_as_it_is(store: SqliteStore) -> None:
    """Whatever was said comes back with everything it had, and with its place in the order."""
    chat = Conversations(store)
    said = await chat.add(HELLO)
    answer = await chat.add(Message("m2", "room", NOW, card=a_card("25 points"), locale="en", private_to="ann"))
    assert said == replace(HELLO, seq=said.seq)
    assert answer.card == a_card("25 points")
    assert answer.seq > said.seq > 0
    assert await chat.history("room", "ann") == [said, answer]


async def test_the_same_message_is_shown_once(store: SqliteStore) -> None:
    """A line that is said again after a crash is recognised by its id and stays what it was."""
    chat = Conversations(store)
    first = await chat.add(HELLO)
    again = await chat.add(replace(HELLO, text="something else"))
    assert again == first
    assert await chat.history("room", "ann") == [first]


async def test_an_edit_replaces_the_card_in_place(store: SqliteStore) -> None:
    """Progress changes one message and does not make a new one."""
    chat = Conversations(store)
    shown = await chat.add(Message("m1", "room", NOW, card=a_card("10 %"), locale="en"))
    later = NOW + timedelta(seconds=8)
    edited = await chat.edit("m1", a_card("20 %"), "zh_Hans", later)
    assert edited == replace(shown, card=a_card("20 %"), locale="zh_Hans", edited_at=later)
    assert await chat.history("room", "ann") == [edited]
    assert await chat.edit("unknown", Card(), "en", later) is None


async def test_private_messages_are_for_one_person(store: SqliteStore) -> None:
    """Nobody else reads what only Ann was told, and a place shows nothing of another place."""
    chat = Conversations(store)
    first = await chat.add(Message("m0", "room", NOW))
    for name, place, private_to in (("m1", "room", ""), ("m2", "room", "ann"), ("m3", "hall", "")):
        await chat.add(Message(name, place, NOW, private_to=private_to))
    assert [m.id for m in await chat.history("room", "ann")] == ["m0", "m1", "m2"]
    assert [m.id for m in await chat.history("room", "bob")] == ["m0", "m1"]
    assert [m.id for m in await chat.history("room", "ann", after=first.seq)] == ["m1", "m2"]
    assert [m.id for m in await chat.history("room", "bob", after=first.seq)] == ["m1"]
    assert [m.id for m in await chat.history("hall", "bob")] == ["m3"]


async def test_history_is_read_in_pages(store: SqliteStore) -> None:
    """A page shows the end of a conversation, pages back from there, and catches up without a gap."""
    chat = Conversations(store)
    stored = [await chat.add(Message(f"m{n}", "room", NOW)) for n in range(7)]
    assert await chat.history("room", "ann", limit=3) == stored[4:]
    assert await chat.history("room", "ann", limit=3, before=stored[4].seq) == stored[1:4]
    assert await chat.history("room", "ann", limit=3, after=stored[1].seq) == stored[2:5]
    assert await chat.history("room", "ann", after=stored[6].seq) == []


async def test_a_conversation_survives_a_restart(open_store: Opener, path: Path) -> None:
    """Messages and visitors are there for the next process."""
    store = await open_store(path)
    said = await Conversations(store).add(HELLO)
    await Conversations(store).keep_visitor(Visitor("v1", "Ann", "en", NOW))
    await store.close()
    store = await open_store(path)
    assert await Conversations(store).history("room", "ann") == [said]
    assert await Conversations(store).visitor("v1") == Visitor("v1", "Ann", "en", NOW)
    await store.close()


async def test_a_visitor_is_who_they_were_last(store: SqliteStore) -> None:
    """A new name and a new language replace the old ones; strangers are nobody."""
    chat = Conversations(store)
    assert await chat.visitor("v1") is None
    await chat.keep_visitor(Visitor("v1", "Ann", "en", NOW))
    renamed = Visitor("v1", "安", "zh_Hans", NOW + timedelta(days=1))
    await chat.keep_visitor(renamed)
    assert await chat.visitor("v1") == renamed
