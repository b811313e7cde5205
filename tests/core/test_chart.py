"""The chart of what was spent: a real PNG, with a bar as high as its value."""

import base64
import io
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.core import chart
from bot.core.cards import OWN_PICTURE
from bot.core.job import Address
from bot.core.ledger import EntryKind, entry
from bot.core.usage import Spending, course
from tests.core.reading import unhurried
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_quote

_PLACE = Address("web", "house", "room")


def _opened(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        picture.load()
        return picture.convert("RGB")


def _heights(picture: Image.Image, count: int) -> list[int]:
    """Return how many pixels of each bar's colour stand in the middle of each step."""
    step = (picture.width - 32) / count
    middles = [round(16 + (n + 0.5) * step) for n in range(count)]
    return [sum(picture.getpixel((x, y)) == (0x5B, 0x5F, 0xD6) for y in range(picture.height)) for x in middles]


def test_a_bar_is_as_high_as_its_value() -> None:
    """Half as much is half as high, and nothing is nothing."""
    picture = _opened(chart.bars([Decimal(40), Decimal(0), Decimal(20), Decimal(40)], ["1", "2", "3", "4"]))
    highest, nothing, half, again = _heights(picture, 4)
    assert (picture.size, nothing, highest) == ((640, 240), 0, again)
    assert abs(highest - 2 * half) <= 1
    assert highest > 100


@unhurried
@given(st.lists(st.decimals(0, 10**9, places=4), max_size=40))
def test_any_figures_make_a_picture(values: Sequence[Decimal]) -> None:
    """None at all, one, tiny beside huge: it can be opened, and what is something can be seen."""
    picture = _opened(chart.bars(values, [str(n) for n in range(len(values))]))
    if values:
        heights = _heights(picture, len(values))
        assert [height > 0 for height in heights] == [value > 0 for value in values]


def test_a_card_shows_it_in_place() -> None:
    """Its bytes are in its address, so that no chat has to fetch it from anywhere."""
    medium = chart.medium([Decimal(1)], ["1"])
    assert medium.is_drawn
    assert _opened(base64.b64decode(medium.url.removeprefix(OWN_PICTURE))).size == (medium.width, medium.height)


def test_the_measure_is_the_one_that_says_the_most() -> None:
    """Money where every order has it, else what most were counted in; what came back is not counted."""

    def spent(amount: int, kind: EntryKind = EntryKind.SETTLED, **changes: object) -> Spending:
        job = a_job(quote=a_quote(amount), **changes)
        return Spending(entry(job, kind, START), _PLACE, "ann", "text_to_video", "wan", "Wan", START)

    priced = spent(20, rate=Decimal("0.1"), currency="USD")
    told = [
        course([priced, priced], lambda at: at.day, [1, 2]),
        course([priced, spent(5)], lambda at: at.day, [1]),
        course([spent(5, EntryKind.RELEASED)], lambda at: at.day, [1]),
    ]
    figures = [(measure, [int(value) for value in values]) for measure, values in told]
    assert figures == [("USD", [4, 0]), ("points", [25]), ("", [0])]
