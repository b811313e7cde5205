"""What Katana charges: per picture, by a video's length, or at most so much for an answer. Reading prices is not here.

**Answers.** The provider sets aside at least 10 credits, more with a longer ``max_tokens``, and gives back what the
answer did not need; where its own supplier reports no usage it keeps all of it (reference section 2.6). How it
reckons the question's tokens is not published, so each of its bytes counts as one: no tokenizer makes more. What an
order can cost is then the price of that many tokens read and of ``max_tokens`` written, rounded up to 0.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Final

from providers.contract import Order, PriceBasis
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import ParamSpec, ParamValue

LEAST_RESERVE: Final = Decimal(10)
_STEP: Final = Decimal("0.1")
_MILLION: Final = Decimal(1_000_000)
_FRAME_TOKENS: Final = 64  # roles and marks around a question
_PICTURE_TOKENS: Final = 8192  # more than any model is known to read in a picture of 4096 pixels a side

Range = tuple[Decimal, Decimal, Decimal]
"""The lowest, the default and the highest price of one unit."""


@dataclass(frozen=True, slots=True)
class PerPicture:
    """Credits for one picture, and for one in the fast or UHD mode where such a mode has a price of its own.

    A fast picture costs less than another one (the provider's page), so without a price of its own it costs at most
    as much.
    """

    credits: Decimal
    fast: Decimal | None
    uhd: Decimal | None
    read_at: datetime

    def basis(self, values: Mapping[str, ParamValue]) -> PriceBasis:
        """Return how exact the price of these settings is."""
        if self.fast is None and values.get("fast"):
            return PriceBasis.AT_MOST
        return PriceBasis.FLAT if self.fast is None and self.uhd is None else PriceBasis.EXACT

    def price(self, order: Order, values: Mapping[str, ParamValue]) -> Decimal:
        """Return the price of one picture. UHD wins over fast, as at the provider."""
        del order
        if values.get("uhd") and self.uhd is not None:
            return self.uhd
        return self.fast if values.get("fast") and self.fast is not None else self.credits

    def range(self, params: Sequence[ParamSpec]) -> Range:
        """Return what one picture can cost."""
        del params
        prices = [price for price in (self.credits, self.fast, self.uhd) if price is not None]
        return min(prices), self.credits, max(prices)


@dataclass(frozen=True, slots=True)
class ByLength:
    """Credits of one video by its seconds."""

    lengths: Mapping[int, Decimal]
    read_at: datetime

    def basis(self, values: Mapping[str, ParamValue]) -> PriceBasis:
        """A length has its price; without one the sound decides it."""
        return PriceBasis.EXACT if "duration" in values else PriceBasis.AT_MOST

    def price(self, order: Order, values: Mapping[str, ParamValue]) -> Decimal:
        """Return the price of the chosen length, without one the highest of all."""
        del order
        if "duration" not in values:
            return max(self.lengths.values())
        length = values["duration"]
        if not isinstance(length, int) or length not in self.lengths:
            raise ProviderError(FailureCode.NO_SUCH_COMBINATION, "length", sent=Sent.NO, data={"setting": "duration"})
        return self.lengths[length]

    def range(self, params: Sequence[ParamSpec]) -> Range:
        """Return what one video can cost; the default is the shortest."""
        del params
        return min(self.lengths.values()), self.lengths[min(self.lengths)], max(self.lengths.values())


@dataclass(frozen=True, slots=True)
class PerToken:
    """Credits for a million tokens read and written."""

    reads: Decimal
    writes: Decimal
    read_at: datetime

    def basis(self, values: Mapping[str, ParamValue]) -> PriceBasis:
        """Nobody knows how long an answer becomes."""
        del values
        return PriceBasis.AT_MOST

    def price(self, order: Order, values: Mapping[str, ParamValue]) -> Decimal:
        """Return the most that an answer to this question can cost."""
        asked = len(order.prompt.encode()) + _FRAME_TOKENS + _PICTURE_TOKENS * len(order.pictures)
        return self._most(asked, int(values.get("answer_length", 0)))

    def range(self, params: Sequence[ParamSpec]) -> Range:
        """Return the most that answers to a short question can cost: the shortest, the usual, the longest."""
        (length,) = params
        shortest, longest = length.choices[0].value, length.choices[-1].value
        lowest, usual, highest = (self._most(_FRAME_TOKENS, int(n or 0)) for n in (shortest, length.default, longest))
        return lowest, usual, highest

    def _most(self, asked: int, written: int) -> Decimal:
        total = (self.reads * asked + self.writes * written) / _MILLION
        return max(LEAST_RESERVE, total.quantize(_STEP, ROUND_CEILING))


Tariff = PerPicture | ByLength | PerToken
