"""Never twice and never lost: answers that got lost, restarts on either side, cancelling (reference section 1.10)."""

import asyncio

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima2.ticket import Ticket
from providers.models import Task
from providers.outcomes import Done, Failed, Refund, Running
from tests.providers.ima2.stage import CLIP, PICTURE, START, Ima2Stage


async def _fails(ima2: Ima2Stage, order: Order, attempt: str = "a-1") -> ProviderError:
    with pytest.raises(ProviderError) as failed:
        await ima2.place(order, attempt)
    return failed.value


@pytest.mark.parametrize("fault", ["lost-answer", "truncated", "html"])
async def test_an_answer_that_got_lost_is_found(ima2: Ima2Stage, fault: str) -> None:
    """The order may have been placed: it is found by its id, running or done, and was charged once."""
    ima2.sandbox.faults.add(fault, "ima2.create")
    order = await ima2.order()
    assert (await _fails(ima2, order)).sent is Sent.MAYBE
    found = await ima2.provider.find("a-1", order, START)
    assert found is not None
    assert isinstance(found.outcome, Running)
    assert isinstance(await ima2.end(found.ref), Done)
    later = await ima2.fresh().find("a-1", order, START)
    assert later is not None
    assert isinstance(later.outcome, Done)
    assert len(ima2.charges) == ima2.attempts == 1


async def test_an_order_is_found_though_its_lane_is_gone(ima2: Ima2Stage) -> None:
    """Somebody signed out meanwhile: nothing new is offered, and what was placed is found all the same."""
    ima2.sandbox.faults.add("lost-answer", "ima2.create")
    order = await ima2.order()
    await _fails(ima2, order)
    ima2.sandbox.ima2.setup.oauth = "auth_required"
    found = await ima2.fresh().find("a-1", order, START)
    assert found is not None
    assert isinstance(await ima2.end(found.ref), Done)


async def test_an_order_that_failed_unseen_is_told_why(ima2: Ima2Stage) -> None:
    """Its answer got lost and then it failed: the server still says why, for a while."""
    ima2.sandbox.faults.add("lost-answer", "ima2.create")
    order = await ima2.order(prompt="a fox [sandbox: failed reason=policy]")
    await _fails(ima2, order)
    ima2.clock.advance(60)
    await ima2.settle()
    found = await ima2.fresh().find("a-1", order, START)
    assert found is not None
    assert isinstance(found.outcome, Failed)
    assert found.outcome.code is FailureCode.CONTENT_REFUSED


async def test_an_order_that_never_arrived_is_nowhere(ima2: Ima2Stage) -> None:
    """Nobody can say more than that: no other order is placed for it."""
    ima2.sandbox.faults.add("lost-request", "ima2.create")
    order = await ima2.order()
    assert (await _fails(ima2, order)).sent is Sent.MAYBE
    assert await ima2.provider.find("a-1", order, START) is None
    assert (ima2.charges, ima2.attempts) == ([], 1)


@pytest.mark.parametrize("task, model", [(Task.TEXT_TO_IMAGE, PICTURE), (Task.TEXT_TO_VIDEO, CLIP)])
@pytest.mark.parametrize("fault", ["500", "503", "html"])
async def test_trouble_that_says_nothing_leaves_it_open(ima2: Ima2Stage, task: Task, model: str, fault: str) -> None:
    """A server in trouble may have placed it or not."""
    ima2.sandbox.faults.add(fault, "ima2.create")
    assert (await _fails(ima2, await ima2.order(task, model))).sent is Sent.MAYBE
    assert ima2.attempts == 1


async def test_a_busy_server_says_so_plainly(ima2: Ima2Stage) -> None:
    """One job too many is a clear no with the seconds to wait; nothing was charged for it."""
    assert ima2.sandbox.ima2.process is not None
    ima2.sandbox.ima2.process.jobs.most = 1
    await ima2.place(await ima2.order())
    error = await _fails(ima2, await ima2.order(Task.TEXT_TO_VIDEO, CLIP))
    assert (error.code, error.sent, error.data) == (FailureCode.BUSY, Sent.YES, {"retry_after": 5})
    assert len(ima2.charges) == 1


