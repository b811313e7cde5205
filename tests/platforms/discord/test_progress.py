"""Progress of many jobs in one channel: everybody's moves on, what is owed goes first, and no limit is ever passed."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from bot.core.cards import Bar, Card, Tone
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.errors import PlatformTrouble
from bot.platforms.discord.buckets import EVERYTHING, FOR_PROGRESS, MOST_REFUSED, Buckets, Full
from bot.platforms.discord.transport import NoRoom, NotTaken
from bot.platforms.discord.turns import MOST, WITHIN, Turns, Wish
from bot.platforms.discord.wire import Code
from bot.storage.passes import MANY_FOLLOWUPS, Pass
from bot.text import Phrase
from tests.fakes.clock import StoryClock
from tests.platforms.discord.stage import DiscordStage, stage

JOBS = 500
EVERY = 30.0
_Done = TypeVar("_Done")
WORDS = Phrase("{words}")


def _card(percent: int) -> Card:
    return Card(title=WORDS(words="making"), bar=Bar(percent), tone=Tone.WORKING)


def _place(at: DiscordStage) -> Address:
    return Address("discord", str(at.discord.studio.id), str(at.discord.general.id))


async def _say(at: DiscordStage, key: str, words: str) -> str:
    """Say a line, waiting for Discord's limits as the courier does."""
    line = Line(key, LineKind.SAY, _place(at), "1", "en", Card(title=WORDS(words=words)), at.clock.now())
    return await _meanwhile(at, at.platform.say(line))


async def _meanwhile(at: DiscordStage, work: Coroutine[Any, Any, _Done]) -> _Done:
    """Let time pass until some work is done."""
    task = asyncio.create_task(work)
    before = at.clock.workers
    at.clock.workers = lambda: (*before(), cast("asyncio.Task[None]", task))
    while not task.done():
        await at.clock.step()
    at.clock.workers = before
    return task.result()


async def test_five_hundred_jobs_share_a_channel(tmp_path: Path) -> None:
    """Each shows something now and then, the newest it has, and no limit of Discord's is ever passed."""
    async with stage(tmp_path) as at:
        at.discord.buckets.limits["channels.send"] = None
        messages = [await _say(at, f"job{n}.notice", f"notice {n}") for n in range(JOBS)]
        at.discord.buckets.exceeded.clear()
        shed = 0
        for tick in range(40):
            for message in messages:
                at.clock.skip(EVERY / JOBS)
                try:
                    await at.platform.show(_place(at), message, _card(min(95, tick)), "en")
                except PlatformTrouble:
                    shed += 1
        edits = at.discord.calls.to("channels.edit", status=200)
        seen = Counter(call.where["message"] for call in edits)
        assert not at.discord.buckets.exceeded
        assert len(edits) > 600
        assert len(seen) == JOBS
        assert max(seen.values()) - min(seen.values()) <= 1
        assert shed < len(edits) / 10
        newest = [m for m in at.discord.board.all.values() if len(m.versions) > 1]
        assert all("%" in m.text for m in newest)


async def test_what_is_owed_is_not_held_up_by_progress(tmp_path: Path) -> None:
    """In a channel full of progress, edits that matter are made at once."""
    async with stage(tmp_path) as at:
        at.discord.buckets.limits["channels.send"] = None
        messages = [await _say(at, f"job{n}.notice", f"notice {n}") for n in range(20)]
        began = at.clock.now()
        waits = []
        for n in range(200):
            at.clock.skip(0.5)
            with contextlib.suppress(PlatformTrouble):
                await at.platform.show(_place(at), messages[n % 20], _card(n % 95), "en")
            if n % 20 == 10:
                line = _edit_line(at, n)
                before = at.clock.now()
                await _meanwhile(at, at.platform.edit(line, messages[n % 20]))
                waits.append(at.clock.elapsed(before))
        assert max(waits) == 0.0
        assert at.clock.elapsed(began) < 200
        assert not at.discord.buckets.exceeded


def _edit_line(at: DiscordStage, n: int) -> Line:
    card = Card(title=WORDS(words=f"over {n}"))
    return Line(f"job.edit.{n}", LineKind.EDIT, _place(at), "1", "en", card, at.clock.now(), target="job.notice")


