"""Pictures that people bring: where they go, in which order, and that nothing is charged when they cannot be used."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from bot.core import wording
from bot.core.actions import Action, Verb
from bot.core.job import State
from bot.errors import RefusalCode
from bot.world import PictureDoor
from providers.errors import FailureCode
from providers.models import Task
from providers.outcomes import Refund
from providers.sandbox.faults import Style
from providers.sandbox.ima.tasks import Task as Made
from tests.providers.ima_stage import png
from tests.providers.raw_server import Talk, serving
from tests.providers.test_intake import Names
from tests.stories.stage import Stage, stage

FIRST, LAST, THIRD = png(640, 480), png(800, 600), png(512, 512)


def _made(at: Stage) -> Made:
    """Return the newest task as the provider has it."""
    return list(at.sandbox.ima.tasks.values())[-1]


def _seen(at: Stage) -> list[bytes]:
    """Return the pictures that arrived at the provider, in the order of their upload addresses."""
    cdn = at.sandbox._cdn
    paths = [cdn.upload_at(f"/cdn/uploads/{key}") for key in cdn._slots]
    return [path.read_bytes() for path in paths if path is not None]


CASES = {
    "animate": ("/animate it runs", (FIRST,), Task.IMAGE_TO_VIDEO),
    "video": ("/video it runs", (FIRST,), Task.IMAGE_TO_VIDEO),
    "frames": ("/video use=frames it turns", (FIRST, LAST), Task.FIRST_LAST_FRAME_TO_VIDEO),
    "reference": ("/video use=reference it runs", (FIRST, LAST, THIRD), Task.REFERENCE_IMAGE_TO_VIDEO),
    "one reference": ("/animate use=reference it runs", (FIRST,), Task.REFERENCE_IMAGE_TO_VIDEO),
    "edit": ("/edit make it blue", (FIRST,), Task.IMAGE_TO_IMAGE),
    "image": ("/image make it blue", (FIRST, LAST), Task.IMAGE_TO_IMAGE),
    "approved": ("/animate model=seedance it runs", (FIRST,), Task.IMAGE_TO_VIDEO),
}


@pytest.mark.parametrize("text, pictures, task", [pytest.param(*case, id=name) for name, case in CASES.items()])
async def test_uploaded_pictures_reach_the_provider(
    tmp_path: Path, text: str, pictures: tuple[bytes, ...], task: Task
) -> None:
    """Kept until the yes, uploaded once then, used by the provider; a restart in between loses nothing."""
    async with stage(tmp_path) as at:
        await at.say(text, pictures=pictures)
        (job,) = await at.jobs()
        assert (job.state, job.request.task, len(job.request.pictures)) == (State.PROPOSED, task, len(pictures))
        assert at.sandbox.gate.requests["ima.token"] == 0, "uploaded before the yes"
        await at.restart()
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]
        assert sorted(_seen(at)) == sorted(pictures)
        first = at.sandbox._cdn.upload_at(_made(at).backdrop)
        assert first is not None
        assert first.read_bytes() == pictures[0]
        assert at.charges == 1


@contextlib.asynccontextmanager
async def _internet() -> AsyncIterator[PictureDoor]:
    """A picture on the internet, served with real TLS on loopback; only the name service pretends."""

    async def script(talk: Talk) -> None:
        talk.answer("200 OK", FIRST, "Content-Type: image/png")

    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("pictures.example").configure_cert(server)
    authority.configure_trust(client)
    async with serving(script, server) as running:
        names = Names({"pictures.example": "127.0.0.1"}, running.port)
        yield PictureDoor(resolver=names, tls=client, seconds=5.0)


@pytest.mark.parametrize("where", ["/animate it runs {}", "/animate {} it runs", "/动画 让它跑起来：{}。"])
async def test_a_picture_from_an_address_reaches_the_provider(tmp_path: Path, where: str) -> None:
    """It is fetched once, when it is asked for, and the provider gets it from its own storage, not from there."""
    async with _internet() as intake, stage(tmp_path, intake=intake) as at:
        job = await at.make(where.format("https://pictures.example/puppy.png"))
        assert job.state is State.SUCCEEDED
        assert "https" not in job.request.prompt
        assert _seen(at) == [FIRST]
        assert _made(at).backdrop.startswith(f"{at.sandbox.base_url}/cdn/uploads/")


async def test_a_result_can_be_animated_without_bringing_it_again(tmp_path: Path) -> None:
    """The button under a picture makes an offer for a video from it; the provider reads its own result."""
    async with stage(tmp_path) as at:
        image = await at.make("/image a fox")
        answer = await at.press(Verb.ANIMATE)
        assert answer.toast == wording.SENT_BELOW()
        assert at.charges == 1
        await at.press(Verb.CONFIRM)
        await at.finish()
        video = (await at.jobs())[-1]
        assert (video.state, video.request.task, video.parent) == (State.SUCCEEDED, Task.IMAGE_TO_VIDEO, image.id)
        assert _made(at).backdrop == image.assets[0].url
        assert at.sandbox.gate.requests["ima.token"] == 0
        assert at.charges == 2
        forged = await at.press_action(Action(Verb.ANIMATE, video.id, "0").encode())
        assert forged.toast == wording.REFUSALS[RefusalCode.NO_SUCH_JOB]()


@pytest.mark.parametrize(
    "fault, endpoint, code",
    [
        ("503", "token", FailureCode.UNAVAILABLE),
        ("html", "token", FailureCode.UNREADABLE),
        ("401", "token", FailureCode.KEY_INVALID),
        ("lost-request", "token", FailureCode.UNREACHABLE),
        ("403", "put", FailureCode.PICTURE_REFUSED),
    ],
)
async def test_an_upload_that_fails_costs_nothing(tmp_path: Path, fault: str, endpoint: str, code: FailureCode) -> None:
    """The order is not placed, that is said, and trying again uses the picture that was kept."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add(fault, endpoint, status=200, style=Style.HTTP, times=None)
        await at.say("/animate it runs", pictures=(FIRST,))
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert await at.states() == [State.REFUSED]
        assert [line.phrase for line in at.card.lines[:2]] == [
            wording.FAILURES[code].one,
            wording.MONEY[Refund.NOT_CHARGED].one,
        ]
        assert at.sandbox.gate.requests["ima.create"] == 0
        at.sandbox.faults.clear()
        await at.press_action(Action(Verb.AGAIN, (await at.jobs())[0].id).encode())
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert _seen(at)[-1] == FIRST
        assert at.charges == 1


