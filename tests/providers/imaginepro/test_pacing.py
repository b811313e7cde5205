"""The account's pace: orders wait for their turn, no message is read twice within three seconds, and no too early."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.pacing import Seconds, Turnstile
from providers.imaginepro.provider import ImaginePro
from providers.models import Task
from providers.outcomes import Balance, Done, Failed, Running
from providers.sandbox.clock import HandClock
from providers.sandbox.server import Sandbox
from tests.fakes.clock import StoryClock
from tests.providers.imaginepro.stage import START, ProStage, settings_for

T = TypeVar("T")


def turnstile_of(now: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]) -> Turnstile:
    """Return a turnstile of three seconds."""
    return Turnstile(3, Seconds(now, lambda since: (now() - since).total_seconds(), sleep))


class Door:
    """A turnstile in virtual time, and when each one went through, in seconds since the start."""

    def __init__(self) -> None:
        self.clock = StoryClock()
        self.begun = self.clock.now()
        self.offset = timedelta()
        self.passed: list[tuple[str, float]] = []
        self.turnstile = turnstile_of(lambda: self.clock.now() + self.offset, self.clock.sleep)

    async def go(self, name: str) -> None:
        """Wait for a turn and note it."""
        await self.turnstile.wait()
        self.passed.append((name, self.clock.elapsed(self.begun)))

    def begin(self, names: str) -> list[asyncio.Task[None]]:
        """Let several come at once."""
        tasks = [asyncio.create_task(self.go(name)) for name in names]
        self.clock.workers = lambda: tasks
        return tasks

    async def all(self, names: str) -> None:
        """Let several come at once, and wait until all are through."""
        tasks = self.begin(names)
        await self.clock.run(lambda: all(task.done() for task in tasks))


async def test_who_came_first_goes_first_and_three_seconds_lie_between() -> None:
    """However many come at once."""
    door = Door()
    await door.all("abcd")
    assert door.passed == [("a", 0), ("b", 3), ("c", 6), ("d", 9)]


async def test_who_comes_late_does_not_wait() -> None:
    """And a clock that is set back holds nobody up for longer than the rule."""
    door = Door()
    await door.all("a")
    door.clock.skip(3)
    await door.all("b")
    door.offset = timedelta(days=-1)
    await door.all("c")
    assert door.passed == [("a", 0), ("b", 3), ("c", 6)]


async def test_a_call_is_over_before_the_next_begins() -> None:
    """A slow one is not overtaken by one that would then arrive too close behind it."""
    order: list[str] = []

    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    turnstile = turnstile_of(lambda: START, at_once)

    async def call(name: str) -> None:
        async with turnstile.turn():
            order.append(f"{name} begins")
            for _ in range(5):
                await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(call("a"), call("b"))
    assert order == ["a begins", "a ends", "b begins", "b ends"]


async def test_behind_a_late_call_the_others_do_not_crowd() -> None:
    """They waited out their time while it was under way, and still go one by one."""
    clock, passed = HandClock(START), list[float]()

    async def at_once(seconds: float) -> None:
        clock.advance(seconds)

    turnstile = turnstile_of(clock.now, at_once)

    async def call() -> None:
        await turnstile.wait()
        passed.append(clock.elapsed(START))

    async with turnstile.turn():
        behind = [asyncio.create_task(call()) for _ in range(2)]
        await asyncio.sleep(0)
        clock.advance(60)
        ended = clock.elapsed(START)
    await asyncio.gather(*behind)
    assert passed == [ended + 3, ended + 6], "counted from its end: it may have arrived just before its answer"


async def test_a_call_that_goes_wrong_counts_like_any_other() -> None:
    """It may have arrived just before it broke."""
    clock = HandClock(START)

    async def at_once(seconds: float) -> None:
        clock.advance(seconds)

    turnstile = turnstile_of(clock.now, at_once)

    async def broken() -> None:
        async with turnstile.turn():
            clock.advance(30)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await broken()
    await turnstile.wait()
    assert clock.elapsed(START) == 33


async def test_who_gives_up_takes_no_turn() -> None:
    """Those behind come when they would have come, and nobody waits for ever."""
    door = Door()
    tasks = door.begin("abc")
    await door.clock.settle()
    tasks[1].cancel()
    await door.clock.run(lambda: all(task.done() for task in tasks))
    await door.all("d")
    assert door.passed == [("a", 0), ("c", 6), ("d", 9)]


class Crowd:
    """The adapter and the sandbox in one virtual time that only moves when all calls are over or wait for it."""

    def __init__(self, home: Path) -> None:
        self.clock = StoryClock()
        self.sandbox = Sandbox(home=home, clock=self.clock)
        self.provider: ImaginePro

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Start both."""
        await self.sandbox.start()
        address = f"{self.sandbox.base_url}/imaginepro/api/v1"
        hand = HandClock(START)
        self.provider = ImaginePro(
            replace(settings_for(address, hand), now=self.clock.now, sleep=self.clock.sleep, prices={})
        )
        try:
            yield
        finally:
            await self.provider.close()
            await self.sandbox.close()

    async def together(self, *calls: Coroutine[Any, Any, T]) -> list[T]:
        """Make calls at once and return what came of them."""
        tasks = [asyncio.create_task(call) for call in calls]
        self.clock.workers = lambda: [cast("asyncio.Task[None]", task) for task in tasks]
        await self.clock.run(lambda: all(task.done() for task in tasks))
        return [task.result() for task in tasks]

    async def place(self, prompt: str) -> str:
        """Order a picture; return its name."""
        order = Order(Task.TEXT_TO_IMAGE, "midjourney", prompt, {})
        return (await self.provider.submit(order, await self.provider.quote(order), prompt)).ref


