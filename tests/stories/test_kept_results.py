"""What is kept where only we reach it: who may be asked for it, and what is never asked."""

from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from bot.results import ResultDoor
from providers.contract import Capabilities
from providers.errors import PictureError, PictureProblem
from providers.results import Downloads
from tests.fakes.scribe import Books, Scribe
from tests.providers.ima_stage import png
from tests.stories.stage import Stage


async def test_a_kept_picture_is_read_for_the_next_order(tmp_path: Path) -> None:
    """With its kind and size, as if a person had brought it."""
    async with Stage(tmp_path) as at:
        address = at.sandbox.base_url + at.sandbox._cdn.keep(png(64, 48), "image/png")
        picture = await ResultDoor(Downloads(at.clock.sleep, at.service.origins)).picture(address)
        assert (picture.mime, picture.width, picture.height, picture.data) == ("image/png", 64, 48, png(64, 48))


@pytest.mark.parametrize(
    "data,named,problem",
    [
        (png(8, 8), False, PictureProblem.PRIVATE_ADDRESS),
        (b"<html>no picture</html>", True, PictureProblem.NOT_A_PICTURE),
        (b"\x89PNG\r\n\x1a\n" + bytes(11 * 1024 * 1024), True, PictureProblem.TOO_BIG),
    ],
)
async def test_what_cannot_be_an_input_is_refused(
    tmp_path: Path, data: bytes, problem: PictureProblem, *, named: bool
) -> None:
    """An address nobody named opens no way inside; what is no picture, or too large, goes to no provider."""
    async with Stage(tmp_path) as at:
        address = at.sandbox.base_url + at.sandbox._cdn.keep(data, "image/png")
        door = ResultDoor(Downloads(at.clock.sleep, at.service.origins if named else ()))
        with pytest.raises(PictureError) as refused:
            await door.picture(address)
        assert refused.value.problem is problem


class Keeper(Scribe):
    """A service on this machine that keeps what it makes."""

    @property
    @override
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, keeps_at="http://127.0.0.1:3333")


async def test_where_a_provider_keeps_things_is_allowed_without_a_setting(tmp_path: Path) -> None:
    """The operator who runs it on this machine has nothing to name twice."""
    async with Stage(tmp_path, guest=lambda clock: Keeper(clock, Books())) as at:
        assert "http://127.0.0.1:3333" in at.service.origins
