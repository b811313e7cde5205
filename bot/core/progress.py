"""How far a job is, honestly: monotone, never 100 before it is true. When it is said is the runner's business."""

from dataclasses import dataclass

from providers.models import Seconds

CAP = 95
"""The highest percentage shown before the result exists (seed: progress formula)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is told while a job runs: percent, seconds waited, and whether it takes longer than ever expected."""

    percent: int
    waited: int
    overdue: bool


def measure(elapsed: float, expected: Seconds, *, vendor: int | None = None, shown: int = 0) -> Progress:
    """Return the progress after ``elapsed`` seconds, never below ``shown`` and never above ``CAP``.

    The vendor's own percentage wins where there is one; else it is elapsed over the longest expected time.
    """
    longest = max(expected.high, 1)
    percent = vendor if vendor is not None else int(elapsed * 100 / longest)
    return Progress(
        percent=max(shown, min(CAP, max(0, percent))),
        waited=max(0, int(elapsed)),
        overdue=elapsed > longest,
    )
