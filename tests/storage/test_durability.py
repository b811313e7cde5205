"""A process may die at any moment; what it was told is stored is stored, and the next process may have it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from bot.engine.ports import Change, Claim
from bot.errors import AlreadySeen, SettingsProblem
from bot.storage.sqlite import SqliteStore
from tests.storage.conftest import Opener
from tests.storage.disk import rows
from tests.storage.samples import NOW, ROOM, a_job

REPOSITORY = Path(__file__).parents[2]


@contextmanager
def _victim(path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.storage.victim", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            yield process
        finally:
            process.kill()


def _said(process: "subprocess.Popen[str]", count: int) -> list[str]:
    """Return the next orders that the process was told are stored, as it says them."""
    assert process.stdout is not None
    return list(islice((line.strip() for line in process.stdout if line.startswith("j")), count))


async def test_what_was_acknowledged_survives_a_kill(open_store: Opener, path: Path) -> None:
    """SIGKILL in the middle of writing: every acknowledged order is there, whole, and none is there in part."""
    with _victim(path) as process:
        acknowledged = _said(process, 300)
        process.kill()
        acknowledged += _said(process, 10_000)
    store = await open_store(path)
    jobs = {job.id: job for job in await store.jobs_of("web", "house", "ann", limit=20_000)}
    assert len(acknowledged) >= 300
    assert set(acknowledged) <= set(jobs)
    assert {owed.line.job for owed in await store.owed(ROOM, 20_000)} == set(jobs)
    for name, job in jobs.items():
        assert job == a_job(name)
        assert len(await store.entries(name)) == 1
    with pytest.raises(AlreadySeen):
        await store.save(Change(a_job("again"), claim=Claim("web", "house", acknowledged[-1], NOW)))
    await store.close()


async def test_two_processes_never_share_a_database(open_store: Opener, path: Path) -> None:
    """The second one is told who has it and what to do; when the first dies, even by a kill, the next may start."""
    with _victim(path) as process:
        _said(process, 1)
        with pytest.raises(SettingsProblem) as refusal:
            await open_store(path)
        for words in (str(path), f"process {process.pid}", f"{path}.lock", "Stop that one"):
            assert words in str(refusal.value)
    store = await open_store(path)
    await store.close()


async def test_a_copy_can_be_made_while_another_process_works(path: Path, tmp_path: Path) -> None:
    """An operator copies the database of a running bot; the copy is whole and the bot does not notice."""
    copy = tmp_path / "copies.db"
    with _victim(path) as process:
        before = set(_said(process, 20))
        await SqliteStore.copy(path, copy)
        assert len(_said(process, 20)) == 20
    assert before <= {name for (name,) in rows(copy, "SELECT id FROM job")}
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
