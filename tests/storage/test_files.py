"""The database's files: for their owner alone, for one process, and refused with words that help."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.job import OPEN, State
from bot.engine.ports import Change
from bot.errors import SettingsProblem
from bot.storage.sqlite import _DRIVEN, _OWED, _OWED_PLACES, _PROPOSALS, SqliteStore
from bot.storage.writer import SqlValue
from tests.storage.conftest import Opener
from tests.storage.disk import content, modes, names, put, put_folder, remove, rows
from tests.storage.samples import a_job


async def _refusal(open_store: Opener, path: Path) -> str:
    with pytest.raises(SettingsProblem) as refusal:
        await open_store(path, busy_timeout=0.02)
    return str(refusal.value)


async def test_nobody_else_can_read_the_database(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """People's words and orders are in there: all files are for the owner alone, copies too."""
    put(path, "")
    store = await open_store(path)
    await store.save(Change(a_job()))
    await store.backup(tmp_path / "copy.db")
    files = ("limner.db", "limner.db-wal", "limner.db-shm", "limner.db.lock", "copy.db")
    assert modes(tmp_path) == dict.fromkeys(files, 0o600)
    await store.close()


async def test_a_missing_directory_is_made(open_store: Opener, tmp_path: Path) -> None:
    """The first start needs no preparation."""
    store = await open_store(tmp_path / "var" / "lib" / "limner.db")
    await store.check()
    await store.close()
    assert modes(tmp_path / "var") == {"lib": 0o700}


async def test_a_directory_that_cannot_be_written_is_named(open_store: Opener, tmp_path: Path) -> None:
    """The operator reads which path it is, why, and what to do."""
    put(tmp_path / "file", "")
    refusal = await _refusal(open_store, tmp_path / "file" / "limner.db")
    assert str(tmp_path / "file" / "limner.db") in refusal
    assert "another place for the database" in refusal
    assert "Is a directory" in await _refusal(open_store, tmp_path)


async def test_a_file_that_is_no_database_is_left_alone(open_store: Opener, path: Path) -> None:
    """A wrong path in the settings destroys nothing."""
    before = put(path, "the only copy of somebody's novel, long enough to be read as a header " * 20)
    assert f"{path} is not a database" in await _refusal(open_store, path)
    assert content(path) == before


async def test_another_programs_database_is_left_alone(open_store: Opener, path: Path) -> None:
    """Neither does the path of another program's database."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name)")
    before = content(path)
    assert "database of another program" in await _refusal(open_store, path)
    assert content(path) == before


async def test_a_database_locked_by_another_program_is_told(open_store: Opener, path: Path) -> None:
    """A forgotten shell with an open transaction is something the operator can close."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked by another program" in await _refusal(open_store, path)
        other.execute("ROLLBACK")
    store = await open_store(path)
    await store.close()


async def test_the_lock_is_released_by_closing_and_by_failing(open_store: Opener, path: Path) -> None:
    """One process may open, close and open again, and a refused start does not block the next."""
    put(path, "no database at all " * 100)
    assert "not a database" in await _refusal(open_store, path)
    remove(path)
    for _ in range(2):
        store = await open_store(path)
        assert "in use by another Limner" in await _refusal(open_store, path)
        await store.close()
        await store.close()


async def test_a_refused_start_keeps_no_lock(open_store: Opener, path: Path) -> None:
    """A path that cannot be opened can be put right and tried again by the same process."""
    put_folder(path)
    assert "Is a directory" in await _refusal(open_store, path)
    remove(path)
    await open_store(path)


async def test_closing_folds_the_log_into_the_file(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """After a clean stop the one file is everything, so that a plain copy of it is a backup."""
    store = await open_store(path)
    await store.save(Change(a_job()))
    await store.close()
    assert names(tmp_path) == ["limner.db", "limner.db.lock"]
    assert rows(path, "SELECT count(*) FROM job") == [(1,)]


async def test_a_copy_is_complete_and_overwrites_nothing(
    open_store: Opener, store: SqliteStore, tmp_path: Path
) -> None:
    """A copy holds what was committed, opens like the original, and never replaces an older copy."""
    await store.save(Change(a_job()))
    copy = tmp_path / "copy.db"
    await store.backup(copy)
    with pytest.raises(SettingsProblem, match="exists already"):
        await store.backup(copy)
    with pytest.raises(SettingsProblem, match="cannot be written"):
        await store.backup(tmp_path / "missing" / "copy.db")
    with pytest.raises(SettingsProblem, match="no database at"):
        await SqliteStore.copy(tmp_path / "missing.db", tmp_path / "other.db")
    restored = await open_store(copy)
    assert await restored.job("a1") == a_job()
    await restored.close()


async def test_a_closed_database_can_be_copied(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """A copy needs no running bot."""
    store = await open_store(path)
    await store.save(Change(a_job()))
    await store.close()
    await SqliteStore.copy(path, tmp_path / "copy.db")
    restored = await open_store(tmp_path / "copy.db")
    assert await restored.job("a1") == a_job()
    await restored.close()


async def test_an_ancient_sqlite_is_refused(open_store: Opener, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python with a SQLite from before strict tables is told so instead of failing in the middle."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    assert "needs 3.37.0" in await _refusal(open_store, path)


async def test_commits_are_written_through(store: SqliteStore) -> None:
    """A lost intent could charge twice, so every commit waits for the disk, and readers wait for nobody."""
    writing = store.database._writer._connection
    assert [tuple(row) for row in await writing.execute_fetchall("PRAGMA synchronous")] == [(2,)]
    assert [tuple(row) for row in await writing.execute_fetchall("PRAGMA journal_mode")] == [("wal",)]


async def test_open_means_the_same_in_the_rules_and_in_the_tables(store: SqliteStore) -> None:
    """A state added to the rules has to be added to the index, or its jobs would be forgotten after a restart."""
    for state in State:
        await store.save(Change(a_job(state.value, state=state)))
    found = await store.database.fetch("SELECT state FROM open_job")
    assert {row["state"] for row in found} == OPEN


@pytest.mark.parametrize(
    "sql, values",
    [
        (_DRIVEN, ()),
        (_PROPOSALS, ("x",)),
        ("SELECT count(*) AS n FROM open_job", ()),
        (_OWED, ("web", "house", "room", 50)),
        (_OWED_PLACES, ()),
    ],
)
async def test_what_is_over_costs_nothing(store: SqliteStore, sql: str, values: tuple[SqlValue, ...]) -> None:
    """Questions about open things look at open things only, however long the history is."""
    plan = [row["detail"] for row in await store.database.fetch(f"EXPLAIN QUERY PLAN {sql}", values)]
    used = [step for step in plan if step.startswith(("SEARCH", "SCAN"))]
    assert used
    assert all("INDEX job_open" in step or "INDEX line_owed" in step or "target" in step for step in used)


async def test_an_unusable_schema_table_is_told(open_store: Opener, path: Path) -> None:
    """Whatever else is wrong with a file, the start ends with its name and SQLite's reason."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE schema_version (wrong)")
    assert "cannot be used: no such column" in await _refusal(open_store, path)
