"""What everybody hears: whole jobs, other people's, large ones, false ones, and streams that break."""

import aiohttp
import pytest

from providers.sandbox.faults import Fault
from tests.providers.sandbox.ima2.client import Ear, Ima2Client

MULTIMODE, NODE, VIDEO = "/api/generate/multimode", "/api/node/generate", "/api/video/generate"


async def test_a_classic_job_is_heard_when_nobody_waits_for_it(ima2: Ima2Client) -> None:
    """Its phase and its end, both with its id, the end with what the POST would have answered."""
    async with ima2.listening() as bus:
        await ima2.generate(requestId="quiet")
        await ima2.call("POST", NODE, {"prompt": "a fox", "requestId": "quiet too"})
        await ima2.later("/api/generate", "loud", n=2)
        ima2.clock.advance(60)
        done = await bus.until("done")
    assert [(event.name, event.job) for event in bus.heard] == [("phase", "loud"), ("done", "loud")]
    assert (done.data["count"], len(done.data["images"])) == (2, 2)


async def test_a_stream_is_heard_by_others_too(ima2: Ima2Client) -> None:
    """The same events, with an id and a job for those who did not ask."""
    async with ima2.listening() as bus:
        private = await ima2.streamed(MULTIMODE, requestId="m-1", maxImages=2)
        await bus.until("done")
    assert [event.name for event in private] == ["phase", "partial", "image", "partial", "image", "done"]
    assert [event.data | {"jobId": "m-1"} for event in private] == [event.data for event in bus.heard]
    assert [event.id for event in bus.heard] == [1, 2, 3, 4, 5, 6]
    done = private[-1].data
    assert (done["requested"], done["returned"], done["status"], done["elapsed"]) == (2, 2, "complete", "0.0")


async def test_events_come_as_the_clock_moves(ima2: Ima2Client) -> None:
    """Nobody waits in real time: each move of the clock brings what is due."""
    async with ima2.listening() as bus:
        await ima2.later(VIDEO, "v-1")
        assert (await bus.next()).name == "planning"
        ima2.clock.advance(4)
        assert (await bus.next()).name == "submitted"
        ima2.clock.advance(10)
        assert (await bus.next()).data["progress"] is None
        assert (await bus.next()).data["progress"] > 0


async def test_mistakes_are_heard_on_streaming_routes_alone(ima2: Ima2Client) -> None:
    """What is wrong with a sequence or a clip is everybody's business, but not what is wrong with a picture."""
    async with ima2.listening() as bus:
        await ima2.generate(references="none")
        await ima2.streamed(MULTIMODE, references="none", requestId="m-1")
        await ima2.streamed(VIDEO, duration=16, requestId="v-1")
        heard = [await bus.next(), await bus.next()]
    assert [(event.job, event.data["code"]) for event in heard] == [
        ("m-1", "REF_NOT_ARRAY"),
        ("v-1", "INVALID_VIDEO_DURATION"),
    ]


async def test_a_node_is_heard_with_previews_and_fails_without_its_id(ima2: Ima2Client) -> None:
    """Two previews on the way; the error of a node has only the job's name."""
    async with ima2.listening() as bus:
        await ima2.later(NODE, "n-1")
        await ima2.later(NODE, "n-2", "a fox [sandbox: failed]")
        ima2.clock.advance(60)
        await bus.until("done", "n-1")
        await ima2.operate(strangers=1)
        await bus.until("progress")
    assert [event.name for event in bus.heard if event.job == "n-1"] == ["phase", "partial", "partial", "done"]
    error = next(event for event in bus.heard if event.name == "error")
    assert error.job == "n-2"
    assert "requestId" not in error.data


async def test_a_line_may_have_megabytes(ima2: Ima2Client) -> None:
    """``heavy``: one event, one line, several million characters."""
    async with ima2.listening() as bus:
        await ima2.later(MULTIMODE, "big", "a fox [sandbox: heavy]", maxImages=1)
        ima2.clock.advance(60)
        assert len((await bus.until("image")).data["image"]) > 4_000_000


async def test_a_job_may_be_mute(ima2: Ima2Client) -> None:
    """``mute``: only the history knows that it ended."""
    async with ima2.listening() as bus:
        await ima2.later(MULTIMODE, "mute", "a fox [sandbox: mute]", maxImages=1)
        ima2.clock.advance(60)
        assert len(await ima2.found("mute")) == 1
        await ima2.operate(strangers=1)
        assert (await bus.next()).job == "stranger-0"


async def test_an_alarm_may_be_false(ima2: Ima2Client) -> None:
    """``false-alarm``: the id is said to be taken, and the job goes on to its end."""
    async with ima2.listening() as bus:
        await ima2.later(VIDEO, "v-1", "a fox [sandbox: false-alarm]")
        ima2.clock.advance(120)
        await bus.until("done", "v-1")
    assert [event.data["code"] for event in bus.heard if event.name == "error"] == ["REQUEST_ID_IN_USE"]


async def test_the_bus_may_break(ima2: Ima2Client) -> None:
    """Cut in the middle of an event, or in pieces that end anywhere; once, and then all is well again."""
    ima2.sandbox.faults.order(Fault(fault="stream-cut", endpoint="ima2.events"))
    async with ima2.listening() as bus:
        await ima2.operate(strangers=1)
        with pytest.raises(EOFError):
            await bus.next()
        assert bus.buffer.startswith(b"id: 1\nevent: ")
    ima2.sandbox.faults.order(Fault(fault="stream-split", endpoint="ima2.events"))
    async with ima2.listening("?lastEventId=0") as bus:
        assert (await bus.next()).id == 1


async def test_a_bus_can_be_refused(ima2: Ima2Client) -> None:
    """An ordered number or a lost request happens to the bus as to any other door."""
    ima2.sandbox.faults.order(Fault(fault="503", endpoint="ima2.events"))
    async with ima2.session.get(ima2.url("/api/events")) as answer:
        assert answer.status == 503
    ima2.sandbox.faults.order(Fault(fault="lost-request", endpoint="ima2.events", times=2))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ima2.call("GET", "/api/events")


async def test_a_lost_answer_of_a_stream_leaves_its_job_running(ima2: Ima2Client) -> None:
    """The connection is dropped after the charge; the result is in the history."""
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ima2.streamed(VIDEO, "a fox [sandbox: lost-answer]", requestId="v-1")
    assert len(ima2.charges) == 1
    assert len(await ima2.found("v-1")) == 1


async def test_two_listeners_hear_the_same(ima2: Ima2Client) -> None:
    """Nobody takes an event away from anybody."""
    async with ima2.listening() as one, ima2.listening() as other:
        await ima2.operate(strangers=3)

        async def three(ear: Ear) -> list[int | None]:
            return [(await ear.next()).id for _ in range(3)]

        assert await three(one) == await three(other) == [1, 2, 3]
