"""ima2's doors: who answers what, who may come in, and what happens while the server is down. Nothing is made here."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web

from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault
from providers.sandbox.gate import Endpoint
from providers.sandbox.ima2.answers import Answers, Page, RefusedError, ServerGoneError, Shape
from providers.sandbox.ima2.films import FilmDesk
from providers.sandbox.ima2.gallery import Gallery
from providers.sandbox.ima2.inputs import Intake
from providers.sandbox.ima2.posts import Posts
from providers.sandbox.ima2.process import Process, Starter
from providers.sandbox.ima2.reads import Reads
from providers.sandbox.ima2.requests import guard, header_id, prompt_in, told_id
from providers.sandbox.ima2.results import Results
from providers.sandbox.ima2.setup import Setup
from providers.sandbox.ima2.shelf import Shelf
from providers.sandbox.ima2.status import Status
from providers.sandbox.ima2.stills import StillDesk
from providers.sandbox.ledger import Ledger
from providers.sandbox.records import Records

NAME = "ima2"
_API = f"/{NAME}/api"

_Answer = Callable[[web.Request, Sequence[Fault]], Awaitable[web.StreamResponse]]


class Ima2:
    """The sandbox's ima2. ``setup`` has its switches, ``process`` is the run that answers; a crash leaves ``None``."""

    name = NAME

    def __init__(
        self,
        *,
        home: Path,
        records: Records,
        ledger: Ledger,
        clock: SandboxClock,
        cdn: Cdn,
        base_url: Callable[[], str],
        seed: int,
    ) -> None:
        self.setup = Setup()
        self.process: Process | None = None
        shelf = Shelf(records)
        results = Results(clock=clock, shelf=shelf, seed=seed)
        intake = Intake(cdn)
        self._shelf = shelf
        self._gallery = Gallery(home=home, cdn=cdn, shelf=shelf)
        self._starter = Starter(records=records, ledger=ledger, clock=clock, results=results, seed=seed)
        films = FilmDesk(self.setup, intake, shelf)
        self._posts = Posts(self.setup, clock, StillDesk(self.setup, intake, shelf), films, self._running)
        self._reads = Reads(self.setup, clock, shelf, self._gallery, films, ledger, self._running)
        self._status = Status(self.setup, clock, ledger, self._running, lambda: f"{base_url()}/{NAME}")

    def load(self) -> None:
        """Read what an earlier run left, and start the server."""
        self._shelf.load()
        self.start()

    async def close(self) -> None:
        """Stop everything."""
        self.crash()
        await self._gallery.close()

    def start(self) -> None:
        """Start the server, if it is down."""
        if self.process is None:
            self.process = self._starter.start()

    def crash(self) -> None:
        """Kill the server: connections are cut, running jobs are lost, their charges stay, nobody answers."""
        if self.process is not None:
            self.process.kill()
            self.process = None

    def restart(self, *, ghosts: bool = True) -> None:
        """Kill it and start it. Without ``ghosts`` the in-flight list is lost, too."""
        if self.process is not None and not ghosts:
            self.process.jobs.forget()
        self.crash()
        self.start()

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the doors. The last one is for everything that is none."""
        return (*self._paid(), *self._free(), *self._told())

    def _paid(self) -> Sequence[Endpoint]:
        posts = self._posts
        works = {
            "generate": posts.generate,
            "edit": posts.edit,
            "generate/multimode": posts.multimode,
            "node/generate": posts.node,
            "video/generate": posts.video,
            "video/edit": posts.rework,
            "video/extend": posts.rework,
        }
        return [self._door("create", "POST", f"{_API}/{path}", work, prompt_in) for path, work in works.items()]

    def _free(self) -> Sequence[Endpoint]:
        reads, prompt = self._reads, self._reads.prompt_of
        return (
            self._door("events", "GET", f"{_API}/events", reads.events),
            self._door("inflight", "GET", f"{_API}/inflight", reads.inflight),
            self._door("cancel", "DELETE", f"{_API}/inflight/{{request_id}}", reads.cancel, prompt),
            self._door("history", "GET", f"{_API}/history", reads.history, prompt),
            self._door("delete", "DELETE", f"{_API}/history/{{file}}", reads.delete, prompt),
            self._door("delete", "DELETE", f"{_API}/history/{{file}}/permanent", reads.delete, prompt),
            self._door("restore", "POST", f"{_API}/history/{{file}}/restore", reads.restore),
            self._door("node", "GET", f"{_API}/node/{{node_id}}", reads.node),
            self._door("frame", "GET", f"{_API}/video/frame", reads.frame),
            self._door("analyze", "POST", f"{_API}/video/analyze", reads.analyze),
            self._door("file", "GET", f"/{NAME}/generated/{{file}}", reads.file, prompt, public=True),
        )

    def _told(self) -> Sequence[Endpoint]:
        status = self._status
        works = {
            "health": status.health,
            "providers": status.providers,
            "capabilities": status.capabilities,
            "oauth/status": status.oauth,
            "grok/status": status.grok,
            "agy/status": status.agy,
            "billing": status.billing,
            "quota": status.quota,
            "keys/status": status.keys,
            "generation-requests": status.requests,
        }
        doors = [self._door(path.partition("/")[0], "GET", f"{_API}/{path}", work) for path, work in works.items()]
        return (
            *doors,
            self._door("keys", "PUT", f"{_API}/keys/{{provider}}", status.save_key),
            self._door("unknown", "*", f"/{NAME}/{{rest:.*}}", self._unknown, public=True),
        )

    def _door(
        self,
        name: str,
        method: str,
        path: str,
        work: _Answer,
        prompt: Callable[[web.Request], Awaitable[str]] | None = None,
        *,
        public: bool = False,
    ) -> Endpoint:
        handler = self._let_in(work, public=public)
        named = {} if prompt is None else {"prompt": prompt}
        return Endpoint(f"{NAME}.{name}", method, path, handler, Answers(), **named)

    def _let_in(self, work: _Answer, *, public: bool) -> _Answer:
        """Let the right ones in, word refusals, and hang up on everybody where no server is running."""

        async def answer(request: web.Request, fates: Sequence[Fault]) -> web.StreamResponse:
            try:
                self._running()
                if not public:
                    guard(request, self.setup)
                done = await work(request, fates)
            except RefusedError as error:
                done = error.answer(told_id(request))
            except ServerGoneError:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            if not public:
                done.headers.setdefault("Cache-Control", "no-store, max-age=0")
            done.headers["X-Request-Id"] = header_id(request)
            return done

        return answer

    def _running(self) -> Process:
        if self.process is None:
            raise ServerGoneError
        return self.process

    async def _unknown(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        if not self.setup.version.modern:
            raise Page(404, None, f"Cannot {request.method} {request.path}")
        raise RefusedError(404, "NOT_FOUND", "Route not found", Shape.NESTED)
