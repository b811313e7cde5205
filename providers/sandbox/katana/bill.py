"""What a text costs: a reserve before, a charge after, the difference back (reference section 2.6). No ledger here."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from providers.sandbox.katana import tokens
from providers.sandbox.katana.model import TextModel
from providers.sandbox.katana.shelf import LEAST_CHARGE, LEAST_RESERVE, number
from providers.sandbox.katana.writer import Said

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Bill:
    """Tokens read and written, and credits set aside and charged."""

    read: int
    written: int
    reserved: Decimal
    charged: Decimal
    privacy: str

    def usage(self) -> dict[str, object]:
        """Return it as the answer tells it."""
        return {
            "prompt_tokens": self.read,
            "completion_tokens": self.written,
            "total_tokens": self.read + self.written,
            "imgnai": {
                "credits_reserved": number(self.reserved),
                "credits_charged": number(self.charged),
                "credits_refunded": number(self.reserved - self.charged),
                "privacy_mode": self.privacy,
                "billing_source": "api_key",
            },
        }


def make(model: TextModel, read: int, most: int, said: Said) -> Bill:
    """Return the bill of an answer: the reserve is for the longest one that was allowed."""
    written = tokens.count(said.reasoning) + tokens.count(said.text)
    reserved = max(LEAST_RESERVE, _price(model, read, most))
    charged = min(reserved, max(LEAST_CHARGE, _price(model, read, written)))
    return Bill(read, written, reserved, charged, model.privacy.value)


def _price(model: TextModel, read: int, written: int) -> Decimal:
    exact = (model.reads * read + model.writes * written) / _MILLION
    return exact.quantize(LEAST_CHARGE, rounding=ROUND_UP)
