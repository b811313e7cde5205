"""Too much at once is refused kindly and before it is priced: open orders of a person, of everybody, and floods."""

from pathlib import Path

from bot.core import waiting, wording
from bot.core.actions import Verb
from bot.core.job import State
from bot.engine import admission
from bot.errors import RefusalCode
from bot.settings import LimitsSection
from tests.stories.stage import Stage, stage


def refusals(at: Stage, code: RefusalCode) -> int:
    """Return how many messages say no for this reason."""
    return sum(c.title is not None and c.title.phrase == wording.REFUSALS[code].one for c in at.chat.cards())


async def test_a_person_has_no_more_open_than_is_allowed(tmp_path: Path) -> None:
    """The no names the number and the way out; somebody else is not held up, and one that is cancelled makes room."""
    async with stage(tmp_path, limits=LimitsSection(open_per_person=2)) as at:
        for n in range(3):
            await at.say(f"/video {n}")
        assert at.card.title == waiting.TOO_MANY_OPEN(count=2)
        assert len(await at.jobs()) == 2
        await at.say("/video mine", who="bob")
        assert await at.states("bob") == [State.PROPOSED]
        await at.press(Verb.CANCEL, who="bob")
        await at.say(f"/cancel {(await at.jobs())[0].code}")
        await at.say("/video once more")
        assert await at.states() == [State.CANCELLED, State.PROPOSED, State.PROPOSED]


async def test_another_model_in_place_of_an_offer_is_not_one_more(tmp_path: Path) -> None:
    """Whoever may have one may still change their mind about it."""
    async with stage(tmp_path, limits=LimitsSection(open_per_person=1)) as at:
        await at.say("/video model=kling a puppy")
        (job,) = await at.jobs()
        await at.press_action(f"lm1|{Verb.SWITCH.value}|{job.id}|wan2.6-t2v".replace("lm1", _mark(at)))
        assert await at.states() == [State.CANCELLED, State.PROPOSED]


def _mark(at: Stage) -> str:
    """Return what every button's id begins with."""
    return at.button(Verb.CONFIRM).split("|", 1)[0]


async def test_try_again_is_one_more(tmp_path: Path) -> None:
    """A button is no way around the limit; it says why."""
    async with stage(tmp_path, limits=LimitsSection(open_per_person=1)) as at:
        await at.say("/video a puppy")
        at.sandbox.faults.add("failed", "create")
        await at.press(Verb.CONFIRM)
        await at.finish()
        await at.say("/video another")
        answer = await at.press(Verb.AGAIN)
        assert answer.toast == waiting.TOO_MANY_OPEN(count=1)


async def test_everybody_together_is_held_before_prices_are_read(tmp_path: Path) -> None:
    """The service looks after what it has; who comes now is told so, and the provider is not asked."""
    async with stage(tmp_path, limits=LimitsSection(open=1)) as at:
        await at.say("/video first")
        asked = sum(at.sandbox.gate.requests.values())
        await at.say("/image second", who="bob")
        assert at.card.title == waiting.TOO_MUCH_WORK()
        assert sum(at.sandbox.gate.requests.values()) == asked


async def test_a_flood_is_answered_once_and_then_heard_again(tmp_path: Path) -> None:
    """Twenty messages are answered, the next one is told to slow down, more are left out; later all is well again."""
    async with stage(tmp_path) as at:
        for n in range(admission.MOST + 30):
            await at.say("/prefs", event=f"flood-{n}")
        assert len(at.chat.messages) == admission.MOST + 1
        assert refusals(at, RefusalCode.TOO_FAST) == 1
        await at.say("/prefs", who="bob")
        at.clock.skip(admission.SPELL)
        await at.say("/prefs")
        assert len(at.chat.messages) == admission.MOST + 3


async def test_what_was_left_out_stays_out(tmp_path: Path) -> None:
    """It was said that it counts for nothing: a second delivery of it orders nothing minutes later."""
    async with stage(tmp_path) as at:
        for n in range(admission.MOST + 2):
            await at.say("/prefs", event=f"flood-{n}")
        at.clock.skip(60)
        answer = await at.say("/video a puppy", event=f"flood-{admission.MOST + 1}")
        assert not answer.done
        assert await at.jobs() == []
