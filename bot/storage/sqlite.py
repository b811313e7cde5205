"""The engine's store on SQLite: what is asked of the tables. How values become rows is in ``rows``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Self

import structlog

from bot.core.budget import BudgetChange, Limit, Spender
from bot.core.job import Address, Job, State
from bot.core.ledger import Entry
from bot.core.preferences import Preference
from bot.core.usage import Spending
from bot.engine.ports import Change, OwedLine, Traces, Upload
from bot.storage import books, oblivion, retention, rows
from bot.storage.database import BUSY_TIMEOUT, Database
from bot.storage.migrate import Step
from bot.storage.writer import Statement
from providers.models import Task

log = structlog.get_logger()

_DRIVEN = "SELECT id, data FROM open_job WHERE state IN ('confirmed', 'running', 'submitting') ORDER BY created_at"
_PROPOSALS = "SELECT data FROM open_job WHERE state = 'proposed' AND created_at < ? ORDER BY created_at"
_JOBS_OF = """
    SELECT data FROM job WHERE platform = ? AND tenant = ? AND person = ? AND json_extract(data, '$.emptied') IS NOT 1
    ORDER BY created_at DESC, rowid DESC LIMIT ?
"""
_JOBS_EVERYWHERE = _JOBS_OF.replace("AND tenant = ? ", "")
_OPEN_COUNTS = """
    SELECT (SELECT count(*) FROM open_job WHERE platform = ? AND tenant = ? AND person = ?) AS own,
        (SELECT count(*) FROM open_job) AS everybody
"""
_OWED_PLACES = """
    SELECT platform, tenant, place FROM line WHERE state = 'owed' GROUP BY platform, tenant, place ORDER BY min(seq)
"""
_OWED = """
    SELECT line.*, coalesce(target.message, '') AS target_message
    FROM line LEFT JOIN line AS target ON line.target <> '' AND target.key = line.target
    WHERE line.state = 'owed' AND line.platform = ? AND line.tenant = ? AND line.place = ?
    ORDER BY line.seq LIMIT ?
"""
_SAID = """
    UPDATE line SET state = 'said', message = ?, ended_at = ? WHERE key = ? AND state IN ('owed', 'undeliverable')
"""
_SKIPPED = "UPDATE line SET state = 'skipped', ended_at = ? WHERE key = ? AND state = 'owed'"
_UNDELIVERABLE = "UPDATE line SET state = 'undeliverable', why = ?, ended_at = ? WHERE key = ? AND state = 'owed'"
_UNDELIVERED_JOBS = """
    SELECT DISTINCT job FROM line WHERE state IN ('owed', 'undeliverable') AND kind = 'say' AND job <> ''
        AND key <> job || '.notice' AND key NOT LIKE job || '.wait.%'
        AND platform = ? AND tenant = ? AND person = ?
