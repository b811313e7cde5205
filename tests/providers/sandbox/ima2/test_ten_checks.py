"""The ten checks of an honest ima2 (reference section 1.14), one test each; details are in the files beside this."""

import asyncio

import aiohttp
import pytest

from providers.sandbox.ima2.bus import CAPACITY
from tests.providers.sandbox.ima2.client import Ima2Client, png, refused, until

GENERATE, MULTIMODE, VIDEO = "/api/generate", "/api/generate/multimode", "/api/video/generate"


async def test_check_1_one_picture_and_several_have_two_shapes(ima2: Ima2Client) -> None:
    """``image`` and ``filename``, or ``images`` and ``count``; two of three come with HTTP 200 and no word about it."""
    _, one = await ima2.generate()
    assert one["image"].startswith("data:image/png;base64,")
    assert one["filename"]
    assert not {"images", "count"} & one.keys()
    _, two = await ima2.generate(n=2)
    assert (two["count"], len(two["images"])) == (2, 2)
    assert not {"image", "filename"} & two.keys()
    status, fewer = await ima2.generate("a fox [sandbox: one-fails]", n=3)
    assert (status, fewer["count"], len(fewer["images"]), fewer["warnings"]) == (200, 2, 2, [])
    _, one = await ima2.generate("a fox [sandbox: one-fails]", n=2)
    assert (one["count"], "image" in one) == (1, False)


async def test_check_2_five_shapes_of_errors(ima2: Ima2Client) -> None:
    """Flat with and without a code, nested, of an event, with diagnostics, of the keys."""
    assert await ima2.generate(references=[""] * 6) == (
        400,
        {"error": "references may not exceed 5 items", "code": "REF_TOO_MANY"},
    )
    assert await ima2.generate(moderation="high") == (400, {"error": "moderation must be one of: auto, low"})
    nested = {"error": {"code": "INVALID_PROMPT", "message": "Prompt must be a non-empty string"}}
    assert await ima2.generate("") == (400, nested)
    _, event = await ima2.call("POST", VIDEO, {"prompt": " ", "requestId": "v-1", "async": True})
    assert event.pop("guidance")
    assert event == {"error": "Prompt is required", "code": "PROMPT_REQUIRED", "status": 400, "requestId": "v-1"}
    _, diagnosed = await ima2.generate("a fox [sandbox: failed reason=rate]", requestId="r-1")
    assert diagnosed["upstreamCode"] == "rate_limit_exceeded"
    assert diagnosed["requestId"] == "r-1"
    assert sum(value is None for value in diagnosed.values()) >= 10
    _, keyed = await ima2.call("PUT", "/api/keys/openai", {"apiKey": "nope"})
    assert (keyed["ok"], keyed["code"]) == (False, "INVALID_KEY_FORMAT")


@pytest.mark.parametrize(
    "reason, provider, told",
    [
        ("rate", "oauth", (429, "INVALID_REQUEST")),
        ("quota", "oauth", (429, "AUTH_API_KEY_INVALID")),
        ("policy", "oauth", (422, "SAFETY_REFUSAL")),
        ("parameter", "oauth", (400, "INVALID_REQUEST")),
        ("session", "grok", (502, "GROK_AUTH_FAILED")),
    ],
)
async def test_check_3_codes_mean_nothing_without_their_status(
    ima2: Ima2Client, reason: str, provider: str, told: tuple[int, str]
) -> None:
    """``INVALID_REQUEST`` is a rate limit or a wrong setting, and a key that is called invalid is an empty purse."""
    assert await refused(ima2.generate(f"a fox [sandbox: failed reason={reason}]", provider=provider)) == told
    assert ima2.charges == []


