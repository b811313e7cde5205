"""What upstreams do: status and code of every route and provider, and what was paid for it."""

import pytest

from tests.providers.sandbox.ima2.client import Ima2Client, png, refused

TOLD = [
    ("oauth", "session", 401, "AUTH_CHATGPT_EXPIRED", 0),
    ("oauth", "upstream", 500, "UPSTREAM_5XX", 0),
    ("oauth", "network", 502, "NETWORK_FAILED", 0),
    ("oauth", "words", 422, "IMAGE_TOOL_NOT_CALLED", 0),
    ("oauth", "empty", 422, "EMPTY_RESPONSE", 0),
    ("oauth", "lost", 502, "NETWORK_FAILED", 1),
    ("oauth", "stream", 502, "RESPONSES_STREAM_ERROR", 1),
    ("oauth", "timeout", 504, "RESPONSES_IMAGE_TIMEOUT", 1),
    ("grok", "rate", 429, "GROK_RATE_LIMITED", 0),
    ("grok", "parameter", 400, "GROK_BAD_REQUEST", 0),
    ("grok", "upstream", 502, "GROK_UPSTREAM_ERROR", 0),
    ("grok", "words", 502, "GROK_PLANNER_EMPTY_TOOL_CALL", 0),
    ("grok", "empty", 502, "GROK_EMPTY_RESPONSE", 0),
    ("gemini-api", "rate", 429, "GEMINI_API_RATE_LIMITED", 0),
    ("gemini-api", "policy", 400, "GEMINI_API_SAFETY_BLOCKED", 0),
    ("gemini-api", "session", 502, "GEMINI_API_UPSTREAM_ERROR", 0),
    ("gemini-api", "words", 502, "GEMINI_API_NO_IMAGE", 0),
]
SEQUENCES = [
    ("rate", 429, "RESPONSES_IMAGE_ERROR"),
    ("policy", 400, "MODERATION_REFUSED"),
    ("empty", 422, "EMPTY_RESPONSE"),
]
FILMS = [
    ("policy", 502, "GROK_VIDEO_MODERATION_BLOCKED", 0),
    ("rate", 429, "GROK_VIDEO_REQUEST_FAILED", 0),
    ("upstream", 502, "GROK_VIDEO_FAILED", 0),
    ("network", 502, "GROK_SEARCH_NETWORK_FAILED", 0),
    ("download", 502, "GROK_VIDEO_DOWNLOAD_FAILED", 1),
    ("expired", 502, "GROK_VIDEO_EXPIRED", 1),
]


@pytest.mark.parametrize("provider", ["oauth", "grok", "gemini-api"])
async def test_a_picture_fails(ima2: Ima2Client, provider: str) -> None:
    """HTTP status and code as the reference has them; what may have been paid was."""
    for whose, reason, status, code, paid in TOLD:
        if whose == provider:
            spent = len(ima2.charges)
            prompt = f"a fox [sandbox: failed reason={reason}]"
            assert await refused(ima2.generate(prompt, provider=provider)) == (status, code), reason
            assert len(ima2.charges) - spent == paid, reason


async def test_a_sequence_and_an_edit_say_it_otherwise(ima2: Ima2Client) -> None:
    """The same cause, another code: in the stream's event, and with HTTP's status of an edit."""
    for reason, status, code in SEQUENCES:
        prompt = f"a fox [sandbox: failed reason={reason}]"
        error = (await ima2.streamed("/api/generate/multimode", prompt))[-1]
        assert (error.name, error.data["status"], error.data["code"]) == ("error", status, code)
        assert await refused(ima2.call("POST", "/api/edit", {"prompt": prompt, "image": png()})) == (status, code)


async def test_a_clip_fails(ima2: Ima2Client) -> None:
    """After it was submitted, in an event; a clip that could not be fetched was paid for."""
    for reason, status, code, paid in FILMS:
        spent = len(ima2.charges)
        events = await ima2.streamed("/api/video/generate", f"a fox [sandbox: failed reason={reason}]")
        assert events[1].name == "submitted"
        assert (events[-1].data["status"], events[-1].data["code"]) == (status, code)
        assert len(ima2.charges) - spent == paid, reason


@pytest.mark.parametrize(
    "path, seconds, code",
    [
        ("/api/generate", 400, "RESPONSES_IMAGE_TIMEOUT"),
        ("/api/video/generate", 900, "GROK_VIDEO_TIMEOUT"),
    ],
)
async def test_what_is_stuck_is_given_up(ima2: Ima2Client, path: str, seconds: int, code: str) -> None:
    """At the server's own limit, with 504, and paid."""
    async with ima2.listening() as bus:
        await ima2.later(path, "stuck", "a fox [sandbox: stuck]")
        ima2.clock.advance(seconds - 1)
        await ima2.operate(strangers=1)
        await bus.until("progress", "stranger-0")
        assert not any(event.name == "error" for event in bus.heard)
        ima2.clock.advance(1)
        error = await bus.until("error", "stuck")
    assert (error.data["status"], error.data["code"]) == (504, code)
    assert len(ima2.charges) == 1


async def test_a_sequence_that_is_given_up_keeps_what_it_has(ima2: Ima2Client) -> None:
    """``done`` with a warning, and the pictures that were there in time."""
    async with ima2.listening() as bus:
        await ima2.later("/api/generate/multimode", "m-1", "a fox [sandbox: stuck]", maxImages=3)
        ima2.clock.advance(400)
        done = (await bus.until("done")).data
    assert (done["partial"], done["warning"]["code"], done["returned"]) == (True, "RESPONSES_IMAGE_TIMEOUT", 2)
    assert len(await ima2.found("m-1")) == 2


async def test_one_that_fails_of_one_is_all_of_it(ima2: Ima2Client) -> None:
    """No picture came back, and none is paid for; of a sequence of three two are."""
    assert await refused(ima2.generate("a fox [sandbox: one-fails]")) == (422, "EMPTY_RESPONSE")
    events = await ima2.streamed("/api/generate/multimode", "a fox [sandbox: one-fails]", maxImages=3)
    assert (events[-1].data["status"], events[-1].data["returned"]) == ("partial", 2)
    assert [int(amount) for _, amount in ima2.charges] == [2]


async def test_words_can_be_ordered(ima2: Ima2Client) -> None:
    """An upstream's own words are passed on as they are, which is why no client may show them."""
    ima2.sandbox.faults.add("failed", text="<b>secret</b> /srv/ima2")
    assert (await ima2.generate())[1]["error"] == "<b>secret</b> /srv/ima2"
