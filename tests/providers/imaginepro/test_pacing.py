"""The account's pace: orders wait for their turn, no message is read twice within three seconds, and no too early."""

import asyncio
from datetime import datetime, timedelta

import pytest

from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.pacing import Turnstile
from providers.models import Task
from providers.outcomes import Done, Failed, Running
from tests.providers.imaginepro.stage import START, ProStage


class Door:
    """A turnstile with a time of its own, and when each one went through."""

    def __init__(self) -> None:
        self.now = START
        self.passed: list[tuple[str, float]] = []
        self.turnstile = Turnstile(3, lambda: self.now, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def go(self, name: str) -> None:
        """Wait for a turn and note it."""
        await self.turnstile.wait()
        self.passed.append((name, (self.now - START).total_seconds()))


async def test_who_came_first_goes_first_and_three_seconds_lie_between() -> None:
    """However many come at once."""
    door = Door()
    await asyncio.gather(*(door.go(name) for name in "abcd"))
    assert door.passed == [("a", 0), ("b", 3), ("c", 6), ("d", 9)]


async def test_who_comes_late_does_not_wait() -> None:
    """And a clock that is set back holds nobody up for longer than the rule."""
    door = Door()
    await door.go("a")
    door.now += timedelta(seconds=3)
    await door.go("b")
    door.now = START - timedelta(days=1)
    before = door.now
    await door.go("c")
    assert [at for _, at in door.passed[:2]] == [0, 3]
    assert door.now - before == timedelta(seconds=3)


async def test_a_call_is_over_before_the_next_begins() -> None:
    """A slow one is not overtaken by one that would then arrive too close behind it."""
    door, order = Door(), list[str]()

    async def call(name: str) -> None:
        async with door.turnstile.turn():
            order.append(f"{name} begins")
            for _ in range(5):
                await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(call("a"), call("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]


async def test_who_gives_up_takes_no_turn() -> None:
    """The next one comes when it would have come without."""
    door = Door()
    await door.go("a")
    given_up = asyncio.create_task(door.go("b"))
    waiting = asyncio.create_task(door.go("c"))
    given_up.cancel()
    await asyncio.gather(given_up, waiting, return_exceptions=True)
    assert door.passed == [("a", 0), ("c", 3)]


async def test_many_orders_at_once_are_all_taken(pro: ProStage) -> None:
    """The service refuses a second one within three seconds; none of ours is ever the second."""
    orders = [await pro.imagine(f"fox {number}") for number in range(6)]
    taken = await asyncio.gather(*(pro.place(order, f"attempt-{n}") for n, order in enumerate(orders)))
    assert len({each.ref for each in taken}) == len(pro.charges) == pro.attempts == 6


async def test_everything_the_account_counts_waits_for_its_turn(pro: ProStage) -> None:
    """Orders, richer prompts, the list and the account: one queue, where the service counts them all."""
    pro.sandbox.imaginepro.rules.paced_reads = True
    order = await pro.imagine()
    calls = (pro.place(order), pro.provider.enhance("a fox"), pro.provider.balance(), pro.provider.balance())
    await asyncio.gather(*calls)
    assert await pro.provider.find("attempt-9", order, START) is None
    assert pro.requests("account") == 2


async def test_no_message_is_read_twice_within_three_seconds(pro: ProStage) -> None:
    """A hint a moment after a look is answered with what was seen, and when to look again."""
    taken = await pro.place(await pro.imagine("a fox [sandbox: progress text=number]"))
    pro.clock.advance(20)
    first = await pro.provider.check(taken.ref)
    assert isinstance(first, Running)
    assert (first.percent, first.poll_after) != (None, None)
    pro.clock.advance(1)
    second = await pro.provider.check(taken.ref)
    assert isinstance(second, Running)
    assert (second.percent, second.phase, second.poll_after) == (first.percent, first.phase, 2)
    assert pro.requests("detail") == 1
    pro.clock.advance(2)
    third = await pro.provider.check(taken.ref)
    assert isinstance(third, Running)
    assert (pro.requests("detail"), third.poll_after) == (2, None)


async def test_two_looks_at_once_are_one(pro: ProStage) -> None:
    """The second does not wait for the first either."""
    taken = await pro.place(await pro.imagine())
    pro.clock.advance(5)
    await asyncio.gather(*(pro.provider.check(taken.ref) for _ in range(5)))
    assert pro.requests("detail") == 1


async def test_a_finished_order_stays_finished_when_asked_too_soon(pro: ProStage) -> None:
    """The end is told again, not called unknown."""
    ref, done = await pro.made()
    before = pro.requests("detail")
    assert await pro.provider.check(ref) == done
    assert pro.requests("detail") == before


async def test_looks_at_many_orders_keep_to_ten_in_a_second(pro: ProStage) -> None:
    """The service turns away an eleventh: so many looks take their time."""
    pro.sandbox.imaginepro.rules.submit_every = 0
    refs = [(await pro.place(await pro.imagine(f"fox {n}"), f"a-{n}")).ref for n in range(25)]
    pro.clock.advance(3)
    before = pro.clock.now()
    await asyncio.gather(*(pro.provider.check(ref) for ref in refs))
    assert pro.requests("detail") == 25
    assert (pro.clock.now() - before).total_seconds() >= 2.4


async def test_a_message_that_is_not_there_yet_is_no_failure(pro: ProStage) -> None:
    """For ten seconds the service may not know what it has just taken."""
    taken = await pro.place(await pro.imagine("a fox [sandbox: unseen lasting=8]"))
    assert await pro.provider.check(taken.ref) == Running(poll_after=3)
    pro.clock.advance(3)
    assert await pro.provider.check(taken.ref) == Running(poll_after=3)
    assert isinstance(await pro.end(taken.ref), Done)


async def test_after_a_restart_too(pro: ProStage) -> None:
    """Then the first look counts as the beginning, as nobody remembers when it was taken."""
    taken = await pro.place(await pro.imagine("a fox [sandbox: unseen lasting=20]"))
    pro.clock.advance(12)
    again = pro.restarted()
    assert await again.check(taken.ref) == Running(poll_after=3)
    await again.close()


async def test_one_that_never_appears_is_asked_about_and_not_called_failed(pro: ProStage) -> None:
    """It was paid, so no end is made up: looking goes wrong, and the person is asked in the end."""
    taken = await pro.place(await pro.imagine("a fox [sandbox: unseen]"))
    pro.clock.advance(11)
    for _ in range(3):
        with pytest.raises(ProviderError) as caught:
            await pro.provider.check(taken.ref)
        assert caught.value.sent is Sent.NO
        pro.clock.advance(5)


async def test_a_busy_service_is_looked_at_later(pro: ProStage) -> None:
    """As long after as it says, and never sooner than the rule."""
    taken = await pro.place(await pro.imagine())
    for said, waits in ((17, 17), (1, 3)):
        pro.clock.advance(5)
        pro.sandbox.faults.add("429", "imaginepro.detail", retry_after=said)
        assert await pro.provider.check(taken.ref) == Running(poll_after=waits)


async def test_a_film_that_takes_longer_than_anybody_waits_still_arrives(pro: ProStage) -> None:
    """Under the same name, long after 300 seconds."""
    order = await pro.order(Task.FIRST_LAST_FRAME_TO_VIDEO, "mj-video", prompt="sea [sandbox: stuck lasting=100]")
    taken = await pro.place(order)
    begun: datetime = pro.clock.now()
    assert isinstance(await pro.end(taken.ref), Done)
    assert (pro.clock.now() - begun).total_seconds() > 200


async def test_a_stuck_order_ends_at_the_limit_that_went_along(pro: ProStage) -> None:
    """900 seconds, told as too slow."""
    failed = await pro.end((await pro.place(await pro.imagine("a fox [sandbox: stuck]"))).ref)
    assert isinstance(failed, Failed)
    assert failed.code is FailureCode.TIMED_OUT
    assert pro.clock.now() - START < timedelta(seconds=930)


async def test_the_models_are_looked_at_no_faster_than_the_rule(pro: ProStage) -> None:
    """The pace of every model is at least three seconds."""
    for task in pro.provider.capabilities.tasks:
        assert all(model.poll_every >= 3 for model in await pro.provider.models(task))
