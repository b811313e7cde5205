"""A new version takes over the database of an old one, with a copy made first, completely or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.ports import Change
from bot.errors import SettingsProblem
from bot.storage.migrate import Step, known_steps
from tests.storage.conftest import Opener
from tests.storage.disk import content, modes, names, rows
from tests.storage.samples import a_job

KNOWN = known_steps()
FIRST = KNOWN[:1]
STARS = Step(
    2,
    "0002_stars",
    """
    -- A comment; with a semicolon, and a trigger with several statements.
    CREATE TABLE star (job TEXT NOT NULL) STRICT;
    CREATE TRIGGER star_new AFTER INSERT ON job BEGIN
        DELETE FROM star WHERE job = NEW.id;
        INSERT INTO star (job) VALUES (NEW.id);
    END;
    INSERT INTO star (job) SELECT id FROM job;
    -- The end.
    """,
)
BROKEN = Step(3, "0003_broken", "CREATE TABLE half (x TEXT) STRICT;\nCREATE TABLE other (x) STRICT;\n")


async def _fill(open_store: Opener, path: Path, job: str = "a1") -> None:
    store = await open_store(path, steps=FIRST)
    await store.save(Change(a_job(job)))
    await store.close()


async def test_a_new_database_knows_its_version(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """A fresh start takes every step, notes what and when, and has nothing to copy."""
    store = await open_store(path)
    await store.close()
    assert rows(path, "SELECT n, name, sha256, at FROM schema_version") == [
        (step.n, step.name, step.sha256, "2026-03-01T09:30:00.000000+00:00") for step in KNOWN
    ]
    assert names(tmp_path, "*.bak") == []


def test_the_steps_are_numbered_without_gaps() -> None:
    """The order of the files is the order of the steps."""
    assert [step.n for step in KNOWN] == list(range(1, len(KNOWN) + 1))


async def test_an_old_database_is_copied_and_brought_up_to_date(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """Jobs survive an update, and the copy is the database as it was before it."""
    await _fill(open_store, path)
    store = await open_store(path, steps=[*FIRST, STARS])
    assert await store.job("a1") == a_job()
    await store.save(Change(a_job("b2")))
    await store.close()
    assert rows(path, "SELECT job FROM star") == [("a1",), ("b2",)]
    copy = tmp_path / "limner.db.before-2.bak"
    assert rows(copy, "SELECT max(n) FROM schema_version") == [(1,)]
    assert rows(copy, "SELECT id FROM job") == [("a1",)]
    assert modes(tmp_path)[copy.name] == 0o600


async def test_an_up_to_date_database_is_left_alone(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """A restart takes no steps and makes no copies."""
    await _fill(open_store, path)
    await _fill(open_store, path, "b2")
    assert rows(path, "SELECT count(*) FROM schema_version") == [(len(FIRST),)]
    assert names(tmp_path, "*.bak") == []


async def test_a_step_that_fails_changes_nothing(open_store: Opener, path: Path, tmp_path: Path) -> None:
    """The steps before it stay, it leaves no half of itself, and its repaired text works on the next start."""
    await _fill(open_store, path)
    with pytest.raises(SettingsProblem, match=r"cannot be used: .*\. Nothing was changed"):
        await open_store(path, steps=[*FIRST, STARS, BROKEN])
    assert rows(path, "SELECT max(n) FROM schema_version") == [(2,)]
    assert rows(path, "SELECT name FROM sqlite_master WHERE name IN ('half', 'other')") == []
    repaired = replace(BROKEN, sql="CREATE TABLE half (x TEXT) STRICT;")
    store = await open_store(path, steps=[*FIRST, STARS, repaired])
    assert await store.job("a1") == a_job()
    await store.close()
    assert names(tmp_path, "*.bak") == ["limner.db.before-2.bak", "limner.db.before-3.bak"]


async def test_a_newer_database_is_refused(open_store: Opener, path: Path) -> None:
    """An old version does not touch what it does not understand, and says which versions meet."""
    newer = await open_store(path, steps=[*FIRST, STARS])
    await newer.close()
    before = content(path)
    with pytest.raises(SettingsProblem, match="newer Limner: it has schema 2 and this version knows 1"):
        await open_store(path, steps=FIRST)
    assert content(path) == before


async def test_a_step_never_changes_after_it_was_applied(open_store: Opener, path: Path) -> None:
    """Two databases with the same number have the same tables, or somebody hears about it."""
    await _fill(open_store, path)
    edited = [replace(FIRST[0], sql=FIRST[0].sql + "\n-- harmless?"), *FIRST[1:]]
    with pytest.raises(SettingsProblem, match="another text of schema step 1"):
        await open_store(path, steps=edited)
