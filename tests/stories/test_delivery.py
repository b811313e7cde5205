"""What is owed to a place is said there: once, in order, however long the chat is away; and elsewhere if it is gone."""

from pathlib import Path

import pytest

from bot.core import listings
from bot.core.actions import Verb
from bot.core.job import Address, State
from bot.errors import PlatformTrouble
from tests.stories.stage import ROOM, Stage, stage

DEN = Address("stage", "house", "den")
AWAY = PlatformTrouble("slow down", retry_after=20)
GONE = PlatformTrouble("unknown channel", gone=True)


async def _in_order(at: Stage) -> None:
    """Everything was said once, in the order in which it was written down, and nothing is owed."""
    rows = await at.files.database.fetch("SELECT key FROM line WHERE kind = 'say' ORDER BY seq")
    assert list(at.chat.messages) == [row["key"] for row in rows]
    assert await at.files.owed_places() == []


async def _hours(at: Stage, hours: float) -> None:
    """Let so much time pass, or less if nobody waits for anything."""
    began = at.clock.now()
    while at.clock.elapsed(began) < hours * 3600 and await at.clock.step():
        pass
    await at.clock.settle()


@pytest.mark.parametrize("times", [1, 2, 9])
async def test_a_chat_that_refuses_for_a_while_gets_it_once(tmp_path: Path, times: int) -> None:
    """Every message is tried again until it is taken, and none overtakes another."""
    async with stage(tmp_path) as at:
        at.chat.troubles = [PlatformTrouble("try again")] * times
        await at.say("/video a puppy")
        await at.clock.run(lambda: at.offers(Verb.CONFIRM))
        at.chat.troubles = [PlatformTrouble("try again")] * times
        await at.press(Verb.CONFIRM)
        await at.clock.run()
        await _in_order(at)
        assert {shown.times_said for shown in at.chat.messages.values()} == {1}
        assert at.charges == 1


async def test_a_message_whose_answer_is_lost_is_shown_once(tmp_path: Path) -> None:
    """Saying it again under the same name shows nothing new."""
    async with stage(tmp_path) as at:
        await at.order()
        at.chat.lost_answers = 2
        await at.clock.run()
        await _in_order(at)
        assert [at.chat.ending("result")[0].times_said, at.chat.ending("link.0")[0].times_said] == [3, 1]


async def test_a_chat_that_is_away_for_hours_gets_everything(tmp_path: Path) -> None:
    """Two orders end while the chat is away, a restart in between: both results come, in order, with their links."""
    async with stage(tmp_path) as at:
        await at.order("/video a puppy")
        await at.order("/video a kitten")
        at.chat.closed[ROOM] = AWAY
        await _hours(at, 3)
        assert await at.states() == [State.SUCCEEDED, State.SUCCEEDED]
        assert not at.chat.ending("result")
        await at.restart()
        await _hours(at, 1)
        at.chat.closed.clear()
        await at.clock.run()
        await _in_order(at)
        assert [len(at.chat.ending(end)) for end in ("result", "link.0")] == [2, 2]
        for key in (key for key in at.chat.messages if key.endswith(".result")):
            order = list(at.chat.messages)
            assert order[order.index(key) + 1] == key.replace(".result", ".link.0")


async def test_progress_waits_for_what_is_owed(tmp_path: Path) -> None:
    """Where something more important cannot be said yet, progress is left out; later it goes on."""
    async with stage(tmp_path) as at:
        await at.order()
        await _hours(at, 0.02)
        (notice,) = at.chat.ending("notice")
        assert notice.percents
        at.chat.closed[ROOM] = AWAY
        await at.say("/help")
        before = len(notice.percents)
        await _hours(at, 0.05)
        assert len(notice.percents) == before
        at.chat.closed.clear()
        await at.clock.run()
        assert len(notice.percents) > before
        assert notice.percents == sorted(notice.percents)
        await _in_order(at)


@pytest.mark.parametrize("trouble", [AWAY, GONE], ids=["away", "gone"])
async def test_a_broken_place_holds_up_nobody_else(tmp_path: Path, trouble: PlatformTrouble) -> None:
    """One channel does not take anything: the people of another one notice nothing."""
    async with stage(tmp_path) as at:
        await at.order()
        at.chat.closed[ROOM] = trouble
        await at.say("/video a kitten", who="bob", place=DEN)
        await at.press_action(at.button(Verb.CONFIRM), who="bob", place=DEN)
        await at.clock.run(lambda: bool(at.chat.ending("link.0")))
        assert {shown.line.address for shown in at.chat.messages.values() if ".link." in shown.line.key} == {DEN}
        await _hours(at, 1)
        assert at.charges == 2


async def test_a_result_that_cannot_be_brought_is_in_the_list_with_its_link(tmp_path: Path) -> None:
    """The place is gone: it is not tried for ever, and whoever paid finds the link from any other place."""
    async with stage(tmp_path) as at:
        await at.order()
        at.chat.closed[ROOM] = GONE
        await at.clock.run()
        (job,) = await at.jobs()
        assert job.state is State.SUCCEEDED
        assert await at.files.owed_places() == []
        tried = at.chat.attempts
        await at.restart(after=3600)
        await at.clock.run()
        assert at.chat.attempts == tried
        for command in ("/jobs", "/history"):
            await at.say(command, place=DEN)
            assert listings.STATES["undelivered"].one in at.reads()
        await at.say("/jobs", place=DEN)
        assert job.assets[0].url in at.reads()
        await at.say("/jobs", who="bob", place=DEN)
        assert at.card.title == listings.JOBS_NONE()


async def test_a_notice_that_nobody_saw_is_not_edited(tmp_path: Path) -> None:
    """Where the first message could not be said there is nothing to edit: what comes after it is said all the same."""
    async with stage(tmp_path, confirm="never") as at:
        at.chat.troubles = [GONE]
        await at.say("/video a puppy")
        await at.clock.run()
        assert not at.chat.ending("notice")
        assert [len(at.chat.ending(end)) for end in ("result", "link.0")] == [1, 1]
        assert await at.files.owed_places() == []


async def test_progress_that_the_chat_refuses_is_left_out(tmp_path: Path) -> None:
    """A chat that takes no progress loses nothing but the progress."""
    async with stage(tmp_path) as at:
        at.chat.deaf = True
        job = await at.make()
        assert job.state is State.SUCCEEDED
        assert at.chat.ending("notice")[0].percents == []
        assert at.sandbox.gate.requests["ima.detail"] > 38, "looked less often because of it"
        await _in_order(at)


async def test_a_chat_that_is_switched_off_is_owed_everything(tmp_path: Path) -> None:
    """The operator starts without a chat and later with it again: its people get what was made meanwhile."""
    async with stage(tmp_path) as at:
        await at.order()
        at.rooms.remove(at.chat)
        await at.restart()
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]
        at.rooms.append(at.chat)
        await at.restart()
        await at.clock.run()
        await _in_order(at)
        assert len(at.chat.ending("link.0")) == 1


async def test_houses_may_number_their_messages_alike(tmp_path: Path) -> None:
    """Two tenants of one platform send a message with the same number: both are answered."""
    async with stage(tmp_path) as at:
        for place in (ROOM, Address("stage", "another house", "room")):
            await at.say("hello", place=place, event="1")
        assert {shown.line.address.tenant for shown in at.chat.messages.values()} == {"house", "another house"}
