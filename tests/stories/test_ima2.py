"""ima2 the whole way over real HTTP: its own progress, results that it keeps, lost answers, a server that dies."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from bot.core import wording
from bot.core.actions import Action, Verb
from bot.core.job import Job, State
from providers.contract import PriceBasis, Provider, ProviderSettings
from providers.errors import FailureCode
from providers.ima2.provider import create
from providers.models import Task
from providers.outcomes import Refund
from tests.stories.guests import GuestStage

FOX = "/image model=gpt-5.4-mini a fox in the snow by night, drawn in very fine lines"
FILM = "/video model=grok-imagine-video a fox runs through the snow under the moon, slowly"


class Ima2Stage(GuestStage):
    """A service that has ima2 beside another provider."""

    path = "/ima2"

    @override
    def create(self, settings: ProviderSettings) -> Provider:
        return create(settings)

    @property
    def attempts(self) -> int:
        """How many paid calls the server saw."""
        return self.sandbox.gate.requests["ima2.create"]


@contextlib.asynccontextmanager
async def stage(home: Path) -> AsyncIterator[Ima2Stage]:
    """Return a started stage, and hold the story against the promises when it is over."""
    async with Ima2Stage(home) as running:
        yield running
        await running.keep_promises()


async def made(at: Ima2Stage, words: str) -> Job:
    """Have something made and return its order."""
    await at.make(words)
    return (await at.jobs())[-1]


async def test_a_picture_from_the_plan_to_the_chat(tmp_path: Path) -> None:
    """Nothing extra is paid and that is said; the picture is brought, and its address is no link for anybody."""
    async with stage(tmp_path) as at:
        await at.say(FOX)
        assert "nothing extra: it counts as 1 use of the account's plan" in at.reads()
        assert at.attempts == 0
        await at.press(Verb.CONFIRM)
        await at.finish()
        [job] = await at.jobs()
        assert (job.state, job.quote.basis, at.attempts, at.charges) == (State.SUCCEEDED, PriceBasis.PLAN, 1, 1)
        [asset] = job.assets
        assert asset.held
        assert asset.url.startswith(at.sandbox.base_url)
        assert at.sandbox.base_url not in at.screen()
        assert wording.NO_LINK.one in at.screen()


async def test_a_clip_shows_the_servers_own_progress(tmp_path: Path) -> None:
    """The percentages are the server's, they only grow, and a link is given where the maker has one."""
    async with stage(tmp_path) as at:
        job = await made(at, FILM)
        shown = at.chat.messages[f"{job.id}.notice"].percents
        assert job.state is State.SUCCEEDED
        assert shown == sorted(shown)
        assert max(shown) <= 95
        assert job.assets[0].others
        assert [card.copy for card in at.chat.cards() if card.copy] == [job.assets[0].others[0]]


async def test_one_result_leads_to_the_next(tmp_path: Path) -> None:
    """A picture is varied; a clip is made longer, described, and gone on with from its last frame."""
    async with stage(tmp_path) as at:
        picture, clip = await made(at, FOX), await made(at, FILM)
        steps = {follow.task: n for n, follow in enumerate(clip.follow_ups)}
        wanted = [(picture, Verb.STEP, 0, Task.REWORK_IMAGE), (clip, Verb.CONTINUE, 0, Task.IMAGE_TO_VIDEO)]
        wanted += [(clip, Verb.STEP, steps[task], task) for task in (Task.EXTEND_VIDEO, Task.VIDEO_TO_TEXT)]
        for parent, verb, number, task in wanted:
            await at.press_action(Action(verb, parent.id, str(number)).encode())
            await at.press(Verb.CONFIRM)
            await at.finish()
            child = (await at.jobs())[-1]
            assert (child.request.task, child.parent, child.state) == (task, parent.id, State.SUCCEEDED)
        assert at.charges == 6


async def test_a_lost_answer_is_found_before_anybody_is_worried(tmp_path: Path) -> None:
    """The order is known to the server under our own name: it goes on as if nothing had been, and is paid once."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("lost-answer", "ima2.create")
        job = await made(at, FOX)
        assert (job.state, at.attempts, at.charges) == (State.SUCCEEDED, 1, 1)
        assert wording.IN_DOUBT_TITLE() not in [card.title for card in at.chat.cards()]


async def test_an_order_that_may_never_have_arrived_is_in_doubt(tmp_path: Path) -> None:
    """It is looked for and nowhere; it is not sent again, and the person decides."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("lost-request", "ima2.create")
        await at.order(FOX)
        await at.finish()
        assert (await at.states(), at.attempts, at.charges) == ([State.IN_DOUBT], 1, 0)
        assert at.offers(Verb.LOOK)


@pytest.mark.parametrize("words", [FOX, FILM])
async def test_our_own_restart_loses_nothing(tmp_path: Path, words: str) -> None:
    """The server worked on meanwhile; what it made is brought."""
    async with stage(tmp_path) as at:
        await at.order(words)
        await at.restart(after=400)
        await at.finish()
        assert (await at.states(), at.charges) == ([State.SUCCEEDED], 1)


async def test_a_server_that_dies_is_told_honestly(tmp_path: Path) -> None:
    """What it was making is gone with it, and may have been paid: both are said, and nothing is ordered again."""
    async with stage(tmp_path) as at:
        await at.order(FILM)
        await at.clock.run(lambda: at.offers(Verb.STOP))
        at.sandbox.ima2.crash()
        await at.clock.step()
        at.sandbox.ima2.start()
        await at.finish()
        [job] = await at.jobs()
        assert (job.state, at.attempts) == (State.FAILED, 1)
        assert job.trouble is not None
        assert job.trouble.refund is Refund.UNKNOWN


async def test_a_running_clip_is_really_stopped(tmp_path: Path) -> None:
    """The server is told; nobody promises that it cost nothing."""
    async with stage(tmp_path) as at:
        await at.order(FILM)
        await at.clock.run(lambda: at.offers(Verb.STOP))
        await at.press(Verb.STOP)
        await at.finish()
        [job] = await at.jobs()
        assert (job.state, job.trouble and job.trouble.refund) == (State.CANCELLED, Refund.UNKNOWN)
        assert at.sandbox.gate.requests["ima2.cancel"] == 1


async def test_fewer_pictures_than_ordered_are_brought_and_counted(tmp_path: Path) -> None:
    """The server says nothing about the missing one; Limner does."""
    async with stage(tmp_path) as at:
        job = await made(at, "/image model=gpt-5.4-mini x3 a fox in the snow by night [sandbox: one-fails]")
        assert (job.state, len(job.assets), job.lost) == (State.SUCCEEDED, 2, 1)
        assert wording.SOME_LOST(count=1) in [line for card in at.chat.cards() for line in card.lines]


async def test_a_refusal_of_the_upstream_is_told_kindly(tmp_path: Path) -> None:
    """Whatever its words and its server's folders were."""
    async with stage(tmp_path) as at:
        job = await made(at, "/image model=gpt-5.4-mini a fox in the snow [sandbox: failed reason=policy]")
        assert job.state in {State.FAILED, State.REFUSED}
        assert job.trouble is not None
        assert job.trouble.code is FailureCode.CONTENT_REFUSED