async def test_an_end_is_not_undone_by_older_progress(tmp_path: Path) -> None:
    """What waited for its turn is dropped when the message gets its last form."""
    async with stage(tmp_path) as at:
        message = await _say(at, "job.notice", "notice")
        other = await _say(at, "other.notice", "other notice")
        for n in range(MOST + 2):
            await at.platform.show(_place(at), message, _card(n), "en")
        await at.platform.edit(_edit_line(at, 1), message)
        at.clock.skip(60)
        await at.platform.show(_place(at), other, _card(1), "en")
        assert len(at.messages("over 1")) == 1


async def test_an_old_message_rests(tmp_path: Path) -> None:
    """After 55 minutes nothing is asked of Discord any more."""
    async with stage(tmp_path) as at:
        message = await _say(at, "job.notice", "notice")
        at.clock.skip(54 * 60)
        await at.platform.show(_place(at), message, _card(1), "en")
        at.clock.skip(2 * 60)
        await at.platform.show(_place(at), message, _card(2), "en")
        assert len(at.discord.calls.to("channels.edit")) == 1


async def test_a_message_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    """It is tried once, not with every look at the job."""
    async with stage(tmp_path) as at:
        message = await _say(at, "job.notice", "notice")
        at.discord.board.all[int(message.split("/")[1])].deleted_at = at.discord.clock.time()
        with pytest.raises(PlatformTrouble):
            await at.platform.show(_place(at), message, _card(1), "en")
        for n in range(5):
            at.clock.skip(60)
            await at.platform.show(_place(at), message, _card(n), "en")
        assert len(at.discord.calls.to("channels.edit")) == 1


# --- the turns ---------------------------------------------------------------------------------------------------


def _wish(message: str, percent: int = 1) -> Wish:
    return Wish(Address("discord", "1", "2"), message, _card(percent), "en")


async def test_turns_are_taken_by_age_with_the_newest_form() -> None:
    """Whoever has waited longest is next, and shows what is true now."""
    clock = StoryClock()
    turns = Turns(clock)
    for n in range(MOST):
        async with turns.next("c", _wish(f"early{n}")) as wish:
            assert wish is not None
    for message, percent in (("a", 1), ("b", 2), ("a", 50)):
        async with turns.next("c", _wish(message, percent)) as wish:
            assert wish is None
    clock.skip(WITHIN.total_seconds())
    async with turns.next("c", _wish("c", 9)) as wish:
        assert wish == _wish("a", 50)
    async with turns.next("c", _wish("c", 9)) as wish:
        assert wish == _wish("b", 2)
    async with turns.next("other", _wish("x")) as wish:
        assert wish == _wish("x")


async def test_progress_gives_way_while_something_is_delivered() -> None:
    """It does not even wait: it is left out."""
    turns = Turns(StoryClock())
    async with turns.delivering("c"), turns.next("c", _wish("a")) as wish:
        assert wish is None


async def _refused(turns: Turns, channel: str, wish: Wish, why: NotTaken) -> Wish | None:
    """Have a turn end as the platform's do when Discord does not take the edit; return what was to be shown."""
    with contextlib.suppress(PlatformTrouble):
        async with turns.next(channel, wish) as due:
            raise PlatformTrouble("not shown") from why
    return due


async def _shown(turns: Turns, channel: str, wish: Wish) -> Wish | None:
    async with turns.next(channel, wish) as due:
        return due


async def test_a_channel_that_found_no_room_is_the_next() -> None:
    """Whoever comes next shows it, and then those that it made wait, in their order."""
    turns = Turns(StoryClock())
    assert await _refused(turns, "a", _wish("in a"), NoRoom("edit")) == _wish("in a")
    assert await _refused(turns, "b", _wish("in b"), NoRoom("edit")) == _wish("in a")
    assert [await _shown(turns, c, _wish(f"in {c}")) for c in "cdea"] == [_wish(f"in {c}") for c in "bacd"]


async def test_what_found_no_room_has_taken_none() -> None:
    """It keeps its place in its channel, in its newest form, and costs the channel nothing."""
    turns = Turns(StoryClock())
    for percent in range(MOST + 2):
        assert await _refused(turns, "c", _wish("a", percent), NoRoom("edit")) == _wish("a", percent)
    assert await _shown(turns, "c", _wish("b")) == _wish("a", MOST + 1)


