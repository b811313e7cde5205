"""A provider that is full took nothing: the order waits and is tried again by itself, for a while."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import waiting, wording
from bot.core.actions import Verb
from bot.core.job import State
from bot.core.ledger import EntryKind
from bot.engine import turns
from bot.text import Lapse
from providers.errors import FailureCode
from providers.sandbox.faults import Style
from tests.stories.stage import Stage, stage

CREATE = "ima.create"


def full(at: Stage, times: int | None, retry_after: int = 30, style: Style | None = None) -> None:
    """Let the provider be full for the next paid requests."""
    at.sandbox.faults.add("429", "create", times=times, retry_after=retry_after, style=style)


@pytest.mark.parametrize("style", [Style.BARE, Style.BODY])
async def test_a_full_service_is_tried_again_by_itself(tmp_path: Path, style: Style) -> None:
    """Nothing was charged, that is said with the time of the next try; then it is made, charged once and brought."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        full(at, 1, style=style)
        await at.press(Verb.CONFIRM)
        notice = at.chat.ending("notice")[0]
        assert notice.card.title == waiting.FULL()
        assert waiting.FULL_NOTHING() in notice.card.lines
        assert notice.card.lines[-1].phrase == waiting.FULL_AGAIN.one
        assert (at.sandbox.gate.requests[CREATE], at.charges) == (1, 0)
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, at.sandbox.gate.requests[CREATE], at.charges) == (State.SUCCEEDED, 2, 1)
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.SETTLED]


async def test_the_next_try_comes_when_the_service_said(tmp_path: Path) -> None:
    """Not a second sooner, and the notice names that time."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        full(at, 1, retry_after=200)
        await at.press(Verb.CONFIRM)
        assert at.chat.ending("notice")[0].card.lines[-1] == waiting.FULL_AGAIN(wait=Lapse(240))
        await at.clock.run(lambda: at.sandbox.gate.requests[CREATE] == 2)
        assert at.clock.elapsed(at.started(0)) == pytest.approx(200, abs=1)
        await at.finish()


async def test_a_service_that_stays_full_is_given_up_on(tmp_path: Path) -> None:
    """After half an hour it is refused, with nothing charged and a way on; the books are even."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        full(at, None, retry_after=120)
        await at.press(Verb.CONFIRM)
        await at.finish()
        (job,) = await at.jobs()
        assert job.trouble is not None
        assert (job.state, job.trouble.code) == (State.REFUSED, FailureCode.BUSY)
        assert at.clock.elapsed(at.started(0)) < turns.PATIENCE + 1
        # After two minutes as it said, then ever less often: 120, 240, and 300 seconds from then on.
        assert at.sandbox.gate.requests[CREATE] == 3 + (turns.PATIENCE - 360) // turns.LONGEST_PAUSE
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.RELEASED]
        assert [line.phrase for line in at.chat.ending("sorry")[0].card.lines][1] == wording.NOT_CHARGED.one
        assert at.offers(Verb.AGAIN)


async def test_a_wait_beyond_patience_is_refused_at_once(tmp_path: Path) -> None:
    """Nobody is kept waiting for something that is known to come too late."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        full(at, 1, retry_after=7200)
        await at.press(Verb.CONFIRM)
        assert await at.states() == [State.REFUSED]


async def test_an_order_that_waits_for_room_can_be_taken_back(tmp_path: Path) -> None:
    """At once, for nothing; it is never sent again."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        full(at, 1)
        await at.press(Verb.CONFIRM)
        await at.press(Verb.CANCEL)
        (job,) = await at.jobs()
        assert job.state is State.CANCELLED
        assert at.chat.ending("notice")[0].card.title == wording.CANCELLED()
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.RELEASED]
        await at.finish()
        assert (at.sandbox.gate.requests[CREATE], at.charges) == (1, 0)


async def test_one_order_at_a_time_asks_whether_there_is_room(tmp_path: Path) -> None:
    """Those who come meanwhile wait without asking; once one was taken they go, in their order."""
    async with stage(tmp_path) as at:
        await at.say("/video first", who="ann")
        full(at, 2)
        await at.press(Verb.CONFIRM)
        for who in ("bob", "cyd"):
            await at.order(f"/video {who}", who=who)
        assert at.sandbox.gate.requests[CREATE] == 1
        assert [shown.card.title for shown in at.chat.ending("notice")] == [waiting.FULL()] * 3
        await at.finish()
        assert [charge.prompt for charge in at.sandbox.ledger.charges] == ["first", "bob", "cyd"]
        assert at.sandbox.gate.requests[CREATE] == 5


async def test_a_restart_waits_as_long_as_was_said(tmp_path: Path) -> None:
    """The process ends while an order waits for room: the new one does not ask sooner, and sends it once."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        full(at, 1, retry_after=100)
        await at.press(Verb.CONFIRM)
        await at.restart(after=40)
        await at.clock.run(lambda: at.sandbox.gate.requests[CREATE] == 2)
        assert at.clock.elapsed(at.started(0)) >= 100
        await at.finish()
        assert (await at.states(), at.charges) == ([State.SUCCEEDED], 1)


async def test_a_lost_answer_is_never_tried_again_by_itself(tmp_path: Path) -> None:
    """Full is a clear no. Anything that is not clear stays in doubt, however long one waits."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        at.sandbox.faults.add("lost-answer", "create")
        await at.press(Verb.CONFIRM)
        await at.clock.run(limit=timedelta(hours=2))
        assert await at.states() == [State.IN_DOUBT]
        assert at.sandbox.gate.requests[CREATE] == 1