@pytest.mark.parametrize("path", [GENERATE, MULTIMODE, VIDEO])
async def test_check_4_an_id_is_a_lock_and_no_more(ima2: Ima2Client, path: str) -> None:
    """A second POST gets a 409, and the live job a false error on the bus; after its end the id is paid for again."""
    async with ima2.listening() as bus:
        await ima2.later(path, "twice")
        assert await refused(ima2.sent_away(path, "twice")) == (409, "REQUEST_ID_IN_USE")
        false = await bus.until("error", "twice")
        assert (false.data["code"], false.data["status"]) == ("REQUEST_ID_IN_USE", 409)
        assert await ima2.active() == ["twice"]
        ima2.clock.advance(200)
        assert (await bus.until("done", "twice")).data["requestId"] == "twice"
        spent = len(ima2.charges)
        await ima2.later(path, "twice")
        ima2.clock.advance(200)
        await bus.until("done", "twice")
    assert (spent, len(ima2.charges)) == (1, 2)


@pytest.mark.parametrize("path", [GENERATE, MULTIMODE, VIDEO])
async def test_check_5_who_hangs_up_finds_the_result_in_the_history(ima2: Ima2Client, path: str) -> None:
    """The job goes on without its client."""
    prompt = "a fox [sandbox: stuck lasting=30]"
    body = {"prompt": prompt, "requestId": "gone", "maxImages": 1}
    await ima2.hung_up(path, body, lambda: ima2.charges)
    assert await ima2.found("gone") == []
    ima2.clock.advance(31)
    assert [row["requestId"] for row in await ima2.found("gone")] == ["gone"]
    assert len(ima2.charges) == 1


@pytest.mark.parametrize("path", ["/api/video/edit", "/api/video/extend"])
async def test_check_5_who_hangs_up_on_a_rework_loses_it(ima2: Ima2Client, path: str) -> None:
    """The upstream has its money, and there is nothing to find, not even a job."""
    body = {"prompt": "at dusk [sandbox: stuck lasting=30]", "videoUrl": "https://example.com/clip.mp4"}
    await ima2.hung_up(path, body, lambda: ima2.charges)
    assert await ima2.active() == []
    await until(lambda: not len(ima2.process.reworks))
    ima2.clock.advance(1000)
    assert (await ima2.get("/api/history"))["items"] == []
    assert len(ima2.charges) == 1


async def test_check_6_the_bus_opens_in_silence_and_pings(ima2: Ima2Client) -> None:
    """Nothing before the first event; a ping after fifteen seconds and not before; whole ids."""
    async with ima2.listening() as bus:
        await ima2.operate(strangers=1)
        assert (await bus.any()).id == 1
        ima2.clock.advance(14.9)
        await ima2.operate(strangers=1)
        assert (await bus.any()).id == 2
        for _ in range(2):
            ima2.clock.advance(15)
            assert (await bus.any()).name == "ping"


async def test_check_6_the_bus_tells_again_what_was_missed(ima2: Ima2Client) -> None:
    """After the cursor, the header's before the query's; a gap where too much is forgotten, none for 0."""
    await ima2.operate(strangers=2100)
    async with ima2.listening("?lastEventId=2098") as bus:
        assert [(await bus.next()).id, (await bus.next()).id] == [2099, 2100]
    async with ima2.listening("?lastEventId=5", **{"Last-Event-ID": "2099"}) as bus:
        assert (await bus.next()).id == 2100
    async with ima2.listening("?lastEventId=5") as bus:
        gap = await bus.next()
        assert (gap.name, gap.id) == ("replay-gap", None)
        assert gap.data == {"lastEventId": 5, "oldestAvailableId": 101}
        assert (await bus.next()).id == 101
    async with ima2.listening("?lastEventId=0") as bus:
        assert (await bus.next()).id == 101


