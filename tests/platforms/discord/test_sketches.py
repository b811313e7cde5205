"""Unfinished pictures in a notice: seen while the rest is made, uploaded once, gone at the end."""

from pathlib import Path

from bot.core.cards import Bar, Card, Tone
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.platforms.discord.sketches import MOST
from bot.text import Phrase
from providers.outcomes import Preview
from tests.fakes.discord_server import Message
from tests.platforms.discord.stage import DiscordStage, stage
from tests.providers.ima_stage import png

WORDS = Phrase("{words}")


def _place(at: DiscordStage) -> Address:
    return Address("discord", str(at.discord.studio.id), str(at.discord.general.id))


async def _notice(at: DiscordStage) -> tuple[str, Message]:
    line = Line("job.notice", LineKind.SAY, _place(at), "1", "en", Card(title=WORDS(words="making")), at.clock.now())
    message = await at.platform.say(line)
    return message, at.messages("making")[0]


async def _show(at: DiscordStage, message: str, percent: int, preview: Preview | None = None) -> None:
    card = Card(title=WORDS(words="making"), bar=Bar(percent), tone=Tone.WORKING, preview=preview)
    await at.platform.show(_place(at), message, card, "en")
    at.clock.skip(5)


def _uploads(seen: Message) -> list[int]:
    """Return the ids of all files that a message ever had."""
    return list(dict.fromkeys(file.id for version in seen.versions for file in version.files))


def _preview(number: int, data: bytes = b"") -> Preview:
    return Preview("image/png", data or png(8 * number, 8), number)


async def test_a_preview_is_shown_in_place_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    """One picture at a time, in the notice itself."""
    async with stage(tmp_path) as at:
        message, seen = await _notice(at)
        await _show(at, message, 10, _preview(1))
        assert seen.now.media == ("attachment://preview-1.png",)
        assert [file.upload.data for file in seen.now.files] == [png(8, 8)]
        at.clock.skip(10)
        await _show(at, message, 30, _preview(2))
        assert seen.now.media == ("attachment://preview-2.png",)
        assert [file.upload.data for file in seen.now.files] == [png(16, 8)]


async def test_the_same_preview_is_uploaded_once(tmp_path: Path) -> None:
    """Progress goes on below it, also where it comes without a picture."""
    async with stage(tmp_path) as at:
        message, seen = await _notice(at)
        for percent, preview in ((10, _preview(1)), (20, _preview(1)), (30, None), (40, _preview(1))):
            at.clock.skip(20)
            await _show(at, message, percent, preview)
        assert "40%" in seen.text
        assert seen.now.media == ("attachment://preview-1.png",)
        assert len(_uploads(seen)) == 1


async def test_previews_come_at_most_every_ten_seconds(tmp_path: Path) -> None:
    """A provider that sends one a second does not fill the line; the percentage moves all the same."""
    async with stage(tmp_path) as at:
        message, seen = await _notice(at)
        await _show(at, message, 10, _preview(1))
        await _show(at, message, 20, _preview(2))
        assert seen.now.media == ("attachment://preview-1.png",)
        assert "20%" in seen.text
        at.clock.skip(6)
        await _show(at, message, 30, _preview(3))
        assert seen.now.media == ("attachment://preview-3.png",)


async def test_a_preview_goes_when_the_notice_has_its_last_form(tmp_path: Path) -> None:
    """What is unfinished is not left lying about beside the result."""
    async with stage(tmp_path) as at:
        message, seen = await _notice(at)
        await _show(at, message, 10, _preview(1))
        end = Card(title=WORDS(words="finished"))
        line = Line("job.end", LineKind.EDIT, _place(at), "1", "en", end, at.clock.now(), target="job.notice")
        await at.platform.edit(line, message)
        assert "finished" in seen.text
        assert (seen.now.media, seen.now.files) == ((), ())


async def test_what_is_no_picture_or_too_large_is_left_out(tmp_path: Path) -> None:
    """Progress in words is worth more than a message that Discord refuses."""
    async with stage(tmp_path) as at:
        message, seen = await _notice(at)
        await _show(at, message, 10, _preview(1, b"<html>"))
        await _show(at, message, 20, _preview(2, png(8, 8) + bytes(MOST)))
        assert "20%" in seen.text
        assert seen.now.media == ()
