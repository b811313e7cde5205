"""When a price has to be said yes to, and which models cost less. Prices themselves come from the provider."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from enum import StrEnum

from providers.contract import PriceBasis, Quote
from providers.models import ModelSpec

EXPENSIVE = Decimal(50)
"""Above this many units a notice names cheaper models, unless the model was asked for (seed: cost transparency)."""


class ConfirmMode(StrEnum):
    """When a person has to press Confirm."""

    ALWAYS = "always"
    ABOVE = "above"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ConfirmPolicy:
    """The rule of one provider. ``limit`` belongs to ``ABOVE``: more than that asks."""

    mode: ConfirmMode = ConfirmMode.ALWAYS
    limit: Decimal = Decimal(0)

    def asks(self, total: Decimal) -> bool:
        """Whether an order of this total waits for a yes."""
        match self.mode:
            case ConfirmMode.ALWAYS:
                return True
            case ConfirmMode.ABOVE:
                return total > self.limit
            case ConfirmMode.NEVER:
                return False


def parse_policy(text: str) -> ConfirmPolicy:
    """Read ``always``, ``never`` or ``above:30``; anything else raises ``ValueError`` naming what is allowed."""
    mode, _, limit = text.strip().lower().partition(":")
    try:
        if mode != ConfirmMode.ABOVE and not limit:
            return ConfirmPolicy(ConfirmMode(mode))
        if mode == ConfirmMode.ABOVE and (amount := Decimal(limit)).is_finite() and amount >= 0:
            return ConfirmPolicy(ConfirmMode.ABOVE, amount)
    except (ValueError, ArithmeticError):
        pass
    msg = f"{text!r} is not always, never or above:<amount>"
    raise ValueError(msg)


def in_money(amount: Decimal, rate: Decimal, currency: str) -> str:
    """Return what units cost in money, rounded up: what costs something never costs 0.00."""
    money = amount * rate
    step = Decimal("0.01") if money >= Decimal("0.01") else Decimal("0.0001")
    return f"{money.quantize(step, ROUND_UP)} {currency}".strip()


def is_at_most(quote: Quote) -> bool:
    """Whether a price is the most that an order can cost rather than what it costs."""
    return quote.basis is PriceBasis.AT_MOST


def is_covered(quote: Quote) -> bool:
    """Whether the account's plan covers an order, so that nothing is paid for it alone."""
    return quote.basis is PriceBasis.PLAN


def same_price(told: Quote, now: Quote) -> bool:
    """Whether the price that was told still holds, with the same terms."""
    return (told.total, told.units, told.unit, told.terms) == (now.total, now.units, now.unit, now.terms)


def cheaper(models: Iterable[ModelSpec], than: Quote, *, but: str, most: int = 2) -> list[ModelSpec]:
    """Return models whose default costs less for one, the recommended first, then the cheapest."""
    others = [m for m in models if m.id != but and m.unit == than.unit and not m.needs_subscription]
    found = [m for m in others if m.price is not None and m.price < than.per_unit]
    return sorted(found, key=lambda m: (not m.recommended, m.price or 0))[:most]
