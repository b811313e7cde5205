"""The routes that make nothing: events, in-flight list, history, files, frames, words. Status is in ``status``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aiohttp import web

from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault, without_markers
from providers.sandbox.ima2.answers import RefusedError, ServerGoneError, Shape, ok
from providers.sandbox.ima2.bus import Frames
from providers.sandbox.ima2.films import FilmDesk
from providers.sandbox.ima2.gallery import Gallery
from providers.sandbox.ima2.process import Process
from providers.sandbox.ima2.requests import body_of
from providers.sandbox.ima2.setup import Setup
from providers.sandbox.ima2.shelf import Shelf
from providers.sandbox.ledger import Charge, Ledger
from providers.sandbox.records import Record

Fates = Sequence[Fault]


@dataclass(frozen=True, slots=True)
class Reads:
    """Answers for whichever run of the server there is at the moment."""

    setup: Setup
    clock: SandboxClock
    shelf: Shelf
    gallery: Gallery
    films: FilmDesk
    ledger: Ledger
    process: Callable[[], Process]

    async def prompt_of(self, request: web.Request) -> str:
        """Find the prompt of the job or the result that a request is about, so that its markers count."""
        place = {**request.query, **request.match_info}
        request_id = str(place.get("requestId") or place.get("request_id") or "")
        made = self.shelf.file(str(place.get("file", ""))) or self.shelf.by_request(request_id)
        if made is not None:
            return str(made.row["prompt"])
        try:
            return self.process().jobs.prompt_of(request_id)
        except ServerGoneError:
            return ""

    async def events(self, request: web.Request, fates: Fates) -> web.StreamResponse:
        """Open the bus. Where both are sent, the header's cursor wins over the query's."""
        sent = request.headers.get("Last-Event-ID", request.query.get("lastEventId", ""))
        after = int(sent) if sent.isdecimal() else None
        listener = self.process().bus.listen(request.transport, after)
        return Frames(listener, clock=self.clock, pings=True, fates=fates)

    async def inflight(self, request: web.Request, _fates: Fates) -> web.Response:
        """List what is running, and what just ended if somebody wants to know."""
        jobs = self.process().jobs
        told: dict[str, object] = {"jobs": _matching(jobs.active(), request)}
        if request.query.get("includeTerminal") in {"1", "true"}:
            told["terminalJobs"] = _matching(jobs.ended(), request)
        return ok(told)

    async def cancel(self, request: web.Request, _fates: Fates) -> web.Response:
        """Stop a job; the answer is 200 whether there was one or not."""
        return ok(self.process().jobs.cancel(request.match_info["request_id"]))

    async def history(self, request: web.Request, _fates: Fates) -> web.Response:
        """List results."""
        return ok(self.shelf.listed(request.query))

    async def delete(self, request: web.Request, _fates: Fates) -> web.Response:
        """Throw a result away."""
        filename = request.match_info["file"]
        if ".." in filename or "\\" in filename:
            raise RefusedError(400, "INVALID_FILENAME", "Invalid filename")
        if not self.shelf.remove(filename):
            raise RefusedError(404, "ASSET_NOT_FOUND", "Asset not found")
        told = {"trash": "internal", "undoableInApp": False, "sessionsTouched": 0, "nodesTouched": 0}
        return ok({"ok": True, "filename": filename, **told})

    async def restore(self, request: web.Request, _fates: Fates) -> web.Response:
        """Ask for a ``trashId``, which nobody ever gets."""
        await body_of(request, self.setup)
        raise RefusedError(400, None, "trashId required")

    async def node(self, request: web.Request, _fates: Fates) -> web.Response:
        """Tell of a node."""
        node_id = request.match_info["node_id"]
        made = self.shelf.node(node_id)
        if made is None:
            raise RefusedError(404, "NODE_NOT_FOUND", "Node metadata missing", Shape.NESTED)
        return ok({"nodeId": node_id, "meta": made.row, "url": made.row["url"]})

    async def file(self, request: web.Request, _fates: Fates) -> web.StreamResponse:
        """Show a file."""
        return await self.gallery.show(request.match_info["file"])

    async def frame(self, request: web.Request, _fates: Fates) -> web.Response:
        """Show one moment of a clip."""
        if not request.query.get("file"):
            raise RefusedError(400, None, "file query param required")
        filename = self.films.generated(request.query["file"])
        at = _moment(request.query.get("position", "last"), self.shelf.seconds(filename))
        return web.Response(body=await self.gallery.frame(filename, at), content_type="image/png")

    async def analyze(self, request: web.Request, _fates: Fates) -> web.Response:
        """Say what is in a clip."""
        filename = self.films.generated((await body_of(request, self.setup)).get("videoUrl"))
        # It asks Grok, which is one more use of the plan (seed, "Video Generation").
        count = len(self.ledger.charges)
        charge = Charge("ima2", f"analysis-{count}", Decimal(1), self.clock.now(), filename)
        self.ledger.charge(charge, Record("ima2.analysis", charge.task, {"file": filename}))
        made = self.shelf.file(filename)
        shown = without_markers(str(made.row["prompt"])) if made else ""
        words = f"A slow pan over hills under a wandering sun; it shows {shown}. Calm light, no cuts."
        return ok({"analysis": words, "model": "grok-4.3", "method": "first-last-frame"})


def _matching(jobs: Sequence[dict[str, object]], request: web.Request) -> list[dict[str, object]]:
    kind, session = request.query.get("kind"), request.query.get("sessionId")
    return [job for job in jobs if (not kind or job["kind"] == kind) and (not session or _session(job) == session)]


def _session(job: dict[str, object]) -> object:
    meta = job["meta"]
    return meta.get("sessionId") if isinstance(meta, dict) else None


def _moment(position: str, seconds: int) -> float:
    """Return a place in a clip as a share of it; a negative one is where the real server's ffmpeg gives up."""
    if position == "last":
        return 1.0
    try:
        wanted = float(position)
    except ValueError:
        wanted = -1.0
    if not 0 <= wanted <= seconds:
        raise RefusedError(500, None, "ffmpeg failed")
    return wanted / seconds
