"""Two services beside each other: who is asked, how prices compare, and pictures that one makes for the other."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from typing_extensions import override

from bot.core import wording
from bot.core.actions import Action, Verb
from bot.core.job import State
from bot.settings import ProviderSection, Settings
from providers.contract import Role
from providers.errors import FailureCode
from providers.models import Task
from providers.sandbox.katana.piece import Piece
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET
from tests.providers.ima_stage import png
from tests.stories.stage import Stage

FIRST, LAST = png(640, 480), png(800, 600)


class TwoStages(Stage):
    """A service with IMA Studio first and Katana second; ``rate`` is what a point of IMA Studio costs."""

    rate: Decimal | None = None

    @property
    @override
    def settings(self) -> Settings:
        usual = super().settings
        katana = ProviderSection(
            key=SecretStr(f"{KATANA_KEY}:{KATANA_SECRET}"), base_url=f"{self.sandbox.base_url}/katana"
        )
        ima = usual.providers["ima_studio"].model_copy(update={"rate": self.rate, "currency": "USD"})
        return usual.model_copy(update={"providers": {"ima_studio": ima, "katana": katana}})

    @property
    def piece(self) -> Piece:
        """The newest thing that Katana was asked to make."""
        return list(self.sandbox.katana._orders._works.values())[-1].pieces[0]


@contextlib.asynccontextmanager
async def stage(home: Path, *, rate: str = "") -> AsyncIterator[TwoStages]:
    """Return a started stage, and hold the story against the promises when it is over."""
    made = TwoStages(home)
    made.rate = Decimal(rate) if rate else None
    async with made as running:
        yield running
        await running.keep_promises()


async def chosen(at: Stage, words: str) -> tuple[str, str]:
    """Return who would do it, and with which model."""
    await at.say(words)
    request = (await at.jobs())[-1].request
    return request.provider, request.model


async def test_the_first_one_that_can_do_it_is_asked(tmp_path: Path) -> None:
    """Where nothing else decides; also for a model that both have, unless it is named with its service."""
    async with stage(tmp_path) as at:
        assert (await chosen(at, "/image a lighthouse"))[0] == "ima_studio"
        assert (await chosen(at, "/image best a lighthouse"))[0] == "ima_studio"
        assert await chosen(at, "/ask why is the sky blue?") == ("katana", "grok-4-3")
        assert (await chosen(at, '/image model="nano banana 2" a lighthouse'))[0] == "ima_studio"
        assert await chosen(at, "/image model=katana/nano-banana-2 a lighthouse") == ("katana", "nano-banana-2")
        assert await chosen(at, "/image model=katana/nano a lighthouse") == ("katana", "nano-banana-2")


@pytest.mark.parametrize(
    "rate,words,provider,model",
    [
        ("0.01", "/image cheapest a lighthouse", "katana", "pink-image"),
        ("0.001", "/image cheapest a lighthouse", "ima_studio", "doubao-seedream-4-5-251128"),
        ("", "/image cheapest a lighthouse", "ima_studio", "doubao-seedream-4-5-251128"),
        ("0.01", "/image cheapest 21:9 a lighthouse", "katana", "pink-image"),
        ("0.01", "/image cheapest model=gen a lighthouse", "katana", "gen"),
    ],
)
async def test_the_cheapest_is_found_in_money(tmp_path: Path, rate: str, words: str, provider: str, model: str) -> None:
    """Five points may cost less than one credit; where nobody knows, different units are not compared.

    Who names a model gets that one.
    """
    async with stage(tmp_path, rate=rate) as at:
        assert await chosen(at, words) == (provider, model)


async def test_a_picture_is_animated_by_who_made_it(tmp_path: Path) -> None:
    """It is there already; its address goes along as it is."""
    async with stage(tmp_path) as at:
        image = await at.make("/image model=pink 16:9 a fox")
        await at.press(Verb.ANIMATE)
        await at.press(Verb.CONFIRM)
        await at.finish()
        video = (await at.jobs())[-1]
        assert (video.state, video.request.provider) == (State.SUCCEEDED, "katana")
        assert video.request.params["aspect_ratio"] == "auto", "that of the picture, not its setting"
        assert at.piece.backdrop == image.assets[0].url


async def test_a_picture_of_the_other_service_is_fetched_for_it(tmp_path: Path) -> None:
    """It is kept where only we reach it (here: on this machine), so its bytes go along; each is charged once."""
    async with stage(tmp_path) as at:
        image = await at.make("/image model=midjourney a fox")
        await at.press(Verb.ANIMATE)
        offer = (await at.jobs())[-1]
        assert offer.request.provider == "ima_studio"
        await at.press_action(Action(Verb.SWITCH, offer.id, "katana/ltx-2-3").encode())
        await at.press(Verb.CONFIRM)
        await at.finish()
        video = (await at.jobs())[-1]
        assert (video.state, video.request.provider) == (State.SUCCEEDED, "katana")
        made, upload = (at.sandbox._cdn.file_at(url) for url in (image.assets[0].url, at.piece.backdrop))
        assert made is not None
        assert upload is not None
        assert upload.read_bytes() == made.read_bytes()
        assert at.charges == 2


async def test_a_picture_that_cannot_be_fetched_for_the_other_costs_nothing(tmp_path: Path) -> None:
    """Its maker has thrown it away meanwhile: it is said that the picture is what does not work."""
    async with stage(tmp_path) as at:
        await at.make("/image model=midjourney a fox")
        at.sandbox._cdn.galleries.clear()
        await at.press(Verb.ANIMATE)
        offer = (await at.jobs())[-1]
        await at.press_action(Action(Verb.SWITCH, offer.id, "katana/ltx-2-3").encode())
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert (await at.jobs())[-1].state is State.REFUSED
        assert wording.FAILURES[FailureCode.PICTURE_REFUSED]() in at.chat.ending("sorry")[0].card.lines
        assert at.charges == 1


@pytest.mark.parametrize(
    "use,task,roles,seen",
    [
        ("first,last", Task.FIRST_LAST_FRAME_TO_VIDEO, (Role.FIRST, Role.LAST), FIRST),
        ("last,first", Task.FIRST_LAST_FRAME_TO_VIDEO, (Role.FIRST, Role.LAST), LAST),
        ("reference,first", Task.IMAGE_TO_VIDEO, (Role.FIRST, Role.REFERENCE), LAST),
        ("first,middle", Task.FIRST_LAST_FRAME_TO_VIDEO, (Role.FIRST, Role.MIDDLE), FIRST),
        ("reference,reference", Task.REFERENCE_IMAGE_TO_VIDEO, (Role.REFERENCE, Role.REFERENCE), FIRST),
    ],
)
async def test_each_picture_is_used_for_what_it_was_said_to_be(
    tmp_path: Path, use: str, task: Task, roles: tuple[Role, ...], seen: bytes
) -> None:
    """In whatever order they came."""
    async with stage(tmp_path) as at:
        await at.say(f'/video model="kling 3.0" use={use} a storm', pictures=(FIRST, LAST))
        await at.press(Verb.CONFIRM)
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, job.request.task) == (State.SUCCEEDED, task)
        assert tuple(ref.role for ref in job.request.pictures) == roles
        upload = at.sandbox._cdn.upload_at(at.piece.backdrop)
        assert upload is not None
        assert upload.read_bytes() == seen


async def test_who_takes_a_sound_is_asked_for_it(tmp_path: Path) -> None:
    """It is never left out without a word: who takes none is passed over, or says so where it was named."""
    async with stage(tmp_path) as at:
        sound = "use=reference sound=https://example.org/a.mp3 she sings"
        await at.say(f"/video {sound}", pictures=(FIRST,))
        (job,) = await at.jobs()
        assert (job.request.provider, len(job.request.sounds)) == ("katana", 1)
        await at.say(f"/video cheapest {sound}", pictures=(FIRST,))
        assert (await at.jobs())[-1].request.provider == "katana"
        await at.say(f"/video model=ima_studio/kling-video-o1 {sound}", pictures=(FIRST,))
        assert "Kling O1 takes no sound." in at.reads()
        await at.say("/video model=ima_studio/wan2.6-t2v video=https://example.org/a.mp4 a dance")
        assert "takes no video." in at.reads()
        assert len(await at.jobs()) == 2


async def test_purposes_go_in_order_to_who_reads_none(tmp_path: Path) -> None:
    """IMA Studio takes the first picture for the first frame; what it has no words for goes to the other."""
    async with stage(tmp_path) as at:
        await at.say('/video model="kling o1" use=last,first it turns', pictures=(FIRST, LAST))
        await at.press(Verb.CONFIRM)
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, job.request.provider) == (State.SUCCEEDED, "ima_studio")
        backdrop = at.sandbox._cdn.upload_at(list(at.sandbox.ima.tasks.values())[-1].backdrop)
        assert backdrop is not None
        assert backdrop.read_bytes() == LAST
        await at.say('/video model="kling 3.0" use=first,middle it turns', pictures=(FIRST, LAST))
        assert (await at.jobs())[-1].request.provider == "katana"
        for use, said in (("first,middle", "takes no frame in the middle"), ("last,reference", "either reference")):
            await at.say(f'/video model="kling o1" use={use} it turns', pictures=(FIRST, LAST))
            assert said in at.reads()


@pytest.mark.parametrize(
    "words,said",
    [
        ("model=kling use=first,first it turns", "“first,first” isn't something pictures can be used for"),
        ("model=gemini-omni-v2v video=https://example.org/a.mp4 start=8 end=2 a dance", "no exact price"),
    ],
)
async def test_what_makes_no_sense_is_said(tmp_path: Path, words: str, said: str) -> None:
    """And not that the list of models could not be read."""
    async with stage(tmp_path) as at:
        await at.say(f"/video {words}", pictures=(FIRST, LAST) if "use" in words else ())
        assert said in at.reads()
        assert await at.jobs() == []


async def test_what_pictures_may_not_be_together_is_said_before_a_price(tmp_path: Path) -> None:
    """Not after the yes: the purposes are looked at when it is priced."""
    async with stage(tmp_path) as at:
        await at.say('/video model="wan 2.7 720p" use=last,reference a storm', pictures=(FIRST, LAST))
        assert "takes a last frame only after a first one" in at.reads()
        assert await at.jobs() == []


async def test_a_setting_that_no_model_has_is_asked_about(tmp_path: Path) -> None:
    """With the first service's cheapest model as an example, as nobody can compare the others."""
    async with stage(tmp_path) as at:
        await at.say("/image cheapest style=anime a fox")
        assert "SeeDream 4.5 has no style. It has: aspect ratio." in at.reads()
        assert await at.jobs() == []


