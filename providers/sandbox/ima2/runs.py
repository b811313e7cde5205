"""What a job goes through, from its charge to its end, and what is said on the way (reference sections 1.7 to 1.9).

Who may begin one is in ``jobs``, what is answered in ``results``.
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

from providers.sandbox.clock import SandboxClock, ScaledClock
from providers.sandbox.ima2 import pace
from providers.sandbox.ima2.answers import RefusedError, Shape
from providers.sandbox.ima2.bus import Bus, Listener
from providers.sandbox.ima2.catalogue import BASE_VIDEO
from providers.sandbox.ima2.causes import Cause
from providers.sandbox.ima2.jobs import Job, Jobs, Outcome
from providers.sandbox.ima2.order import Family, Kind, Order
from providers.sandbox.ima2.results import Results, preview
from providers.sandbox.ledger import Charge, Ledger
from providers.sandbox.records import Records

PROVIDER = "ima2"
POLL = 5.0
"""Seconds between two ``progress`` events."""

_SUBMITTED = 4.0
_STALLED = 180.0
_PREVIEWS = (0.4, 0.7)
_FURTHEST = 0.94
"""The last progress that is told; the real one need not reach 1."""


class Runs:
    """The jobs of one run of the server."""

    def __init__(
        self,
        *,
        records: Records,
        ledger: Ledger,
        clock: SandboxClock,
        bus: Bus,
        jobs: Jobs,
        results: Results,
        seed: int,
    ) -> None:
        self._records = records
        self._ledger = ledger
        self._clock = clock
        self._bus = bus
        self._jobs = jobs
        self._results = results
        self._seed = seed

    def begin(self, order: Order, request_id: str, *, later: bool, stream: Listener | None = None) -> Job:
        """Admit a job, charge it and let it run. ``later`` says that its client was sent away with a 202."""
        self._jobs.admit(request_id)
        job = Job(
            request_id=request_id,
            order=order,
            started_at=self._clock.now(),
            public=_heard(order, aloud=later or stream is not None),
            hurried=not later and not isinstance(self._clock, ScaledClock),
            stream=stream,
            outcome=asyncio.get_running_loop().create_future(),
            usual=pace.usual(order, self._seed),
        )
        record = self._jobs.record(job)
        amount = pace.amount(order)
        if amount:
            charge = Charge(PROVIDER, request_id, amount, job.started_at, order.prompt)
            self._ledger.charge(charge, record)
        else:
            self._records.keep(record)
        self._jobs.start(job, asyncio.create_task(self._run(job)))
        return job

    async def _run(self, job: Job) -> None:
        try:
            done = await self._work(job)
        except RefusedError as error:
            if job.public:
                self._jobs.publish_error(job.request_id, error)
            if job.stream is not None:
                job.stream.tell("error", error.body(job.request_id, Shape.EVENT))
            self._jobs.finish(job, "error", error.status, error.code)
            job.outcome.set_exception(error)
            # Nobody may be waiting for it.
            job.outcome.exception()
        else:
            self._emit(job, "done", done)
            self._jobs.finish(job, "completed", 200)
            job.outcome.set_result(done)
        if job.stream is not None:
            job.stream.end()

    async def _work(self, job: Job) -> Outcome:
        match job.order.kind:
            case Kind.VIDEO:
                return await self._film(job)
            case Kind.MULTIMODE:
                return await self._sequence(job)
            case Kind.NODE:
                await self._draw(job)
                return self._results.noded(job)
            case Kind.EDIT:
                await self._draw(job)
                return self._results.edited(job, self._results.still(job, 0))
            case _:
                await self._draw(job)
                items = [self._results.still(job, number) for number in range(pace.delivered(job.order))]
                job.meta |= {"filenames": [item["filename"] for item in items], "imageCount": len(items)}
                return self._results.generated(job, items)

    async def _draw(self, job: Job) -> None:
        """Go through the phases of one picture, or of several that are made side by side."""
        self._phase(job, {"requestId": job.request_id})
        previews = _PREVIEWS if job.order.kind is Kind.NODE and job.order.family is Family.OPENAI else ()
        for number, share in enumerate(previews):
            if pace.cause(job.order) is None:
                await self._reach(job, job.usual * share)
                image = preview(job.order, f"{job.request_id}:{number}")
                self._emit(job, "partial", {"image": image, "requestId": job.request_id, "index": number})
        await self._reach_end(job)

    async def _sequence(self, job: Job) -> Outcome:
        order, wanted = job.order, job.order.count
        sequence = f"seq_{self._luck(job.request_id + 'seq')[:8]}_{self._luck(job.request_id)[:8]}"
        about = {"requestId": job.request_id, "sequenceId": sequence}
        self._phase(job, {**about, "maxImages": wanted})
        made = pace.delivered(order)
        items: list[dict[str, object]] = []
        for number in range(made):
            try:
                await self._reach_image(job, number, made)
            except RefusedError as error:
                if not items or error.code != "RESPONSES_IMAGE_TIMEOUT":
                    raise
                warning = {"partial": True, "warning": {"code": error.code}}
                return {**self._results.sequence(job, about, items, wanted), **warning}
            if order.family is Family.OPENAI:
                image = preview(order, f"{job.request_id}:{number}")
                self._emit(job, "partial", {"image": image, "requestId": job.request_id, "index": number})
            items.append(self._sequence_image(job, sequence, number, made))
        job.meta |= {"filenames": [item["filename"] for item in items], "imageCount": len(items)}
        return self._results.sequence(job, about, items, wanted)

    def _sequence_image(self, job: Job, sequence: str, number: int, made: int) -> dict[str, object]:
        wanted = job.order.count
        placed = {
            "sequenceId": sequence,
            "sequenceIndex": number + 1,
            "sequenceTotalRequested": wanted,
            "sequenceTotalReturned": made,
            "sequenceStatus": "complete" if made == wanted else "partial",
        }
        item = {**self._results.still(job, number, **placed), **placed}
        # This event has no ``requestId``, unlike all others.
        self._emit(job, "image", item)
        return item

    async def _film(self, job: Job) -> Outcome:
        order = job.order
        self._jobs.set_phase(job, "planning")
        self._emit(job, "planning", {"requestId": job.request_id})
        self._alarm(job)
        await self._reach(job, _SUBMITTED)
        fallen = order.fate("fallback") is not None and order.model != BASE_VIDEO
        effective = BASE_VIDEO if fallen else order.model
        submitted = {
            "requestId": job.request_id,
            "xaiVideoRequestId": self._results.xai_id(),
            "requestedModel": order.model,
            "effectiveModel": effective,
            "modelFallback": {"from": order.model, "to": effective} if fallen else None,
        }
        self._jobs.set_phase(job, "streaming")
        job.meta["xaiVideoRequestId"] = submitted["xaiVideoRequestId"]
        self._emit(job, "submitted", submitted)
        await self._poll(job)
        await self._reach_end(job)
        done = self._results.filmed(job, submitted)
        job.meta["filename"] = done["filename"]
        return done

    async def _poll(self, job: Job) -> None:
        """Tell at every poll how far the clip is: first nothing, then a share that need not reach 1."""
        ends = job.usual * pace.FAILS if pace.cause(job.order) else min(self._ends(job), pace.limit(job.order))
        at = _SUBMITTED + POLL
        while at < ends:
            await self._reach(job, at)
            share = round(min(_FURTHEST, at / job.usual * _FURTHEST), 2) if at > _SUBMITTED + POLL else None
            stalled = at - job.usual >= _STALLED
            self._emit(job, "progress", {"requestId": job.request_id, "progress": share, "stalled": stalled})
            at += POLL

    async def _reach_image(self, job: Job, number: int, made: int) -> None:
        """Wait for one picture of a sequence; what goes wrong goes wrong with the last."""
        if number == made - 1 or pace.cause(job.order) is not None:
            await self._reach_end(job)
        else:
            await self._reach(job, job.usual * (number + 1) / made * pace.FAILS)

    async def _reach_end(self, job: Job) -> None:
        """Wait until the job is over. Raises :class:`RefusedError` if it ends badly."""
        cause = pace.cause(job.order)
        if cause is not None:
            await self._reach(job, job.usual * pace.FAILS)
            raise cause.error(job.order)
        limit = pace.limit(job.order)
        await self._reach(job, min(self._ends(job), limit))
        if self._ends(job) > limit:
            raise Cause("timeout").error(job.order)

    def _ends(self, job: Job) -> float:
        return job.usual + pace.longer(job.order)

    async def _reach(self, job: Job, seconds: float) -> None:
        await self._clock.until(job.started_at, max(0.0, seconds - job.usual) if job.hurried else seconds)

    def _phase(self, job: Job, data: Mapping[str, object]) -> None:
        self._jobs.set_phase(job, "streaming")
        self._emit(job, "phase", {"phase": "streaming", **data})
        self._alarm(job)

    def _alarm(self, job: Job) -> None:
        """Raise the false alarm that a second POST with this id would raise, if so ordered."""
        if job.order.fate("false-alarm") is not None:
            words = RefusedError(409, "REQUEST_ID_IN_USE", "Request ID already in use", Shape.EVENT)
            self._jobs.publish_error(job.request_id, words)

    def _emit(self, job: Job, event: str, data: Mapping[str, object]) -> None:
        if job.public:
            self._bus.publish(job.request_id, event, data)
        if job.stream is not None:
            job.stream.tell(event, data)

    def _luck(self, text: str) -> str:
        return sha256(f"{self._seed}:ima2:run:{text}".encode()).hexdigest()


def _heard(order: Order, *, aloud: bool) -> bool:
    """Tell whether the bus hears of a job: of pictures whose client gets plain JSON it does not, of an edit never."""
    if order.kind is Kind.EDIT or order.fate("mute") is not None:
        return False
    return aloud or order.kind in {Kind.MULTIMODE, Kind.VIDEO}
