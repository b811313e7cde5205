"""The one task that writes: everything queued goes into one transaction. What is written is decided elsewhere."""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import aiosqlite
import structlog

from bot.errors import LimnerError, RefusalCode, StoreTrouble

log = structlog.get_logger()

SqlValue = str | int | bytes | None
"""What a column holds here; amounts and times are text."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One data change for some rows. ``lost`` is raised when it does not change exactly as many rows as given."""

    sql: str
    rows: Sequence[tuple[SqlValue, ...]]
    lost: type[LimnerError] | None = None


_OWN_FAULT = (
    LimnerError,
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    ValueError,
    OverflowError,
)
"""What goes wrong with one work alone. Anything else (full, locked, damaged) is the database's and ends the batch,
because SQLite may have rolled everything back."""


@dataclass(frozen=True, slots=True)
class _Work:
    statements: Sequence[Statement]
    done: asyncio.Future[None]


def trouble(problem: sqlite3.Error) -> StoreTrouble:
    """Return what a failed read or write means: busy passes by itself, anything else needs the operator."""
    code: int = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # absent where Python itself raised
    busy = code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return StoreTrouble(RefusalCode.STORE_BUSY if busy else RefusalCode.STORE_FULL, str(problem))


class Writer:
    """Group commit: whoever comes while a transaction runs shares the next one, and its one ``fsync``.

    Works that share a transaction run statement by statement, not one after the other, so the order of two writes
    counts only when the first has returned before the second is made.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[_Work | None] = asyncio.Queue()
        self._closing = False
        self._task = asyncio.create_task(self._serve(), name="store-writer")

    async def write(self, statements: Sequence[Statement]) -> None:
        """Commit all of the statements durably, or none of them.

        Raises what a statement names as ``lost``, or ``StoreTrouble``. A caller that is cancelled while it waits does
        not take its work back: it is done like any other.
        """
        if self._closing:
            raise StoreTrouble(RefusalCode.STORE_BUSY, "the database is being closed")
        done = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Work(statements, done))
        await done

    async def close(self) -> None:
        """Write what is queued, then stop."""
        if not self._closing:
            self._closing = True
            self._queue.put_nowait(None)
        await self._task

    async def _serve(self) -> None:
        more = True
        while more:
            queued = [await self._queue.get()]
            while not self._queue.empty():
                queued.append(self._queue.get_nowait())
            batch = [work for work in queued if work is not None]
            more = len(batch) == len(queued)
            if batch:
                _answer(batch, await self._outcomes(batch))

    async def _outcomes(self, batch: Sequence[_Work]) -> Sequence[Exception | None]:
        """Commit a batch and return how each work ended; whatever happens, this task lives and everybody hears."""
        try:
            return await self._commit(batch)
        except sqlite3.Error as problem:
            log.warning("store_write_failed", error=str(problem), works=len(batch))
            return [trouble(problem) for _ in batch]
        except Exception as bug:
            log.exception("store_writer_bug")
            return [bug for _ in batch]

    async def _commit(self, batch: Sequence[_Work]) -> Sequence[Exception | None]:
        await self._roll_back()
        await self._connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = await self._apply(batch)
            await self._connection.execute("COMMIT")
        finally:
            await self._roll_back()
        return outcomes

    async def _roll_back(self) -> None:
        if self._connection.in_transaction:
            await self._connection.execute("ROLLBACK")

    async def _apply(self, batch: Sequence[_Work]) -> Sequence[Exception | None]:
        """Run all works as one, which nearly always goes well; only if one of them cannot be done, each by itself."""
        outcome = await self._run(_merged(batch))
        if outcome is None or len(batch) == 1:
            return [outcome for _ in batch]
        return [await self._run(work.statements) for work in batch]

    async def _run(self, statements: Iterable[Statement]) -> Exception | None:
        """Run statements in a savepoint; if one of them cannot be done, undo them all and return why."""
        outcome: Exception | None = None
        await self._connection.execute("SAVEPOINT work")
        try:
            for statement in statements:
                await self._execute(statement)
        except _OWN_FAULT as fault:
            await self._connection.execute("ROLLBACK TO work")
            outcome = fault
        await self._connection.execute("RELEASE work")
        return outcome

    async def _execute(self, statement: Statement) -> None:
        cursor = await self._connection.executemany(statement.sql, statement.rows)
        if statement.lost is not None and cursor.rowcount != len(statement.rows):
            raise statement.lost


def _merged(batch: Sequence[_Work]) -> Iterable[Statement]:
    """Return the statements of a batch with the rows of equal statements put together: one call for all of them."""
    rows: dict[tuple[str, type[LimnerError] | None], list[tuple[SqlValue, ...]]] = {}
    for work in batch:
        for statement in work.statements:
            rows.setdefault((statement.sql, statement.lost), []).extend(statement.rows)
    return [Statement(sql, together, lost) for (sql, lost), together in rows.items()]


def _answer(batch: Sequence[_Work], outcomes: Sequence[Exception | None]) -> None:
    for work, outcome in zip(batch, outcomes, strict=True):
        if work.done.done():
            continue  # its caller was cancelled
        if outcome is None:
            work.done.set_result(None)
        else:
            work.done.set_exception(outcome)