async def test_trying_again_asks_the_same_service_for_the_same(tmp_path: Path) -> None:
    """Also where the other one has a model of that name, and with the sound that was given."""
    async with stage(tmp_path) as at:
        await at.make("/image model=katana/nano-banana-2 a fox [sandbox: failed]")
        await at.press(Verb.AGAIN)
        assert (await at.jobs())[-1].request.provider == "katana"
        await at.press(Verb.CANCEL)
        sung = "/animate model=ltx sound=https://example.org/a.mp3 she sings [sandbox: failed]"
        await at.say(sung, pictures=(FIRST,))
        await at.press(Verb.CONFIRM)
        await at.finish()
        offered = at.chat.ending("sorry")[-1].card.buttons
        assert [b for b in offered if "|switch|" in b.action] == [], "nobody else takes a sound with a first frame"
        await at.press(Verb.AGAIN)
        first, again = (await at.jobs())[-2:]
        assert again.request == first.request
        assert again.request.sounds


async def test_a_failure_offers_models_of_both(tmp_path: Path) -> None:
    """The other service's at its own price in its own unit; pressed, it is that one that is offered."""
    async with stage(tmp_path) as at:
        await at.make("/image model=gen a lighthouse [sandbox: failed]")
        await at.press(Verb.SWITCH)
        offer = (await at.jobs())[-1]
        assert offer.request.provider == "ima_studio"
        assert offer.quote.unit == "points"
        assert at.charges == 1


async def test_one_service_at_a_time_leaves_the_other_free(tmp_path: Path) -> None:
    """Only Katana's orders wait for each other."""
    async with stage(tmp_path) as at:
        for words in ("/video model=ltx one", "/video model=ltx two", "/video model=hailuo three"):
            await at.order(words)
        assert at.charges == 2
        await at.finish()
        assert (await at.states(), at.charges) == ([State.SUCCEEDED] * 3, 3)
