"""Progress is the server's own, over one connection for everybody's orders."""

import asyncio
from dataclasses import replace

import pytest

from providers.contract import Clip
from providers.errors import FailureCode
from providers.models import Task
from providers.outcomes import Done, Failed, NoteKind, Phase, Running
from tests.providers.ima2.stage import CLIP, NEWER_CLIP, PICTURE, Ima2Stage


async def test_a_clip_tells_its_phases_and_its_share(ima2: Ima2Stage) -> None:
    """Planning, then made, with the server's percent, which only grows and is never 100."""
    taken = await ima2.place(await ima2.order(Task.TEXT_TO_VIDEO, CLIP))
    await ima2.listening()
    seen, end = await ima2.watch(taken.ref)
    phases = list(dict.fromkeys(one.phase for one in seen if one.phase))
    shares = [one.percent for one in seen if one.percent is not None]
    assert isinstance(end, Done)
    assert phases == [Phase.PLANNING, Phase.MAKING]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 100


async def test_a_clip_that_stands_still_says_so(ima2: Ima2Stage) -> None:
    """What the server calls stalled is told."""
    taken = await ima2.place(await ima2.order(Task.TEXT_TO_VIDEO, CLIP, prompt="hills [sandbox: stuck lasting=300]"))
    await ima2.listening()
    seen, end = await ima2.watch(taken.ref)
    assert Phase.STALLED in {one.phase for one in seen}
    assert isinstance(end, Done)


async def test_unfinished_pictures_are_shown(ima2: Ima2Stage) -> None:
    """Each preview has a number of its own and the bytes of a picture."""
    order = await ima2.order(params={"sequence": True}, number=3)
    taken = await ima2.place(order)
    await ima2.listening()
    seen, end = await ima2.watch(taken.ref)
    shown = {one.preview.number: one.preview for one in seen if one.preview}
    assert isinstance(end, Done)
    assert len(end.assets) == 3
    assert shown
    assert all(each.mime == "image/png" and each.data.startswith(b"\x89PNG") for each in shown.values())


async def test_two_hundred_orders_on_one_connection(ima2: Ima2Stage) -> None:
    """All of them end, each with its own picture, and the server has one listener; nobody asks for them one by one."""
    assert ima2.sandbox.ima2.process is not None
    ima2.sandbox.ima2.process.jobs.most = 200
    order = await ima2.order()
    quote = await ima2.provider.quote(order)
    await ima2.place(order, "first")
    await ima2.listening()
    names = [f"many-{number}" for number in range(199)]
    taken = await asyncio.gather(*(ima2.provider.submit(order, quote, name) for name in names))
    board = ima2.provider._board
    await ima2.until(lambda: all(board._entries[name].running.phase for name in names))
    assert len(ima2.sandbox.ima2.process.bus._present()) == 1
    ima2.clock.advance(60)
    await ima2.until(lambda: all(board._entries[name].outcome for name in names))
    ends = [await ima2.provider.check(one.ref) for one in taken]
    assert len({end.assets[0].url for end in ends if isinstance(end, Done)}) == 199
    assert (ima2.asked("events"), ima2.asked("inflight"), ima2.asked("history")) == (1, 0, 0)
    assert len(ima2.charges) == 200


async def test_other_peoples_events_change_nothing(ima2: Ima2Stage) -> None:
    """Thousands of events of strangers pass, and ours is still heard."""
    taken = await ima2.place(await ima2.order())
    await ima2.listening()
    assert ima2.sandbox.ima2.process is not None
    for number in range(3000):
        ima2.sandbox.ima2.process.bus.publish(f"stranger-{number}", "done", {"requestId": f"stranger-{number}"})
    assert isinstance(await ima2.end(taken.ref), Done)
    assert len(ima2.provider._board._entries) == 1