async def test_check_6_pictures_are_told_once(ima2: Ima2Client) -> None:
    """Live events hold whole pictures; told again they hold none and say so."""
    async with ima2.listening() as bus:
        await ima2.later(MULTIMODE, "m-1", maxImages=2)
        ima2.clock.advance(60)
        live = await bus.until("image", "m-1")
        assert len(live.data["image"]) > 1000
        assert "requestId" not in live.data
        await bus.until("done", "m-1")
    async with ima2.listening("?lastEventId=0") as bus:
        again, done = await bus.until("image"), await bus.until("done")
    assert again.id == live.id
    assert again.data.pop("_imageOmitted") is True
    assert again.data == {name: value for name, value in live.data.items() if name != "image"}
    # What is inside the list comes whole every time: a reader of replays meets large lines, too.
    assert all(item["image"] for item in done.data["images"])


async def test_check_6_the_bus_has_512_places(ima2: Ima2Client) -> None:
    """The 513th listener is sent away; one who left makes room."""
    places = [ima2.process.bus.listen(None, None) for _ in range(CAPACITY - 1)]
    async with ima2.listening():
        assert await refused(ima2.call("GET", "/api/events")) == (503, "SSE_CAPACITY")
    places.pop().closed = True
    async with ima2.listening():
        pass


async def test_check_7_a_kill_leaves_a_ghost(ima2: Ima2Client) -> None:
    """Ids begin again, endings are forgotten, the running job is listed for ever and never ends; the history stays."""
    await ima2.generate(requestId="before")
    await ima2.later(VIDEO, "lost")
    health = await ima2.get("/api/health")
    async with ima2.listening() as bus:
        await ima2.operate(strangers=5)
        assert (await bus.until("progress")).id
        ima2.clock.advance(2)
        await ima2.operate(power="restart")
        with pytest.raises(EOFError):
            await bus.until("never")
    listed = await ima2.get("/api/inflight?includeTerminal=1")
    assert [job["requestId"] for job in listed["jobs"]] == ["lost"]
    assert listed["terminalJobs"] == []
    now = await ima2.get("/api/health")
    assert now["pid"] != health["pid"]
    assert listed["jobs"][0]["startedAt"] < now["startedAt"]
    assert now["activeJobs"] == 1
    await ima2.operate(strangers=1)
    # A cursor that is higher than any id gets nothing, and no word about it.
    async with ima2.listening("?lastEventId=4") as bus:
        await ima2.operate(strangers=1)
        assert (await bus.next()).id == 2
    assert await refused(ima2.sent_away(VIDEO, "lost")) == (409, "REQUEST_ID_IN_USE")
    ima2.clock.advance(300)
    assert await ima2.found("lost") == []
    assert len(await ima2.found("before")) == 1
    assert [task for task, _ in ima2.charges] == ["before", "lost"]


