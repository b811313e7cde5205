"""Clips: what is refused, what goes on from what, edits, extensions, frames."""

import asyncio
from typing import Any

import pytest

from tests.providers.sandbox.ima2.client import Ima2Client, png, refused

VIDEO = "/api/video/generate"
NEWER = "grok-imagine-video-1.5"

UNFIT: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"prompt": "  "}, (400, "PROMPT_REQUIRED")),
    ({"provider": "oauth"}, (400, "VIDEO_PROVIDER_UNSUPPORTED")),
    ({"provider": "agy"}, (400, "AGY_VIDEO_UNSUPPORTED")),
    ({"model": "sora"}, (400, "INVALID_GROK_VIDEO_MODEL")),
    ({"duration": 0}, (400, "INVALID_VIDEO_DURATION")),
    ({"duration": 16}, (400, "INVALID_VIDEO_DURATION")),
    ({"resolution": "4k"}, (400, "INVALID_VIDEO_RESOLUTION")),
    ({"resolution": "1080p"}, (400, "INVALID_VIDEO_RESOLUTION")),
    ({"resolution": "1080p", "model": NEWER, "referenceImages": [png()] * 2}, (400, "INVALID_VIDEO_RESOLUTION")),
    ({"aspectRatio": "21:9"}, (400, "INVALID_VIDEO_ASPECT_RATIO")),
    ({"referenceImages": [png()] * 8}, (400, "GROK_VIDEO_REF_TOO_MANY")),
    ({"sourceFilename": "../secret.png"}, (400, "GROK_VIDEO_INVALID_MODE")),
    ({"sourceFilename": "clip.mp4"}, (400, "GROK_VIDEO_INVALID_MODE")),
    ({"sourceFilename": "gone.png"}, (400, "ENOENT")),
    ({"continueFromVideo": "picture.png"}, (400, "GROK_VIDEO_INVALID_MODE")),
    ({"continueFromVideo": "gone.mp4"}, (404, "GROK_VIDEO_FRAME_FAILED")),
]


async def test_what_is_wrong_is_refused_for_nothing(ima2: Ima2Client) -> None:
    """As HTTP for who comes back later, as HTTP 200 and an event for who waits; nothing is paid."""
    for changes, told in UNFIT:
        body = {"prompt": "a fox", "requestId": "v-1", **changes}
        assert await refused(ima2.call("POST", VIDEO, {**body, "async": True})) == told, changes
        (error,) = await ima2.streamed(VIDEO, **body)
        assert (error.data["status"], error.data["code"]) == told, changes
    assert ima2.charges == []


async def test_where_the_server_keeps_its_files_is_in_its_words(ima2: Ima2Client) -> None:
    """Which is why no client may show them."""
    (error,) = await ima2.streamed(VIDEO, sourceFilename="gone.png")
    assert "/srv/ima2/generated/gone.png" in error.data["error"]


@pytest.mark.parametrize(
    "changes, mode, seconds",
    [
        ({"duration": "12"}, "text-to-video", 12),
        ({"sourceImage": png(), "duration": 15}, "image-to-video", 15),
        ({"referenceImages": [png()] * 7, "duration": 9}, "reference-to-video", 9),
        ({"model": NEWER, "resolution": "1080p"}, "text-to-video", 5),
        ({"model": "grok-imagine-video-1.5-preview"}, "text-to-video", 5),
    ],
)
async def test_pictures_decide_the_mode(ima2: Ima2Client, changes: dict[str, Any], mode: str, seconds: int) -> None:
    """None, one or several; digits as text are a length, too, and the newer model has two names."""
    done = (await ima2.streamed(VIDEO, **changes))[-1].data
    assert (done["video"]["mode"], done["video"]["duration"]) == (mode, seconds)
    assert done["effectiveModel"] == (NEWER if "model" in changes else "grok-imagine-video")


