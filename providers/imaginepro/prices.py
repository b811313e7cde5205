"""What ImaginePro charges, in credits. There is no price list to read, so this is the published one with its day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

UNIT: Final = "credits"

READ_ON: Final = datetime(2026, 2, 22, tzinfo=UTC)
"""The day of the answers recorded in the document that the prices come from (the seed's summary of credits)."""

LISTED: Final[Mapping[str, Decimal]] = {
    "midjourney": Decimal(10),
    "relax": Decimal(5),
    "button": Decimal(5),
    "flux": Decimal(6),
    "flux-upscale": Decimal(2),
    "nano-banana-2": Decimal(6),
    "lumi-girl": Decimal(6),
    "mj-video": Decimal(10),
    "remove-bg": Decimal(5),
}
"""Published prices: of one picture with Flux, of one order elsewhere. Enhancing a prompt and looking are free."""

UNLISTED: Final = ("describe", "turbo")
"""What exists and has no published price: sold only where the operator says what it costs."""


@dataclass(frozen=True, slots=True)
class Price:
    """Credits for one unit, and the day from which that is known."""

    credits: Decimal
    read_at: datetime


class PriceList:
    """The published prices, and the operator's for what has none. Raises ``ValueError`` for any other word."""

    def __init__(self, own: Mapping[str, Decimal], now: datetime) -> None:
        strange = sorted(own.keys() - set(UNLISTED))
        if strange:
            raise ValueError(f"prices: {strange[0]} has a published price or is unknown; use {' or '.join(UNLISTED)}")
        if any(not price.is_finite() or price < 0 for price in own.values()):
            raise ValueError("prices: a price must not be below 0")
        self._prices = {name: Price(price, READ_ON) for name, price in LISTED.items()}
        self._prices |= {name: Price(price, now) for name, price in own.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._prices

    def __getitem__(self, name: str) -> Price:
        return self._prices[name]
