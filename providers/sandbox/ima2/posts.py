"""The routes that spend: generate, edit, multimode, node, video (reference section 1.7). Reading orders is not here.

The same cause is told in another way on each of them; that is the real server's doing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault
from providers.sandbox.ima2.answers import RefusedError, Shape, ok
from providers.sandbox.ima2.bus import Frames, Listener
from providers.sandbox.ima2.films import FilmDesk
from providers.sandbox.ima2.jobs import Job
from providers.sandbox.ima2.order import Order
from providers.sandbox.ima2.process import Process
from providers.sandbox.ima2.requests import body_of, request_id, wants_events
from providers.sandbox.ima2.setup import Setup
from providers.sandbox.ima2.stills import StillDesk

Body = Mapping[str, object]
Fates = Sequence[Fault]

_BEFORE_THE_STREAM = {"INVALID_PROMPT", "PROMPT_TOO_LONG", "INVALID_COUNT"}
_HEADERS_SENT = "Cannot set headers after they are sent to the client"


@dataclass(frozen=True, slots=True)
class Posts:
    """Takes orders for whichever run of the server there is at the moment."""

    setup: Setup
    clock: SandboxClock
    stills: StillDesk
    films: FilmDesk
    process: Callable[[], Process]

    async def generate(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Make one picture or several; the client waits, or comes back."""
        body = await body_of(request, self.setup)
        found_id = request_id(request, body, self.setup)
        order = replace(self.stills.generate(body), fates=tuple(fates))
        later = body.get("async") is True
        try:
            job = self.process().runs.begin(order, found_id, later=later)
        except RefusedError as error:
            raise RefusedError(error.status, error.code, error.words, requestId=found_id) from None
        return ok({"requestId": found_id, "async": True}, 202) if later else await _ended(job)

    async def edit(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Change a picture; the client waits, whatever it says."""
        body = await body_of(request, self.setup)
        found_id = request_id(request, body, self.setup)
        order = replace(self.stills.edit(body), fates=tuple(fates))
        return await _ended(self.process().runs.begin(order, found_id, later=False))

    async def multimode(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Make a sequence."""
        body = await body_of(request, self.setup)
        early = _BEFORE_THE_STREAM if self.setup.version.modern else frozenset[str]()
        return await self._streamed(request, body, lambda: self.stills.multimode(body), fates, early)

    async def video(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Make a clip."""
        body = await body_of(request, self.setup)
        return await self._streamed(request, body, lambda: self.films.generate(body), fates, frozenset())

    async def node(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Make a picture that goes on from another: told as JSON, as a stream, or later."""
        body = await body_of(request, self.setup)
        found_id = request_id(request, body, self.setup)
        order = replace(self.stills.node(body), fates=tuple(fates))
        later = body.get("async") is True
        stream = Listener(request.transport) if wants_events(request) and not later else None
        try:
            job = self.process().runs.begin(order, found_id, later=later, stream=stream)
        except RefusedError as error:
            told = {"parentNodeId": order.parent, "status": error.status}
            raise RefusedError(error.status, error.code, error.words, Shape.NESTED, **told) from None
        if later:
            return ok({"requestId": found_id}, 202)
        return await _ended(job) if stream is None else Frames(stream, clock=self.clock, pings=False, fates=fates)

    async def rework(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Edit or extend a clip while the client waits, and only then."""
        operation = request.path.rpartition("/")[2]
        order = replace(self.films.rework(await body_of(request, self.setup), operation), fates=tuple(fates))
        return ok(await self.process().reworks.make(order, request.transport, operation))

    async def _streamed(
        self,
        request: web.Request,
        body: Body,
        read: Callable[[], Order],
        fates: Fates,
        early: frozenset[str] | set[str],
    ) -> web.StreamResponse:
        """Answer with a stream, in which even refusals are told with HTTP 200, or with a 202."""
        found_id = request_id(request, body, self.setup)
        later = body.get("async") is True
        stream = Listener(request.transport)
        process = self.process()
        try:
            order = replace(read(), fates=tuple(fates))
            process.runs.begin(order, found_id, later=later, stream=None if later else stream)
        except RefusedError as error:
            if error.code in early:
                raise
            if error.code == "TOO_MANY_JOBS" and not later:
                error = RefusedError(500, "ERR_HTTP_HEADERS_SENT", _HEADERS_SENT, Shape.EVENT)
            if error.code != "REQUEST_ID_IN_USE":
                process.jobs.publish_error(found_id, error)
            if later:
                return error.answer(found_id, Shape.EVENT)
            stream.tell("error", error.body(found_id, Shape.EVENT))
            stream.end()
        if later:
            return ok({"requestId": found_id}, 202)
        return Frames(stream, clock=self.clock, pings=False, fates=fates)


async def _ended(job: Job) -> web.Response:
    """Wait for a job, which goes on even if nobody waits any more."""
    try:
        return ok(await asyncio.shield(job.outcome))
    except RefusedError as error:
        return error.answer(job.request_id)
