"""Requests for pictures and films: taken, charged, remembered, polled, shown. Reading an item is in ``items``."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from aiohttp import web

from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault, MarkerError, marked, without_markers
from providers.sandbox.katana import envelope, frame
from providers.sandbox.katana.answers import SHORT, RefusedError, invalid, ok
from providers.sandbox.katana.envelope import Envelopes, Work, addresses
from providers.sandbox.katana.items import Desk
from providers.sandbox.katana.piece import Kind, Piece, share
from providers.sandbox.ledger import Charge, Ledger, Refund
from providers.sandbox.records import Record, Records
from providers.sandbox.scene import Medium, Scene

PROVIDER = "katana"
MOST_ITEMS = 10
"""Items of one request. The real limit is not known."""

_KIND = "katana.request"
_GLANCE = 0.02
_OVER = frozenset({"completed", "partial_failure", "failed", "rejected"})


class Orders:
    """All requests of one Katana."""

    def __init__(
        self,
        *,
        records: Records,
        ledger: Ledger,
        clock: SandboxClock,
        cdn: Cdn,
        base_url: Callable[[], str],
        seed: int,
        desk: Desk,
    ) -> None:
        self._records = records
        self._ledger = ledger
        self._clock = clock
        self._cdn = cdn
        self._seed = seed
        self._desk = desk
        self._envelopes = Envelopes(clock=clock, cdn=cdn, base_url=base_url)
        self._works: dict[str, Work] = {}
        cdn.galleries[PROVIDER] = self._scene
        cdn.signing.add(PROVIDER)

    def load(self) -> None:
        """Read what an earlier run left."""
        self._works = {record.key: envelope.from_json(record.body) for record in self._records.all(_KIND)}

    async def batch(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        """Take a request of several items."""
        items = object_of(await request.read()).get("requests")
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
            raise invalid("requests", f"requests must hold 1 to {MOST_ITEMS} items")
        if not all(isinstance(item, dict) for item in items):
            raise invalid("requests", "every request must be an object")
        return await self._take(request, items, "", fates)

    async def image(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        """Take one flat item for a picture."""
        return await self._take(request, [object_of(await request.read())], "image", fates)

    async def video(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        """Take one flat item for a film."""
        return await self._take(request, [object_of(await request.read())], "video", fates)

    async def poll(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        """Say how a request is doing."""
        work = self._works.get(request.match_info["request_id"])
        if work is None:
            raise RefusedError(404, "Generation request not found")
        return ok(self._envelopes.of(work))

    async def prompt(self, request: web.Request) -> str:
        """Find all prompts of a request, however wrong the rest of it is."""
        body = _lenient(await request.read())
        items = body.get("requests")
        pieces = [body, *(items if isinstance(items, list) else [])]
        prompts = (piece.get("prompt") for piece in pieces if isinstance(piece, dict))
        return "\n".join(prompt for prompt in prompts if isinstance(prompt, str))

    async def prompt_of(self, request: web.Request) -> str:
        """Find the prompts of the request that a poll asks about."""
        work = self._works.get(request.match_info["request_id"])
        return "\n".join(piece.prompt for piece in work.pieces) if work else ""

    def begin(self, pieces: Sequence[Piece], fates: Sequence[Fault]) -> Work:
        """Charge and remember, in one transaction; what is wholly rejected is only remembered."""
        number = len(self._works) + 1
        work_id = str(UUID(bytes=sha256(f"{self._seed}:katana:{number}".encode()).digest()[:16], version=4))
        own = _fated(pieces, fates)
        lucks = (share(f"{work_id}:{place}") for place in range(len(pieces)))
        fated = tuple(piece.fated(*pair) for piece, pair in zip(pieces, zip(own, lucks, strict=True), strict=True))
        work = Work(work_id, self._clock.now(), fated)
        self._keep(work)
        self._works[work_id] = work
        return work

    def answer(self, work: Work) -> web.Response:
        """Answer with the state of a request."""
        return ok(self._envelopes.of(work))

    async def _take(
        self, request: web.Request, items: Sequence[Mapping[str, object]], kind: str, fates: Sequence[Fault]
    ) -> web.Response:
        pieces = [self._desk.read(item, number, kind) for number, item in enumerate(items)]
        work = self.begin(pieces, fates)
        if request.query.get("wait") == "true":
            await self._wait(work)
        return self.answer(work)

    async def _wait(self, work: Work) -> None:
        """Hold the answer back until the request is over, or until the server would give up."""
        limit = max(piece.limit for piece in work.pieces)
        while (elapsed := self._clock.elapsed(work.created_at)) < limit:
            if envelope.overall(work, elapsed) in _OVER:
                return
            await asyncio.sleep(_GLANCE)

    def _keep(self, work: Work) -> None:
        taken = [piece for piece in work.pieces if not piece.rejected]
        record = Record(_KIND, work.id, envelope.to_json(work))
        if not taken:
            self._records.keep(record)
            return
        total = sum((piece.credits for piece in taken), Decimal(0))
        if self._ledger.account(PROVIDER).balance < total:
            raise RefusedError(402, SHORT)
        prompt = "\n".join(piece.prompt for piece in taken)
        refunds = [
            Refund(PROVIDER, work.id, refund[0], work.created_at, refund[1])
            for piece in taken
            if (refund := piece.refund) is not None
        ]
        self._ledger.charge(Charge(PROVIDER, work.id, total, work.created_at, prompt), record, refunds)

    def _scene(self, task: str, number: int, medium: Medium) -> Scene | None:
        work_id, _, place = task.rpartition("-")
        work = self._works.get(work_id)
        if work is None or not place.isdecimal() or int(place) >= len(work.pieces):
            return None
        piece = work.pieces[int(place)]
        files = {} if piece.kind is Kind.TEXT else addresses(piece)
        if (number, medium) not in files.values() or not piece.shows(self._clock.elapsed(work.created_at)):
            return None
        film = piece.kind is Kind.VIDEO
        width, height = _size(piece, number)
        return Scene(
            prompt=without_markers(piece.prompt),
            model=piece.title,
            seed=task,
            width=width,
            height=height,
            seconds=piece.seconds,
            backdrop=self._cdn.file_at(piece.backdrop),
            at=(1.0 if number == len(files) - 1 else 0.0) if film else None if medium is not Medium.COVER else 0.35,
            sounds=piece.sounds and number in {0, 1},
        )


def object_of(raw: bytes) -> Mapping[str, object]:
    """Read a body as a JSON object. Raises :class:`RefusedError`."""
    try:
        body: object = json.loads(raw)
    except ValueError:
        raise invalid("", "JSON decode error") from None
    if not isinstance(body, dict):
        raise invalid("", "Input should be an object")
    return body


def _lenient(raw: bytes) -> Mapping[str, object]:
    try:
        return object_of(raw)
    except RefusedError:
        return {}


def _fated(pieces: Sequence[Piece], fates: Sequence[Fault]) -> list[tuple[Fault, ...]]:
    """Give every item its faults: those in its own prompt, and those that were ordered for the request."""
    markers = [_markers(piece) for piece in pieces]
    anyones = {fault for own in markers for fault in own}
    plain = [fate for fate in fates if fate.fault != "one-fails"]
    given = [tuple(fate for fate in plain if fate in own or fate not in anyones) for own in markers]
    # The one that fails is the last; for it that is a failure like any other.
    last = (fate.model_copy(update={"fault": "failed"}) for fate in fates if fate.fault == "one-fails")
    return [*given[:-1], (*given[-1], *last)]


def _markers(piece: Piece) -> set[Fault]:
    try:
        return set(marked(piece.prompt))
    except MarkerError:
        return set()


def _size(piece: Piece, number: int) -> tuple[int, int]:
    match number:
        case 0 | 4:
            return piece.width, piece.height
        case 2:
            return frame.thumbnail(piece.width, piece.height)
        case _:
            return frame.preview(piece.width, piece.height)
