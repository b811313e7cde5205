"""What is owed to a place is said in order, once, and is never dropped."""

from dataclasses import replace

from bot.core.job import Address
from bot.engine.ports import Change, LineKind
from bot.storage.sqlite import SqliteStore
from tests.storage.samples import NOW, ROOM, a_line

HALL = Address("web", "house", "hall")


async def _keys(store: SqliteStore, place: Address = ROOM) -> list[str]:
    return [owed.line.key for owed in await store.owed(place)]


async def test_lines_are_owed_in_the_order_they_were_written(store: SqliteStore) -> None:
    """The result comes after the notice and the link after the result, place by place."""
    await store.save(Change(lines=(a_line("z"), a_line("hall", place=HALL), a_line("a"))))
    await store.save(Change(lines=(a_line("m"),)))
    assert await _keys(store) == ["z", "a", "m"]
    assert await _keys(store, HALL) == ["hall"]
    assert [owed.line.key for owed in await store.owed(ROOM, 2)] == ["z", "a"]
    assert await store.owed_places() == [ROOM, HALL]


async def test_the_same_key_is_the_same_line(store: SqliteStore) -> None:
    """A line that is written again is not said again, not even after it was said."""
    await store.save(Change(lines=(a_line("k"),)))
    await store.save(Change(lines=(a_line("k"), a_line("l"))))
    assert await _keys(store) == ["k", "l"]
    await store.said("k", "m1", NOW)
    await store.save(Change(lines=(a_line("k"),)))
    assert await _keys(store) == ["l"]


async def test_a_said_line_is_not_owed(store: SqliteStore) -> None:
    """What was said is known by its message; a place without debts is no longer listed."""
    await store.save(Change(lines=(a_line("k"),)))
    assert await store.message_of("k") == ""
    await store.said("k", "m1", NOW)
    assert await store.message_of("k") == "m1"
    assert await store.owed_places() == []
    assert await store.message_of("unknown") == ""


async def test_an_edit_knows_its_message(store: SqliteStore) -> None:
    """An edit that waited over a restart still changes the message it was meant for."""
    edit = a_line("e", kind=LineKind.EDIT, target="k")
    await store.save(Change(lines=(a_line("k"), edit)))
    assert [owed.message for owed in await store.owed(ROOM)] == ["", ""]
    await store.said("k", "m1", NOW)
    [owed] = await store.owed(ROOM)
    assert (owed.line, owed.message) == (edit, "m1")


async def test_older_edits_are_skipped_with_the_newest(store: SqliteStore) -> None:
    """Of several edits of a message only the last one matters, but none stays owed."""
    edits = [a_line(f"e{n}", kind=LineKind.EDIT, target="k") for n in range(3)]
    await store.save(Change(lines=(a_line("k"), *edits, a_line("last"))))
    await store.said("k", "m1", NOW)
    await store.said("e2", "m1", NOW, skipped=["e0", "e1"])
    assert await _keys(store) == ["last"]


async def test_a_line_that_cannot_be_said_stays_visible(store: SqliteStore) -> None:
    """A result that is made and not taken by the chat is shown in the history until it is said after all."""
    await store.save(
        Change(
            lines=(
                a_line("waits", job="j1"),
                a_line("gone", job="j2"),
                a_line("fine", job="j3"),
                a_line("edit", job="j4", kind=LineKind.EDIT, target="fine"),
                replace(a_line("bob", job="j5"), person="bob"),
                a_line("no job"),
            )
        )
    )
    await store.said("fine", "m1", NOW)
    await store.undeliverable("gone", "the place is gone", NOW)
    assert await store.undelivered_jobs("web", "house", "ann") == {"j1", "j2"}
    assert await store.undelivered_jobs("web", "", "ann") == {"j1", "j2"}
    assert await store.undelivered_jobs("web", "elsewhere", "ann") == frozenset()
    assert "gone" not in await _keys(store)
    await store.said("gone", "m2", NOW)
    await store.said("waits", "m3", NOW)
    assert await store.undelivered_jobs("web", "house", "ann") == frozenset()


async def test_a_said_line_stays_said(store: SqliteStore) -> None:
    """A late second report changes neither the message nor the fact."""
    await store.save(Change(lines=(a_line("k", job="j1"),)))
    await store.said("k", "m1", NOW)
    await store.said("k", "m2", NOW)
    await store.undeliverable("k", "too late", NOW)
    assert await store.message_of("k") == "m1"
    assert await store.undelivered_jobs("web", "house", "ann") == frozenset()
