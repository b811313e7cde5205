"""Whoever used a model gets it again, whoever wants one always gets it, and nobody else's wish counts."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.core import listings, wording
from bot.core.actions import Verb
from bot.core.job import Address, Job, Reason, State
from bot.errors import RefusalCode
from tests.fakes.chat import Chat
from tests.stories.stage import ROOM, Stage, stage

KLING = "kling-video-o1"
WAN = "wan2.6-t2v"
ASK = "/video a puppy"


async def _offered(at: Stage, text: str = ASK, **how: str) -> Job:
    """Ask and return the offer."""
    await at.say(text, **how)  # type: ignore[arg-type] # who and locale
    return (await at.jobs(how.get("who", "ann")))[-1]


def _why(at: Stage, reason: Reason) -> bool:
    return wording.WHY[reason].one in {line.phrase for line in at.card.lines}


async def test_a_success_is_remembered(tmp_path: Path) -> None:
    """The model that worked is offered next time, with the reason, also after a restart."""
    async with stage(tmp_path) as at:
        await at.make('/video model="kling o1" a puppy')
        await at.restart()
        job = await _offered(at)
        assert (job.request.model, job.reason) == (KLING, Reason.HABIT)
        assert _why(at, Reason.HABIT)


@pytest.mark.parametrize("fate", ["offered", "cancelled", "refused", "failed", "in doubt"])
async def test_only_a_success_is_remembered(tmp_path: Path, fate: str) -> None:
    """What was asked for and did not come is no habit."""
    async with stage(tmp_path) as at:
        faults = {"refused": "4008", "failed": "failed", "in doubt": "lost-answer"}
        if fate in faults:
            at.sandbox.faults.add(faults[fate], "create")
        await at.say('/video model="kling o1" a puppy')
        if fate != "offered":
            await at.press(Verb.CANCEL if fate == "cancelled" else Verb.CONFIRM)
        await at.finish()
        job = await _offered(at)
        assert (job.request.model, job.reason) == (WAN, Reason.DEFAULT)


async def test_the_cheapest_is_not_remembered_and_the_best_is(tmp_path: Path) -> None:
    """Saving once is no habit (seed: user preference memory)."""
    async with stage(tmp_path) as at:
        job = await at.make("/video cheapest a puppy")
        assert (job.state, job.reason) == (State.SUCCEEDED, Reason.CHEAPEST)
        assert (await _offered(at)).reason is Reason.DEFAULT
        best = await at.make("/video best a puppy")
        assert best.reason is Reason.BEST
        job = await _offered(at)
        assert (job.request.model, job.reason) == (best.request.model, Reason.HABIT)


@pytest.mark.parametrize("wish", ["always use Kling O1", "以后都用可灵", "/model video kling", "/模型 视频 可灵"])
async def test_always_beats_habit_and_asking_beats_both(tmp_path: Path, wish: str) -> None:
    """What was said to be always wanted wins over what was used last; what is asked for now wins over all."""
    async with stage(tmp_path) as at:
        await at.make('/video model="hailuo 2.3" a puppy')
        await at.say(wish)
        assert at.card.title is not None
        assert at.card.title.phrase == listings.REMEMBERED.one
        assert [(job.request.model, job.reason) for job in [await _offered(at)]] == [(KLING, Reason.ALWAYS)]
        assert _why(at, Reason.ALWAYS)
        explicit = await at.make('/video model="vidu q2" a puppy')
        assert (explicit.request.model, explicit.reason) == ("viduq2", Reason.EXPLICIT)
        assert (await _offered(at)).reason is Reason.ALWAYS
        cheapest = await _offered(at, "/video cheapest a puppy")
        assert cheapest.reason is Reason.CHEAPEST


@pytest.mark.parametrize("wish", ["/model video auto", "/模型 视频 自动"])
async def test_auto_forgets_the_wish_and_the_habit(tmp_path: Path, wish: str) -> None:
    """Afterwards the recommendation is offered again."""
    async with stage(tmp_path) as at:
        await at.make('/video model="hailuo 2.3" a puppy')
        await at.say("always use Kling O1")
        await at.say(wish)
        assert at.card.title is not None
        assert at.card.title.phrase == listings.FORGOTTEN.one
        job = await _offered(at)
        assert (job.request.model, job.reason) == (WAN, Reason.DEFAULT)


@pytest.mark.parametrize("habit", [False, True])
async def test_a_wish_that_is_gone_is_said(tmp_path: Path, *, habit: bool) -> None:
    """The model left the catalogue: another one is offered, and the notice says which one is missing."""
    async with stage(tmp_path) as at:
        if habit:
            await at.make('/video model="hailuo 2.3" a puppy')
        await at.say("always use Kling O1")
        at.sandbox.ima.shop.withdraw(KLING)
        at.clock.skip(601)
        job = await _offered(at)
        assert job.request.model == ("MiniMax-Hailuo-2.3" if habit else WAN)
        assert wording.SHIFTED(wished="Kling O1", model=job.model_name) in at.card.lines


async def test_one_persons_wish_is_not_anothers(tmp_path: Path) -> None:
    """Preferences belong to a person of one chat: not to their neighbour, nor to a namesake elsewhere."""
    async with stage(tmp_path) as at:
        other = Chat("elsewhere")
        at.rooms.append(other)
        await at.restart()
        await at.say("always use Kling O1")
        for who, place in (
            ("bob", ROOM),
            ("ann", Address("elsewhere", "house", "room")),
            ("ann", Address("stage", "another house", "room")),
        ):
            await at.say(ASK, who=who, place=place)
        jobs = {(job.address.platform, job.address.tenant, job.person): job for job in await at.everybody()}
        assert len(jobs) == 3
        assert {job.reason for job in jobs.values()} == {Reason.DEFAULT}
        assert [key for key in other.messages if key.endswith(".notice")]
        assert (await _offered(at)).reason is Reason.ALWAYS


async def test_each_task_has_its_own_habit(tmp_path: Path) -> None:
    """A picture's model says nothing about videos."""
    async with stage(tmp_path) as at:
        await at.make("/image model=seedream a fox")
        assert (await _offered(at, "/image a fox")).reason is Reason.HABIT
        assert (await _offered(at)).reason is Reason.DEFAULT


