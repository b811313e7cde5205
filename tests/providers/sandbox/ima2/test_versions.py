"""Two releases, a guard, and what the server says about itself."""

import io
from typing import Any

import pytest

from providers.sandbox.ima2.catalogue import CURRENT, SEED
from tests.providers.sandbox.ima2.client import Ima2Client, refused

MULTIMODE, VIDEO = "/api/generate/multimode", "/api/video/generate"


async def raw(ima2: Ima2Client, method: str, path: str, data: bytes = b"") -> tuple[int, str]:
    """Send bytes and return the status and the kind of the answer."""
    body = io.BytesIO(data)
    headers = {"Content-Type": "application/json"}
    async with ima2.session.request(method, ima2.url(path), data=body, headers=headers) as answer:
        return answer.status, answer.content_type


async def test_the_older_release(ima2: Ima2Client) -> None:
    """Pages for nonsense, raw ids, clamped counts, everything inside the stream, fewer models, no guard."""
    await ima2.operate(version="2.0.2", lan_token="secret")
    assert (await ima2.get("/api/health"))["version"] == "2.0.2"
    assert await raw(ima2, "GET", "/api/nope") == (404, "text/html")
    assert await raw(ima2, "POST", "/api/generate", b"{") == (400, "text/html")
    _, made = await ima2.generate(requestId="my id", n=99)
    assert (made["requestId"], made["count"]) == ("my id", 8)
    (error,) = await ima2.streamed(MULTIMODE, "")
    assert (error.data["code"], error.data["status"]) == ("PROMPT_REQUIRED", 400)
    assert await refused(ima2.generate(model="gpt-5.6-sol")) == (400, "INVALID_IMAGE_MODEL")
    (error,) = await ima2.streamed(VIDEO, resolution="1080p")
    assert error.data["code"] == "INVALID_VIDEO_RESOLUTION"
    done = (await ima2.streamed(VIDEO, model="grok-imagine-video-1.5-preview"))[-1]
    assert done.data["requestedModel"] == "grok-imagine-video-1.5-preview"
    assert await raw(ima2, "GET", "/api/generation-requests") == (404, "text/html")


async def test_the_newer_release(ima2: Ima2Client) -> None:
    """JSON for nonsense, for other methods, and for what is too large."""
    assert await raw(ima2, "GET", "/api/nope") == (404, "application/json")
    assert await raw(ima2, "OPTIONS", "/api/generate") == (404, "application/json")
    assert await raw(ima2, "POST", "/api/generate", b"{") == (400, "application/json")
    assert await raw(ima2, "POST", "/api/generate", b" " * (50 * 1024 * 1024 + 1)) == (413, "application/json")
    await ima2.generate(requestId="r-1", n=2)
    (entry,) = (await ima2.get("/api/generation-requests"))["items"]
    assert (entry["requestId"], entry["requested"], entry["succeeded"], entry["error"]) == ("r-1", 2, 2, None)


async def test_a_guard_asks_for_a_token(ima2: Ima2Client) -> None:
    """In a header or in the address; files are open to everybody."""
    _, made = await ima2.generate("a fox [sandbox: deleted]")
    await ima2.operate(lan_token="secret")
    for path in ("/api/health", "/api/events", "/api/history", "/api/health?token=wrong"):
        assert await refused(ima2.call("GET", path)) == (401, "LAN_TOKEN_REQUIRED")
    assert await refused(ima2.generate()) == (401, "LAN_TOKEN_REQUIRED")
    assert (await ima2.get("/api/health?token=secret"))["ok"] is True
    assert (await ima2.get("/api/health", **{"x-ima2-token": "secret"}))["ok"] is True
    assert await refused(ima2.call("GET", f"/generated/{made['filename']}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("version", [SEED, CURRENT])
async def test_limits_can_be_read(ima2: Ima2Client, version: Any) -> None:
    """Models, limits and parallel jobs are what is enforced."""
    await ima2.operate(version=version.number, most_jobs=3)
    told = await ima2.get("/api/capabilities")
    assert told["version"] == version.number
    assert told["valid"]["imageModels"]["supported"] == list(version.images)
    assert told["valid"]["videoModels"]["resolutions"] == list(version.resolutions)
    assert told["limits"]["maxParallel"]["value"] == 3
    for number in range(3):
        await ima2.later("/api/generate", f"r-{number}")
    assert await refused(ima2.sent_away("/api/generate", "r-3")) == (429, "TOO_MANY_JOBS")


async def test_what_is_set_up(ima2: Ima2Client) -> None:
    """Keys, programs and proxies, as they are switched; health does not know that a proxy is dead."""
    assert (await ima2.get("/api/billing")) == {"oauth": True, "apiKeyValid": False, "apiKeySource": "none"}
    assert (await ima2.get("/api/agy/status")) == {"installed": False}
    await ima2.operate(api_key=True, agy=True, gemini_key=False, oauth="offline", grok="error")
    assert (await ima2.get("/api/billing"))["apiKeySource"] == "env"
    assert (await ima2.get("/api/providers"))["apiKey"] is True
    assert (await ima2.get("/api/oauth/status"))["status"] == "offline"
    assert (await ima2.get("/api/grok/status"))["status"] == "error"
    assert (await ima2.get("/api/health"))["runtime"]["oauth"]["status"] == "ready"
    keys = await ima2.get("/api/keys/status")
    assert {name: key["valid"] for name, key in keys.items() if isinstance(key, dict)} == {
        "openai": True,
        "xai": False,
        "gemini": False,
        "vertex": False,
    }
    assert (await ima2.generate(provider="agy"))[0] == 200
    assert await refused(ima2.generate(provider="gemini-api")) == (401, "GEMINI_API_KEY_MISSING")
    assert await ima2.call("PUT", "/api/keys/gemini", {"apiKey": "AIzaPretend"}) == (
        200,
        {"ok": True, "provider": "gemini"},
    )
    assert (await ima2.generate(provider="gemini-api"))[0] == 200


async def test_a_quota_is_used_up(ima2: Ima2Client) -> None:
    """Windows of the plan, dollars of Grok's; nothing of it for one who is not signed in."""
    await ima2.generate(n=20)
    told = await ima2.get("/api/quota")
    assert [(window["label"], window["percent"]) for window in told["codex"]["windows"]] == [("5h", 10), ("7d", 1)]
    assert told["grok"]["billing"] == {"usedUsd": 1.0, "limitUsd": 150.0}
    await ima2.operate(signed_in=False)
    nobody = {"provider": "codex", "authenticated": False, "windows": []}
    assert (await ima2.get("/api/quota"))["codex"] == nobody


async def test_a_wrong_switch_is_named(ima2: Ima2Client) -> None:
    """A mistake of the operator is answered with 400 and the field."""
    async with ima2.session.post(f"{ima2.sandbox.base_url}/sandbox/ima2", json={"version": "3.0"}) as answer:
        assert (answer.status, "version" in str(await answer.json())) == (400, True)


@pytest.mark.parametrize(
    "number, code", [("409", "REQUEST_ID_IN_USE"), ("429", "TOO_MANY_JOBS"), ("418", "INTERNAL_ERROR")]
)
async def test_a_number_is_refused_in_ima2s_words(ima2: Ima2Client, number: str, code: str) -> None:
    """Any status can be ordered; those above 499 have no body at all."""
    assert await refused(ima2.generate(f"a fox [sandbox: {number}]")) == (int(number), code)
    assert await ima2.generate("a fox [sandbox: 503]") == (503, "")
    assert ima2.charges == []
