"""Events in several frames: put together in any order, and never kept for ever."""

import pytest

from bot.platforms.feishu.frames import Frame, Method
from bot.platforms.feishu.parts import LASTS, MOST_BYTES, MOST_EVENTS, MOST_PARTS, Parts
from tests.fakes.clock import StoryClock


def part(number: int | str, total: int | str, payload: bytes = b"x", name: str = "m") -> Frame:
    """Return one frame of an event."""
    headers = (("message_id", name), ("sum", str(total)), ("seq", str(number)))
    return Frame(Method.DATA, headers=headers, payload=payload)


def test_an_event_is_put_together_in_its_own_order() -> None:
    """Not in the order in which its parts came, and a part that comes twice counts once."""
    parts = Parts(StoryClock())
    for number, payload in ((2, b"c"), (0, b"a"), (2, b"c")):
        assert parts.add(part(number, 3, payload)) is None
    assert parts.add(part(1, 3, b"b")) == b"abc"
    assert parts.add(part(0, 3, b"a")) is None


@pytest.mark.parametrize("number, total", [(0, 1), ("", ""), ("x", "0")])
def test_an_event_in_one_frame_is_there_at_once(number: int | str, total: int | str) -> None:
    """Also where the platform leaves the count out."""
    assert Parts(StoryClock()).add(part(number, total, b"all")) == b"all"


@pytest.mark.parametrize("number, total", [(3, 3), (0, MOST_PARTS + 1), (0, 10**8)])
def test_a_part_that_cannot_be_is_dropped(number: int, total: int) -> None:
    """No count is believed that would fill the memory."""
    parts = Parts(StoryClock())
    assert parts.add(part(number, total)) is None
    assert not parts._sets


def test_what_is_never_completed_is_forgotten() -> None:
    """The platform sends all of it again by then."""
    clock = StoryClock()
    parts = Parts(clock)
    parts.add(part(0, 2, name="old"))
    clock.skip(LASTS.total_seconds() + 1)
    parts.add(part(0, 2, name="new"))
    assert list(parts._sets) == ["new"]


def test_only_so_many_events_and_bytes_are_kept() -> None:
    """The oldest go first."""
    parts = Parts(StoryClock())
    for n in range(MOST_EVENTS + 3):
        parts.add(part(0, 2, name=str(n)))
    assert len(parts._sets) == MOST_EVENTS
    parts.add(part(0, 2, bytes(MOST_BYTES), name="huge"))
    assert list(parts._sets) == ["huge"]