"""
_UNDELIVERED_EVERYWHERE = _UNDELIVERED_JOBS.replace("AND tenant = ? ", "")
_PREFERENCES = "SELECT * FROM preference WHERE platform = ? AND tenant = ? AND person = ?"
_IS_CAREFUL = "SELECT 1 FROM careful WHERE platform = ? AND tenant = ? AND person = ?"
_LOCALE = "SELECT locale FROM person WHERE platform = ? AND tenant = ? AND person = ?"


class SqliteStore:
    """The :class:`bot.engine.ports.Store` in one SQLite file. Made by :meth:`open`, ended by :meth:`close`."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.database = database
        self._now = now

    @classmethod
    async def open(
        cls,
        path: Path,
        now: Callable[[], datetime],
        *,
        busy_timeout: float = BUSY_TIMEOUT,
        steps: Sequence[Step] | None = None,
    ) -> Self:
        """Open or create a database and bring its schema up to date; raises ``SettingsProblem``.

        ``busy_timeout`` is in seconds. ``steps`` are the schema steps to know instead of this version's.
        """
        return cls(await Database.open(path, now(), busy_timeout=busy_timeout, steps=steps), now)

    async def close(self) -> None:
        """Write what is queued and let go of the file."""
        await self.database.close()

    async def check(self) -> None:
        """Make sure that something can be written and committed; raises ``StoreTrouble`` if not."""
        await self.database.check(self._now())

    async def backup(self, to: Path) -> None:
        """Write a copy to a new file while work goes on; raises ``SettingsProblem`` where that cannot be."""
        await self.database.backup(to)

    @staticmethod
    async def copy(path: Path, to: Path) -> None:
        """Do the same for a database that any process may have open, without opening or changing it."""
        await Database.copy(path, to)

    async def prune(self, before: datetime) -> int:
        """Delete what nobody needs any more and return how many rows that was; see ``retention``."""
        return await retention.prune(self.database, before)

    async def save(self, change: Change) -> None:
        """Commit the change durably, or raise what :meth:`bot.engine.ports.Store.save` names and do nothing."""
        statements = [*rows.statements(change, self._now()), *books.statements(change)]
        if statements:
            await self.database.write(statements)

    async def job(self, job: str) -> Job | None:
        """Return a job by its id."""
        found = await self.database.fetch("SELECT data FROM job WHERE id = ?", (job,))
        return next((rows.decode_job(row["data"]) for row in found), None)

    async def driven(self) -> Sequence[Job]:
        """Return every job that the runner has something to do for, the oldest first.

        One that cannot be read is left out and logged: it must not keep the others from being driven.
        """
        found = await self.database.fetch(_DRIVEN)
        jobs = {row["id"]: rows.readable_job(row["data"]) for row in found}
        for job in (name for name, read in jobs.items() if read is None):
            log.error("job_unreadable", job=job)
        return [job for job in jobs.values() if job is not None]

    async def proposals_before(self, at: datetime) -> Sequence[Job]:
        """Return the proposals made before ``at`` that nobody confirmed."""
        found = await self.database.fetch(_PROPOSALS, (rows.stamp(at),))
        return [rows.decode_job(row["data"]) for row in found]

    async def jobs_of(self, platform: str, tenant: str, person: str, *, limit: int = 50) -> Sequence[Job]:
        """Return a person's jobs, newest first; without a tenant those of every one."""
        if tenant:
            found = await self.database.fetch(_JOBS_OF, (platform, tenant, person, limit))
        else:
            found = await self.database.fetch(_JOBS_EVERYWHERE, (platform, person, limit))
        return [rows.decode_job(row["data"]) for row in found]

    async def open_counts(self, platform: str, tenant: str, person: str) -> tuple[int, int]:
        """Return how many open jobs a person has, and how many everybody has together."""
        (found,) = await self.database.fetch(_OPEN_COUNTS, (platform, tenant, person))
        return found["own"], found["everybody"]

    async def open_count(self) -> int:
        """Return how many jobs still owe somebody an end."""
        return sum(row["n"] for row in await self.database.fetch("SELECT count(*) AS n FROM open_job"))

    async def moves(self, job: str) -> Sequence[tuple[int, State, datetime]]:
        """Return every move of a job: its revision, the state it came to, and when."""
        found = await self.database.fetch("SELECT * FROM event WHERE job = ? ORDER BY rev", (job,))
        return [(row["rev"], State(row["state"]), rows.moment(row["at"])) for row in found]

    async def entries(self, job: str) -> Sequence[Entry]:
        """Return what the books say about a job, in the order it was written."""
        found = await self.database.fetch("SELECT * FROM entry WHERE job = ? ORDER BY seq", (job,))
        return [books.entry(row) for row in found]

    async def spent(self, limit: Limit) -> Decimal:
        """Return what counts against a limit so far, reservations included."""
        sql, values = books.spent(limit)
        return (
            sum((Decimal(row["micros"]) for row in await self.database.fetch(sql, values)), Decimal(0)) / books.MICROS
        )

    async def spendings(
        self, since: datetime, of: Spender | None = None, team: Address | None = None
    ) -> list[Spending]:
        """Return the orders that were said yes to since then: a person's, a team's or all, the oldest first."""
        sql, values = books.spendings(since, of, team)
        return [books.spending(row) for row in await self.database.fetch(sql, values)]

    async def budget_changes(self) -> Sequence[BudgetChange]:
        """Return what admins changed about budgets, the oldest first."""
        return [books.change(row) for row in await self.database.fetch(books.CHANGES)]

    async def upload(self, upload: str) -> Upload | None:
        """Return an uploaded picture."""
        found = await self.database.fetch("SELECT * FROM upload WHERE id = ?", (upload,))
        return next((rows.upload(row) for row in found), None)

    async def preferences(self, platform: str, tenant: str, person: str) -> Mapping[Task, Preference]:
        """Return what is remembered about a person."""
        found = [rows.preference(r) for r in await self.database.fetch(_PREFERENCES, (platform, tenant, person))]
        return {preference.task: preference for preference in found}

    async def locale_of(self, platform: str, tenant: str, person: str) -> str:
        """Return the language a person chose, or nothing."""
        found = await self.database.fetch(_LOCALE, (platform, tenant, person))
        return "".join(row["locale"] for row in found)

    async def is_careful(self, platform: str, tenant: str, person: str) -> bool:
        """Return whether a person wants to be asked before every order."""
        return bool(await self.database.fetch(_IS_CAREFUL, (platform, tenant, person)))

    async def traces(self, platform: str, tenant: str, person: str) -> Traces:
        """Return how many of a person's orders are open, and how many ended ones stay in the books."""
        [found] = await self.database.fetch(oblivion.TRACES, (platform, tenant, person))
        return Traces(found["open"], found["ended"])

    async def owed_places(self) -> Sequence[Address]:
        """Return the places that have unsaid lines, the longest waiting first."""
        found = await self.database.fetch(_OWED_PLACES)
        return [Address(row["platform"], row["tenant"], row["place"]) for row in found]

    async def owed(self, address: Address, limit: int = 50) -> Sequence[OwedLine]:
        """Return a place's unsaid lines in order. An edit carries the id of the message it edits."""
        found = await self.database.fetch(_OWED, (address.platform, address.tenant, address.place, limit))
        return [rows.owed_line(row) for row in found]

    async def message_of(self, key: str) -> str:
        """Return the platform's id of the message said under ``key``, or nothing."""
        found = await self.database.fetch("SELECT message FROM line WHERE key = ?", (key,))
        return "".join(row["message"] for row in found)

    async def said(self, key: str, message: str, at: datetime, *, skipped: Iterable[str] = ()) -> None:
        """Note that a line was said as ``message``; ``skipped`` are older edits that it made needless."""
        when = rows.stamp(at)
        older = [(when, needless) for needless in skipped]
        await self.database.write([Statement(_SAID, [(message, when, key)]), Statement(_SKIPPED, older)])

    async def undeliverable(self, key: str, why: str, at: datetime) -> None:
        """Note that a line can never be said in its place; it stays visible in the person's history."""
        await self.database.write([Statement(_UNDELIVERABLE, [(why, rows.stamp(at), key)])])

    async def undelivered_jobs(self, platform: str, tenant: str, person: str) -> frozenset[str]:
        """Return the ids of a person's jobs that have something new to say which is waiting or undeliverable."""
        if tenant:
            found = await self.database.fetch(_UNDELIVERED_JOBS, (platform, tenant, person))
        else:
            found = await self.database.fetch(_UNDELIVERED_EVERYWHERE, (platform, person))
        return frozenset(row["job"] for row in found)
