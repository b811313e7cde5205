"""While it runs: nothing that goes wrong with looking loses a result, and nobody waits without being asked."""

from pathlib import Path

import pytest

from bot.core import wording
from bot.core.actions import Action, Verb
from bot.core.job import State
from bot.core.progress import CAP
from bot.errors import RefusalCode
from providers.sandbox.faults import FaultSettings
from tests.stories.stage import Stage, stage

PATIENCE = 2400.0
"""Seconds after which a person is asked whether to go on waiting for a video."""

TROUBLES: dict[str, tuple[str, FaultSettings]] = {
    "the key is refused for a while": ("401", {"times": 12}),
    "too many requests": ("429", {"times": 40, "retry_after": 9}),
    "trouble in the body": ("500", {"times": 12, "style": "body"}),  # type: ignore[typeddict-item] # read by pydantic
    "trouble without a body": ("503", {"times": 40}),
    "not found for a while": ("404", {"times": 12}),
    "a gateway's page": ("html", {"times": 12}),
    "a gateway's page as an answer": ("html", {"times": 12, "status": 200}),
    "cut off": ("truncated", {"times": 12}),
    "hung up": ("lost-request", {"times": 12}),
    "no address yet": ("no-url", {"lasting": 1500}),
}


@pytest.mark.parametrize("trouble", [pytest.param(how, id=name) for name, how in TROUBLES.items()])
async def test_a_result_survives_trouble_with_looking(tmp_path: Path, trouble: tuple[str, FaultSettings]) -> None:
    """Looking is free and goes on: the person sees progress and then the result, and never hears of the trouble."""
    fault, how = trouble
    async with stage(tmp_path) as at:
        at.sandbox.faults.add(fault, "create" if fault == "no-url" else "detail", **how)
        job = await at.make()
        assert job.state is State.SUCCEEDED
        assert at.charges == 1
        assert [len(at.chat.ending(end)) for end in ("result", "link.0", "sorry", "doubt")] == [1, 1, 0, 0]
        percents = at.chat.ending("notice")[0].percents
        assert percents == sorted(percents)
        assert 0 < max(percents) <= CAP


async def test_looking_slows_down_while_it_fails(tmp_path: Path) -> None:
    """A provider in trouble is asked less and less often, up to once a minute."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("503", "detail", times=None)
        await at.order()
        began = at.clock.now()
        await at.clock.run(lambda: at.clock.elapsed(began) > 1800)
        assert 30 <= at.sandbox.gate.requests["ima.detail"] <= 40


def _questions(at: Stage) -> list[str]:
    return [key for key in at.chat.messages if ".wait." in key]


async def _until(at: Stage, seconds: float) -> None:
    """Let the story go on until so long after the order."""
    job = (await at.jobs())[-1]
    assert job.submitted_at is not None
    since = job.submitted_at
    await at.clock.run(lambda: at.clock.elapsed(since) >= seconds)


async def test_a_late_order_is_asked_about_and_comes_all_the_same(tmp_path: Path) -> None:
    """Past the patience there is a question; whatever is answered, the result is brought when it comes."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("stuck", "create", lasting=3 * PATIENCE)
        await at.order()
        await _until(at, PATIENCE - 20)
        assert not _questions(at)
        await _until(at, PATIENCE + 70)
        assert len(_questions(at)) == 1
        assert at.card.title is not None
        assert at.card.title.phrase == wording.STILL_WAITING.one
        assert (at.offers(Verb.WAIT), at.offers(Verb.LEAVE)) == (True, True)
        assert (await at.press(Verb.WAIT, who="bob")).toast == wording.REFUSALS[RefusalCode.NOT_YOURS]()
        assert (await at.press(Verb.WAIT)).toast == wording.KEEP_WAITING_DONE()
        assert not list(at.chat.buttons())
        await _until(at, 2 * PATIENCE + 200)
        assert len(_questions(at)) == 2
        assert (await at.press(Verb.LEAVE)).toast == wording.LEAVE_DONE()
        assert await at.states() == [State.RUNNING]
        await at.finish()
        assert len(_questions(at)) == 2, "asked again in spite of the no"
        assert await at.states() == [State.SUCCEEDED]
        assert [len(at.chat.ending(end)) for end in ("result", "link.0")] == [1, 1]
        assert at.charges == 1


@pytest.mark.parametrize("fate, state", [("stuck", State.SUCCEEDED), ("failed", State.FAILED)])
async def test_the_question_goes_away_with_its_reason(tmp_path: Path, fate: str, state: State) -> None:
    """Once it is over nobody is asked to wait any more, and an old button says that it is over."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("503", "detail", times=60)
        at.sandbox.faults.add("stuck", "create", lasting=100)
        if fate != "stuck":
            at.sandbox.faults.add(fate, "create")
        await at.order()
        await at.clock.run(lambda: at.offers(Verb.WAIT))
        wait, leave = at.button(Verb.WAIT), at.button(Verb.LEAVE)
        await at.finish()
        assert await at.states() == [state]
        assert not at.offers(Verb.WAIT)
        for stale in (wait, leave):
            assert (await at.press_action(stale)).toast == wording.REFUSALS[RefusalCode.OVER]()


async def test_after_a_long_stop_there_is_one_question(tmp_path: Path) -> None:
    """Ten hours of silence were ours: the person is asked once now, and once more after another patience."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("stuck", "create", lasting=100_000)
        await at.order()
        await _until(at, 60)
        await at.restart(after=36_000)
        began = at.clock.now()
        await at.clock.run(lambda: at.clock.elapsed(began) > PATIENCE - 700)
        assert len(_questions(at)) == 1
        await at.clock.run(lambda: at.clock.elapsed(began) > PATIENCE + 700)
        assert len(_questions(at)) == 2


async def test_a_running_order_says_that_it_cannot_be_stopped(tmp_path: Path) -> None:
    """By button or by word the answer is honest, and the result is brought."""
    async with stage(tmp_path) as at:
        await at.order()
        (job,) = await at.jobs()
        answer = await at.press_action(Action(Verb.CANCEL, job.id).encode())
        assert answer.toast == wording.CANNOT_CANCEL()
        await at.say("/cancel")
        assert at.card.title == wording.CANNOT_CANCEL()
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]
        assert at.charges == 1


async def test_progress_shows_the_waiting_honestly(tmp_path: Path) -> None:
    """Past the longest expected time it stays below the end and says that it takes longer."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("stuck", "create", lasting=300)
        await at.order()
        await _until(at, 600)
        notice = at.chat.ending("notice")[0]
        assert notice.percents[-1] == CAP
        assert [line.phrase for line in notice.card.lines] == [wording.NEARLY.one]
        await at.finish()
        assert notice.card.bar is not None
        assert notice.card.bar.percent == 100
        (result,) = at.chat.ending("result")
        assert wording.FACT_TOOK.one in {fact.label.phrase for fact in result.card.facts}


async def test_a_restart_goes_on_in_the_same_message(tmp_path: Path) -> None:
    """The process stops in the middle: the same message goes on, never backwards, and nothing is ordered again."""
    async with stage(tmp_path) as at:
        await at.order()
        await _until(at, 150)
        await at.restart(after=60)
        await at.finish()
        (notice,) = at.chat.ending("notice")
        assert notice.percents == sorted(notice.percents)
        assert at.charges == 1
        assert await at.states() == [State.SUCCEEDED]
