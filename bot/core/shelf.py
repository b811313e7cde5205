"""How a list of models is put in order and made shorter. Reading the models and showing the list are not here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.core.preferences import plain
from providers.models import ModelSpec, Trait


class Sort(StrEnum):
    """What comes first."""

    POPULAR = "popular"
    PRICE = "price"
    SPEED = "speed"


_SORTS = {
    **dict.fromkeys(("popular", "best", "热门", "人气"), Sort.POPULAR),
    **dict.fromkeys(("price", "cheap", "cheapest", "价格", "便宜", "最便宜"), Sort.PRICE),
    **dict.fromkeys(("speed", "fast", "fastest", "速度", "快", "最快"), Sort.SPEED),
}

MONEY = frozenset({"usd"})
"""Units that are money themselves."""

COVERED = frozenset({"plan_uses"})
"""Units that cost nothing extra."""


@dataclass(frozen=True, slots=True)
class View:
    """How somebody wants to see a list: what first, and only what fits these words."""

    sort: Sort = Sort.POPULAR
    words: tuple[str, ...] = ()


def view(said: Sequence[str]) -> View:
    """Return what is meant by the words after the kind of thing: ``price``, ``speed``, or part of a name."""
    sorts = [_SORTS[word] for word in map(plain, said) if word in _SORTS]
    words = tuple(word for word in map(plain, said) if word and word not in _SORTS)
    return View(sorts[-1] if sorts else Sort.POPULAR, words)


def arranged(
    models: Sequence[ModelSpec], seen: View, services: Mapping[str, str], rates: Mapping[str, Decimal | None]
) -> list[ModelSpec]:
    """Return the models that fit, in the wanted order. ``rates`` is what one unit of a provider costs in money.

    Prices in different units are compared in money; what cannot be compared comes after what can.
    """
    found = [m for m in models if all(_fits(m, word, services) for word in seen.words)]
    match seen.sort:
        case Sort.PRICE:
            return sorted(found, key=lambda m: _price(m, rates.get(m.provider)))
        case Sort.SPEED:
            return sorted(found, key=lambda m: (m.expected.high, m.expected.low))
        case Sort.POPULAR:
            return sorted(found, key=lambda m: (not m.recommended, Trait.POPULAR not in m.traits, not m.traits))


def _fits(model: ModelSpec, word: str, services: Mapping[str, str]) -> bool:
    names = (model.name, model.id, *model.aliases, model.provider, services.get(model.provider, ""))
    return any(word in plain(name) for name in (*names, *(trait.value for trait in model.traits)))


def _price(model: ModelSpec, rate: Decimal | None) -> tuple[int, Decimal]:
    if model.price is None:
        return 2, Decimal(0)
    if model.unit in COVERED:
        return 0, Decimal(0)
    if model.unit in MONEY:
        return 0, model.price
    return (1, model.price) if rate is None else (0, model.price * rate)
