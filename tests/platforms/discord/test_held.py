"""Results that only we reach: always a file, never an address, and never given up lightly."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import cast

import pytest

from bot.core.cards import Card, Medium
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.errors import PlatformTrouble
from bot.platforms.discord.platform import STUMBLES, MediaMode
from bot.text import Phrase
from providers.models import MediaKind
from providers.results import Downloads
from tests.fakes.discord_server import Upload
from tests.platforms.discord.stage import DiscordStage, stage

WORDS = Phrase("{words}")
NOBODY = "http://127.0.0.1:9"
"""An address where nobody answers."""


async def _held(at: DiscordStage, url: str = "") -> Line:
    """Return a result that is kept where only we get it."""
    made = await at.discord.person("ann").upload(Upload("v.mp4", b"moving", "video/mp4"))
    url = url or at.discord.cdn.address(made.now.files[0])
    place = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
    await at.ask(at.discord.person("bob"), "help", where=at.discord.general)
    card = Card(title=WORDS(words="Kept and ready"), media=(Medium(MediaKind.VIDEO, url, held=True),))
    return Line("j.result", LineKind.SAY, place, "1", "en", card, at.clock.now(), job="j")


@pytest.mark.parametrize("mode", list(MediaMode))
async def test_it_comes_as_a_file_whatever_the_operator_chose(tmp_path: Path, mode: MediaMode) -> None:
    """Also where its address looks like a public one: its provider says that nobody else reaches it."""
    async with stage(tmp_path, media_mode=mode) as at:
        await at.platform.say(await _held(at))
        (result,) = at.messages("Kept and ready")
        assert [file.upload.data for file in result.now.files] == [b"moving"]
        assert result.now.media == ("attachment://result-1.mp4",)


async def test_one_that_is_too_large_is_told_and_its_address_is_not(tmp_path: Path) -> None:
    """Its person reads that it is safe and who can hand it over."""
    async with stage(tmp_path) as at:
        at.discord.studio.file_limit = 5
        line = await _held(at)
        await at.platform.say(line)
        (result,) = at.messages("Kept and ready")
        assert "too large for this chat. Your admin can get it" in result.text
        assert "http" not in str(result.now)


async def test_one_that_cannot_be_had_just_now_is_tried_again(tmp_path: Path) -> None:
    """Its keeper may be starting anew: it is given up only after some tries, as it was paid for."""
    async with stage(tmp_path) as at:
        at.room.gallery._downloads = Downloads(at.clock.sleep, [NOBODY])
        line = await _held(at, f"{NOBODY}/v.mp4")
        for _ in range(STUMBLES):
            with pytest.raises(PlatformTrouble):
                await _meanwhile(at, at.platform.say(line))
        assert not at.messages("Kept and ready")
        await _meanwhile(at, at.platform.say(line))
        (result,) = at.messages("Kept and ready")
        assert "I couldn't bring it here. Your admin can get it" in result.text


async def _meanwhile(at: DiscordStage, work: Coroutine[None, None, str]) -> str:
    """Let time pass until some work is done."""
    task = asyncio.create_task(work)
    before = at.clock.workers
    at.clock.workers = lambda: (*before(), cast("asyncio.Task[None]", task))
    while not task.done():
        await at.clock.step()
    at.clock.workers = before
    return await task
