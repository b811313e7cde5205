"""Whose turn it is where a provider takes one order per person at a time. Placing the order is not here."""

from dataclasses import dataclass, field
from typing import TypeAlias

from bot.core.job import Job

Row: TypeAlias = tuple[str, str, str, str]
"""Provider, platform, tenant and person: orders with the same row wait for each other."""


def row_of(job: Job) -> Row:
    """Return the row that a job stands in."""
    return job.request.provider, job.address.platform, job.address.tenant, job.person


@dataclass(slots=True)
class _Standing:
    working: set[str] = field(default_factory=set)
    waiting: dict[str, int] = field(default_factory=dict)  # to the number of orders it was told to be behind


class Queue:
    """Lets one order of each row work at a time, in the order they came. Kept in memory: jobs join again at a start."""

    def __init__(self) -> None:
        self._rows: dict[Row, _Standing] = {}

    def hold(self, row: Row, job: str) -> None:
        """Note an order that is at work already."""
        self._rows.setdefault(row, _Standing()).working.add(job)

    def join(self, row: Row, job: str) -> tuple[int, bool]:
        """Return how many orders come before this one, and whether that is news. With none it is at work from now."""
        standing = self._rows.setdefault(row, _Standing())
        told = standing.waiting.setdefault(job, 0)
        before = len(standing.working) + list(standing.waiting).index(job)
        if before:
            standing.waiting[job] = before
        else:
            del standing.waiting[job]
            standing.working.add(job)
        return before, before != told

    def release(self, row: Row, job: str) -> tuple[str, ...]:
        """Give an order's turn or its place away; return the orders that may have moved up."""
        standing = self._rows.get(row)
        if standing is None or (job not in standing.working and job not in standing.waiting):
            return ()
        standing.working.discard(job)
        standing.waiting.pop(job, None)
        if not standing.working and not standing.waiting:
            del self._rows[row]
        return tuple(standing.waiting)
