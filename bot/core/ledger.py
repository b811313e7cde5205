"""What happened to the money of each paid attempt. Entries are only ever added. Budgets are in ``budget``.

What each kind means:

- ``reserved``: the person said yes; from then on the amount counts against every budget.
- ``settled``: it was spent; the amount is what it really cost where the provider said so. Nothing comes after it.
- ``released``: it was certainly not spent, or it came back. Another yes to the same job may reserve anew.
- ``unknown``: nobody can say. It counts as spent until somebody knows: then it is settled or released, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.core.job import Job
from bot.core.pricing import is_covered
from providers.outcomes import Refund


class EntryKind(StrEnum):
    """The life of a reservation."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"
    UNKNOWN = "unknown"


_NEXT: Mapping[EntryKind | None, frozenset[EntryKind]] = {
    None: frozenset({EntryKind.RESERVED}),
    EntryKind.RESERVED: frozenset({EntryKind.SETTLED, EntryKind.RELEASED, EntryKind.UNKNOWN}),
    EntryKind.UNKNOWN: frozenset({EntryKind.SETTLED, EntryKind.RELEASED, EntryKind.UNKNOWN}),
    EntryKind.RELEASED: frozenset({EntryKind.RESERVED}),
    EntryKind.SETTLED: frozenset(),
}


def may_follow(before: EntryKind | None, kind: EntryKind) -> bool:
    """Whether an entry of this kind may be the next one of a job; ``None`` stands for a job without entries."""
    return kind in _NEXT[before]


def counts(kind: EntryKind) -> bool:
    """Whether a job whose newest entry is of this kind counts against budgets: what may be spent does."""
    return kind is not EntryKind.RELEASED


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the books: an amount of a job in the provider's unit, and in money where one unit has a price."""

    job: str
    provider: str
    kind: EntryKind
    amount: Decimal
    unit: str
    at: datetime
    money: Decimal | None = None
    currency: str = ""

    @property
    def charges(self) -> Mapping[str, Decimal]:
        """What it is in each measure that a budget may be set in: the unit, and the currency."""
        money = {} if self.money is None else {self.currency: self.money}
        return {**money, self.unit: self.amount}


def entry(job: Job, kind: EntryKind, now: datetime, amount: Decimal | None = None) -> Entry:
    """Return the entry for a job; the amount is the quoted total unless another is known.

    What the account's plan covers is counted in uses of the plan and is no money.
    """
    total = job.quote.total if amount is None else amount
    priced = job.rate is not None and job.currency != "" and not is_covered(job.quote)
    money = total * job.rate if priced and job.rate is not None else None
    currency = job.currency if priced else ""
    return Entry(job.id, job.request.provider, kind, total, job.quote.unit, now, money, currency)


def after_failure(refund: Refund) -> EntryKind:
    """What a failed run means for the books, given what is known about the money."""
    match refund:
        case Refund.NOT_CHARGED | Refund.RETURNED:
            return EntryKind.RELEASED
        case Refund.KEPT:
            return EntryKind.SETTLED
        case Refund.UNKNOWN | Refund.COMING:  # what is promised was not seen
            return EntryKind.UNKNOWN
