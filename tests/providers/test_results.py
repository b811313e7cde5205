"""A picture that we drew has its bytes in its address: it is brought like any other, and nothing else passes so."""

import base64
from pathlib import Path

import pytest

from bot.core import chart
from providers.results import Downloads, ResultProblem, Unfetched

_PNG = "data:image/png;base64,"


def _left(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _never(_: float) -> None:
    raise AssertionError("there is nothing to wait for")


async def test_a_chart_is_written_out(tmp_path: Path) -> None:
    """Byte for byte, with the kind that its first bytes prove."""
    medium = chart.medium([], [])
    file = await Downloads(_never).fetch(medium.url, tmp_path / "chart")
    assert (file.kind, file.size) == ("image/png", file.path.stat().st_size)
    assert file.path.read_bytes() == base64.b64decode(medium.url.removeprefix(_PNG))


@pytest.mark.parametrize(
    "address,problem",
    [
        (f"{_PNG}!!", ResultProblem.FORBIDDEN_ADDRESS),
        (_PNG + base64.b64encode(b"<script>").decode(), ResultProblem.FORBIDDEN_ADDRESS),
        ("data:text/html;base64,aGk=", ResultProblem.FORBIDDEN_ADDRESS),
        (chart.medium([], []).url, ResultProblem.TOO_BIG),
    ],
)
async def test_nothing_but_a_picture_that_fits_is(tmp_path: Path, address: str, problem: ResultProblem) -> None:
    """And no file is left."""
    with pytest.raises(Unfetched) as no:
        await Downloads(_never).fetch(address, tmp_path / "chart", 100)
    assert no.value.problem is problem
    assert _left(tmp_path) == []
