"""Five calls a second in a chat, deliveries first; one writer per card; nothing between a click and its answer."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.cards import Card
from bot.errors import PlatformTrouble
from bot.platforms.feishu import turns
from bot.platforms.feishu.parcel import Parcel
from bot.platforms.feishu.turns import KEPT, PER_CHAT, Turns, Window, Wish
from tests.fakes.clock import START, StoryClock
from tests.fakes.feishu_server.calls import Call
from tests.platforms.feishu.outbox import ALL, notice, outbox, progress, sentence

PATCH = "messages.patch"


def _busiest(calls: list[Call], seconds: float) -> int:
    """Return the most calls there were in any stretch of so many seconds."""
    most, recent = 0, deque[float]()
    for call in calls:
        recent.append(call.at)
        while recent[0] <= call.at - seconds:
            recent.popleft()
        most = max(most, len(recent))
    return most


async def _until(holds: Callable[[], bool]) -> None:
    """Let everybody go on until something holds."""
    for _ in range(100_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


# --- a chat ------------------------------------------------------------------------------------------------------


async def test_a_hundred_updates_of_one_card_are_a_few_changes(tmp_path: Path) -> None:
    """A job that is looked at ten times a second is shown once a second, and the newest form wins."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        for n in range(100):
            await at.show(line, progress(n))
            at.clock.skip(0.1)
        patches = at.server.calls.to(PATCH)
        assert 8 <= len(patches) <= 11
        assert _busiest(patches, 0.99) == 1
        assert "9" in at.reads(await at.message(line))
        assert not at.server.quotas.exceeded


async def test_twenty_jobs_in_one_chat_share_its_turns(tmp_path: Path) -> None:
    """Progress takes three of five calls a second, and every job gets its turn."""
    async with outbox(tmp_path) as at:
        lines = [await at.say(notice()) for _ in range(20)]
        at.clock.skip(5)
        for n in range(100):
            for line in lines:
                await at.show(line, progress(n))
            at.clock.skip(0.1)
        patches = at.server.calls.to(PATCH)
        assert _busiest(patches, 1.0) <= 3
        each = Counter(call.where["message"] for call in patches)
        assert len(each) == 20
        assert max(each.values()) - min(each.values()) <= 1
        assert not at.server.quotas.exceeded


async def test_what_is_owed_goes_before_progress(tmp_path: Path) -> None:
    """Thirty messages to one chat go out at its pace, nothing is refused, and progress waits meanwhile."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.clock.skip(5)
        before = len(at.server.calls)
        await at.owe(*[at.line(sentence(f"Message {n}.")) for n in range(30)])
        while at.dispatch.workers:
            await at.show(line, progress(10))
            await at.clock.step()
        assert not at.server.calls.to(PATCH)
        assert len(at.server.calls.to("messages.create")) == 31
        assert _busiest(at.server.calls.all[before:], 1.0) <= PER_CHAT
        assert not at.server.quotas.exceeded
        read = [at.reads(message) for message in at.written()[1:]]
        assert read == [f"Message {n}." for n in range(30)]


async def test_a_chat_that_is_full_of_others_sheds_progress(tmp_path: Path) -> None:
    """The five calls a second are for all bots of a chat: after a refusal progress is left out, what is owed waits."""
    async with outbox(tmp_path) as at:
        first, second = await at.say(notice()), await at.say(notice())
        at.clock.skip(5)
        at.server.faults.code(PATCH, 230020)
        with pytest.raises(PlatformTrouble):
            await at.show(first, progress(10))
        await at.show(second, progress(10))
        assert len(at.server.calls.to(PATCH)) == 1
        at.server.faults.code(PATCH, 230020, times=6)
        await at.edit(first, sentence("Finished."))
        assert at.reads(await at.message(first)) == "Finished."
        assert _busiest(at.server.calls.to(PATCH), 0.99) == 1


async def test_fifty_chats_stay_within_the_pace_of_one_kind_of_call(tmp_path: Path) -> None:
    """Fifty calls of one kind a second, over all chats."""
    async with outbox(tmp_path) as at:
        chats = [at.server.world.add_group(f"g{n}", [at.ann.user]) for n in range(60)]
        await at.owe(*[at.line(sentence(), place=chat.id) for chat in chats])
        await at.done()
        assert len(at.server.calls.to("messages.create", status=200)) == 60
        assert _busiest(at.server.calls.to("messages.create"), 1.0) <= 50
        assert not at.server.quotas.exceeded


# --- a message ---------------------------------------------------------------------------------------------------


async def test_an_end_is_not_undone_by_progress_that_is_on_its_way(tmp_path: Path) -> None:
    """Progress that is being sent arrives first; then the end, at least a second later."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        with at.server.faults.hold(PATCH) as hold:
            showing = asyncio.ensure_future(at.show(line, progress(90)))
            call = await at.server.calls.came(PATCH)
            await hold.reached()
            edit = asyncio.ensure_future(at.edit(line, sentence("Finished.")))
            await _until(lambda: bool(at.turns._messages[call.where["message"]].lock._waiters))
            assert len(at.server.calls.to(PATCH)) == 1
            hold.release()
        await showing
        await edit
        first, last = at.server.calls.to(PATCH)
        assert last.at - first.at >= 1.0
        assert at.reads(await at.message(line)) == "Finished."


