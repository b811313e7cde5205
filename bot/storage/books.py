"""How entries and budgets become rows: what the books refuse, and that nobody spends more than is allowed.

The statements run in the transaction of the change. A reservation is written first and the sums are looked at after it,
so that works which share a transaction see each other.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.core.budget import Budget, BudgetChange, Limit, Period, Scope, Spender
from bot.core.job import Address
from bot.core.ledger import Entry, EntryKind
from bot.core.usage import Spending
from bot.engine.ports import Change
from bot.errors import BooksRefuse, OverBudget
from bot.storage.rows import moment, stamp
from bot.storage.writer import SqlValue, Statement

MICROS = 1_000_000
"""Parts of one unit that the sums are counted in."""

_MOST_UNITS = Decimal(1_000_000_000)
"""More than any order costs: keeps a sum of thousands within SQLite's integers."""

_ENTRY = """
    INSERT INTO entry (job, provider, kind, amount, unit, at, money, currency) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_RESERVE = """
    INSERT INTO charge (job, measure, state, micros, platform, tenant, place, person, at)
    SELECT id, ?, 'reserved', ?, platform, tenant, place, person, ? FROM job WHERE id = ?
    ON CONFLICT DO UPDATE SET state = 'reserved', micros = excluded.micros, at = excluded.at
        WHERE charge.state = 'released'
"""
_MOVE = """
    UPDATE charge SET state = ?, micros = ? WHERE job = ? AND measure = ? AND state IN ('reserved', 'unknown')
