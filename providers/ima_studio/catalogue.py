"""From the provider's product tree to models with settings and prices. Choosing and ordering are not here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from providers.errors import ProviderError
from providers.ima_studio.form import read_form
from providers.ima_studio.models import INPUTS, PACES, RECOMMENDED, UNIT, Facts, facts_of
from providers.ima_studio.pricing import Rule, Tariff, price, settings_for
from providers.ima_studio.wire import Node
from providers.models import ModelSpec, Seconds, Task

NAME = "ima_studio"

_LEAF = "3"
_RANGE = re.compile(r"(\d+)(?:\s*[~\u2013-]\s*(\d+))?")
_MAX_PROMPT = 4000
_MAX_SPEECH = 10_000  # reference table 1.4, seed-tts
_MAX_COUNT = 4


@dataclass(frozen=True, slots=True)
class Product:
    """A model as people see it, and how it is ordered. ``family`` is the provider's ``model_id``."""

    spec: ModelSpec
    family: str
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models of one task by id, in the provider's order, and when they were read."""

    products: Mapping[str, Product]
    read_at: datetime


def read_catalogue(task: Task, nodes: Iterable[Node], read_at: datetime) -> Catalogue:
    """Return every model of the tree. Of two leaves with one id the first counts."""
    products: dict[str, Product] = {}
    for leaf in _leaves(nodes):
        if leaf.id and leaf.id not in products:
            products[leaf.id] = _product(task, leaf)
    return Catalogue(products, read_at)


def _leaves(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if node.type == _LEAF:
            yield node
        yield from _leaves(node.children)


def _product(task: Task, leaf: Node) -> Product:
    facts = facts_of(leaf.id, leaf.model_id)
    tariff = read_form(task, leaf)
    pace = PACES[task]
    expected, source = _expected(task, leaf, facts)
    low, high = _inputs(task, leaf, facts)
    prices = _prices(tariff)
    spec = ModelSpec(
        provider=NAME,
        id=leaf.id,
        name=leaf.name or leaf.id,
        task=task,
        media=pace.media,
        params=tariff.params,
        unit=UNIT,
        price=_default_price(tariff),
        price_from=min(prices, default=None),
        price_to=max(prices, default=None),
        expected=expected,
        expected_source=source,
        poll_every=facts.poll_every or pace.poll_every,
        progress_every=facts.progress_every or pace.progress_every,
        patience=pace.patience,
        min_inputs=low,
        max_inputs=high,
        max_prompt=_max_prompt(task, leaf),
        max_count=_max_count(leaf),
        outputs_per_unit=facts.outputs_per_unit,
        recommended=RECOMMENDED[task] == leaf.id,
        traits=facts.traits,
        aliases=facts.aliases,
        needs_subscription=facts.needs_subscription,
    )
    return Product(spec, leaf.model_id or leaf.id, tariff)


def _expected(task: Task, leaf: Node, facts: Facts) -> tuple[Seconds, str]:
    for tag in leaf.tags:
        found = _RANGE.search(tag.tag_value) if tag.tag_type == "EET" else None
        if found:
            low = int(found[1])
            return Seconds(low, max(low, int(found[2] or low))), "catalogue"
    if facts.expected is not None:
        return facts.expected, "table"
    return PACES[task].expected, "default"


def _inputs(task: Task, leaf: Node, facts: Facts) -> tuple[int, int]:
    if task not in INPUTS:
        return 0, 0
    low, high = INPUTS[task]
    if task is Task.FIRST_LAST_FRAME_TO_VIDEO:
        return low, high
    limits = leaf.files
    low = max(low, (limits.min_limit if limits else None) or 0)
    return low, max(low, (limits.max_limit if limits else None) or facts.max_inputs or high)


def _max_prompt(task: Task, leaf: Node) -> int:
    for form in leaf.form_config:
        if form.field in {"prompt", "text"} and form.config and form.config.maximum:
            return form.config.maximum
    return _MAX_SPEECH if task is Task.TEXT_TO_SPEECH else _MAX_PROMPT


def _max_count(leaf: Node) -> int:
    offered = [str(o.value) for form in leaf.form_config if form.field == "n" for o in form.options]
    return max((int(n) for n in offered if n.isdecimal()), default=_MAX_COUNT)


def _default_price(tariff: Tariff) -> Decimal | None:
    try:
        return Decimal(price(tariff, {}).rule.points)
    except ProviderError:
        return None


def _prices(tariff: Tariff) -> list[Decimal]:
    """Return what orders of this model can cost per unit; rows that no choice leads to are not among them."""
    return [Decimal(rule.points) for rule in tariff.rules if _is_reachable(tariff, rule)]


def _is_reachable(tariff: Tariff, rule: Rule) -> bool:
    settings = settings_for(tariff, rule)
    if settings is None:
        return False
    try:
        return price(tariff, settings).rule == rule
    except ProviderError:
        return False