async def test_check_8_the_25th_job_is_too_many(ima2: Ima2Client) -> None:
    """Cleanly told where the client comes back; in a stream it is HTTP 200 and a server's own mistake."""
    await asyncio.gather(*(ima2.later(GENERATE, f"job-{number}") for number in range(24)))
    for path in (GENERATE, MULTIMODE, VIDEO):
        async with ima2.session.post(ima2.url(path), json={"prompt": "a fox", "async": True}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
            assert (await answer.json())["code"] == "TOO_MANY_JOBS"
    for path in (MULTIMODE, VIDEO):
        (error,) = await ima2.streamed(path)
        assert (error.name, error.data["status"], error.data["code"]) == ("error", 500, "ERR_HTTP_HEADERS_SENT")
    assert len(ima2.charges) == 24


async def test_check_9_a_video_goes_through_its_phases(ima2: Ima2Client) -> None:
    """Planned, submitted, polled (nothing first, less than all last), done; ids only the bus has."""
    events = await ima2.streamed(VIDEO, requestId="v-1", duration=6)
    names = [event.name for event in events]
    shares = [event.data["progress"] for event in events if event.name == "progress"]
    assert names[:3] == ["planning", "submitted", "progress"]
    assert (names[-1], set(names[3:-1])) == ("done", {"progress"})
    assert shares[0] is None
    assert shares[1:] == sorted(shares[1:])
    assert shares[-1] < 1
    assert all(event.id is None and "jobId" not in event.data for event in events)
    done = events[-1].data
    assert done["url"] == f"/generated/{done['filename']}"
    assert done["filename"].endswith(".mp4")
    assert done["video"]["duration"] == 6
    assert done["video"]["xaiVideoRequestId"] == events[1].data["xaiVideoRequestId"]


async def test_check_9_silent_changes_of_a_video(ima2: Ima2Client) -> None:
    """Several pictures make fifteen seconds ten; the newer model may fall back; a poll may stand still."""
    clamped = (await ima2.streamed(VIDEO, duration=15, referenceImages=[png(), png()]))[-1].data
    assert (clamped["video"]["mode"], clamped["video"]["duration"]) == ("reference-to-video", 10)
    fallen = (await ima2.streamed(VIDEO, "a fox [sandbox: fallback]", model="grok-imagine-video-1.5"))[-1].data
    assert fallen["modelFallback"] == {"from": "grok-imagine-video-1.5", "to": "grok-imagine-video"}
    async with ima2.listening() as bus:
        await ima2.later(VIDEO, "still", "a fox [sandbox: stuck lasting=400]")
        ima2.clock.advance(520)
        await bus.until("done", "still")
    still = [event.data["stalled"] for event in bus.heard if event.name == "progress"]
    assert (still[0], still[-1]) == (False, True)


async def test_check_9_an_old_job_leaves_the_list_and_still_ends(ima2: Ima2Client) -> None:
    """After ten minutes nobody lists it, nothing says that it ended, and there it is in the history."""
    await ima2.later(VIDEO, "old", "a fox [sandbox: stuck lasting=700]")
    ima2.clock.advance(590)
    assert await ima2.active() == ["old"]
    ima2.clock.advance(20)
    assert await ima2.active() == []
    ima2.clock.advance(250)
    assert len(await ima2.found("old")) == 1
    assert (await ima2.get("/api/inflight?includeTerminal=1"))["terminalJobs"] == []


async def test_check_10_cancel(ima2: Ima2Client) -> None:
    """Always 200; two errors on the bus for one job, none that comes later; HTTP 499 for one who waits."""
    unknown = {"requestId": "nope", "active": False, "aborted": False}
    assert await ima2.call("DELETE", "/api/inflight/nope") == (200, unknown)
    async with ima2.listening() as bus:
        await ima2.later(GENERATE, "stop")
        stopped = {"requestId": "stop", "active": True, "aborted": True}
        assert await ima2.call("DELETE", "/api/inflight/stop") == (200, stopped)
        for event in (await bus.until("error"), await bus.until("error")):
            told = (event.job, event.data["code"], event.data["status"])
            assert told == ("stop", "GENERATION_CANCELED", 499)
        waiting = asyncio.create_task(ima2.generate("a fox [sandbox: stuck]", requestId="held"))
        await until(lambda: len(ima2.charges) == 2)
        await ima2.call("DELETE", "/api/inflight/held")
        body = {"error": "Generation canceled", "code": "GENERATION_CANCELED", "status": 499, "requestId": "held"}
        assert await waiting == (499, body)
    ima2.clock.advance(1000)
    assert await ima2.found("stop") == []


async def test_check_10_files_have_ranges_and_hide_what_is_beside_them(ima2: Ima2Client) -> None:
    """A piece of the file, nothing where nothing has changed, and no metadata."""
    _, made = await ima2.generate()
    path = f"/generated/{made['filename']}"

    async def file(**headers: str) -> tuple[int, aiohttp.ClientResponse, bytes]:
        async with ima2.session.get(ima2.url(path), headers=headers) as answer:
            return answer.status, answer, await answer.read()

    _, answer, whole = await file()
    assert whole.startswith(b"\x89PNG")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (await file(Range="bytes=100-199"))[::2] == (206, whole[100:200])
    assert (await file(**{"If-None-Match": answer.headers["ETag"]}))[0] == 304
    assert await ima2.call("GET", f"{path}.json") == (404, "Generated metadata is not public")
