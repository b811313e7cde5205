"""Looking for an order where the server keeps it: in-flight list, then history (reference section 1.10). All free.

Nothing here places an order: an id is a lock for as long as its job runs and nothing after that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import structlog

from providers.errors import FailureCode, ProviderError, Sent
from providers.ima2 import failures
from providers.ima2.failures import refusal
from providers.ima2.outcome import recovered, running
from providers.ima2.ticket import Links, Ticket, is_file
from providers.ima2.wire import Canceled, Health, History, Inflight, Job, Row, W, read
from providers.outcomes import Done, Failed, Outcome, Refund
from providers.transport import Reply, Transport

UNLISTED: Final = timedelta(seconds=580)
"""After ten minutes a job leaves the in-flight list, though it may go on; a little less, for clocks that differ."""

LONGEST: Final = timedelta(minutes=16)
"""No job goes on for longer: the server gives a clip up after fifteen."""

GONE: Final = Failed(FailureCode.BROKEN_OFF, "nowhere at the server", Refund.UNKNOWN)

_MOST_ROWS: Final = 50
_GOOD: Final = range(200, 300)

_log = structlog.get_logger()


class Search:
    """Asks one server."""

    def __init__(self, api: Transport, links: Links, now: Callable[[], datetime]) -> None:
        self._api = api
        self._links = links
        self._now = now

    async def look(self, ticket: Ticket) -> Outcome | None:
        """Return how an order is doing, ``None`` where the server has nothing of it."""
        listed = await self._read(Inflight, "/api/inflight", {"includeTerminal": "1"})
        job = _named(listed.jobs, ticket.token)
        if job is not None:
            return GONE if await self._buried(job) else running(job)
        if rows := await self.rows(ticket.token):
            return recovered(ticket, rows, self._links)
        ended = _named(listed.terminal_jobs, ticket.token)
        return None if ended is None else _ended(ended)

    def settled(self, ticket: Ticket, missed: int) -> Failed | None:
        """Return the end of an order that was found nowhere ``missed`` times, once it can be nowhere any more."""
        age = self._now() - ticket.started
        if age >= LONGEST or (age < UNLISTED and missed > 1):
            return GONE
        return None

    async def rows(self, token: str, limit: int = _MOST_ROWS) -> list[Row]:
        """Return what the history has under a token."""
        page = await self._read(History, "/api/history", {"requestId": token, "limit": str(limit)})
        return [row for row in page.items if row.request_id == token and is_file(row.filename)]

    async def latest(self, limit: int) -> list[Row]:
        """Return the latest results of everybody."""
        return (await self._read(History, "/api/history", {"limit": str(limit)})).items

    async def file(self, token: str, piece: int) -> str:
        """Return the name of one result of an order; ``piece`` counts from 1. Raises ``RESULT_DELETED``."""
        rows = sorted(await self.rows(token), key=lambda row: row.filename)
        if not 1 <= max(piece, 1) <= len(rows):
            raise ProviderError(FailureCode.RESULT_DELETED, "not in the history", sent=Sent.NO)
        return rows[max(piece, 1) - 1].filename

    async def stop(self, token: str) -> Refund:
        """Stop a job. Raises ``CANNOT_STOP``; the answer is 200 whatever came of it (reference section 1.10)."""
        reply = await self._api.delete(f"/api/inflight/{quote(token, safe='')}")
        answer = self._content(Canceled, reply)
        if not answer.aborted and not answer.active:
            raise ProviderError(FailureCode.CANNOT_STOP, "not active", sent=Sent.NO)
        # Whoever was making it may charge for it all the same.
        return Refund.UNKNOWN

    async def _buried(self, job: Job) -> bool:
        """Take a job off the list that an earlier run of the server left there: nothing will ever come of it."""
        health = await self._read(Health, "/api/health")
        if job.started_at is None or health.started_at is None or job.started_at >= health.started_at:
            return False
        _log.warning("ima2_ghost_found", attempt=job.request_id)
        await self._api.delete(f"/api/inflight/{quote(job.request_id, safe='')}")
        return True

    async def _read(self, kind: type[W], path: str, params: dict[str, str] | None = None) -> W:
        return self._content(kind, await self._api.get(path, params))

    def _content(self, kind: type[W], reply: Reply) -> W:
        return content(kind, reply, self._api)


def content(kind: type[W], reply: Reply, api: Transport) -> W:
    """Return what a read brought; raises with ``sent: no``, as nothing was paid."""
    if reply.status not in _GOOD:
        raise refusal(reply, paid=False, redacted=api.redacted)
    found = read(kind, reply.body)
    if found is None:
        raise ProviderError(FailureCode.UNREADABLE, f"no {kind.__name__} in it", sent=Sent.NO)
    return found


def _named(jobs: list[Job], token: str) -> Job | None:
    return next((job for job in jobs if job.request_id == token), None)


def _ended(job: Job) -> Done | Failed | None:
    """Return how a job ended that is in no history. A stop of a job that nobody knew is told like a real one."""
    if job.status == "canceled" and job.kind == "unknown":
        return None
    if job.status in {"error", "canceled"}:
        return failures.failed(job.http_status or 0, job.error_code, f"HTTP {job.http_status}, code {job.error_code!r}")
    return None
