"""Where not everything can be made at once people take turns, see where they stand, and nothing is sent twice."""

from pathlib import Path

import pytest

from bot.core import waiting, wording
from bot.core.actions import Verb
from bot.core.cards import Card
from bot.core.job import State
from bot.core.ledger import EntryKind
from bot.settings import LimitsSection
from tests.stories.stage import Stage, stage


async def orders(at: Stage, who: str, count: int) -> None:
    """Let somebody order several videos, one after the other."""
    for n in range(1, count + 1):
        await at.order(f"/video {who} {n}", who=who)


def sent(at: Stage) -> list[str]:
    """Return what the provider took, in order."""
    return [charge.prompt for charge in at.sandbox.ledger.charges]


def notices(at: Stage, prompt: str) -> list[Card]:
    """Return every form of an order's first message."""
    return next(shown.forms for shown in at.chat.ending("notice") if shown.card.quote == prompt)


def starts(at: Stage, card: Card) -> str:
    """Return when an order is said to start."""
    words = at.translators.get("en")
    return next(words.say(fact.value) for fact in card.facts if fact.label == waiting.FACT_STARTS())


async def test_the_service_never_has_more_than_it_takes_and_people_take_turns(tmp_path: Path) -> None:
    """Ann's burst came first; Bob's and Cyd's single orders are not behind all of it, and each is sent once."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 5)
        await orders(at, "bob", 1)
        await orders(at, "cyd", 1)
        assert sent(at) == ["ann 1"]
        await at.finish()
        assert sent(at) == ["ann 1", "bob 1", "cyd 1", "ann 2", "ann 3", "ann 4", "ann 5"]
        assert {job.state for job in await at.everybody()} == {State.SUCCEEDED}


async def test_who_waits_sees_how_many_come_first_and_about_how_long(tmp_path: Path) -> None:
    """The place and the wait are on the notice, with the way to take it back; nearer the front they are told anew."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 3)
        (_, *forms) = [form for form in notices(at, "ann 3") if form.title == wording.QUEUED()]
        assert forms == []
        last = notices(at, "ann 3")[-1]
        assert last.lines == (waiting.AHEAD(count=1), waiting.SERVICE_WHY(count=1))
        assert starts(at, last) == "10–14 min"
        assert [button.label for button in last.buttons] == [wording.BUTTON_CANCEL()]
        await at.clock.run(lambda: notices(at, "ann 3")[-1].lines == (waiting.NEXT(), waiting.SERVICE_WHY(count=1)))
        await at.finish()
        told = [form.title for form in notices(at, "ann 3")]
        assert told[told.index(wording.QUEUED()) :][2] == wording.STARTING[(await at.jobs())[-1].media]()


async def test_a_changed_place_is_told_no_more_often_than_progress(tmp_path: Path) -> None:
    """Nine ahead are taken back within a moment; that is one new place, half a minute after the last one."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 11)
        before = len(notices(at, "ann 11"))
        for card in [notices(at, f"ann {n}")[-1] for n in range(2, 11)]:
            await at.press_action(card.buttons[0].action)
        assert len(notices(at, "ann 11")) == before
        await at.clock.run(lambda: len(notices(at, "ann 11")) > before)
        assert notices(at, "ann 11")[-1].lines[0] == waiting.NEXT()
        await at.finish()
        assert sent(at) == ["ann 1", "ann 11"]


async def test_a_chat_that_takes_no_progress_takes_no_new_places_either(tmp_path: Path) -> None:
    """A place is the first thing to be left out; what is owed comes all the same."""
    async with stage(tmp_path, most_running=1) as at:
        at.chat.deaf = True
        await orders(at, "ann", 3)
        await at.finish()
        assert [form.title for form in notices(at, "ann 3")].count(wording.QUEUED()) == 1
        assert {job.state for job in await at.jobs()} == {State.SUCCEEDED}


async def test_an_order_that_waits_can_be_taken_back(tmp_path: Path) -> None:
    """Nothing was sent and nothing is spent; everybody behind it moves up."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 2)
        await orders(at, "bob", 1)
        await at.press(Verb.CANCEL, who="bob")
        (job,) = await at.jobs("bob")
        assert job.state is State.CANCELLED
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.RELEASED]
        await at.finish()
        assert sent(at) == ["ann 1", "ann 2"]


async def test_a_restart_keeps_the_order_and_sends_nothing_twice(tmp_path: Path) -> None:
    """Who was at work stays so, who waited goes on waiting at the same place, and no notice is written anew."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 3)
        await orders(at, "bob", 1)
        before = {prompt: len(notices(at, prompt)) for prompt in ("ann 2", "ann 3", "bob 1")}
        await at.restart(after=60)
        await at.clock.settle()
        assert sent(at) == ["ann 1"]
        assert {prompt: len(notices(at, prompt)) for prompt in before} == before
        await at.finish()
        assert sent(at) == ["ann 1", "bob 1", "ann 2", "ann 3"]


async def test_a_turn_that_came_as_the_process_ended_is_not_lost(tmp_path: Path) -> None:
    """The order at work ended while nobody was there: at the start its result comes and the next one goes."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 2)
        await at.restart(after=3600)
        await at.finish()
        assert len(sent(at)) == 2
        assert await at.states() == [State.SUCCEEDED, State.SUCCEEDED]


async def test_the_operator_s_limit_for_a_person_keeps_only_that_person_waiting(tmp_path: Path) -> None:
    """Two of Ann's are under way and her third waits, saying why; Bob's starts at once."""
    async with stage(tmp_path, limits=LimitsSection(per_person=2)) as at:
        await orders(at, "ann", 3)
        await orders(at, "bob", 1)
        assert sent(at) == ["ann 1", "ann 2", "bob 1"]
        assert notices(at, "ann 3")[-1].lines == (wording.QUEUED_BEHIND(count=2), waiting.PERSON_WHY(count=2))
        await at.finish()
        assert len(sent(at)) == 4


@pytest.mark.parametrize("word", ["button", "word"])
async def test_once_it_begins_it_can_no_longer_be_taken_back(tmp_path: Path, word: str) -> None:
    """The button is gone with the wait, and the command says the truth."""
    async with stage(tmp_path, most_running=1) as at:
        await orders(at, "ann", 2)
        await at.clock.run(lambda: len(sent(at)) == 2)
        second = (await at.jobs())[1]
        if word == "word":
            await at.say(f"/cancel {second.code}")
            assert at.card.title == wording.CANNOT_CANCEL()
        else:
            await at.clock.settle()
            assert notices(at, "ann 2")[-1].buttons == ()
        await at.finish()
        assert await at.states() == [State.SUCCEEDED, State.SUCCEEDED]
