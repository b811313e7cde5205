"""Many share one transaction, and nobody suffers for another: not for a loser, a quitter, a full disk or a lock."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.job import confirm
from bot.engine.ports import Change, Claim, Upload
from bot.errors import AlreadySeen, Conflict, RefusalCode, StoreTrouble
from bot.storage.conversations import Conversations, Visitor
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Statement
from tests.storage.conftest import Opener
from tests.storage.samples import NOW, ROOM, a_job, a_line


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let another program hold the database's write lock, as a forgotten ``sqlite3`` shell does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def _transactions(store: SqliteStore) -> list[str]:
    """Return a list that grows by every statement the writer runs from now on."""
    seen: list[str] = []
    trace: Callable[[str], None] = seen.append
    await store.database._writer._connection.set_trace_callback(trace)
    return seen


async def test_whoever_waits_shares_a_commit(store: SqliteStore) -> None:
    """Two hundred orders at once cost a few waits for the disk, not two hundred."""
    seen = await _transactions(store)
    await asyncio.gather(*(store.save(Change(a_job(f"j{n}"), lines=(a_line(f"k{n}"),))) for n in range(200)))
    assert seen.count("COMMIT") <= 2
    assert await store.open_count() == 200


async def test_a_loser_loses_alone(store: SqliteStore) -> None:
    """Conflicts, repeated events and impossible values in a batch harm nobody else in it."""
    await store.save(Change(a_job("old"), claim=Claim("web", "house", "seen", NOW)))
    changes = [
        Change(a_job("new1"), lines=(a_line("k1"),)),
        Change(replace(confirm(a_job("old"), NOW), rev=9), lines=(a_line("k2"),)),
        Change(a_job("new2"), lines=(a_line("k3"),)),
        Change(a_job("new3"), claim=Claim("web", "house", "seen", NOW), lines=(a_line("k4"),)),
        Change(a_job("new4"), claim=Claim("web", "house", "half a \ud83d", NOW), lines=(a_line("k5"),)),
        Change(confirm(a_job("old"), NOW), lines=(a_line("k6"),)),
    ]
    ends = await asyncio.gather(*map(store.save, changes), return_exceptions=True)
    assert [type(end) for end in ends] == [
        type(None),
        Conflict,
        type(None),
        AlreadySeen,
        UnicodeEncodeError,
        type(None),
    ]
    assert [owed.line.key for owed in await store.owed(ROOM)] == ["k1", "k3", "k6"]
    assert [await store.job(name) is not None for name in ("new1", "new2", "new3", "new4")] == [
        True,
        True,
        False,
        False,
    ]


async def test_a_quitter_breaks_nothing(store: SqliteStore) -> None:
    """A caller that is cancelled while its batch is written does not take the batch along, nor its own work."""
    saves = [asyncio.ensure_future(store.save(Change(a_job(f"j{n}")))) for n in range(3)]
    await asyncio.sleep(0)  # all three are queued now
    saves[1].cancel()
    ends = await asyncio.gather(*saves, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), asyncio.CancelledError, type(None)]
    await store.save(Change(a_job("later")))
    assert await store.open_count() == 4


async def test_a_full_disk_is_told_and_over_when_there_is_room(store: SqliteStore) -> None:
    """Nothing is half written, everybody in the batch hears it, and work goes on as soon as there is room."""
    await store.save(Change(a_job("old")))
    connection = store.database._writer._connection
    [(pages,)] = await connection.execute_fetchall("PRAGMA page_count")
    [(most,)] = await connection.execute_fetchall("PRAGMA max_page_count")
    await connection.execute(f"PRAGMA max_page_count = {pages}")
    big = Change(a_job("big"), lines=(a_line("k1"),), uploads=(Upload("u1", "image/png", bytes(100_000), NOW),))
    ends = await asyncio.gather(store.save(big), store.save(Change(a_job("small"))), return_exceptions=True)
    assert [end.code for end in ends if isinstance(end, StoreTrouble)] == [RefusalCode.STORE_FULL] * 2
    assert (await store.job("big"), await store.owed(ROOM), await store.upload("u1")) == (None, [], None)
    await connection.execute(f"PRAGMA max_page_count = {most}")
    await store.save(big)
    await store.check()
    assert await store.job("big") == big.job


async def test_a_locked_database_is_told_and_over_when_it_is_free(store: SqliteStore, path: Path) -> None:
    """Another program that holds the lock delays an order and never makes half of one."""
    await store.save(Change(a_job("old"), lines=(a_line("k0"),)))
    with _locked(path):
        for attempt in (
            store.save(Change(a_job("new"), lines=(a_line("k1"),))),
            store.said("k0", "m0", NOW),
            store.undeliverable("k0", "why", NOW),
            store.check(),
            Conversations(store).keep_visitor(Visitor("v", "Vee", "en", NOW)),
        ):
            with pytest.raises(StoreTrouble) as trouble:
                await attempt
            assert trouble.value.code is RefusalCode.STORE_BUSY
        assert [owed.line.key for owed in await store.owed(ROOM)] == ["k0"]
    await store.save(Change(a_job("new"), lines=(a_line("k1"),)))
    assert [owed.line.key for owed in await store.owed(ROOM)] == ["k0", "k1"]


async def test_a_short_lock_is_waited_for(open_store: Opener, path: Path) -> None:
    """A backup program that holds the lock for a moment costs nobody an error."""
    store = await open_store(path, busy_timeout=30)
    with _locked(path):
        save = asyncio.ensure_future(store.save(Change(a_job())))
        await store.job("a1")
        assert not save.done()
    await save
    assert await store.job("a1") == a_job()
    await store.close()


async def test_a_broken_statement_does_not_end_the_writer(store: SqliteStore, path: Path) -> None:
    """Even a mistake of ours leaves nobody waiting for ever, here or in another program."""
    with pytest.raises(StoreTrouble):
        await store.database.write([Statement("UPDATE nothing SET x = ?", [(1,)])])
    with _locked(path):
        pass  # the failed transaction is over: whoever else needs the file gets it
    with pytest.raises(TypeError):
        await store.database.write([Statement("UPDATE job SET rev = ?", 7)])  # type: ignore[arg-type] # the mistake
    await store.save(Change(a_job()))
    assert await store.job("a1") is not None


async def test_closing_writes_what_is_queued(open_store: Opener, path: Path) -> None:
    """What was handed over before the end is on the disk after it; what comes later is refused, not lost."""
    store = await open_store(path)
    saves = [asyncio.ensure_future(store.save(Change(a_job(f"j{n}")))) for n in range(20)]
    await asyncio.sleep(0)  # all are queued now
    await store.close()
    await asyncio.gather(*saves)
    for late in (store.save(Change(a_job("late"))), store.job("j1")):
        with pytest.raises(StoreTrouble, match="clos"):
            await late
    again = await open_store(path)
    assert await again.open_count() == 20
    await again.close()