"""
_SUM = "SELECT coalesce(sum(micros), 0) AS micros FROM charge WHERE measure = ? AND at >= ? AND state <> 'released'"
_OF = {
    Scope.PERSON: " AND platform = ? AND person = ?",
    Scope.CHANNEL: " AND platform = ? AND tenant = ? AND place = ?",
    Scope.TEAM: " AND platform = ? AND tenant = ?",
    Scope.TOTAL: "",
}
_SUMS = {scope: _SUM + of for scope, of in _OF.items()}
_WITHIN = {
    scope: f"UPDATE charge SET at = at WHERE job = ? AND measure = ? AND ({total}) <= ?"  # noqa: S608 - all ours
    for scope, total in _SUMS.items()
}
_CHANGE = """
    INSERT INTO budget_change (scope, period, unit, who, amount, cleared, by, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
CHANGES = "SELECT * FROM budget_change ORDER BY seq"


_SPENDINGS = """
    SELECT newest.*, job.platform, job.tenant, job.place, job.person, job.task, first.at AS said_at,
        json_extract(job.data, '$.request.model') AS model, json_extract(job.data, '$.model_name') AS model_name
    FROM entry AS first JOIN job ON job.id = first.job
        JOIN entry AS newest ON newest.seq = (SELECT max(seq) FROM entry WHERE entry.job = job.id)
    WHERE first.kind = 'reserved' AND first.at >= ? AND first.seq = (
        SELECT max(seq) FROM entry WHERE entry.job = job.id AND entry.kind = 'reserved'
    )
"""
_IN_ORDER = " ORDER BY first.at, first.seq"


def micros(amount: Decimal) -> int:
    """Return an amount in millionths, rounded up: a budget is never overspent by rounding."""
    bounded = min(max(amount, Decimal(0)), _MOST_UNITS)
    return int((bounded * MICROS).to_integral_value(ROUND_CEILING))


def _whole(most: Decimal) -> int:
    """Return a limit in millionths, rounded down, and no more than SQLite can compare."""
    return int((min(max(most, Decimal(0)), _MOST_UNITS * MICROS) * MICROS).to_integral_value(ROUND_FLOOR))


def statements(change: Change) -> list[Statement]:
    """Return what a change does to the books, and the look at every limit that its reservation has to stay within."""
    return [statement for statement in _all_statements(change) if statement.rows]


def _all_statements(change: Change) -> Iterator[Statement]:
    for entry in change.entries:
        if entry.kind is EntryKind.RESERVED:
            kept = [(measure, micros(amount), stamp(entry.at), entry.job) for measure, amount in entry.charges.items()]
            yield Statement(_RESERVE, kept, BooksRefuse)
        else:
            moved = [(entry.kind.value, micros(a), entry.job, measure) for measure, a in entry.charges.items()]
            yield Statement(_MOVE, moved, BooksRefuse)
    yield Statement(_ENTRY, [_entry_row(entry) for entry in change.entries])
    reserved = [entry.job for entry in change.entries if entry.kind is EntryKind.RESERVED]
    for limit in change.limits:
        rows = [(job, limit.unit, *_summed(limit), _whole(limit.most)) for job in reserved]
        yield Statement(_WITHIN[limit.scope], rows, OverBudget)
    if change.budget is not None:
        yield changed(change.budget)


def spent(limit: Limit) -> tuple[str, tuple[SqlValue, ...]]:
    """Return the question how many millionths were spent within a limit, reservations included."""
    return _SUMS[limit.scope], _summed(limit)


def _summed(limit: Limit) -> tuple[SqlValue, ...]:
    address = limit.spender.address
    whose: dict[Scope, tuple[SqlValue, ...]] = {
        Scope.PERSON: (address.platform, limit.spender.person),
        Scope.CHANNEL: (address.platform, address.tenant, address.place),
        Scope.TEAM: (address.platform, address.tenant),
        Scope.TOTAL: (),
    }
    return (limit.unit, stamp(limit.since), *whose[limit.scope])


def _entry_row(entry: Entry) -> tuple[SqlValue, ...]:
    money = "" if entry.money is None else str(entry.money)
    facts = (entry.job, entry.provider, entry.kind.value, str(entry.amount), entry.unit, stamp(entry.at))
    return (*facts, money, entry.currency)


def entry(row: sqlite3.Row) -> Entry:
    """Return a line of the books."""
    kind, amount, at = EntryKind(row["kind"]), Decimal(row["amount"]), moment(row["at"])
    money = Decimal(row["money"]) if row["money"] else None
    return Entry(row["job"], row["provider"], kind, amount, row["unit"], at, money, row["currency"])


def spendings(since: datetime, of: Spender | None, team: Address | None) -> tuple[str, tuple[SqlValue, ...]]:
    """Return the question for the orders of a person, of a team or of all since then."""
    sql, values = _SPENDINGS, [stamp(since)]
    if of is not None:
        sql, values = f"{sql} AND job.platform = ? AND job.person = ?", [*values, of.address.platform, of.person]
    if team is not None:
        sql, values = f"{sql} AND job.platform = ? AND job.tenant = ?", [*values, team.platform, team.tenant]
    return sql + _IN_ORDER, tuple(values)


def spending(row: sqlite3.Row) -> Spending:
    """Return one order with its newest entry."""
    address = Address(row["platform"], row["tenant"], row["place"])
    said_at = moment(row["said_at"])
    return Spending(entry(row), address, row["person"], row["task"], row["model"], row["model_name"], said_at)


def changed(change: BudgetChange) -> Statement:
    """Return what an admin's change of a budget does."""
    budget = change.budget
    amount = "" if budget.amount is None else str(budget.amount)
    key = (budget.scope.value, budget.period.value, budget.unit, budget.who)
    return Statement(_CHANGE, [(*key, amount, int(change.is_cleared), change.by, stamp(change.at))])


def change(row: sqlite3.Row) -> BudgetChange:
    """Return what an admin changed."""
    amount = Decimal(row["amount"]) if row["amount"] else None
    budget = Budget(Scope(row["scope"]), Period(row["period"]), row["unit"], amount, row["who"])
    return BudgetChange(budget, row["by"], moment(row["at"]), bool(row["cleared"]))
