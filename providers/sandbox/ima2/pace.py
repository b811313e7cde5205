"""How long an order takes, what goes wrong with it and what it costs, from its faults. Nothing is run here."""

import math
from decimal import Decimal
from hashlib import sha256

from providers.sandbox.ima2.causes import Cause
from providers.sandbox.ima2.order import Family, Order

FAILS = 0.6
"""When an order that fails does so, as a share of its usual time."""

_LIMITS = {Family.OPENAI: 400.0, Family.GROK: 240.0, Family.GEMINI: 400.0, Family.AGY: 360.0}
_VIDEO_LIMIT, _REWORK_LIMIT = 900.0, 600.0
_RUNS = {Family.OPENAI: (14, 40), Family.GROK: (10, 24), Family.GEMINI: (6, 16), Family.AGY: (20, 60)}
_VIDEO_RUNS = (45, 110)


def usual(order: Order, seed: int) -> float:
    """Return how many seconds it takes if nothing happens to it; always the same for one prompt."""
    least, most = _VIDEO_RUNS if order.film else _RUNS[order.family]
    luck = sha256(f"{seed}:ima2:pace:{order.prompt}".encode()).digest()
    return least + int.from_bytes(luck[:4], "big") / 2**32 * (most - least)


def longer(order: Order) -> float:
    """Return how many seconds more it takes, as ordered."""
    stuck = order.fate("stuck")
    return 0.0 if stuck is None else math.inf if stuck.lasting is None else stuck.lasting


def limit(order: Order, *, rework: bool = False) -> float:
    """Return after how many seconds the server gives up."""
    if rework:
        return _REWORK_LIMIT
    return _VIDEO_LIMIT if order.film else _LIMITS[order.family]


def cause(order: Order) -> Cause | None:
    """Return what goes wrong upstream, if so ordered; where only one was asked for, one that fails is all of it."""
    failed = order.fate("failed")
    if failed is not None:
        return Cause(failed.reason or "upstream", failed.words)
    return Cause("empty") if order.fate("one-fails") is not None and order.generations == 1 else None


def delivered(order: Order) -> int:
    """Return how many pictures come."""
    return order.generations - int(order.fate("one-fails") is not None)


def amount(order: Order) -> Decimal:
    """Return what an order costs: nothing where the upstream refuses, one less where one of several fails."""
    wrong = cause(order)
    if wrong is not None and not wrong.paid:
        return Decimal(0)
    return Decimal(order.generations if wrong else delivered(order))