async def test_what_discord_does_not_want_is_not_offered_again() -> None:
    """A message that is gone would be in everybody's way for ever."""
    turns = Turns(StoryClock())
    await _refused(turns, "c", _wish("a"), NotTaken(404, Code.UNKNOWN_MESSAGE))
    assert await _shown(turns, "c", _wish("b")) == _wish("b")


async def test_an_end_forgets_what_was_wished_until_then() -> None:
    """Also what was wished while it was on its way, and what had found no room."""
    turns = Turns(StoryClock())
    await _refused(turns, "c", _wish("a"), NoRoom("edit"))
    async with turns.delivering("c", "a"):
        assert await _shown(turns, "c", _wish("a", 99)) is None
    assert await _shown(turns, "d", _wish("b")) == _wish("b")


# --- the buckets -------------------------------------------------------------------------------------------------


def _told(left: int, after: float, limit: int = 5) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset-After": str(after),
        "X-RateLimit-Bucket": "hash",
    }


async def test_progress_does_not_take_the_last_place() -> None:
    """It is left for something that is owed."""
    buckets = Buckets(StoryClock())
    await buckets.enter("edit", "c", whole=True, patient=True)
    buckets.leave("edit", "c", _told(1, 5.0), whole=True)
    with pytest.raises(Full):
        await buckets.enter("edit", "c", whole=True, patient=False)
    await buckets.enter("edit", "c", whole=True, patient=True)


async def test_an_answer_that_was_overtaken_opens_nothing() -> None:
    """Of one window only the lowest figure is true."""
    clock = StoryClock()
    buckets = Buckets(clock)
    await buckets.enter("edit", "c", whole=True, patient=True)
    buckets.leave("edit", "c", _told(4, 5.0), whole=True)
    for _ in range(2):
        await buckets.enter("edit", "c", whole=True, patient=True)
    for left in (0, 3):
        buckets.leave("edit", "c", _told(left, 5.0), whole=True)
    with pytest.raises(Full):
        await buckets.enter("edit", "c", whole=True, patient=False)
    clock.skip(5.01)
    await buckets.enter("edit", "c", whole=True, patient=False)


async def test_no_more_than_discord_takes_of_everything() -> None:
    """Many channels are one bot: there is a limit for all of them, and a part of it is never for progress."""
    clock = StoryClock()
    buckets = Buckets(clock)
    for n in range(EVERYTHING):
        await buckets.enter("send", str(n), whole=True, patient=n >= FOR_PROGRESS)
    with pytest.raises(Full):
        await buckets.enter("send", "another", whole=True, patient=False)
    await buckets.enter("answer", "with a token of its own", whole=False, patient=False)
    clock.skip(1.01)
    with pytest.raises(Full):  # nobody knows yet when Discord has counted them
        await buckets.enter("send", "another", whole=True, patient=False)
    for n in range(EVERYTHING):
        buckets.leave("send", str(n), {}, whole=True)
    clock.skip(1.01)
    await buckets.enter("send", "another", whole=True, patient=False)


def test_too_many_refusals_close_the_door() -> None:
    """Before Discord closes it for the whole address."""
    clock = StoryClock()
    buckets = Buckets(clock)
    assert not any(buckets.count_refusal() for _ in range(MOST_REFUSED - 1))
    assert buckets.closed_for() == 0
    assert buckets.count_refusal()
    assert buckets.closed_for() == timedelta(minutes=10).total_seconds()
    clock.skip(601)
    assert buckets.closed_for() == 0
    assert not buckets.count_refusal()


def test_a_pass_lives_fourteen_minutes() -> None:
    """A minute before Discord ends it, because its clock is not ours."""
    at = StoryClock().now()
    new = Pass("1", "2", "token", at, "t", "p", "q", True, False, True, MANY_FOLLOWUPS, 1, "en")  # noqa: FBT003 - a row
    assert new.lives(at + timedelta(minutes=13, seconds=59))
    assert not new.lives(at + timedelta(minutes=14))
    assert not replace(new, token="").lives(at)
