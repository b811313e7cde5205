"""The disk is full or the database locked: nothing is ordered that cannot be written down, nothing paid is lost."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from typing_extensions import override

from bot.core import wording
from bot.core.actions import Verb
from bot.core.job import State
from bot.engine.ports import Change
from bot.errors import RefusalCode, StoreTrouble
from tests.stories.stage import Stage, stage

LONG = "a puppy runs across a meadow, " * 130
"""A prompt that does not fit into the pages that the file already has."""

HOURS = timedelta(hours=3)
"""Longer than any of these stories takes; one that breaks must not try in vain for two days."""


class Trouble(Protocol):
    """Something real that keeps the database from writing, until it ends."""

    code: RefusalCode

    async def begin(self, at: Stage) -> None:
        """Let it begin."""
        ...

    async def end(self) -> None:
        """Let it be over."""
        ...


class Lock(Trouble):
    """Another program holds the write lock, as a forgotten shell does."""

    code = RefusalCode.STORE_BUSY

    @override
    async def begin(self, at: Stage) -> None:
        self._other = sqlite3.connect(at.settings.store.path, isolation_level=None, check_same_thread=False)
        # In a thread: it may have to wait for a transaction that this loop is in the middle of.
        await asyncio.to_thread(self._other.execute, "BEGIN IMMEDIATE")

    @override
    async def end(self) -> None:
        self._other.close()


class FullDisk(Trouble):
    """The file may not grow by another page, and its free ones are used up."""

    code = RefusalCode.STORE_FULL

    @override
    async def begin(self, at: Stage) -> None:
        pages = await asyncio.to_thread(_fill, at.settings.store.path)
        self._connection = at.files.database._writer._connection
        await self._connection.execute(f"PRAGMA max_page_count = {pages:d}")

    @override
    async def end(self) -> None:
        await self._connection.execute("PRAGMA max_page_count = 1000000")


def _fill(path: Path) -> int:
    """Write until nothing more fits into the file as long as it is; return how many pages it has."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE filler (data BLOB)")
        ((pages,),) = other.execute("PRAGMA page_count")
        other.execute(f"PRAGMA max_page_count = {int(pages):d}")
        with suppress(sqlite3.OperationalError):
            while True:
                other.execute("INSERT INTO filler VALUES (zeroblob(2000))")
    return int(pages)


BOTH = pytest.mark.parametrize("trouble", [Lock, FullDisk])


@BOTH
async def test_an_ask_that_cannot_be_written_down_is_answered_all_the_same(
    tmp_path: Path, trouble: Callable[[], Trouble]
) -> None:
    """The person is told at once and nothing is kept; the same message works when the trouble is over."""
    async with stage(tmp_path) as at:
        hindrance = trouble()
        await hindrance.begin(at)
        answer = await at.say(f"/video {LONG}", event="m1")
        assert answer.toast == wording.REFUSALS[hindrance.code]()
        assert not answer.done
        assert (await at.jobs(), at.chat.cards()) == ([], [])
        await hindrance.end()
        assert (await at.say(f"/video {LONG}", event="m1")).done
        assert await at.states() == [State.PROPOSED]


@BOTH
async def test_a_yes_that_cannot_be_written_down_orders_nothing(tmp_path: Path, trouble: Callable[[], Trouble]) -> None:
    """The presser is told; the button works when the trouble is over."""
    async with stage(tmp_path) as at:
        await at.say(f"/video {LONG}")
        hindrance = trouble()
        await hindrance.begin(at)
        answer = await at.press(Verb.CONFIRM)
        assert answer.toast == wording.REFUSALS[hindrance.code]()
        await at.clock.run(limit=HOURS)
        assert await at.states() == [State.PROPOSED]
        assert at.sandbox.gate.requests["ima.create"] == 0
        await hindrance.end()
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert at.charges == 1


class Tripwire:
    """Lets a trouble begin when a job comes to a state, and end after so many attempts to write that down."""

    def __init__(self, at: Stage, trouble: Trouble, state: State, attempts: int) -> None:
        self._at = at
        self._trouble = trouble
        self._state = state
        self._left = attempts
        self._save = at.files.save
        self.met = 0
        self.charges: list[int] = []

    async def save(self, change: Change) -> None:
        """Save as ever, but for the trouble."""
        here = change.job is not None and change.job.state is self._state
        if here and self._left:
            if not self.met:
                await self._trouble.begin(self._at)
            self.met += 1
            self.charges.append(self._at.charges)
            try:
                await self._save(change)
            finally:
                self._left -= 1
                if not self._left:
                    await self._trouble.end()
            return
        await self._save(change)


@pytest.mark.parametrize(
    "trouble, state, fault, paid",
    [
        (Lock, State.SUBMITTING, "", 0),
        (Lock, State.RUNNING, "", 1),
        (Lock, State.SUCCEEDED, "", 1),
        (Lock, State.FAILED, "failed", 1),
        (Lock, State.REFUSED, "4008", 0),
        (Lock, State.IN_DOUBT, "lost-answer", 1),
        (FullDisk, State.SUCCEEDED, "", 1),
        (FullDisk, State.FAILED, "failed", 1),
    ],
)
async def test_trouble_at_any_step_is_waited_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[], Trouble],
    state: State,
    fault: str,
    paid: int,
) -> None:
    """Before the order nothing is sent until it is written down; after it the outcome is kept until it can be."""
    async with stage(tmp_path) as at:
        await at.say(f"/video {LONG}")
        if fault:
            at.sandbox.faults.add(fault, "create")
        wire = Tripwire(at, trouble(), state, attempts=4)
        monkeypatch.setattr(at.files, "save", wire.save)
        await at.press(Verb.CONFIRM)
        await at.clock.run(limit=HOURS)
        assert wire.met == 4, "the trouble was not met"
        assert wire.charges == [paid] * 4
        ends = {"": State.SUCCEEDED, "failed": State.FAILED, "4008": State.REFUSED, "lost-answer": State.IN_DOUBT}
        assert await at.states() == [ends[fault]]
        assert at.charges == (0 if fault == "4008" else 1)
        assert at.sandbox.gate.requests["ima.create"] == 1
        assert len([key for key in at.chat.messages if key.endswith((".result", ".sorry", ".doubt"))]) == 1
        assert await at.files.owed_places() == []


async def test_what_was_said_is_noted_when_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chat took the message and the note of it cannot be written: it is not said again."""
    async with stage(tmp_path) as at:
        lock, said = Lock(), at.files.said
        refused: list[str] = []

        async def once_locked(key: str, *args: object, **more: object) -> None:
            if key.endswith(".result") and len(refused) < 3:
                if not refused:
                    await lock.begin(at)
                refused.append(key)
                with suppress(StoreTrouble):
                    await at.files.check()
                    raise AssertionError("not locked")
                if len(refused) == 3:
                    await lock.end()
                raise StoreTrouble(RefusalCode.STORE_BUSY, "locked")
            await said(key, *args, **more)  # type: ignore[arg-type] # passed on as they came

        monkeypatch.setattr(at.files, "said", once_locked)
        await at.order()
        await at.clock.run(limit=HOURS)
        assert len(refused) == 3
        assert at.chat.ending("result")[0].times_said == 1
        assert len(at.chat.ending("link.0")) == 1
