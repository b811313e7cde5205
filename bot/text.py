"""Sentences before they have a language: a phrase and the values of its named placeholders. Translation is not here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a provider's unit (``points``, ``credits``); shown with the language's number and plural."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Span:
    """A range of expected seconds, shown in seconds and, from two minutes on, in minutes too."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Lapse:
    """A measured time in seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, shown in the person's time zone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """A phrase with its values, ready to be said in any language.

    ``plural`` is the phrase's plural form, chosen by the value named ``count``.
    """

    phrase: str
    plural: str
    values: Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Listing:
    """Values joined as the language joins them: "5, 10 or 15" (``either``), "5 · 10" (``bare``), "5, 10 and 15"."""

    items: tuple["Value", ...]
    either: bool = False
    bare: bool = False


Value: TypeAlias = str | int | Amount | Span | Lapse | Moment | Listing | Text


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence in the catalogues, in English; calling it fills the named placeholders."""

    one: str
    many: str = ""

    def __call__(self, **values: Value) -> Text:
        """Return the sentence with its values, still without a language."""
        return Text(self.one, self.many, values)