async def test_what_is_remembered_can_be_read(tmp_path: Path) -> None:
    """Nothing at first; then what was used, and what is always wanted instead of it."""
    async with stage(tmp_path) as at:
        await at.say("/prefs")
        assert listings.PREFS_NONE() in at.card.lines
        await at.make("/image model=seedream a fox")
        await at.make('/video model="hailuo 2.3" a puppy')
        await at.say("/model video Kling O1")
        await at.say("/prefs")
        video, picture = (listings.TASK_NAMES[task]() for task in ("text_to_video", "text_to_image"))
        assert listings.PREFS_ALWAYS(task=video, model="Kling O1") in at.card.lines
        assert listings.PREFS_LAST(task=picture, model="SeeDream 4.5") in at.card.lines


async def test_one_word_for_two_models_names_both(tmp_path: Path) -> None:
    """A family's name can mean one model for pictures and another for videos: the promise says which for what."""
    async with stage(tmp_path) as at:
        await at.say("以后都用即梦")
        promises = {str(card.title.values["model"]) for card in at.chat.cards() if card.title is not None}
        assert promises == {"SeeDream 4.5", "Seedance 2.0 fast"}
        for text, model in (("/image a fox", "SeeDream 4.5"), (ASK, "Seedance 2.0 fast")):
            assert (await _offered(at, text)).model_name == model


async def test_the_cheapest_is_the_cheapest_that_can_do_it(tmp_path: Path) -> None:
    """Settings come first: among the models that make five seconds, the one with the lowest exact price."""
    async with stage(tmp_path) as at:
        await at.say("/video cheapest 5s a puppy")
        (job,) = await at.jobs()
        assert (job.request.params["duration"], job.quote.total) == (5, Decimal(12))


async def test_a_careful_person_is_asked_whatever_the_rule(tmp_path: Path) -> None:
    """The operator's rule may ask nobody; who wants to be asked is, until they say otherwise, and others are not."""
    async with stage(tmp_path, confirm="never") as at:
        await at.say("/careful on")
        assert at.card.title == listings.CAREFUL_ON()
        await at.say("/prefs")
        assert listings.PREFS_CAREFUL() in at.card.lines
        await at.say("/video a puppy")
        assert await at.states() == [State.PROPOSED]
        await at.say("/video a kitten", who="ben")
        assert await at.states("ben") == [State.RUNNING]
        await at.restart()
        await at.say("/careful off")
        await at.say("/video a fox")
        assert await at.states() == [State.PROPOSED, State.RUNNING]
        await at.say("/careful perhaps")
        assert at.card.title == wording.REFUSALS[RefusalCode.ON_OR_OFF]()
        await at.finish()
