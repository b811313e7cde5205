"""What the core's tests read: the models of the sandbox's catalogue, and cards as people see them. No assertions."""

import json
from collections.abc import Iterator
from datetime import UTC
from functools import cache

from hypothesis import settings

from bot.core.cards import Card
from bot.i18n import Translators
from bot.text import Value
from providers.ima_studio.catalogue import read_catalogue
from providers.ima_studio.models import PACES
from providers.ima_studio.wire import ProductsAnswer
from providers.models import ModelSpec, Task
from providers.sandbox.ima.leaf import Category
from providers.sandbox.ima.offers import CATALOGUE
from providers.sandbox.ima.tree import tree
from tests.fakes.clock import START

unhurried = settings(deadline=None)
"""For tests of many examples: a busy machine is no failure."""

WORDS = Translators(UTC)
LOCALES = ("en", "zh_Hans")


@cache
def catalogue(task: Task = Task.TEXT_TO_VIDEO) -> tuple[ModelSpec, ...]:
    """Return the models of a task, as the adapter reads them from the sandbox's list; none for what it lacks."""
    if task not in PACES:
        return ()
    shelf = Category(task.value)
    body = json.dumps({"code": 0, "data": tree(shelf, CATALOGUE[shelf], chinese=False)})
    products = read_catalogue(task, ProductsAnswer.model_validate_json(body).data, START).products
    return tuple(product.spec for product in products.values())


def live(name: str, task: Task = Task.TEXT_TO_VIDEO) -> ModelSpec:
    """Return one of them by its name."""
    return next(model for model in catalogue(task) if model.name == name)


def wide(text: str) -> str:
    """Return a text as it comes from a keyboard in full-width mode."""
    return text.translate({0x21 + n: 0xFF01 + n for n in range(94)} | {0x20: 0x3000})


def say(value: Value | None, locale: str = "en") -> str:
    """Return a value in words."""
    return "" if value is None else WORDS.get(locale).say(value)


def facts(card: Card, locale: str = "en") -> dict[str, str]:
    """Return a card's facts by their labels."""
    return {say(fact.label, locale): say(fact.value, locale) for fact in card.facts}


def labels(card: Card, locale: str = "en") -> list[str]:
    """Return what stands on a card's buttons."""
    return [say(button.label, locale) for button in card.buttons]


def read(card: Card, locale: str = "en") -> str:
    """Return everything on a card that is words."""
    return "\n".join(part for part in _parts(card, locale) if part)


def _parts(card: Card, locale: str) -> Iterator[str]:
    yield say(card.title, locale)
    yield from (say(line, locale) for line in card.lines)
    yield from (f"{label}: {value}" for label, value in facts(card, locale).items())
    yield from labels(card, locale)
