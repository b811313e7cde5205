"""Which jobs are running, which just ended, which are ghosts of an earlier run (reference section 1.10).

What a job does is in ``runs``. An id is a lock for as long as its job is listed, and nothing after that.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from providers.sandbox.clock import SandboxClock
from providers.sandbox.ima2.answers import CANCELED, RefusedError, ServerGoneError, Shape, canceled
from providers.sandbox.ima2.bus import Bus, Listener
from providers.sandbox.ima2.catalogue import MOST_JOBS
from providers.sandbox.ima2.order import Kind, Order
from providers.sandbox.records import Record, Records

KIND = "ima2.inflight"
LISTED = 600.0
"""Seconds after which a job is not listed any more, though it may still run."""

_ENDED_LISTED = 300.0
_SHOWN_PROMPT = 500

Outcome = Mapping[str, object]


@dataclass(eq=False)
class Job:
    """One job of this run. ``outcome`` is its ``done`` or its error; ``stream`` is the POST that hears of it.

    ``public`` tells whether the bus hears of it; ``hurried`` that its client is answered at once, because the clock
    would never get there by itself. ``usual`` is how many seconds it takes if nothing happens to it.
    """

    request_id: str
    order: Order
    started_at: datetime
    public: bool
    hurried: bool
    stream: Listener | None
    outcome: "asyncio.Future[Outcome]"
    usual: float
    phase: str = "queued"
    phase_at: datetime = field(init=False)
    meta: dict[str, object] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None

    def __post_init__(self) -> None:
        self.phase_at = self.started_at


class Jobs:
    """The in-flight list of one run of the server."""

    def __init__(self, *, records: Records, clock: SandboxClock, bus: Bus) -> None:
        self._records = records
        self._clock = clock
        self._bus = bus
        self._live: dict[str, Job] = {}
        self._running: set[Job] = set()
        self._ghosts: dict[str, Mapping[str, object]] = {}
        self._ended: dict[str, tuple[datetime, dict[str, object]]] = {}
        self.most = MOST_JOBS
        self.log: deque[dict[str, object]] = deque(maxlen=200)
        """What ``/api/generation-requests`` tells: classic jobs, the oldest first."""

    def load(self) -> None:
        """Find the jobs that an earlier run did not end: nothing will ever come of them."""
        self._ghosts = {record.key: record.body for record in self._records.all(KIND)}

    def forget(self) -> None:
        """Lose the list, ghosts and all."""
        for request_id in [*self._ghosts, *self._live]:
            self._delete(request_id)
        self._ghosts.clear()

    def admit(self, request_id: str) -> None:
        """Let a new job in. Raises :class:`RefusedError`: its id is taken, or there are too many."""
        self._purge()
        if request_id in self._live or request_id in self._ghosts:
            refused = RefusedError(409, "REQUEST_ID_IN_USE", "Request ID already in use", Shape.EVENT)
            # This is the false alarm: it carries the id of the job that goes on.
            self.publish_error(request_id, refused)
            raise refused
        if len(self._live) + len(self._ghosts) >= self.most:
            raise RefusedError(429, "TOO_MANY_JOBS", "Too many concurrent generation jobs", Shape.EVENT)

    def start(self, job: Job, task: "asyncio.Task[None]") -> None:
        """List a job that begins."""
        job.task = task
        self._live[job.request_id] = job
        self._running.add(job)
        self._ended.pop(job.request_id, None)
        task.add_done_callback(lambda ended: self._let_go(job, ended))

    def record(self, job: Job) -> Record:
        """Return what the next run would find of it."""
        return Record(KIND, job.request_id, {**_told(job), "startedAt": stamp(job.started_at)})

    def set_phase(self, job: Job, phase: str) -> None:
        """Say how far a job is; a ghost of it would still be there."""
        job.phase, job.phase_at = phase, self._clock.now()
        if self._live.get(job.request_id) is job:
            self._records.keep(self.record(job))

    def finish(self, job: Job, status: str, http_status: int, code: str | None = None) -> None:
        """Take a job off the list and remember how it ended, if it was still on it."""
        if job.order.kind is Kind.CLASSIC:
            self._log(job, code)
        if self._live.get(job.request_id) is not job:
            return
        del self._live[job.request_id]
        self._delete(job.request_id)
        told = {**_told(job), "status": status, "startedAt": stamp(job.started_at), "httpStatus": http_status}
        del told["prompt"]
        self._remember(job.request_id, {**told, **({"errorCode": code} if code else {})}, job.started_at)

    def cancel(self, request_id: str) -> dict[str, object]:
        """Stop a job. An unknown one is answered alike, and remembered as if it had been stopped."""
        self._purge()
        error = canceled()
        # One that is too old to be listed can still be stopped.
        job = self._live.get(request_id) or next((job for job in self._running if job.request_id == request_id), None)
        ghost = self._ghosts.pop(request_id, None)
        active = request_id in self._live or ghost is not None
        if ghost is not None:
            self._delete(request_id)
        if job is not None or ghost is not None:
            # The real server says it twice on the bus: once as it stops the job, and once as the job notices.
            self.publish_error(request_id, error)
        if request_id not in self._live:
            self._pretend_canceled(request_id, "unknown" if ghost is None else str(ghost["kind"]))
        if job is not None:
            self.finish(job, "canceled", CANCELED, error.code)
            self._stop(job, error)
        return {"requestId": request_id, "active": active, "aborted": job is not None}

    def _pretend_canceled(self, request_id: str, kind: str) -> None:
        now = self._clock.now()
        told = {"requestId": request_id, "kind": kind, "status": "canceled", "startedAt": stamp(now)}
        phase = {"phase": "queued", "phaseAt": stamp(now), "httpStatus": CANCELED, "meta": {}}
        self._remember(request_id, {**told, **phase, "errorCode": "GENERATION_CANCELED"}, now)

    def active(self) -> list[dict[str, object]]:
        """Return what is listed, oldest first, ghosts among it."""
        self._purge()
        live = [{**_told(job), "startedAt": stamp(job.started_at)} for job in self._live.values()]
        return sorted([*map(dict, self._ghosts.values()), *live], key=lambda job: int(str(job["startedAt"])))

    def ended(self) -> list[dict[str, object]]:
        """Return what ended in the last minutes, the latest first."""
        recent = {
            request_id: (at, told)
            for request_id, (at, told) in self._ended.items()
            if self._clock.elapsed(at) <= _ENDED_LISTED
        }
        self._ended = recent
        return [told for _, told in sorted(recent.values(), key=lambda pair: pair[0], reverse=True)]

    def prompt_of(self, request_id: str) -> str:
        """Return the prompt of a running job, so that markers in it count for questions about it."""
        job = self._live.get(request_id)
        return "" if job is None else job.order.prompt

    def publish_error(self, request_id: str, error: RefusedError) -> None:
        """Tell everybody on the bus that a job failed."""
        body = error.body(request_id, Shape.EVENT)
        job = self._live.get(request_id)
        if job is not None and job.order.kind is Kind.NODE and error.status not in {CANCELED, 409}:
            del body["requestId"]
        self._bus.publish(request_id, "error", body)

    def kill(self) -> None:
        """Stop every job without a word, as a killed server does; the records stay, and become ghosts."""
        for job in list(self._running):
            if job.task is not None:
                job.task.cancel()
            if job.stream is not None:
                job.stream.end(abruptly=True)
            if not job.outcome.done():
                _fail(job, ServerGoneError())

    def _let_go(self, job: Job, task: "asyncio.Task[None]") -> None:
        self._running.discard(job)
        broken = None if task.cancelled() else task.exception()
        if broken is not None and not job.outcome.done():
            # Our own mistake: who waits for the job must see it, and not wait for ever.
            job.outcome.set_exception(broken)

    def _stop(self, job: Job, error: RefusedError) -> None:
        if job.task is not None:
            job.task.cancel()
        if job.public:
            self._bus.publish(job.request_id, "error", error.body(job.request_id))
        if job.stream is not None:
            job.stream.tell("error", error.body(job.request_id))
            job.stream.end()
        if not job.outcome.done():
            _fail(job, error)

    def _purge(self) -> None:
        for request_id, job in list(self._live.items()):
            if self._clock.elapsed(job.started_at) > LISTED:
                del self._live[request_id]
                self._delete(request_id)
        for request_id, ghost in list(self._ghosts.items()):
            began = datetime.fromtimestamp(int(str(ghost["startedAt"])) / 1000, UTC)
            if self._clock.elapsed(began) > LISTED:
                del self._ghosts[request_id]
                self._delete(request_id)

    def _log(self, job: Job, code: str | None) -> None:
        entry = {
            "id": len(self.log) + 1,
            "requestId": job.request_id,
            "createdAt": stamp(job.started_at),
            "prompt": job.order.prompt,
            "requested": job.order.count,
            "succeeded": job.meta.get("imageCount", 0),
            "error": code,
        }
        self.log.append(entry)

    def _delete(self, request_id: str) -> None:
        self._records.write([("DELETE FROM record WHERE kind = ? AND key = ?", (KIND, request_id))])

    def _remember(self, request_id: str, told: Mapping[str, object], started_at: datetime) -> None:
        now = self._clock.now()
        lasted = {"finishedAt": stamp(now), "durationMs": stamp(now) - stamp(started_at)}
        self._ended[request_id] = (now, {**told, **lasted})


def stamp(moment: datetime) -> int:
    """Return a moment as ima2 tells it: milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def _fail(job: Job, error: Exception) -> None:
    job.outcome.set_exception(error)
    # Nobody may be waiting for it, and that is no accident.
    job.outcome.exception()


def _told(job: Job) -> dict[str, object]:
    order = job.order
    kind = Kind.CLASSIC if order.kind is Kind.EDIT else order.kind
    meta: dict[str, object] = {"kind": kind.value, "model": order.model, "sessionId": order.session}
    if order.film is None:
        meta |= {"quality": order.quality, "size": order.size, "n": order.count, "refsCount": len(order.references)}
    else:
        film = order.film
        meta |= {"mode": film.mode, "duration": film.seconds, "resolution": film.resolution}
    return {
        "requestId": job.request_id,
        "kind": kind.value,
        "prompt": order.prompt[:_SHOWN_PROMPT],
        "meta": {**meta, **job.meta},
        "phase": job.phase,
        "phaseAt": stamp(job.phase_at),
    }
