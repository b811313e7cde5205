"""imgnAI Katana as a provider: reading, pricing, ordering, checking over its public API. The parts are next door."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

import structlog
from typing_extensions import override

from providers.contract import Bare, Capabilities, Order, ProviderSettings, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.katana import attestation, menu, wire
from providers.katana.answer import accepted, check_answer, content
from providers.katana.catalogue import NAME, UNIT, Catalogue, read_catalogue
from providers.katana.credentials import Pair
from providers.katana.events import Writing
from providers.katana.failures import waiting
from providers.katana.known import known
from providers.katana.outcome import read_outcome
from providers.katana.purchase import Purchase, embedded
from providers.katana.streams import PREFIX, Streams
from providers.models import MediaKind, ModelSpec, Privacy, Task
from providers.outcomes import Accepted, Balance, Outcome, Running, Survey
from providers.transport import Transport, is_safe

BASE_URL: Final = "https://kat.imgnai.com"

_PAGE: Final = "https://app.imgnai.com/katana-api"
_MODELS: Final = "/v1/models"
_BALANCE: Final = "/v1/me/balance"
_ORDERS: Final = "/v1/generation-requests"
_CHAT: Final = "/v1/chat/completions"
_TEXT: Final = "/llms.txt"
_STALL_SECONDS: Final = 120.0
_OK: Final = 200
_TOO_MANY: Final = 429

_CAPABILITIES: Final = Capabilities(
    tasks=frozenset(
        {
            Task.TEXT_TO_IMAGE,
            Task.IMAGE_TO_IMAGE,
            Task.TEXT_TO_VIDEO,
            Task.IMAGE_TO_VIDEO,
            Task.FIRST_LAST_FRAME_TO_VIDEO,
            Task.REFERENCE_IMAGE_TO_VIDEO,
            Task.TEXT_TO_TEXT,
        }
    ),
    record_page=_PAGE,
    key_page=_PAGE,
    top_up_page=_PAGE,
    tells_balance=True,
    can_be_surveyed=True,
    must_ask=True,
    one_per_person=True,
    reads_roles=True,
    rate=Decimal("0.0052"),
    currency="USD",
)

_log = structlog.get_logger()


def create(settings: ProviderSettings) -> "Katana":
    """Return the adapter; nothing is connected yet. Raises ``ValueError`` for a key that is no pair."""
    return Katana(settings)


class Katana(Bare):
    """The adapter. It remembers the last model list, and answers that are being streamed to it."""

    def __init__(self, settings: ProviderSettings, *, stall_seconds: float = _STALL_SECONDS) -> None:
        pair = Pair.read(settings.key)
        address = _https(settings.base_url or BASE_URL)
        self._open = _transport(address, {}, pair)  # the model list changes its shape when a key is shown
        self._media = _transport(address, pair.headers(), pair)
        self._text = _transport(address, pair.bearer(), pair)
        self._now = settings.now
        self._nonce = settings.nonce
        self._stall_seconds = stall_seconds
        self._streams = Streams(settings.now)
        self._last: Catalogue | None = None
        self._reading = asyncio.Lock()

    @property
    def name(self) -> str:
        """The name in settings and in the store."""
        return NAME

    @property
    def title(self) -> str:
        """The name people know."""
        return "imgnAI Katana"

    @property
    def capabilities(self) -> Capabilities:
        """No looking up and no cancelling: whether ``client_request_id`` finds an order is not proven (section 2.2)."""
        return _CAPABILITIES

    async def models(self, task: Task) -> tuple[ModelSpec, ...]:
        """Read the live list. It is one for all tasks."""
        async with self._reading:
            catalogue = await self._read()
        return tuple(product.spec for product in catalogue.products.get(task, {}).values())

    async def quote(self, order: Order) -> Quote:
        """Price an order from the last list, read now if there is none. Every custom rule is checked first."""
        return (await self._purchase(order)).quote()

    async def prepare(self, order: Order) -> Order:
        """Turn pictures that have no address into data URLs; nothing leaves the process."""
        return replace(order, pictures=tuple(replace(p, url=embedded(p)) for p in order.pictures))

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Place the paid order, once. ``token`` goes along as ``client_request_id`` and stands in our log."""
        purchase = await self._purchase(order)
        purchase.check(quote)
        body = purchase.question() if order.task is Task.TEXT_TO_TEXT else purchase.media(token)
        if purchase.product.spec.privacy is Privacy.SEALED:
            await attestation.prove(self._text, purchase.product.spec.id, self._nonce())
        _log.info("katana_paying", attempt=token, model=order.model, credits=str(quote.total))
        try:
            taken = await self._pay(purchase, body, quote, token)
        except ProviderError as error:
            if error.code is FailureCode.MODEL_UNAVAILABLE:
                self._last = None
            raise
        _log.info("katana_accepted", attempt=token, ref=taken.ref)
        return taken

    async def check(self, ref: str) -> Outcome:
        """Ask how an order is doing; a streamed answer is looked up in memory. A busy server says when to ask again."""
        if ref.startswith(PREFIX):
            return self._streams.check(ref)
        reply = await self._media.get(f"{_ORDERS}/{ref}")
        if reply.status == _TOO_MANY and (wait := waiting(reply)):
            return Running(poll_after=float(wait["retry_after"]))
        return read_outcome(content(reply, wire.Order, self._media), self._now(), self._media.redacted)

    @override
    async def balance(self) -> Balance:
        """Read the account's credits."""
        reply = await self._text.get(_BALANCE)
        return Balance(content(reply, wire.Credits, self._text).credits, UNIT)

    @override
    async def survey(self) -> Survey:
        """Read the provider's page for programs and its model list."""
        page = await self._open.get(_TEXT)
        check_answer(page, self._open)
        models = await self._open.get(_MODELS)
        check_answer(models, self._open)
        lines = menu.lines(models.body)
        if lines is None:
            raise ProviderError(FailureCode.UNREADABLE, "model list", sent=Sent.NO)
        return Survey(page.body.decode(errors="replace"), lines)

    async def close(self) -> None:
        """Close every connection; answers that are still arriving break off."""
        await self._streams.close()
        for transport in (self._open, self._media, self._text):
            await transport.close()

    async def _pay(self, purchase: Purchase, body: bytes, quote: Quote, token: str) -> Accepted:
        if purchase.product.spec.media is not MediaKind.TEXT:
            return accepted(await self._media.pay(f"{_ORDERS}?wait=false", body), self._now(), self._media.redacted)
        if purchase.product.polled:
            return accepted(await self._text.pay(f"{_CHAT}?wait=false", body), self._now(), self._text.redacted)
        flow = await self._text.pay_stream(_CHAT, body, stall_seconds=self._stall_seconds)
        if flow.status != _OK:
            try:
                return accepted(await flow.whole(), self._now(), self._text.redacted)
            finally:
                await flow.close()
        writing = Writing(quote.total, purchase.product.spec.privacy, self._text.redacted)
        return Accepted(self._streams.begin(token, flow, writing), flow.headers.get("X-Request-ID", ""))

    async def _purchase(self, order: Order) -> Purchase:
        async with self._reading:
            catalogue = self._last or await self._read()
        return Purchase.of(order, catalogue.product(order.task, order.model))

    async def _read(self) -> Catalogue:
        reply = await self._open.get(_MODELS)
        check_answer(reply, self._open)
        found = menu.read_menu(reply.body)
        if found is None:
            raise ProviderError(FailureCode.UNREADABLE, "model list", sent=Sent.NO)
        self._last = read_catalogue(found, known(), self._now())
        return self._last


def _transport(address: str, headers: Mapping[str, str], pair: Pair) -> Transport:
    usual = {"Content-Type": "application/json", "User-Agent": "Limner"}
    return Transport(address, {**usual, **headers}, secrets=pair.secrets)


def _https(address: str) -> str:
    """Return an address that may carry the pair: the provider wants http rewritten, this machine excepted."""
    if urlsplit(address).scheme == "http" and not is_safe(address):
        return "https" + address.removeprefix(address[:4])
    return address
