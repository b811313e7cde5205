"""An order with its price: the terms of a quote and the body of the paid call. Sending it is in ``provider``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.contract import Order, Quote, Role
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.imaginepro import bodies, midjourney
from providers.imaginepro.buttons import MIDJOURNEY, is_offered
from providers.imaginepro.catalogue import LUMI, VIDEO, Product
from providers.imaginepro.form import refused, resolved
from providers.imaginepro.paths import Family
from providers.imaginepro.prices import UNIT, Price
from providers.models import ParamValue, Task
from providers.promise import Promise
from providers.transport import is_safe

_READS_PARAMETERS: Final = frozenset({MIDJOURNEY, LUMI, VIDEO})
"""The models that would take a parameter out of the words. To the others it is words like any."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order with its model, every setting and the price of one unit."""

    order: Order
    product: Product
    values: Mapping[str, ParamValue]
    price: Price

    @classmethod
    def of(cls, order: Order, product: Product) -> "Purchase":
        """Price an order. Raises :class:`ProviderError` with ``sent: no`` for what the model does not take."""
        if not 1 <= order.count <= product.spec.max_count:
            raise refused(FailureCode.NO_SUCH_COMBINATION, "count", most=product.spec.max_count)
        values = resolved(product.spec.params, order.params)
        if order.task is Task.REWORK_IMAGE:
            _check_step(order)
        elif product.spec.id in _READS_PARAMETERS:
            midjourney.check_words(order.prompt)
        _check_inputs(order, product.spec.max_inputs)
        return cls(order, product, values, product.cost(values))

    @property
    def terms(self) -> Promise:
        """What is promised about the price."""
        return Promise(
            model=self.product.spec.id,
            per_unit=self.price.credits,
            settings=self.values,
            step=self.order.step,
            task=self.order.task,
            unit=UNIT,
            units=self.order.count,
        )

    def quote(self) -> Quote:
        """Return the price of the whole order."""
        return Quote(
            per_unit=self.price.credits,
            units=self.order.count,
            total=self.price.credits * self.order.count,
            unit=UNIT,
            basis=self.product.basis,
            terms=self.terms.model_dump_json(),
            read_at=self.price.read_at,
        )

    def check(self, quote: Quote) -> None:
        """Refuse if what was promised is not what would be paid now: the service takes no price with an order."""
        self.terms.check(quote)

    def path(self, family: Family) -> str:
        """Return where this is ordered."""
        return bodies.path(self.order, family)

    def body(self, token: str, hook: str) -> bytes:
        """Return the body of the paid call: what is ordered, our name of the attempt, and whom to tell."""
        _check_addresses(self.order, self.product.spec.min_inputs)
        sent: bodies.Json = {**bodies.body(self.order, self.values), "ref": token, "timeout": bodies.LONGEST}
        if hook:
            sent["webhookOverride"] = hook + token
        return json.dumps(sent, ensure_ascii=False).encode()

    @property
    def said(self) -> str:
        """The words that the service remembers the order by, without the address of a picture."""
        return bodies.said(self.order, self.values)


def check_links(order: Order) -> None:
    """Refuse a picture that the service cannot read: it takes public addresses and nothing else."""
    if not all(is_safe(bodies.address(picture)) for picture in order.pictures):
        rule = Rule.PICTURE_NEEDS_LINK
        raise ProviderError(FailureCode.RULE_BROKEN, rule.value, sent=Sent.NO, rule=rule)


def _check_step(order: Order) -> None:
    if not order.origin or not is_offered(order.step):
        raise ProviderError(FailureCode.SETTINGS_REFUSED, "no button of a finished order", sent=Sent.NO)


def _check_inputs(order: Order, most: int) -> None:
    """Refuse what the model does not take, by the rule that says so."""
    roles = {picture.role for picture in order.pictures}
    broken = (
        (Rule.NO_SOUNDS, bool(order.sounds)),
        (Rule.NO_VIDEOS, bool(order.videos)),
        (Rule.NO_MASK, Role.MASK in roles),
        (Rule.NO_MIDDLE_FRAME, Role.MIDDLE in roles),
        (Rule.TOO_MANY_REFERENCES, len(order.pictures) > most),
    )
    rule = next((rule for rule, is_so in broken if is_so), None)
    if rule is not None:
        raise ProviderError(FailureCode.RULE_BROKEN, rule.value, sent=Sent.NO, rule=rule, data={"most": most})


def _check_addresses(order: Order, least: int) -> None:
    if len(order.pictures) < least:
        raise ProviderError(FailureCode.SETTINGS_REFUSED, "number of pictures", sent=Sent.NO)
    check_links(order)
    if order.model == MIDJOURNEY and not all(
        bodies.fits_a_prompt(bodies.address(picture)) for picture in order.pictures
    ):
        raise ProviderError(FailureCode.PICTURE_REFUSED, "no direct address of a picture file", sent=Sent.NO)
