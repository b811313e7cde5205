"""The line in front of a plan's places: first come, first served. What a job is made of is not here."""

from collections.abc import Sequence


def waiting(ahead: Sequence[float], places: int) -> float:
    """Return the seconds until there is room, where ``ahead`` is what each unfinished job before has left.

    There is room as soon as fewer than ``places`` of them are unfinished; those still waiting have their wait in
    what they have left.
    """
    left = sorted((seconds for seconds in ahead if seconds > 0), reverse=True)
    return left[places - 1] if len(left) >= places else 0.0
