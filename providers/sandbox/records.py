"""The sandbox's file: what it must still know after it was killed. What a record means is not known here.

One SQLite database in WAL mode. Every write is committed before it returns, so before the answer goes out; a killed
process loses nothing (a cut of power may lose the last answers, which no test needs).
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS account (provider TEXT PRIMARY KEY, balance TEXT NOT NULL, subscribed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS charge (
    number INTEGER PRIMARY KEY, provider TEXT NOT NULL, task TEXT NOT NULL, amount TEXT NOT NULL, at TEXT NOT NULL,
    prompt TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refund (
    number INTEGER PRIMARY KEY, provider TEXT NOT NULL, task TEXT NOT NULL, amount TEXT NOT NULL, at TEXT NOT NULL,
    after TEXT NOT NULL, booked INTEGER NOT NULL
);
"""


class HomeInUseError(RuntimeError):
    """Another sandbox already works in this folder."""


@dataclass(frozen=True, slots=True)
class Record:
    """Something a provider's part of the sandbox keeps: its kind, its name, and what it is as JSON."""

    kind: str
    key: str
    body: Mapping[str, object]


class Records:
    """The open file. ``open`` claims the folder for this process, ``close`` gives it back."""

    def __init__(self, home: Path) -> None:
        self._path = home / "sandbox.sqlite"
        self._database: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open or make the file. Raises :class:`HomeInUseError` where another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=0.2)
        try:
            # Everything is also held in memory: a second writer would make that memory wrong.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            database.close()
            raise HomeInUseError(f"a sandbox already works in {self._path.parent}") from error
        self._database = database

    def close(self) -> None:
        """Give the folder back. Safe to repeat."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def write(self, statements: Sequence[tuple[str, tuple[str | int, ...]]]) -> None:
        """Do all statements in one transaction."""
        with self._open as database:
            for sql, values in statements:
                database.execute(sql, values)

    def rows(self, sql: str, values: tuple[str | int, ...] = ()) -> list[tuple[object, ...]]:
        """Read all rows of a query."""
        return list(self._open.execute(sql, values))

    def keep(self, record: Record) -> None:
        """Store one record, replacing the one of the same kind and key."""
        self.write([keeping(record)])

    def all(self, kind: str) -> list[Record]:
        """Read every record of a kind, oldest first."""
        found = self.rows("SELECT key, body FROM record WHERE kind = ? ORDER BY rowid", (kind,))
        return [Record(kind, str(key), json.loads(str(body))) for key, body in found]

    @property
    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise RuntimeError("the sandbox is not started")
        return self._database


def keeping(record: Record) -> tuple[str, tuple[str | int, ...]]:
    """Return the statement that stores a record, for use inside a larger transaction."""
    body = json.dumps(record.body, ensure_ascii=False)
    return "INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (record.kind, record.key, body)


def amount_of(stored: object) -> Decimal:
    """Read an amount back; amounts are stored as text so that no digit is lost."""
    return Decimal(str(stored))
