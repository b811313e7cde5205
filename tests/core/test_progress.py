"""Progress is honest: it only grows, it is never 100 before the result, and a late job is called late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.progress import CAP, Progress, measure
from providers.models import Seconds
from tests.core.reading import unhurried

USUAL = Seconds(90, 180)


@pytest.mark.parametrize(
    "elapsed,shown",
    [
        (120, Progress(66, 120, overdue=False)),
        (200, Progress(95, 200, overdue=True)),
        (0, Progress(0, 0, overdue=False)),
        (180, Progress(95, 180, overdue=False)),
        (180.5, Progress(95, 180, overdue=True)),
        (-3, Progress(0, 0, overdue=False)),
    ],
)
def test_the_formula(elapsed: float, shown: Progress) -> None:
    """Elapsed over the longest expected time, at most 95 (seed: the first two lines)."""
    assert measure(elapsed, USUAL) == shown


@pytest.mark.parametrize("elapsed", range(95))
def test_a_whole_percentage_is_not_lost_to_arithmetic(elapsed: int) -> None:
    """29 of 100 seconds are 29 %."""
    assert measure(elapsed, Seconds(1, 100)).percent == elapsed


@pytest.mark.parametrize("said,percent", [(40, 40), (0, 0), (99, 95), (100, 95), (-1, 0)])
def test_the_vendors_own_percentage_wins(said: int, percent: int) -> None:
    """Where there is one, within the same bounds."""
    assert measure(120, USUAL, vendor=said).percent == percent


def test_a_model_without_an_expected_time_does_not_break_it() -> None:
    """Some catalogue says zero one day."""
    assert measure(10, Seconds(0, 0)) == Progress(95, 10, overdue=True)


@unhurried
@given(
    st.lists(st.tuples(st.floats(0, 10_000), st.none() | st.integers(-5, 300)), max_size=20),
    st.integers(0, 600),
)
def test_it_never_goes_back_and_never_reaches_a_hundred(looks: list[tuple[float, int | None]], longest: int) -> None:
    """Whatever the vendor says and however the clock jumps."""
    shown = 0
    for elapsed, vendor in looks:
        progress = measure(elapsed, Seconds(0, longest), vendor=vendor, shown=shown)
        assert shown <= progress.percent <= CAP < 100
        shown = progress.percent