@pytest.mark.parametrize("fault", ["stream-split", "stream-slow lasting=0.001", "stream-cut"])
async def test_a_stream_that_comes_badly(ima2: Ima2Stage, fault: str) -> None:
    """In odd pieces, slowly, or broken off in the middle of an event: the order ends all the same, and once."""
    name, _, lasting = fault.partition(" lasting=")
    if lasting:
        ima2.sandbox.faults.add(name, "ima2.events", lasting=float(lasting))
    else:
        ima2.sandbox.faults.add(name, "ima2.events")
    taken = await ima2.place(await ima2.order(prompt="a fox [sandbox: heavy]"))
    assert isinstance(await ima2.end(taken.ref), Done)
    assert (ima2.attempts, len(ima2.charges)) == (1, 1)


async def test_a_job_that_nobody_speaks_of(ima2: Ima2Stage) -> None:
    """Where the stream says nothing of an order it is asked for, and found."""
    taken = await ima2.place(await ima2.order(prompt="a fox [sandbox: mute]"))
    await ima2.listening()
    assert isinstance(await ima2.end(taken.ref), Done)
    assert ima2.asked("history") > 0


async def test_a_false_alarm_ends_nothing(ima2: Ima2Stage) -> None:
    """An event says that the id is taken; the order it names goes on to its end."""
    taken = await ima2.place(await ima2.order(prompt="a fox [sandbox: false-alarm]"))
    await ima2.listening()
    _, end = await ima2.watch(taken.ref)
    assert isinstance(end, Done)


async def test_what_changed_on_the_way_is_told(ima2: Ima2Stage) -> None:
    """Another model, a picture that ignored what it was given, fewer pictures than were asked for."""
    _, clip = await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, NEWER_CLIP, prompt="a [sandbox: fallback]"))
    _, drawn = await ima2.made(await ima2.order(Task.IMAGE_TO_IMAGE, PICTURE, prompt="b [sandbox: refs-dropped]"))
    _, fewer = await ima2.made(await ima2.order(number=3, prompt="c [sandbox: one-fails]"))
    assert [(note.kind, dict(note.data)) for note in clip.notes] == [(NoteKind.MODEL, {"model": "Grok Imagine Video"})]
    assert [note.kind for note in drawn.notes] == [NoteKind.REFERENCES_IGNORED]
    assert (len(fewer.assets), fewer.lost) == (2, 1)


async def test_a_held_call_counts_as_taken_after_its_window(ima2: Ima2Stage) -> None:
    """An edited clip takes minutes: the order is taken meanwhile, and its result comes when it is there."""
    order = await ima2.edit("at dusk [sandbox: stuck lasting=120]")
    waiting = asyncio.create_task(ima2.place(order))
    await ima2.until(lambda: ima2.attempts == 1)
    await ima2.until(lambda: bool(ima2.charges))
    ima2.clock.advance(3)
    taken = await waiting
    assert taken.outcome is None
    assert await ima2.provider.check(taken.ref) == Running(phase=Phase.MAKING)
    ima2.clock.advance(200)
    await ima2.until(lambda: all(task.done() for task in ima2.provider._held._calls.values()))
    end = await ima2.provider.check(taken.ref)
    assert isinstance(end, Done)
    assert end.assets[0].held


@pytest.mark.parametrize(
    "reason, code",
    [("rate", FailureCode.BUSY), ("policy", FailureCode.CONTENT_REFUSED), ("upstream", FailureCode.UNAVAILABLE)],
)
async def test_a_run_that_fails_says_why(ima2: Ima2Stage, reason: str, code: FailureCode) -> None:
    """Heard over the stream, in our words, without the server's."""
    taken = await ima2.place(await ima2.order(prompt=f"a fox [sandbox: failed reason={reason}]"))
    end = await ima2.end(taken.ref)
    assert isinstance(end, Failed)
    assert (end.code, dict(end.data)) == (code, {})
    assert await ima2.provider.check(taken.ref) == end


async def test_a_clip_is_put_into_words(ima2: Ima2Stage) -> None:
    """One of our own clips, described; another one's is refused before anything is sent."""
    _, clip = await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, CLIP, prompt="a red fox"))
    order = await ima2.order(Task.VIDEO_TO_TEXT, "grok/grok-4.3", prompt="")
    _, said = await ima2.made(replace(order, videos=(Clip(clip.assets[0].url),)))
    assert "a red fox" in said.assets[0].text
