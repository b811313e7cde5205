"""What goes wrong on the machine of the service: the database is locked or full, the clock is set, calls come."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from typing_extensions import override

from tests.chaos.house import House


class Hindrance(Protocol):
    """Something that begins and is over later; ``turns`` is how long it lasts."""

    name: str
    turns: int

    async def begin(self, house: House) -> None:
        """Let it begin."""
        ...

    async def end(self, house: House) -> None:
        """Let it be over."""
        ...


class Busy(Hindrance):
    """Another program holds the write lock."""

    name = "database locked"

    def __init__(self, turns: int) -> None:
        self.turns = turns

    @override
    async def begin(self, house: House) -> None:
        self._other = sqlite3.connect(house.settings.store.path, isolation_level=None, check_same_thread=False)
        # In a thread: it may have to wait for a transaction that this loop is in the middle of.
        await asyncio.to_thread(self._other.execute, "BEGIN IMMEDIATE")

    @override
    async def end(self, house: House) -> None:
        self._other.close()


class Full(Hindrance):
    """The file may not grow, and its free pages are used up."""

    name = "disk full"

    def __init__(self, turns: int) -> None:
        self.turns = turns

    @override
    async def begin(self, house: House) -> None:
        pages = await asyncio.to_thread(_fill, house.settings.store.path)
        await _limit(house, pages)

    @override
    async def end(self, house: House) -> None:
        # After a kill the new connection has no such limit; then this changes nothing.
        await _limit(house, 1_000_000)
        await asyncio.to_thread(_sweep, house.settings.store.path)


async def _limit(house: House, pages: int) -> None:
    # All rows are fetched: a statement that is left open holds a snapshot, and no transaction can begin on an old one.
    await house.files.database._writer._connection.execute_fetchall(f"PRAGMA max_page_count = {pages:d}")


def _fill(path: Path) -> int:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE IF NOT EXISTS filler (data BLOB)")
        ((pages,),) = other.execute("PRAGMA page_count")
        other.execute(f"PRAGMA max_page_count = {int(pages):d}")
        with suppress(sqlite3.OperationalError):
            while True:
                other.execute("INSERT INTO filler VALUES (zeroblob(2000))")
    return int(pages)


def _sweep(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TABLE IF EXISTS filler")


class ClockSet(Hindrance):
    """The machine's clock jumps, and back when it is over."""

    name = "clock set"

    def __init__(self, turns: int, by: timedelta) -> None:
        self.turns = turns
        self._by = by

    @override
    async def begin(self, house: House) -> None:
        house.clock.skew = self._by

    @override
    async def end(self, house: House) -> None:
        house.clock.skew = timedelta(0)


class Hints(Hindrance):
    """A provider calls back about every order at once, twice, and somebody makes up calls."""

    name = "hints doubled and forged"

    def __init__(self, turns: int) -> None:
        self.turns = turns

    @override
    async def begin(self, house: House) -> None:
        self._call(house)

    @override
    async def end(self, house: House) -> None:
        self._call(house)

    @staticmethod
    def _call(house: House) -> None:
        runner = house.service.runner
        for token in [*runner._waiting, *runner._waiting, "f" * 32, ""]:
            runner.hint(token)


def any_of(chance: Random) -> Hindrance:
    """Return one of them."""
    turns = chance.randint(1, 3)
    jump = timedelta(seconds=chance.choice([-7200, -90, 45, 1800, 90_000]))
    return chance.choice([Busy(turns), Full(turns), ClockSet(turns, jump), Hints(turns)])