async def test_a_clip_goes_on_from_a_result(ima2: Ima2Client) -> None:
    """From a picture by its name, from a clip by its last frame; the first and the latest three are remembered."""
    _, picture = await ima2.generate()
    made = (await ima2.streamed(VIDEO, sourceFilename=picture["filename"]))[-1].data
    assert made["video"]["sourceImageFilename"] == picture["filename"]
    assert made["videoContinuity"]["entries"][0]["role"] == "start"
    first = made["filename"]
    parent = ""
    for _ in range(4):
        parent = made["filename"]
        made = (await ima2.streamed(VIDEO, continueFromVideo=parent))[-1].data
    lineage = made["videoContinuity"]
    assert (lineage["parentFilename"], lineage["lineageId"]) == (parent, f"lineage:{first.removesuffix('.mp4')}")
    assert [entry["ordinal"] for entry in lineage["entries"]] == [1, 3, 4, 5]
    assert [entry["role"] for entry in lineage["entries"]] == ["start", "ancestor", "parent", "current"]
    assert made["video"]["mode"] == "image-to-video"


async def test_a_clip_is_edited_and_extended(ima2: Ima2Client) -> None:
    """Answered when it is done, with xAI's id and not the client's; an extension is longer by what was asked for."""
    clip = (await ima2.streamed(VIDEO, duration=6))[-1].data["filename"]
    for path, seconds in (("edit", 6), ("extend", 10)):
        body = {"prompt": "at dusk", "videoUrl": clip, "requestId": "mine", "duration": 4}
        status, made = await ima2.call("POST", f"/api/video/{path}", body)
        assert (status, made["duration"], made["model"]) == (200, seconds, "grok-imagine-video")
        assert made["url"] == f"/generated/{made['filename']}"
        assert made["requestId"] != "mine"
        assert len(await ima2.found(made["requestId"])) == 1
    assert await ima2.found("mine") == []
    # The one job there ever was is the clip they were made of.
    assert len((await ima2.get("/api/inflight?includeTerminal=1"))["terminalJobs"]) == 1


@pytest.mark.parametrize(
    "path, changes, code",
    [
        ("edit", {"prompt": " "}, "PROMPT_REQUIRED"),
        ("edit", {"videoUrl": ""}, None),
        ("edit", {"model": NEWER}, None),
        ("edit", {"videoUrl": "picture.png"}, None),
        ("extend", {"duration": 11}, None),
        ("extend", {"duration": 1}, None),
        ("analyze", {"videoUrl": "https://example.com/clip.mp4"}, None),
        ("analyze", {"videoUrl": "data:video/mp4;base64,AAAA"}, None),
    ],
)
async def test_most_of_their_errors_have_no_code(
    ima2: Ima2Client, path: str, changes: dict[str, Any], code: str | None
) -> None:
    """A sentence and HTTP 400, and that is all."""
    body = {"prompt": "at dusk", "videoUrl": "https://example.com/clip.mp4", **changes}
    assert await refused(ima2.call("POST", f"/api/video/{path}", body)) == (400, code)
    assert ima2.charges == []


@pytest.mark.parametrize(
    "marker, told, paid",
    [
        ("failed reason=rate", (429, None), 0),
        ("failed reason=download", (502, None), 1),
        ("stuck", (504, "VIDEO_TIMEOUT"), 1),
    ],
)
async def test_an_edit_fails(ima2: Ima2Client, marker: str, told: tuple[int, str | None], paid: int) -> None:
    """With its status, mostly without a code; given up after ten minutes."""
    body = {"prompt": f"at dusk [sandbox: {marker}]", "videoUrl": "https://example.com/clip.mp4"}
    waiting = asyncio.create_task(refused(ima2.call("POST", "/api/video/edit", body)))
    while not waiting.done():
        ima2.clock.advance(100)
        await asyncio.sleep(0)
    assert await waiting == told
    assert len(ima2.charges) == paid


async def test_a_frame_and_an_analysis(ima2: Ima2Client) -> None:
    """A PNG of the last moment; words about both ends; a moment before the beginning is where ffmpeg gives up."""
    clip = (await ima2.streamed(VIDEO, "a red fox", duration=2))[-1].data["filename"]
    async with ima2.session.get(ima2.url(f"/api/video/frame?file={clip}")) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
        assert (await answer.read()).startswith(b"\x89PNG")
    told = await ima2.call("GET", f"/api/video/frame?file={clip}&position=-1")
    assert told == (500, {"error": "ffmpeg failed"})
    status, said = await ima2.call("POST", "/api/video/analyze", {"videoUrl": clip})
    assert (status, said["model"], said["method"]) == (200, "grok-4.3", "first-last-frame")
    assert "a red fox" in said["analysis"]
