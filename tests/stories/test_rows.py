"""Waiting is free for the database too: however long a job takes, looking at it and showing progress write nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.job import State
from tests.stories.stage import Stage, stage


async def test_a_job_that_is_only_looked_at_writes_nothing(tmp_path: Path) -> None:
    """Two hundred looks and their progress leave the file as it was, seen over a connection of its own."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("stuck", "create")
        await at.order()
        await _looked(at, 2)
        with closing(_connect(at)) as watching:
            before = watching.execute("PRAGMA data_version").fetchone()
            shown = len(at.chat.ending("notice")[0].percents)
            await _looked(at, 202)
            assert watching.execute("PRAGMA data_version").fetchone() == before
        assert len(at.chat.ending("notice")[0].percents) > shown, "nothing was shown, so nothing was proven"


async def test_a_job_leaves_as_many_rows_when_it_takes_long_as_when_it_is_quick(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Its whole life is a handful of rows, whether it takes five minutes or half an hour."""
    quick, slow = [await _life(tmp_path_factory.mktemp("life"), longer) for longer in (0.0, 1500.0)]
    assert quick == slow
    assert quick["job"] == 1
    assert sum(quick.values()) <= 20, quick


async def _life(home: Path, longer: float) -> dict[str, int]:
    """Return the rows of every table after one job that took so many seconds longer than usual."""
    async with stage(home) as at:
        at.sandbox.faults.add("stuck", "create", lasting=longer)
        await at.order()
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]
        with closing(_connect(at)) as reading:
            tables = [name for (name,) in reading.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            counts = {name: reading.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608 - names from the schema
        return {name: count for name, count in counts.items() if name not in {"schema_version", "sqlite_sequence"}}


async def _looked(at: Stage, times: int) -> None:
    await at.clock.run(lambda: at.sandbox.gate.requests["ima.detail"] >= times)


def _connect(at: Stage) -> sqlite3.Connection:
    return sqlite3.connect(f"{at.settings.store.path.as_uri()}?mode=ro", uri=True)