async def test_an_id_in_use_is_our_own_order(ima2: Ima2Stage) -> None:
    """The same attempt once more, while it runs, is the same order: it is followed and not paid again."""
    order = await ima2.order()
    first, second = await ima2.place(order, "same"), await ima2.place(order, "same")
    assert second.ref == first.ref
    assert isinstance(await ima2.end(second.ref), Done)
    assert len(ima2.charges) == 1


@pytest.mark.parametrize("task, model", [(Task.TEXT_TO_IMAGE, PICTURE), (Task.TEXT_TO_VIDEO, CLIP)])
async def test_our_restart_loses_nothing(ima2: Ima2Stage, task: Task, model: str) -> None:
    """A new process knows the order by its name, hears of it from now on, and tells the same results."""
    taken = await ima2.place(await ima2.order(task, model))
    again = ima2.fresh()
    running = await again.check(taken.ref)
    assert isinstance(running, Running)
    there, here = await ima2.end(taken.ref, again), await ima2.end(taken.ref)
    assert isinstance(there, Done)
    assert isinstance(here, Done)
    assert [a.url for a in there.assets] == [a.url for a in here.assets]
    assert there.follow_ups == here.follow_ups


async def test_a_restart_of_ours_after_the_end(ima2: Ima2Stage) -> None:
    """What ended while nobody listened is read from the history, in the order it was made."""
    taken = await ima2.place(await ima2.order(number=3))
    done = await ima2.end(taken.ref)
    again = await ima2.fresh().check(taken.ref)
    assert isinstance(done, Done)
    assert isinstance(again, Done)
    assert sorted(a.url for a in again.assets) == sorted(a.url for a in done.assets)
    assert again.lost == 0


async def test_the_server_restarts_in_the_middle(ima2: Ima2Stage) -> None:
    """The job of the earlier run is recognised, taken off the list and said to be lost, perhaps paid; once."""
    order = await ima2.order()
    taken = await ima2.place(order)
    await ima2.listening()
    ima2.clock.advance(5)
    ima2.sandbox.ima2.restart()
    await ima2.until(lambda: not ima2.provider._bus.is_open)
    end = await ima2.end(taken.ref)
    assert (end.code, end.refund) == (FailureCode.BROKEN_OFF, Refund.UNKNOWN) if isinstance(end, Failed) else False
    assert ima2.asked("cancel") == 1
    assert ima2.sandbox.ima2.process is not None
    assert ima2.sandbox.ima2.process.jobs.active() == []
    assert (ima2.attempts, len(ima2.charges)) == (1, 1)
    assert await ima2.provider.find("attempt-1", order, START) is None


async def test_a_restart_that_forgets_its_list(ima2: Ima2Stage) -> None:
    """Without a ghost the order is nowhere; it is looked for twice before it is given up."""
    taken = await ima2.place(await ima2.order())
    await ima2.listening()
    ima2.clock.advance(5)
    ima2.sandbox.ima2.restart(ghosts=False)
    await ima2.until(lambda: not ima2.provider._bus.is_open)
    assert isinstance(await ima2.provider.check(taken.ref), Running)
    end = await ima2.provider.check(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, end.refund) == (FailureCode.BROKEN_OFF, Refund.UNKNOWN)


async def test_what_was_finished_before_the_restart_is_kept(ima2: Ima2Stage) -> None:
    """The history outlives the server: a result whose end nobody heard is brought."""
    taken = await ima2.place(await ima2.order(prompt="a fox [sandbox: mute]"))
    await ima2.listening()
    ima2.clock.advance(60)
    await ima2.settle()
    ima2.sandbox.ima2.restart()
    assert isinstance(await ima2.end(taken.ref), Done)


