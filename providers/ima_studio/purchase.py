"""The paid order: its terms, its body on the wire, and what the answer to it means for the money. No sending here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.contract import Order, Picture, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.catalogue import Product
from providers.ima_studio.failures import refusal
from providers.ima_studio.models import facts_of
from providers.ima_studio.pricing import Price, price
from providers.ima_studio.wire import SUCCESS_CODES, Created, CreatedAnswer, Head, read_data
from providers.outcomes import Accepted
from providers.transport import Reply, is_safe

_REFUSED_STATUSES: Final = frozenset({400, 401, 402, 403, 404, 405, 411, 413, 414, 415, 422, 429, 431})
"""HTTP statuses that say no by themselves. Any other one without a code of the provider's leaves it open."""


class Terms(BaseModel):
    """What a quote promised, in a form that survives a restart. ``points`` are per unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attribute_id: int
    model: str
    points: int
    task: str
    units: int

    @classmethod
    def of(cls, order: Order, found: Price) -> "Terms":
        """Return the terms of an order at a price."""
        rule = found.rule
        return cls(
            attribute_id=rule.attribute_id, model=order.model, points=rule.points, task=order.task, units=order.count
        )

    def text(self) -> str:
        """Return the terms as text: equal terms are equal text."""
        return self.model_dump_json()


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order with its model and its exact price."""

    order: Order
    product: Product
    price: Price

    @classmethod
    def of(cls, order: Order, product: Product) -> "Purchase":
        """Price an order exactly. Raises :class:`ProviderError` with ``sent: no``."""
        if not 1 <= order.count <= product.spec.max_count:
            data: dict[str, int | str] = {"setting": "count", "most": product.spec.max_count}
            raise ProviderError(FailureCode.NO_SUCH_COMBINATION, "count not offered", sent=Sent.NO, data=data)
        return cls(order, product, price(product.tariff, order.params))

    @property
    def terms(self) -> Terms:
        """What the provider will be told about the price."""
        return Terms.of(self.order, self.price)

    def check(self, quote: Quote) -> None:
        """Refuse if what was promised is not what would be paid now."""
        try:
            told = Terms.model_validate_json(quote.terms)
        except ValidationError:
            raise ProviderError(FailureCode.CATALOGUE_STALE, "terms unreadable", sent=Sent.NO) from None
        now = self.terms
        if (told.model, told.task) != (now.model, now.task):
            raise ProviderError(FailureCode.MODEL_MISMATCH, "terms of another order", sent=Sent.NO)
        total = Decimal(now.points) * now.units
        if (told.points, told.units, quote.total) != (now.points, now.units, total):
            raise ProviderError(FailureCode.PRICE_MISMATCH, "price changed", sent=Sent.NO)
        if told.attribute_id != now.attribute_id:
            raise ProviderError(FailureCode.CATALOGUE_STALE, "price row changed", sent=Sent.NO)

    def body(self) -> bytes:
        """Return the body of the paid call (reference section 1.5)."""
        order, spec, rule = self.order, self.product.spec, self.price.rule
        urls = _addresses(order.pictures, spec.min_inputs, spec.max_inputs)
        inner = {
            **self.price.wire,
            "prompt": order.prompt,
            "n": order.count,
            "input_images": urls,
            "cast": {"points": rule.points, "attribute_id": rule.attribute_id},
        }
        parameters = {
            "attribute_id": rule.attribute_id,
            "model_id": self.product.family,
            "model_name": spec.name,
            "model_version": spec.id,
            "app": "ima",
            "platform": "web",
            "category": order.task.value,
            "credit": rule.points,
            "parameters": inner,
        }
        whole: dict[str, object] = {
            "task_type": order.task.value,
            "enable_multi_model": False,
            "src_img_url": urls,
            "parameters": [parameters],
        }
        if urls and facts_of(spec.id).approves:
            whole["src_image"] = [_measured(picture) for picture in order.pictures]
        return json.dumps(whole, ensure_ascii=False).encode()


def accepted(reply: Reply, redacted: Callable[[str], str]) -> Accepted:
    """Return the order that an answer to the paid call names, or raise with what it means for the money.

    A code of the provider's is a certain no, also beside a strange HTTP status. An answer that says neither yes nor
    no leaves it open: the order may have been charged.
    """
    head = Head.read(reply.body)
    if head is not None and head.code is not None and head.code not in SUCCESS_CODES:
        raise refusal(reply, head, sent=Sent.YES, redacted=redacted)
    if head is not None:
        try:
            return Accepted(read_data(reply.body, CreatedAnswer, Created).id)
        except ValidationError:
            pass
    if reply.status in _REFUSED_STATUSES:
        raise refusal(reply, head, sent=Sent.YES, redacted=redacted)
    if reply.status >= 500:  # noqa: PLR2004 - the server's own errors
        raise refusal(reply, head, sent=Sent.MAYBE, redacted=redacted)
    raise ProviderError(FailureCode.UNREADABLE, f"HTTP {reply.status}, no order in it", sent=Sent.MAYBE)


def _addresses(pictures: tuple[Picture, ...], least: int, most: int) -> list[str]:
    if not least <= len(pictures) <= most:
        raise ProviderError(FailureCode.SETTINGS_REFUSED, "number of pictures", sent=Sent.NO)
    if not all(is_safe(picture.url) for picture in pictures):
        raise ProviderError(FailureCode.PICTURE_REFUSED, "a picture has no address", sent=Sent.NO)
    return [picture.url for picture in pictures]


def _measured(picture: Picture) -> dict[str, object]:
    size = {"width": picture.width, "height": picture.height} if picture.width and picture.height else {}
    return {"url": picture.url, **size}
