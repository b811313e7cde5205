"""From an older schema to this one, in numbered steps, with a copy made first. What the steps do is in ``schema/``."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

import structlog

from bot.errors import SettingsProblem
from bot.storage.files import copy
from bot.storage.rows import stamp

log = structlog.get_logger()

_VERSIONS = """
    CREATE TABLE IF NOT EXISTS schema_version (
        n INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step. Once released it never changes: its digest is kept where it was applied."""

    n: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The digest of the step's text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_steps() -> list[Step]:
    """Return the steps that this version of Limner knows, in order."""
    files = (resources.files("bot.storage") / "schema").iterdir()
    found = {file.name.removesuffix(".sql"): file.read_text("utf-8") for file in files if file.name.endswith(".sql")}
    return [Step(int(name[:4]), name, found[name]) for name in sorted(found)]


def migrate(path: Path, now: datetime, steps: Sequence[Step], busy_timeout: float) -> None:
    """Bring a database up to date, or create it; an existing one is copied to ``<name>.before-<step>.bak`` first.

    Raises ``SettingsProblem`` for a file that is no database of ours, is newer than this version, or is in use.
    """
    try:
        with closing(sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)) as database:
            for step in _pending(path, database, steps):
                _apply(database, step, now)
    except sqlite3.Error as problem:
        raise SettingsProblem(_explain(path, problem)) from problem


def _pending(path: Path, database: sqlite3.Connection, steps: Sequence[Step]) -> Sequence[Step]:
    """Return the steps to take, after making sure that they fit what is there and that a copy exists."""
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "schema_version" not in tables:
        raise SettingsProblem(f"{path} is a database of another program. Choose another file for Limner.")
    database.execute(_VERSIONS)
    applied = dict(database.execute("SELECT n, sha256 FROM schema_version ORDER BY n").fetchall())
    _check(path, applied, steps)
    pending = [step for step in steps if step.n not in applied]
    if applied and pending:
        backup = path.with_name(f"{path.name}.before-{pending[0].n}.bak")
        copy(path, backup)
        log.info("database_copied", to=str(backup))
    return pending


def _check(path: Path, applied: dict[int, str], steps: Sequence[Step]) -> None:
    known = {step.n: step.sha256 for step in steps}
    newest = max(applied, default=0)
    if newest > max(known):
        raise SettingsProblem(
            f"{path} belongs to a newer Limner: it has schema {newest} and this version knows {max(known)}. "
            "Start the newer version, or go back to a copy of the database from before it."
        )
    for n, sha256 in applied.items():
        if known.get(n) != sha256:
            raise SettingsProblem(
                f"{path} was made with another text of schema step {n}. "
                "Start the version of Limner that made it; a released step never changes."
            )


def _apply(database: sqlite3.Connection, step: Step, now: datetime) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(step.sql):
            database.execute(statement)
        row = (step.n, step.name, step.sha256, stamp(now))
        database.execute("INSERT INTO schema_version (n, name, sha256, at) VALUES (?, ?, ?, ?)", row)
        database.execute("COMMIT")
    except sqlite3.Error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    log.info("schema_step_applied", step=step.name)


def _statements(sql: str) -> Iterator[str]:
    """Split a script, because ``executescript`` would commit before it begins."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _explain(path: Path, problem: sqlite3.Error) -> str:
    match getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return f"{path} is not a database. Choose another file, or move this one away to start afresh."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"{path} is locked by another program. Close whatever has it open and start again."
        case sqlite3.SQLITE_FULL:
            return f"The disk of {path} is full. Nothing was changed; make room and start again."
        case _:
            return f"{path} cannot be used: {problem}. Nothing was changed."