async def test_nobody_changes_a_card_while_a_click_on_it_is_answered(tmp_path: Path) -> None:
    """Else the reader's program shows the old form again; and for a moment after, for the same reason."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.clock.skip(5)
        message = await at.message(line)
        async with at.platform.answering(message.id):
            await at.show(line, progress(1))
            edit = asyncio.ensure_future(at.edit(line, sentence("Starting.")))
            await asyncio.sleep(0.02)
            assert not at.server.calls.to(PATCH)
            released = at.clock.now()
        await edit
        (patch,) = at.server.calls.to(PATCH)
        assert patch.at - released.timestamp() > 0.299
        assert at.reads(message) == "Starting."


async def test_a_click_does_not_wait_long_for_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person waits at most a quarter of a second for a change that is on its way, out of the three a click has."""
    assert turns.FOR_A_CHANGE == 0.25
    monkeypatch.setattr(turns, "FOR_A_CHANGE", 0.02)
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        message = await at.message(line)
        with at.server.faults.hold(PATCH) as hold:
            showing = asyncio.ensure_future(at.show(line, progress(1)))
            await hold.reached()
            async with asyncio.timeout(3.0), at.platform.answering(message.id):
                assert not showing.done()
            hold.release()
        await showing


async def test_two_clicks_at_once_hold_a_card_together(tmp_path: Path) -> None:
    """The first answer does not free the card for a change that would hit the second one."""
    clock = StoryClock()
    here = Turns(clock)
    first, second = here.answering("m"), here.answering("m")
    await first.__aenter__()
    await second.__aenter__()
    await first.__aexit__(None, None, None)
    clock.skip(10)
    async with here.next("change", Wish("c", "m", Parcel(Card(), ALL))) as wish:
        assert wish is None
    await second.__aexit__(None, None, None)
    clock.skip(10)
    async with here.next("change", Wish("c", "m", Parcel(Card(), ALL))) as wish:
        assert wish is not None


async def test_a_click_goes_before_a_change_that_waits_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ends of one job at once, and a click between them: the second end waits for the click's answer too."""
    monkeypatch.setattr(turns, "BETWEEN_CHANGES", timedelta(0))
    clock = StoryClock()
    here, order = Turns(clock), list[str]()

    async def change(name: str) -> None:
        async with here.changing("c", "m"):
            order.append(name)
            await going.wait()

    going = asyncio.Event()
    first, second = asyncio.ensure_future(change("first")), asyncio.ensure_future(change("second"))
    await _until(lambda: bool(here._message("m").lock._waiters))
    press = here.answering("m")
    held = asyncio.ensure_future(press.__aenter__())
    await _until(lambda: here._message("m").presses == 1)
    going.set()
    await asyncio.gather(first, held)
    await _until(lambda: bool(here._message("m").answered._waiters))
    assert order == ["first"]
    await press.__aexit__(None, None, None)
    await _until(lambda: bool(clock._sleepers))
    await clock.step()
    await second
    assert order == ["first", "second"]


# --- windows -----------------------------------------------------------------------------------------------------


def test_a_window_counts_all_its_limits() -> None:
    """Two a second and three a minute: the fourth waits for the minute."""
    window = Window((2, timedelta(seconds=1)), (3, timedelta(minutes=1)))
    for second, free in ((0, True), (0, True), (0, False), (1, True), (2, False), (59.9, False), (60, True)):
        now = START + timedelta(seconds=second)
        assert (window.pause(now) == 0) is free, second
        if free:
            window.take(now)


def test_a_window_says_how_long_to_wait() -> None:
    """So that nobody looks again and again."""
    window = Window((1, timedelta(seconds=1)))
    window.take(START)
    assert window.pause(START + timedelta(seconds=0.25)) == 0.75
    window.close(START + timedelta(seconds=7))
    assert window.pause(START + timedelta(seconds=2)) == 5.0


async def test_turns_do_not_grow_for_ever() -> None:
    """A service that is in ten thousand chats keeps the turns of those where something happens."""
    clock = StoryClock()
    here = Turns(clock)
    for n in range(KEPT + 100):
        await here.delivery(f"c{n}", "create" if n % 2 else "reply")
        clock.skip(0.1)
        async with here.changing(f"c{n}", f"m{n}"):
            pass
    assert len(here._chats) <= KEPT
    assert len(here._messages) <= KEPT
