"""Unfinished pictures in a running job's card, and results that are kept where only we reach them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.core import held
from bot.core.cards import Card, Medium
from bot.platforms.feishu.media import STUMBLES
from providers.models import MediaKind
from providers.outcomes import Preview
from tests.fakes.feishu_server import Message
from tests.platforms.feishu import films
from tests.platforms.feishu.outbox import Outbox, notice, outbox, progress, sentence
from tests.providers.ima_stage import png


def _running(percent: int, number: int, data: bytes = b"") -> Card:
    return replace(progress(percent), preview=Preview("image/png", data or png(8 * number, 8), number))


def _seen(at: Outbox, message: Message) -> list[bytes]:
    """Return the pictures that are in a card now."""
    elements: list[dict[str, str]] = message.content["body"]["elements"]
    return [at.server.media.all[e["img_key"]].data for e in elements if e["tag"] == "img"]


async def test_a_preview_is_in_the_card_until_its_last_form(tmp_path: Path) -> None:
    """The newest one, and none beside the finished result."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        message = await at.message(line)
        at.clock.skip(5)
        await at.show(line, _running(10, 1))
        assert _seen(at, message) == [png(8, 8)]
        at.clock.skip(15)
        await at.show(line, _running(30, 2))
        assert _seen(at, message) == [png(16, 8)]
        await at.edit(line, sentence("Finished."))
        assert _seen(at, message) == []


async def test_a_preview_is_uploaded_once_and_at_most_every_ten_seconds(tmp_path: Path) -> None:
    """Progress without one, or with the same one, shows the last again; a quick one waits for its turn."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        message = await at.message(line)
        for percent, card in ((10, _running(10, 1)), (20, _running(20, 2)), (30, progress(30)), (40, _running(40, 1))):
            at.clock.skip(3)
            await at.show(line, card)
            assert f"{percent}%" in at.reads(message)
            assert _seen(at, message) == [png(8, 8)]
        assert len(at.server.calls.to("images.upload")) == 1


async def test_a_preview_that_is_not_taken_costs_no_progress(tmp_path: Path) -> None:
    """The card goes on in words, and the same picture is not tried again."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.server.faults.html("images.upload", 502, times=9)
        for percent in (10, 20, 30):
            at.clock.skip(15)
            await at.show(line, _running(percent, 1))
        assert "30%" in at.reads(await at.message(line))
        assert len(at.server.calls.to("images.upload")) == 1
        at.clock.skip(15)
        await at.show(line, _running(40, 2, b"<html>"))
        assert "40%" in at.reads(await at.message(line))


def _kept(url: str) -> Card:
    return sentence("Here it is.", media=(Medium(MediaKind.VIDEO, url, held=True),))


async def test_a_kept_result_is_brought_as_any_other(tmp_path: Path) -> None:
    """It plays in place."""
    async with outbox(tmp_path) as at:
        line = await at.say(_kept(at.result("a.mp4", films.mp4())))
        assert at.ann.video(await at.message(line)).data == films.mp4()


async def test_of_a_kept_result_that_cannot_be_shown_no_link_is_promised(tmp_path: Path) -> None:
    """Nobody but us reaches it: who can hand it over is said."""
    async with outbox(tmp_path) as at:
        line = await at.say(_kept(f"{at.server.domain}/results/gone.mp4"))
        said = at.reads(await at.message(line))
        assert held.NOT_BROUGHT.one in said
        assert "link" not in said


async def test_a_kept_result_whose_keeper_is_away_is_tried_again(tmp_path: Path) -> None:
    """It comes when its keeper is back; what was paid for is not given up at once."""
    async with outbox(tmp_path) as at:
        url = at.result("a.mp4", films.mp4())
        at.ill["a.mp4"] = 3 * (STUMBLES - 1)
        began = at.clock.now()
        line = await at.say(_kept(url))
        assert at.ann.video(await at.message(line)).data == films.mp4()
        assert at.clock.now() - began > timedelta(seconds=1)
