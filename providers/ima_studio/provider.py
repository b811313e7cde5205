"""IMA Studio as a provider: reading, pricing, ordering and checking over its open API. The parts are next door."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import structlog
from pydantic import ValidationError

from providers.contract import Bare, Capabilities, Order, ProviderSettings, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.answer import check_answer, content
from providers.ima_studio.catalogue import NAME, Catalogue, Product, read_catalogue
from providers.ima_studio.models import PACES, UNIT, facts_of
from providers.ima_studio.outcome import read_outcome
from providers.ima_studio.purchase import Purchase, accepted
from providers.ima_studio.upload import Uploader, approve
from providers.ima_studio.wire import Detail, DetailAnswer, ProductsAnswer
from providers.models import ModelSpec, Task
from providers.outcomes import Accepted, Outcome
from providers.transport import Transport

BASE_URL: Final = "https://api.imastudio.com"
UPLOAD_URL: Final = "https://imapi.liveme.com"

_PRODUCTS: Final = "/open/v1/product/list"
_CREATE: Final = "/open/v1/tasks/create"
_DETAIL: Final = "/open/v1/tasks/detail"

_STALE: Final = frozenset(
    {
        FailureCode.PRICE_MISMATCH,
        FailureCode.NO_SUCH_COMBINATION,
        FailureCode.MODEL_MISMATCH,
        FailureCode.CATALOGUE_STALE,
    }
)
"""Refusals of a paid call that say our copy of the catalogue is out of date."""

_CAPABILITIES: Final = Capabilities(
    tasks=frozenset(PACES),
    record_page="https://www.imastudio.com/ai-creation/text-to-video",
    key_page="https://www.imaclaw.ai/imaclaw/apikey",
    top_up_page="https://www.imaclaw.ai/imaclaw/subscription",
)

_log = structlog.get_logger()


def create(settings: ProviderSettings) -> "ImaStudio":
    """Return the adapter; nothing is connected yet."""
    return ImaStudio(settings)


class ImaStudio(Bare):
    """The adapter. It remembers the last catalogue of every task and nothing else."""

    def __init__(self, settings: ProviderSettings) -> None:
        secrets = (settings.key.reveal(), settings.app_key.reveal())
        self._api = Transport(settings.base_url or BASE_URL, _headers(settings), secrets=secrets)
        self._files = Transport(settings.upload_url or UPLOAD_URL, {}, secrets=secrets)
        self._uploader = Uploader(self._files, settings)
        self._now = settings.now
        self._catalogues: dict[Task, Catalogue] = {}
        self._reading = asyncio.Lock()

    @property
    def name(self) -> str:
        """The name in settings and in the store."""
        return NAME

    @property
    def title(self) -> str:
        """The name people know."""
        return "IMA Studio"

    @property
    def capabilities(self) -> Capabilities:
        """No looking up, no cancelling, no percent: the API has none of them (reference section 1.2)."""
        return _CAPABILITIES

    async def models(self, task: Task) -> tuple[ModelSpec, ...]:
        """Read the live catalogue of one task."""
        async with self._reading:
            catalogue = await self._read(task)
        return tuple(product.spec for product in catalogue.products.values())

    async def quote(self, order: Order) -> Quote:
        """Price an order from the last catalogue, read now if there is none."""
        catalogue = await self._catalogue(order.task)
        purchase = Purchase.of(order, _product(catalogue, order))
        points = Decimal(purchase.price.rule.points)
        return Quote(
            per_unit=points,
            units=order.count,
            total=points * order.count,
            unit=UNIT,
            basis=purchase.price.basis,
            terms=purchase.terms.text(),
            read_at=catalogue.read_at,
        )

    async def prepare(self, order: Order) -> Order:
        """Upload what has no address yet; models that want approved pictures get them approved."""
        pictures = await self._uploader.addressed(order.pictures)
        if facts_of(order.model).approves:
            await approve(self._api, pictures)
        return replace(order, pictures=pictures)

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Place the paid order, once. The API has no place for ``token``; it stands in our log."""
        purchase = Purchase.of(order, _product(await self._catalogue(order.task), order))
        purchase.check(quote)
        body = purchase.body()
        _log.info("ima_studio_paying", attempt=token, model=order.model, points=str(quote.total))
        try:
            taken = accepted(await self._api.pay(_CREATE, body), self._api.redacted)
        except ProviderError as error:
            if error.code in _STALE:
                self._catalogues.pop(order.task, None)
            raise
        _log.info("ima_studio_accepted", attempt=token, ref=taken.ref)
        return taken

    async def check(self, ref: str) -> Outcome:
        """Ask how an order is doing."""
        reply = await self._api.post(_DETAIL, json.dumps({"task_id": ref}).encode())
        return read_outcome(content(reply, DetailAnswer, Detail, self._api), self._api.redacted)

    async def close(self) -> None:
        """Close every connection."""
        await self._api.close()
        await self._files.close()

    async def _catalogue(self, task: Task) -> Catalogue:
        async with self._reading:
            return self._catalogues.get(task) or await self._read(task)

    async def _read(self, task: Task) -> Catalogue:
        reply = await self._api.get(_PRODUCTS, {"app": "ima", "platform": "web", "category": task.value})
        check_answer(reply, self._api)
        try:
            nodes = ProductsAnswer.model_validate_json(reply.body).data
        except ValidationError:
            raise ProviderError(FailureCode.UNREADABLE, "product list", sent=Sent.NO) from None
        self._catalogues[task] = read_catalogue(task, nodes, self._now())
        return self._catalogues[task]


def _headers(settings: ProviderSettings) -> Mapping[str, str]:
    return {
        "Authorization": f"Bearer {settings.key.reveal()}",
        "Content-Type": "application/json",
        "User-Agent": "Limner",
        "x-app-source": "ima_skills",
        "x_app_language": "zh" if settings.language.lower().startswith("zh") else "en",
    }


def _product(catalogue: Catalogue, order: Order) -> Product:
    product = catalogue.products.get(order.model)
    if product is None:
        raise ProviderError(FailureCode.MODEL_UNAVAILABLE, "not in the catalogue", sent=Sent.NO)
    return product