async def test_the_stream_comes_back_after_a_restart(ima2: Ima2Stage) -> None:
    """Ids begin at 1 again; events of the new run are heard, on one connection."""
    await ima2.made(await ima2.order())
    ima2.sandbox.ima2.restart()
    await ima2.until(lambda: not ima2.provider._bus.is_open)
    ima2.clock.advance(2)
    await ima2.listening()
    assert ima2.provider._bus._cursor is None
    taken = await ima2.place(await ima2.order(Task.TEXT_TO_VIDEO, CLIP))
    seen, end = await ima2.watch(taken.ref)
    assert isinstance(end, Done)
    assert any(one.percent for one in seen)
    assert ima2.sandbox.ima2.process is not None
    assert len(ima2.sandbox.ima2.process.bus._present()) == 1


async def test_a_gap_makes_us_ask(ima2: Ima2Stage) -> None:
    """Where more was said than the server remembers, every running order is asked for."""
    taken = await ima2.place(await ima2.order(prompt="a fox [sandbox: mute]"))
    await ima2.listening()
    assert isinstance(await ima2.provider.check(taken.ref), Running)
    board, before = ima2.provider._board, ima2.asked("inflight")
    board.looked(board._entries["attempt-1"], Running())
    ima2.provider._bus._cursor = 1
    assert ima2.sandbox.ima2.process is not None
    for number in range(2100):
        ima2.sandbox.ima2.process.bus.publish("stranger", "progress", {"requestId": str(number)})
    for listener in ima2.sandbox.ima2.process.bus._present():
        listener.end(abruptly=True)
    await ima2.until(lambda: not ima2.provider._bus.is_open)
    ima2.provider._bus._cursor = 1
    ima2.clock.advance(2)
    await ima2.until(lambda: ima2.asked("events") == 2)
    await ima2.listening()
    await ima2.settle()
    assert isinstance(await ima2.provider.check(taken.ref), Running)
    assert ima2.asked("inflight") > before


async def test_a_clip_that_outlives_the_list(ima2: Ima2Stage) -> None:
    """After ten minutes a job is on no list any more; it is waited for, and its clip is brought."""
    order = await ima2.order(Task.TEXT_TO_VIDEO, CLIP, prompt="hills [sandbox: stuck lasting=640] [sandbox: mute]")
    taken = await ima2.place(order)
    seen, end = await ima2.watch(taken.ref)
    assert isinstance(end, Done)
    assert len(seen) > 120


async def test_a_clip_that_is_nowhere_after_sixteen_minutes(ima2: Ima2Stage) -> None:
    """Then it is said to be lost, and that it may have been paid; not before."""
    taken = await ima2.place(await ima2.order(Task.TEXT_TO_VIDEO, CLIP, prompt="hills [sandbox: mute]"))
    ima2.clock.advance(30)
    await ima2.settle()
    assert isinstance(await ima2.provider.check(taken.ref), Running)
    ima2.clock.advance(570)
    ima2.sandbox.ima2.restart(ghosts=False)
    ima2.sandbox.ima2._shelf._made.clear()
    for _ in range(3):
        assert isinstance(await ima2.fresh().check(taken.ref), Running)
    ima2.clock.advance(361)
    end = await ima2.fresh().check(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, end.refund) == (FailureCode.BROKEN_OFF, Refund.UNKNOWN)


async def test_cancelling_is_honest_about_the_money(ima2: Ima2Stage) -> None:
    """A running order is stopped; whoever was making it may charge for it. What is over cannot be stopped."""
    taken = await ima2.place(await ima2.order())
    await ima2.listening()
    assert await ima2.provider.cancel(taken.ref) is Refund.UNKNOWN
    end = await ima2.provider.check(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, end.refund) == (FailureCode.STOPPED, Refund.UNKNOWN)
    with pytest.raises(ProviderError) as failed:
        await ima2.provider.cancel(taken.ref)
    assert failed.value.code is FailureCode.CANNOT_STOP


async def test_an_order_that_somebody_else_stopped(ima2: Ima2Stage) -> None:
    """The server's own page can stop it too: it is told as stopped, though it is said twice."""
    taken = await ima2.place(await ima2.order())
    await ima2.listening()
    assert ima2.sandbox.ima2.process is not None
    ima2.sandbox.ima2.process.jobs.cancel("attempt-1")
    end = await ima2.end(taken.ref)
    assert isinstance(end, Failed)
    assert end.code is FailureCode.STOPPED


