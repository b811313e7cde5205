"""How long an order waits for its turn, from the usual times of those before it. Saying it is in ``standing``."""

import heapq
from collections.abc import Iterable, Sequence

from providers.models import Seconds

OVERDUE = 0.25
"""The share of its longest usual time that an order which outlived it is taken to need still."""


def left_of(expected: Seconds, worked: float) -> Seconds:
    """Return what is left of an order's usual time after so many seconds of work."""
    return Seconds(round(max(0.0, expected.low - worked)), round(max(expected.high - worked, expected.high * OVERDUE)))


def until_free(most: int, working: Iterable[Seconds], ahead: Sequence[Seconds]) -> Seconds:
    """Return when one of ``most`` places is free for whoever comes after ``ahead``, each of whom takes the first one.

    ``working`` is how long the places are taken still.
    """
    left = list(working)
    low = _free_after(most, [lasts.low for lasts in left], (lasts.low for lasts in ahead))
    high = _free_after(most, [lasts.high for lasts in left], (lasts.high for lasts in ahead))
    return Seconds(low, high)


def longest(waits: Iterable[Seconds]) -> Seconds:
    """Return how long several waits at once take: none of them is over before the others."""
    each = (Seconds(0, 0), *waits)
    return Seconds(max(wait.low for wait in each), max(wait.high for wait in each))


def _free_after(most: int, left: Sequence[int], ahead: Iterable[int]) -> int:
    taken = sorted(left)[-most:]
    free = [0] * (most - len(taken)) + taken
    for seconds in ahead:
        heapq.heapreplace(free, free[0] + seconds)
    return free[0]
