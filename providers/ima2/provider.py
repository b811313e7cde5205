"""ima2 as a provider: reading, pricing, ordering, listening over its HTTP API. The parts are next door."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from typing_extensions import override

from providers.contract import Bare, Capabilities, Order, Picture, ProviderSettings, Quote
from providers.errors import FailureCode, PictureError, ProviderError, Sent
from providers.ima2 import failures, held, known, wire
from providers.ima2.board import Board, Entry
from providers.ima2.bus import Bus
from providers.ima2.catalogue import NAME, PLAN, Catalogue, read_catalogue
from providers.ima2.held import Held
from providers.ima2.lanes import read_setup
from providers.ima2.outcome import finished, past
from providers.ima2.plans import quotas
from providers.ima2.purchase import Purchase, embedded
from providers.ima2.search import GONE, Search, content
from providers.ima2.ticket import Kind, Links, Ticket
from providers.intake import checked
from providers.models import ModelSpec, Task
from providers.outcomes import Accepted, Balance, Done, Failed, Outcome, PastWork, Refund, Running
from providers.transport import Reply, Transport

BASE_URL: Final = "http://127.0.0.1:3333"

_HELD: Final = frozenset({Kind.EDIT, Kind.FILM, Kind.WORDS})
_LOST: Final = frozenset({Kind.FILM, Kind.WORDS})
"""What the server knows nothing of once its call is gone."""

_HELD_TASKS: Final = frozenset({Task.EXTEND_VIDEO, Task.VIDEO_TO_VIDEO, Task.VIDEO_TO_TEXT})

_HOLD_SECONDS: Final = 1020.0
"""The server gives an edited clip up after ten minutes and any after fifteen; a call is held for longer than both."""

_LARGEST_ANSWER: Final = 96 * 1024 * 1024
_GOOD: Final = range(200, 300)
_TAKEN: Final = 409
_MOST_ROWS: Final = 500

_TASKS: Final = frozenset(
    {
        Task.TEXT_TO_IMAGE,
        Task.IMAGE_TO_IMAGE,
        Task.REWORK_IMAGE,
        Task.TEXT_TO_VIDEO,
        Task.IMAGE_TO_VIDEO,
        Task.REFERENCE_IMAGE_TO_VIDEO,
        Task.EXTEND_VIDEO,
        Task.VIDEO_TO_VIDEO,
        Task.VIDEO_TO_TEXT,
    }
)

_log = structlog.get_logger()


def create(settings: ProviderSettings) -> "Ima2":
    """Return the adapter; nothing is connected yet. ``settings.key`` is the LAN token, where the server wants one."""
    return Ima2(settings)


class Ima2(Bare):
    """The adapter. It remembers the last catalogue, orders by what events say of them, and calls that are held."""

    def __init__(self, settings: ProviderSettings) -> None:
        strange = [name for name in settings.prices if name.partition("/")[0] not in {known.API, known.GROK_API}]
        if strange:
            raise ValueError(f"ima2 takes prices of api/... and grok-api/... only, not of {strange[0]}")
        base, token = (settings.base_url or BASE_URL).rstrip("/"), settings.key.reveal()
        shown = {"x-ima2-token": token} if token else {}
        headers = {"Content-Type": "application/json", "User-Agent": "Limner", **shown}
        self._api = Transport(base, headers, secrets=(token,))
        self._now = settings.now
        self._prices = settings.prices
        self._links = Links(base)
        self._board = Board(settings.now, self._links, self._api.redacted)
        self._bus = Bus(self._api, self._board, settings.sleep)
        self._held = Held(settings.sleep)
        self._search = Search(self._api, self._links, settings.now)
        self._last: Catalogue | None = None
        self._reading = asyncio.Lock()

    @property
    def name(self) -> str:
        """The name in settings and in the store."""
        return NAME

    @property
    def title(self) -> str:
        """The name people know."""
        return "ima2"

    @property
    def capabilities(self) -> Capabilities:
        """Everything but a survey: the server is the operator's own, and publishes nothing."""
        return Capabilities(
            can_find=True,
            can_cancel=True,
            reports_percent=True,
            tasks=_TASKS,
            tells_balance=True,
            tells_history=True,
            reads_roles=True,
            keeps_at=self._links.origin,
        )

    async def models(self, task: Task) -> Sequence[ModelSpec]:
        """Ask the server what it offers. It is one answer for all tasks."""
        async with self._reading:
            catalogue = await self._read()
        return [product.spec for product in catalogue.products.get(task, {}).values()]

    async def quote(self, order: Order) -> Quote:
        """Price an order from the last catalogue, read now if there is none. Every rule is checked first."""
        return (await self._purchase(order)).quote()

    async def prepare(self, order: Order) -> Order:
        """Turn pictures into data URLs; results of the server's own are named to it or fetched from it."""
        return replace(order, pictures=tuple([await self._prepared(order, picture) for picture in order.pictures]))

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Place the order, once. ``token`` goes along as ``requestId`` and stands in our log."""
        purchase = await self._purchase(order)
        purchase.check(quote)
        body = purchase.body(token, await self._source(purchase))
        ticket = purchase.ticket(token, self._now())
        self._bus.ensure()
        _log.info("ima2_paying", attempt=token, model=order.model, kind=ticket.kind.value)
        if ticket.kind in _HELD:
            taken = await self._hold(ticket, purchase.path, body)
        else:
            taken = await self._send(ticket, purchase.path, body)
        _log.info("ima2_accepted", attempt=token, ref=taken.ref)
        return taken

    async def check(self, ref: str) -> Outcome:
        """Say how an order is doing: from memory while events come, else by asking the server."""
        ticket = Ticket.read(ref, self._now())
        if ticket.kind in _HELD and (known := self._checked(ticket)) is not None:
            return known
        if ticket.kind in _LOST:
            return held.GONE
        self._bus.ensure()
        entry = self._board.entry(ticket)
        if entry.outcome is not None:
            return entry.outcome
        if self._bus.is_open and self._board.is_fresh(entry):
            return entry.running
        return await self._asked(entry)

    @override
    async def find(self, token: str, order: Order, since: datetime) -> Accepted | None:
        """Look for an order in the in-flight list and the history; a job of an earlier run is none."""
        ticket = await self._remembered(order, token, since)
        if ticket.kind in _LOST:
            return None
        self._bus.ensure()
        outcome = await self._search.look(ticket)
        # A job that we took off the list after a restart of the server is listed as stopped from then on.
        stopped = isinstance(outcome, Failed) and outcome.code is FailureCode.STOPPED
        if outcome is None or outcome is GONE or stopped:
            return None
        if isinstance(outcome, Done | Failed):
            self._board.entry(ticket).end(outcome, self._now())
        return Accepted(ticket.ref, outcome=outcome)

    @override
    async def cancel(self, ref: str) -> Refund:
        """Stop an order. Whoever was making it may charge for it all the same."""
        ticket = Ticket.read(ref, self._now())
        if ticket.kind is Kind.WORDS:
            raise ProviderError(FailureCode.CANNOT_STOP, "goes on without us", sent=Sent.NO)
        if ticket.kind is Kind.FILM:
            self._held.stop(ref)
            return Refund.UNKNOWN
        refund = await self._search.stop(ticket.token)
        stopped = Failed(FailureCode.STOPPED, "stopped by us", refund)
        self._board.entry(ticket).end(stopped, self._now())
        return refund

    @override
    async def balance(self) -> Balance:
        """Read how much of the plans is used."""
        reply = await self._api.get("/api/quota")
        return Balance(None, PLAN, quotas(content(wire.Plans, reply, self._api)))

    @override
    async def history(self, limit: int) -> Sequence[PastWork]:
        """Read the latest results of everybody who uses the server."""
        rows = await self._search.latest(max(1, min(limit, _MOST_ROWS)))
        return [work for row in rows if (work := past(row, self._links)) is not None]

    async def close(self) -> None:
        """Close every connection; what is held breaks off."""
        await self._held.close()
        await self._bus.close()
        await self._api.close()

    async def _send(self, ticket: Ticket, path: str, body: bytes) -> Accepted:
        # Events may come before the answer does.
        self._board.begin(ticket)
        try:
            reply = await self._api.pay(path, body)
            taken = self._taken(ticket, reply)
        except BaseException as error:
            if not isinstance(error, ProviderError) or error.sent is not Sent.MAYBE:
                self._board.drop(ticket)
            raise
        if taken.token != ticket.token:
            self._board.drop(ticket)
            self._board.begin(taken)
        return Accepted(taken.ref)

    def _taken(self, ticket: Ticket, reply: Reply) -> Ticket:
        """Return an order under the id that the server gave it. One whose id is in use is ours already."""
        if reply.status in _GOOD:
            taken = wire.read(wire.Taken, reply.body)
            if taken is None or not taken.request_id:
                raise ProviderError(FailureCode.UNREADABLE, f"HTTP {reply.status}, no id in it", sent=Sent.MAYBE)
            return ticket.named(taken.request_id)
        if reply.status == _TAKEN and wire.trouble(reply.body).code == failures.TAKEN:
            return ticket
        raise failures.refusal(reply, paid=True, redacted=self._api.redacted)

    async def _hold(self, ticket: Ticket, path: str, body: bytes) -> Accepted:
        async def call() -> Done | Failed:
            reply = await self._api.pay(path, body, seconds=_HOLD_SECONDS, most=_LARGEST_ANSWER)
            return self._settled(ticket, reply)

        return Accepted(ticket.ref, outcome=await self._held.begin(ticket.ref, call))

    def _settled(self, ticket: Ticket, reply: Reply) -> Done | Failed:
        if reply.status not in _GOOD:
            ended = failures.ended(reply, self._api.redacted)
            if ended is None:
                raise failures.refusal(reply, paid=True, redacted=self._api.redacted)
            return ended
        made = wire.read(wire.Made, reply.body)
        if made is None:
            raise ProviderError(FailureCode.UNREADABLE, f"HTTP {reply.status}, nothing in it", sent=Sent.MAYBE)
        return finished(ticket, made, self._links)

    def _checked(self, ticket: Ticket) -> Outcome | None:
        """Return how a held call is doing; ``None`` sends us to look for its result at the server."""
        try:
            return self._held.check(ticket.ref)
        except ProviderError as error:
            if error.sent is Sent.MAYBE and ticket.kind not in _LOST:
                return None
            return held.broken(error)

    async def _asked(self, entry: Entry) -> Outcome:
        found = await self._search.look(entry.ticket)
        if entry.outcome is not None:
            return entry.outcome
        if found is None:
            entry.missed += 1
            found = self._search.settled(entry.ticket, entry.missed)
        if isinstance(found, Done | Failed):
            entry.end(found, self._now())
            return found
        if isinstance(found, Running):
            self._board.looked(entry, found)
        return entry.running

    async def _remembered(self, order: Order, token: str, since: datetime) -> Ticket:
        """Return the name of an order; one whose model is not offered any more was perhaps placed all the same."""
        try:
            return (await self._purchase(order)).ticket(token, since)
        except ProviderError:
            kind = Kind.FILM if order.task in _HELD_TASKS else Kind.UNKNOWN
            return Ticket(kind, order.model, token, since, order.count)

    async def _source(self, purchase: Purchase) -> str:
        """Return the file that an order goes on from, by the order itself or by the one before it."""
        if said := purchase.source():
            return said
        order = purchase.order
        if not order.origin:
            return ""
        before = Ticket.read(order.origin, self._now())
        return await self._search.file(before.token, order.piece)

    async def _prepared(self, order: Order, picture: Picture) -> Picture:
        if not picture.url:
            return replace(picture, url=embedded(picture))
        url, named, framed = picture.url, self._links.named(picture.url), self._links.framed(picture.url)
        if url.startswith("data:image/"):
            return picture
        if named and (order.task in {Task.IMAGE_TO_VIDEO, Task.REFERENCE_IMAGE_TO_VIDEO, Task.REWORK_IMAGE}):
            return picture
        if framed and order.task is Task.IMAGE_TO_VIDEO:
            return picture
        if not named and not framed:
            raise ProviderError(FailureCode.PICTURE_REFUSED, "an address of somebody else", sent=Sent.NO)
        reply = await self._api.get(url.removeprefix(self._links.base))
        try:
            fetched = checked(reply.body) if reply.status in _GOOD else None
        except PictureError:
            fetched = None
        if fetched is None:
            raise ProviderError(FailureCode.RESULT_DELETED, f"HTTP {reply.status}", sent=Sent.NO)
        return replace(fetched, url=embedded(fetched), role=picture.role)

    async def _purchase(self, order: Order) -> Purchase:
        async with self._reading:
            catalogue = self._last or await self._read()
        product = catalogue.product(order.task, order.model)
        return Purchase.of(order, product, catalogue.read_at, self._links)

    async def _read(self) -> Catalogue:
        self._last = read_catalogue(await read_setup(self._api), self._prices, self._now())
        return self._last