async def test_many_orders_at_once_are_all_taken(tmp_path: Path) -> None:
    """The service refuses a second one within three seconds; none of ours is ever the second, and none is late."""
    crowd = Crowd(tmp_path)
    async with crowd.open():
        begun = crowd.clock.now()
        refs = await crowd.together(*(crowd.place(f"fox {number}") for number in range(12)))
        assert len(set(refs)) == len(crowd.sandbox.ledger.charges) == 12
        assert [charge.prompt for charge in crowd.sandbox.ledger.charges] == [f"fox {number}" for number in range(12)]
        assert crowd.clock.elapsed(begun) == pytest.approx(11 * 3.1)


async def test_everything_the_account_counts_waits_for_its_turn(tmp_path: Path) -> None:
    """Orders, richer prompts, the list and the account: one queue, where the service counts them all."""
    crowd = Crowd(tmp_path)
    async with crowd.open():
        crowd.sandbox.imaginepro.rules.paced_reads = True
        order = Order(Task.TEXT_TO_IMAGE, "midjourney", "an owl", {})
        provider = crowd.provider
        calls = (crowd.place("a fox"), provider.enhance("a fox"), provider.balance())
        _, richer, balance, found = await crowd.together(*calls, provider.find("attempt-9", order, START))
        assert len(str(richer)) > 5
        assert isinstance(balance, Balance)
        assert balance.amount == 2590
        assert found is None


async def test_looks_at_many_orders_keep_to_ten_in_a_second(tmp_path: Path) -> None:
    """The service turns away an eleventh; none of ours is."""
    crowd = Crowd(tmp_path)
    async with crowd.open():
        refs = await crowd.together(*(crowd.place(f"fox {number}") for number in range(25)))
        crowd.clock.skip(5)
        seen = await crowd.together(*(crowd.provider.check(ref) for ref in refs))
        assert crowd.sandbox.gate.requests["imaginepro.detail"] == 25
        waits = [each.poll_after for each in seen if isinstance(each, Running)]
        assert set(waits) == {None}, "nobody was told to come again"


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


async def test_two_looks_at_once_are_one(tmp_path: Path) -> None:
    """Also while the first is still waiting for its turn."""
    crowd = Crowd(tmp_path)
    async with crowd.open():
        one, two = await crowd.together(crowd.place("a fox"), crowd.place("an owl"))
        crowd.clock.skip(5)
        await crowd.together(*(crowd.provider.check(ref) for ref in (one, two, two, two)))
        assert crowd.sandbox.gate.requests["imaginepro.detail"] == 2


async def test_a_finished_order_stays_finished_when_asked_too_soon(pro: ProStage) -> None:
    """The end is told again, not called unknown."""
    ref, done = await pro.made()
    before = pro.requests("detail")
    assert await pro.provider.check(ref) == done
    assert pro.requests("detail") == before


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


async def test_a_service_whose_time_runs_faster_is_looked_at_by_its_own_seconds(pro: ProStage) -> None:
    """As in the demo: three of its seconds are enough, however few of ours they are."""
    fast = pro.restarted(elapsed=lambda since: 20 * (pro.clock.now() - since).total_seconds())
    taken = await pro.place(await pro.imagine())
    pro.clock.advance(20)
    await fast.check(taken.ref)
    pro.clock.advance(0.1)
    early = await fast.check(taken.ref)
    assert isinstance(early, Running)
    assert early.poll_after == pytest.approx(1)
    pro.clock.advance(0.05)
    await fast.check(taken.ref)
    await fast.close()
    assert pro.requests("detail") == 2