async def test_an_order_that_nobody_knows_is_not_called_stopped(ima2: Ima2Stage) -> None:
    """The server remembers a stop of a job that it never had; that is no end of one."""
    with pytest.raises(ProviderError) as failed:
        await ima2.provider.cancel("unknown-1")
    assert failed.value.code is FailureCode.CANNOT_STOP
    assert await ima2.provider._search.look(Ticket.read("unknown-1", START)) is None
    assert await ima2.provider.find("unknown-1", await ima2.order(), START) is None


async def test_hanging_up_on_a_clip_stops_it(ima2: Ima2Stage) -> None:
    """An edited clip lives as long as its call; cancelled, it is gone and may have been paid."""
    waiting = asyncio.create_task(ima2.place(await ima2.edit("at dusk [sandbox: stuck]")))
    await ima2.until(lambda: bool(ima2.charges))
    ima2.clock.advance(3)
    taken = await waiting
    assert await ima2.provider.cancel(taken.ref) is Refund.UNKNOWN
    await ima2.settle()
    end = await ima2.provider.check(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, end.refund) == (FailureCode.STOPPED, Refund.UNKNOWN)


async def test_a_held_clip_after_our_restart(ima2: Ima2Stage) -> None:
    """Its call ended with the process that held it: broken off, perhaps paid, and never made again."""
    waiting = asyncio.create_task(ima2.place(await ima2.edit("at dusk [sandbox: stuck]")))
    await ima2.until(lambda: bool(ima2.charges))
    ima2.clock.advance(3)
    taken = await waiting
    end = await ima2.fresh().check(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, end.refund) == (FailureCode.BROKEN_OFF, Refund.UNKNOWN)
    assert len(ima2.charges) == ima2.attempts == 1


async def test_a_held_clip_whose_server_dies(ima2: Ima2Stage) -> None:
    """The connection is cut while it is made: broken off, perhaps paid."""
    waiting = asyncio.create_task(ima2.place(await ima2.edit("at dusk [sandbox: stuck]")))
    await ima2.until(lambda: bool(ima2.charges))
    ima2.clock.advance(3)
    taken = await waiting
    ima2.sandbox.ima2.crash()
    await ima2.until(lambda: all(task.done() for task in ima2.provider._held._calls.values()))
    end = await ima2.provider.check(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, end.refund) == (FailureCode.BROKEN_OFF, Refund.UNKNOWN)


@pytest.mark.parametrize("phase", [0, 20, 70])
@pytest.mark.parametrize("door", ["inflight", "history", "health"])
async def test_questions_that_fail_end_nothing(ima2: Ima2Stage, door: str, phase: int) -> None:
    """At the beginning, in the middle and at the end: a look that failed is a look that failed."""
    taken = await ima2.place(await ima2.order(Task.TEXT_TO_VIDEO, CLIP, prompt="hills [sandbox: mute]"))
    ima2.clock.advance(phase)
    await ima2.settle()
    ima2.sandbox.faults.add("500", f"ima2.{door}")
    [first] = await asyncio.gather(ima2.fresh().check(taken.ref), return_exceptions=True)
    assert not isinstance(first, Failed)
    assert not isinstance(first, ProviderError) or first.sent is Sent.NO
    ima2.sandbox.faults.clear()
    assert isinstance(await ima2.end(taken.ref), Done)
    assert len(ima2.charges) == 1


async def test_a_clip_that_was_only_held_cannot_be_found(ima2: Ima2Stage) -> None:
    """The server lists edited clips under a name of somebody else: nobody can say what became of it."""
    order = await ima2.edit()
    ima2.sandbox.faults.add("lost-answer", "ima2.create")
    assert (await _fails(ima2, order)).sent is Sent.MAYBE
    assert await ima2.provider.find("a-1", order, START) is None
    assert (ima2.attempts, len(ima2.charges)) == (1, 1)
