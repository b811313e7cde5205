"""The model list without a server: the sandbox's own, read by the adapter. Nothing is asserted here."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from providers.contract import Order
from providers.katana.catalogue import Catalogue, Product, read_catalogue
from providers.katana.known import known
from providers.katana.menu import read_menu
from providers.katana.purchase import Purchase
from providers.models import Task
from providers.sandbox.katana.shelf import Shelf
from tests.providers.katana.stage import START


def without_offsets(shelf: Shelf) -> None:
    """Sell the model that takes videos also in a form that takes no part of one."""
    model = shelf.video("gemini-omni-v2v")
    assert model is not None
    rules = frozenset(rule for rule in model.rules if rule.value != "video_offset_allowed")
    shelf._models["video-without-offsets"] = replace(model, key="video-without-offsets", legacy="", rules=rules)


def listed() -> dict[str, list[dict[str, object]]]:
    """Return the list as it is on the wire."""
    shelf = Shelf()
    without_offsets(shelf)
    sections: dict[str, list[dict[str, object]]] = json.loads(json.dumps(shelf.sections()))
    return sections


def catalogue_of(sections: Mapping[str, object], read_at: datetime = START) -> Catalogue:
    """Return what a list becomes."""
    menu = read_menu(json.dumps(sections).encode())
    assert menu is not None
    return read_catalogue(menu, known(), read_at)


CATALOGUE = catalogue_of(listed())


def product(task: Task, model: str) -> Product:
    """Return a model of the usual list."""
    return CATALOGUE.product(task, model)


def priced(order: Order) -> Purchase:
    """Return an order with its price, from the usual list."""
    return Purchase.of(order, product(order.task, order.model))


def total(order: Order) -> Decimal:
    """Return what an order costs."""
    return priced(order).quote().total
