"""One SQLite file: a connection that writes, one that reads, and the way in and out. Its tables are not here."""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

import aiosqlite

from bot.errors import RefusalCode, SettingsProblem, StoreTrouble
from bot.storage.files import copy, hold
from bot.storage.migrate import Step, known_steps, migrate
from bot.storage.rows import stamp
from bot.storage.writer import SqlValue, Statement, Writer, trouble

OLDEST_SQLITE = (3, 37, 0)
"""The first SQLite with strict tables."""

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another program that has the file locked (reference ``engine.md`` section 4)."""

LOG_PAGES = 4000
"""Pages in the write-ahead log (16 MB) before a commit has to fold them into the file. That commit takes some
milliseconds longer, so it has to be rarer than one in a hundred; SQLite's own 1000 is every eightieth order."""

_PULSE = "INSERT INTO pulse (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"


class Database:
    """An open database. Made by :meth:`open`, ended by :meth:`close`."""

    def __init__(self, path: Path, writer: Writer, reading: aiosqlite.Connection, closing: AsyncExitStack) -> None:
        self._path = path
        self._writer = writer
        self._reading = reading
        self._closing = closing
        self._open = True

    @classmethod
    async def open(
        cls,
        path: Path,
        now: datetime,
        *,
        busy_timeout: float = BUSY_TIMEOUT,
        steps: Sequence[Step] | None = None,
    ) -> Self:
        """Lock the file, bring its schema up to date and open it; raises ``SettingsProblem`` where that cannot be.

        ``steps`` are the schema steps to know instead of the ones that come with this version.
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            oldest = ".".join(map(str, OLDEST_SQLITE))
            raise SettingsProblem(f"This Python comes with SQLite {sqlite3.sqlite_version}; Limner needs {oldest}.")
        async with AsyncExitStack() as stack:
            stack.callback(os.close, hold(path))
            await asyncio.to_thread(migrate, path, now, known_steps() if steps is None else steps, busy_timeout)
            # The writing connection outlives the reading one and is the only one that checkpoints: SQLite before
            # 3.51.3 can damage a file that one connection writes while another one checkpoints it.
            writing = await stack.enter_async_context(_connect(path, busy_timeout))
            await _prepare(writing, path)
            reading = await stack.enter_async_context(_connect(path, busy_timeout, "?mode=ro"))
            reading.row_factory = sqlite3.Row
            writer = Writer(writing)
            stack.push_async_callback(writer.close)
            return cls(path, writer, reading, stack.pop_all())

    async def close(self) -> None:
        """Write what is queued and let go of the file; closing the last connection folds the log into it."""
        self._open = False
        await self._closing.aclose()

    async def write(self, statements: Sequence[Statement]) -> None:
        """Commit all of the statements durably, or none of them; see :meth:`bot.storage.writer.Writer.write`."""
        await self._writer.write(statements)

    async def fetch(self, sql: str, values: Sequence[SqlValue] = ()) -> Sequence[sqlite3.Row]:
        """Return the rows of a query as they are committed now; raises ``StoreTrouble``."""
        if not self._open:
            raise StoreTrouble(RefusalCode.STORE_BUSY, "the database is closed")
        try:
            return list(await self._reading.execute_fetchall(sql, values))
        except sqlite3.Error as problem:
            raise trouble(problem) from problem

    async def backup(self, to: Path) -> None:
        """Write a copy to a new file while work goes on; raises ``SettingsProblem`` where that cannot be."""
        await self.copy(self._path, to)

    @staticmethod
    async def copy(path: Path, to: Path) -> None:
        """Do the same for a database that any process may have open, without opening or changing it."""
        await asyncio.to_thread(_copy, path, to)

    async def check(self, now: datetime) -> None:
        """Write and commit one row, to know that writing works; raises ``StoreTrouble`` if not."""
        await self.write([Statement(_PULSE, [(stamp(now),)])])


def _connect(path: Path, busy_timeout: float, mode: str = "") -> aiosqlite.Connection:
    address = path.resolve().as_uri() + mode
    return aiosqlite.connect(address, uri=True, timeout=busy_timeout, isolation_level=None)


async def _prepare(writing: aiosqlite.Connection, path: Path) -> None:
    """Choose the log that readers do not block, and a real ``fsync`` per commit: a lost intent could charge twice."""
    modes = [tuple(row) for row in await writing.execute_fetchall("PRAGMA journal_mode = WAL")]
    if modes != [("wal",)]:
        raise SettingsProblem(f"{path} is on a file system without shared memory. Put the database on a local disk.")
    await writing.execute("PRAGMA synchronous = FULL")
    await writing.execute("PRAGMA secure_delete = ON")  # what is deleted is not in the file any more
    await writing.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES:d}")


def _copy(path: Path, to: Path) -> None:
    if not path.exists():
        raise SettingsProblem(f"There is no database at {path}.")
    if to.exists():
        raise SettingsProblem(f"{to} exists already. Choose a new file for the copy.")
    try:
        copy(path, to)
    except (OSError, sqlite3.Error) as problem:
        raise SettingsProblem(f"The copy {to} cannot be written: {problem}. The database is as it was.") from problem
