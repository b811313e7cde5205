"""What a quote promised, and whether it still holds as the order is placed; for providers that take no price with it.

The text of it is what travels with a job as ``Quote.terms``; it survives a restart.
"""

from collections.abc import Mapping
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.contract import Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import ParamValue


class Promise(BaseModel):
    """What a quote says about an order. ``step`` is the step on from another order, where it is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    per_unit: Decimal
    settings: Mapping[str, ParamValue]
    task: str
    unit: str
    units: int
    step: str = ""

    def check(self, quote: Quote) -> None:
        """Refuse if what was promised is not this, which would be paid now. Raises with ``sent: no``."""
        try:
            told = Promise.model_validate_json(quote.terms)
        except ValidationError:
            raise ProviderError(FailureCode.CATALOGUE_STALE, "terms unreadable", sent=Sent.NO) from None
        if (told.model, told.task, told.step) != (self.model, self.task, self.step):
            raise ProviderError(FailureCode.MODEL_MISMATCH, "terms of another order", sent=Sent.NO)
        price = (told.per_unit, told.unit, told.units, quote.total)
        if price != (self.per_unit, self.unit, self.units, self.per_unit * self.units):
            raise ProviderError(FailureCode.PRICE_MISMATCH, "price changed", sent=Sent.NO)
        if told.settings != self.settings:
            raise ProviderError(FailureCode.CATALOGUE_STALE, "settings changed", sent=Sent.NO)
