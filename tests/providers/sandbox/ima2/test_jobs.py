"""The in-flight list, cancelling, crashes and restarts: who is listed, who is forgotten, what was paid."""

from pathlib import Path

import aiohttp
import pytest

from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.ima2.client import Ima2Client

NOON = 1_772_366_400_000
GENERATE, MULTIMODE, VIDEO = "/api/generate", "/api/generate/multimode", "/api/video/generate"


async def test_a_job_is_listed_while_it_runs_and_remembered_for_five_minutes(ima2: Ima2Client) -> None:
    """Kind, phase and start while it runs; how it ended only for those who ask."""
    await ima2.later(VIDEO, "v-1", sessionId="chat-7")
    ima2.clock.advance(5)
    (job,) = (await ima2.get("/api/inflight?kind=video&sessionId=chat-7"))["jobs"]
    assert (job["requestId"], job["kind"], job["phase"], job["startedAt"]) == ("v-1", "video", "streaming", NOON)
    assert (await ima2.get("/api/inflight?kind=node"))["jobs"] == []
    await ima2.generate("a fox [sandbox: failed reason=rate]", requestId="r-1")
    ima2.clock.advance(120)
    listed = await ima2.get("/api/inflight?includeTerminal=1")
    ended = {
        job["requestId"]: (job["status"], job["httpStatus"], job.get("errorCode")) for job in listed["terminalJobs"]
    }
    assert listed["jobs"] == []
    assert ended == {"v-1": ("completed", 200, None), "r-1": ("error", 429, "INVALID_REQUEST")}
    ima2.clock.advance(301)
    assert (await ima2.get("/api/inflight?includeTerminal=1"))["terminalJobs"] == []


async def test_stopping_what_nobody_knows_leaves_a_false_memory(ima2: Ima2Client) -> None:
    """A job that never was is remembered as stopped, of a kind that there is not."""
    await ima2.call("DELETE", "/api/inflight/nope")
    (ended,) = (await ima2.get("/api/inflight?includeTerminal=1"))["terminalJobs"]
    assert (ended["requestId"], ended["kind"], ended["status"]) == ("nope", "unknown", "canceled")


async def test_a_ghost_can_be_sent_away(ima2: Ima2Client) -> None:
    """It is active and cannot be aborted; after that its id is free, and costs again."""
    await ima2.later(VIDEO, "lost")
    ima2.clock.advance(5)
    await ima2.operate(power="restart")
    assert (await ima2.get("/api/inflight"))["jobs"][0]["phase"] == "streaming"
    ghost = {"requestId": "lost", "active": True, "aborted": False}
    assert await ima2.call("DELETE", "/api/inflight/lost") == (200, ghost)
    assert await ima2.active() == []
    await ima2.later(VIDEO, "lost")
    assert len(ima2.charges) == 2


async def test_a_ghost_is_forgotten_after_ten_minutes(ima2: Ima2Client) -> None:
    """It takes one of the 24 places until then."""
    await ima2.later(VIDEO, "lost")
    await ima2.operate(power="restart", most_jobs=1)
    assert (await ima2.sent_away(GENERATE, "r-1"))[0] == 429
    ima2.clock.advance(601)
    assert await ima2.active() == []


async def test_a_restart_may_lose_the_list(ima2: Ima2Client) -> None:
    """Then nothing is left of a running job but its charge."""
    await ima2.later(VIDEO, "lost")
    await ima2.operate(power="restart", ghosts=False)
    assert await ima2.active() == []
    assert await ima2.found("lost") == []
    assert [task for task, _ in ima2.charges] == ["lost"]


async def test_a_crashed_server_answers_nobody(ima2: Ima2Client) -> None:
    """Everybody is hung up on until it is started again."""
    assert await ima2.operate(power="crash") == {"version": "2.0.20", "up": False, "pid": None}
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ima2.get("/api/health")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ima2.generate()
    assert (await ima2.operate(power="start"))["up"] is True
    assert (await ima2.get("/api/health"))["ok"] is True
    assert ima2.charges == []


async def test_who_waits_is_hung_up_on_when_the_server_is_killed(ima2: Ima2Client) -> None:
    """A client that waits for its answer loses it, and the picture with it."""
    async with ima2.session.post(
        ima2.url(MULTIMODE), json={"prompt": "a fox [sandbox: stuck]", "requestId": "m-1", "maxImages": 1}
    ) as answer:
        await ima2.operate(power="restart")
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert await ima2.active() == ["m-1"]


async def test_the_sandbox_itself_may_be_restarted(ima2: Ima2Client, tmp_path: Path) -> None:
    """To ima2's clients that is a killed server: ghosts, charges and history are all there."""
    await ima2.generate(requestId="done")
    await ima2.later(VIDEO, "lost")
    await ima2.sandbox.close()
    ima2.sandbox = Sandbox(home=tmp_path / "home", clock=ima2.clock)
    await ima2.sandbox.start()
    try:
        assert await ima2.active() == ["lost"]
        (row,) = await ima2.found("done")
        assert [task for task, _ in ima2.charges] == ["done", "lost"]
        _, made = await ima2.generate()
        assert made["filename"] != row["filename"]
    finally:
        await ima2.sandbox.close()


async def test_a_running_clock_needs_nobody(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """With a clock that runs by itself jobs take its time, whether somebody waits for them or not."""
    sandbox = Sandbox(home=tmp_path / "fast", clock=ScaledClock(10_000.0))
    await sandbox.start()
    try:
        base = f"{sandbox.base_url}/ima2"
        async with session.get(f"{base}/api/events") as bus:
            async with session.post(f"{base}{VIDEO}", json={"prompt": "a fox", "async": True}) as answer:
                assert answer.status == 202
            async with session.post(f"{base}{GENERATE}", json={"prompt": "a fox"}) as answer:
                assert (await answer.json())["elapsed"] > 10
            heard = b""
            while b"event: done" not in heard:
                heard += await bus.content.readany()
        assert b"event: progress" in heard
    finally:
        await sandbox.close()


async def test_markers_count_for_questions_about_a_job(ima2: Ima2Client) -> None:
    """``on=history`` and ``on=cancel`` happen to those who ask about the job whose prompt says so."""
    await ima2.generate("a fox [sandbox: 500 on=history times=1]", requestId="r-1")
    assert (await ima2.call("GET", "/api/history?requestId=r-1"))[0] == 500
    assert len(await ima2.found("r-1")) == 1
    await ima2.later(VIDEO, "v-1", "a fox [sandbox: 500 on=cancel times=1]")
    assert (await ima2.call("DELETE", "/api/inflight/v-1"))[0] == 500
    assert await ima2.active() == ["v-1"]


async def test_a_taken_id_is_told_in_the_shape_of_the_route(ima2: Ima2Client) -> None:
    """Flat, of an event, or nested with the node; a second stream gets it inside."""
    await ima2.later(VIDEO, "v-1")
    words = {"error": "Request ID already in use", "code": "REQUEST_ID_IN_USE", "requestId": "v-1"}
    assert await ima2.sent_away(GENERATE, "v-1") == (409, words)
    assert await ima2.sent_away(MULTIMODE, "v-1") == (409, {**words, "status": 409})
    status, body = await ima2.sent_away("/api/node/generate", "v-1")
    assert (status, body["error"]["code"], body["status"], body["parentNodeId"]) == (409, words["code"], 409, None)
    (error,) = await ima2.streamed(VIDEO, requestId="v-1")
    assert (error.name, error.data["code"], error.data["status"]) == ("error", "REQUEST_ID_IN_USE", 409)
    assert len(ima2.charges) == 1
