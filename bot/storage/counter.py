"""The books seen from beside a running Limner: what was spent, and an admin's change of a budget. Nothing else writes.

A connection of its own never folds the log into the file: only the service's writer does (see ``database``).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from bot.core.budget import BudgetChange
from bot.core.usage import Spending
from bot.errors import SettingsProblem
from bot.storage import books
from bot.storage.database import BUSY_TIMEOUT


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise SettingsProblem(f"There is no database at {path}. Start Limner once.")
    address = f"{path.resolve().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            yield connection
    except sqlite3.Error as problem:
        raise SettingsProblem(
            f"{path} cannot be used: {problem}. If it is from before this version, start Limner once."
        ) from problem


def changes(path: Path) -> Sequence[BudgetChange]:
    """Return what admins changed about budgets, the oldest first; raises ``SettingsProblem``."""
    with _opened(path, "ro") as connection:
        return [books.change(row) for row in connection.execute(books.CHANGES)]


def spendings(path: Path, since: datetime) -> Sequence[Spending]:
    """Return the orders that were said yes to since then, the oldest first; raises ``SettingsProblem``."""
    sql, values = books.spendings(since, None, None)
    with _opened(path, "ro") as connection:
        return [books.spending(row) for row in connection.execute(sql, values)]


def keep(path: Path, change: BudgetChange) -> None:
    """Write down an admin's change; a running Limner knows it from the next order on. Raises ``SettingsProblem``."""
    statement = books.changed(change)
    with _opened(path, "rw") as connection:
        connection.executemany(statement.sql, statement.rows)
