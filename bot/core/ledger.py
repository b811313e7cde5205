"""What happened to the money of each paid attempt. Entries are only ever added. Budgets are not here yet."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.core.job import Job
from providers.outcomes import Refund


class EntryKind(StrEnum):
    """The life of a reservation."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the books: an amount of a job in the provider's unit."""

    job: str
    provider: str
    kind: EntryKind
    amount: Decimal
    unit: str
    at: datetime


def entry(job: Job, kind: EntryKind, now: datetime, amount: Decimal | None = None) -> Entry:
    """Return the entry for a job; the amount is the quoted total unless another is known."""
    total = job.quote.total if amount is None else amount
    return Entry(job.id, job.request.provider, kind, total, job.quote.unit, now)


def after_failure(refund: Refund) -> EntryKind:
    """What a failed run means for the books, given what is known about the money."""
    match refund:
        case Refund.NOT_CHARGED | Refund.RETURNED:
            return EntryKind.RELEASED
        case Refund.KEPT:
            return EntryKind.SETTLED
        case Refund.UNKNOWN | Refund.COMING:  # what is promised was not seen
            return EntryKind.UNKNOWN
