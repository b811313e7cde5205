"""What is sold, without a server: prices of orders and the bodies they become. Nothing is asserted here."""

import json

from providers.contract import Order
from providers.imaginepro.catalogue import Catalogue
from providers.imaginepro.purchase import Purchase
from tests.providers.imaginepro.stage import DESCRIBING, START

CATALOGUE = Catalogue(DESCRIBING, START)


def priced(order: Order) -> Purchase:
    """Return an order with its price."""
    return Purchase.of(order, CATALOGUE.product(order.task, order.model))


def body_of(order: Order, hook: str = "") -> dict[str, object]:
    """Return what is sent for an order."""
    body: dict[str, object] = json.loads(priced(order).body("attempt-1", hook))
    return body