@pytest.mark.parametrize("picture, asset", [(png(120, 120), ""), (FIRST, "processing"), (FIRST, "failed")])
async def test_a_picture_that_is_not_approved_costs_nothing(tmp_path: Path, picture: bytes, asset: str) -> None:
    """Some models want approved pictures: too small a one is not even asked about, a refused one is told."""
    async with stage(tmp_path) as at:
        if asset:
            at.sandbox.faults.add("asset", text=asset)
        await at.say("/animate model=seedance it runs", pictures=(picture,))
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert await at.states() == [State.REFUSED]
        assert at.card.lines[0].phrase == wording.FAILURES[FailureCode.PICTURE_REFUSED].one
        assert at.sandbox.gate.requests["ima.verify"] == bool(asset)
        assert at.charges == 0


async def test_another_model_gets_the_same_pictures(tmp_path: Path) -> None:
    """After a failure the alternatives are ones that take these pictures, and they get them."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        await at.say("/video use=frames it turns", pictures=(FIRST, LAST))
        await at.press(Verb.CONFIRM)
        await at.finish()
        await at.press(Verb.SWITCH)
        await at.press(Verb.CONFIRM)
        await at.finish()
        first, second = await at.jobs()
        assert (first.state, second.state) == (State.FAILED, State.SUCCEEDED)
        assert first.request.pictures == second.request.pictures
        assert at.charges == 2
