"""Orders for pictures: what is refused before anything is paid, and what is changed without a word."""

from typing import Any

import pytest

from tests.providers.sandbox.ima2.client import Ima2Client, png, refused

IMAGE, MASK = png(), png(alpha=True)

UNFIT: list[tuple[str, dict[str, Any], tuple[int, str | None]]] = [
    ("generate", {"prompt": "x" * 32_001}, (400, "PROMPT_TOO_LONG")),
    ("generate", {"n": 0}, (400, "INVALID_COUNT")),
    ("generate", {"n": 25}, (400, "INVALID_COUNT")),
    ("generate", {"n": "two"}, (400, "INVALID_COUNT")),
    ("generate", {"model": "dall-e-3"}, (400, "INVALID_IMAGE_MODEL")),
    ("generate", {"model": "gpt-5.3-codex-spark"}, (400, "IMAGE_MODEL_UNSUPPORTED")),
    ("generate", {"provider": "grok", "model": "gpt-5.4"}, (400, "INVALID_GROK_IMAGE_MODEL")),
    ("generate", {"provider": "gemini-api", "model": "gpt-5.4"}, (400, "INVALID_GEMINI_API_IMAGE_MODEL")),
    ("generate", {"reasoningEffort": "heroic"}, (400, "INVALID_REASONING_EFFORT")),
    ("generate", {"provider": "api"}, (401, "API_KEY_REQUIRED")),
    ("generate", {"provider": "agy"}, (502, "AGY_PROCESS_ERROR")),
    ("generate", {"references": "one"}, (400, "REF_NOT_ARRAY")),
    ("generate", {"references": [1]}, (400, "REF_NOT_STRING")),
    ("generate", {"references": [""]}, (400, "REF_EMPTY")),
    ("generate", {"references": ["A" * 7_340_033]}, (400, "REF_TOO_LARGE")),
    ("generate", {"references": ["https://example.com/fox.png"]}, (400, "REF_NOT_BASE64")),
    ("generate", {"provider": "grok", "references": [IMAGE] * 4}, (400, "GROK_REF_TOO_MANY")),
    ("edit", {}, (400, None)),
    ("edit", {"image": "!"}, (400, "INVALID_EDIT_IMAGE_BASE64")),
    ("edit", {"image": IMAGE, "mask": 1}, (400, "INVALID_EDIT_MASK")),
    ("edit", {"image": IMAGE, "mask": "!"}, (400, "INVALID_EDIT_MASK_BASE64")),
    ("edit", {"image": IMAGE, "mask": "/9j/4AAQ"}, (400, "INVALID_EDIT_MASK_PNG")),
    ("edit", {"image": "/9j/4AAQ", "mask": MASK}, (400, "INVALID_EDIT_IMAGE_PNG")),
    ("edit", {"image": IMAGE, "mask": IMAGE}, (400, "EDIT_MASK_NO_ALPHA")),
    ("edit", {"image": IMAGE, "mask": png(9, 8, alpha=True)}, (400, "EDIT_MASK_DIMENSION_MISMATCH")),
    ("edit", {"image": IMAGE, "mask": MASK, "provider": "grok"}, (400, "GROK_MASK_UNSUPPORTED")),
    ("edit", {"image": IMAGE, "mask": MASK, "provider": "gemini-api"}, (400, "GEMINI_API_MASK_UNSUPPORTED")),
    ("node/generate", {"parentNodeId": "n_0"}, (404, "NODE_NOT_FOUND")),
    ("node/generate", {"contextMode": "ancestry"}, (400, "CONTEXT_MODE_UNSUPPORTED")),
    ("node/generate", {"prompt": ""}, (400, "INVALID_PROMPT")),
    ("generate/multimode", {"maxImages": 25}, (400, "INVALID_COUNT")),
    ("generate/multimode", {"prompt": ""}, (400, "INVALID_PROMPT")),
]


@pytest.mark.parametrize("route", ["generate", "edit", "node/generate", "generate/multimode"])
async def test_what_is_wrong_is_refused_for_nothing(ima2: Ima2Client, route: str) -> None:
    """The right status and code, and no charge."""
    for changes, told in [(changes, told) for about, changes, told in UNFIT if about == route]:
        body = {"prompt": "a fox", **changes}
        assert await refused(ima2.call("POST", f"/api/{route}", body)) == told, told
    assert ima2.charges == []


async def test_a_sequence_is_refused_inside_its_stream(ima2: Ima2Client) -> None:
    """HTTP 200, and the status in the event; who comes back later gets it as HTTP."""
    body = {"references": "one", "requestId": "m-1"}
    (error,) = await ima2.streamed("/api/generate/multimode", **body)
    assert (error.name, error.data["code"], error.data["status"]) == ("error", "REF_NOT_ARRAY", 400)
    later = {"prompt": "a fox", "async": True, **body}
    assert await ima2.call("POST", "/api/generate/multimode", later) == (400, error.data)


async def test_references_of_a_node_are_refused_with_two_codes(ima2: Ima2Client) -> None:
    """Inside the error and beside it, unlike its other errors."""
    _, body = await ima2.call("POST", "/api/node/generate", {"prompt": "a fox", "references": [""]})
    assert (body["code"], body["error"]["code"], body["status"]) == ("REF_EMPTY", "REF_EMPTY", 400)
    _, body = await ima2.call("POST", "/api/node/generate", {"prompt": "a fox", "parentNodeId": "n_0"})
    assert "code" not in body
    assert (body["parentNodeId"], body["status"]) == ("n_0", 404)


async def test_strange_settings_are_taken(ima2: Ima2Client) -> None:
    """Blanks for a prompt are paid for; an unknown quality is the usual one; nobody's provider is the usual one's."""
    status, made = await ima2.generate("  ", quality="best", provider="nobody")
    assert (status, made["quality"], made["warnings"], made["provider"]) == (
        200,
        "medium",
        ["QUALITY_DEFAULTED"],
        "oauth",
    )
    assert len(ima2.charges) == 1


async def test_an_edit_answers_without_id_and_size(ima2: Ima2Client) -> None:
    """It waits although it was asked not to, and its row in the history knows the id."""
    body = {"prompt": "a hat", "image": IMAGE, "mask": MASK, "requestId": "e-1", "async": True}
    status, made = await ima2.call("POST", "/api/edit", body)
    assert status == 200
    assert made["filename"]
    assert not {"requestId", "size"} & made.keys()
    (row,) = await ima2.found("e-1")
    assert (row["kind"], row["filename"]) == ("edit", made["filename"])


async def test_a_node_goes_on_from_another(ima2: Ima2Client) -> None:
    """As JSON, with the parent's id; both can be asked for; as a stream where one is asked for."""
    path = "/api/node/generate"
    _, root = await ima2.call("POST", path, {"prompt": "a fox"})
    _, child = await ima2.call("POST", path, {"prompt": "in snow", "parentNodeId": root["nodeId"]})
    assert (child["parentNodeId"], child["url"]) == (root["nodeId"], f"/generated/{child['filename']}")
    assert (await ima2.get(f"/api/node/{child['nodeId']}"))["url"] == child["url"]
    assert await refused(ima2.call("GET", "/api/node/n_0")) == (404, "NODE_NOT_FOUND")
    async with ima2.session.post(
        ima2.url(path), json={"prompt": "a fox"}, headers={"Accept": "text/event-stream"}
    ) as answer:
        assert (answer.content_type, b"event: done" in await answer.read()) == ("text/event-stream", True)


async def test_dropped_references_are_only_told_in_passing(ima2: Ima2Client) -> None:
    """A success that says ``referencesDroppedOnRetry`` shows nothing of what was sent."""
    _, made = await ima2.generate("a fox [sandbox: refs-dropped]", references=[IMAGE])
    assert (made["referencesDroppedOnRetry"], made["retryKind"]) == (True, "prompt_only_json_image_tool")
    _, made = await ima2.generate("a fox", references=[IMAGE])
    assert "referencesDroppedOnRetry" not in made


async def test_gemini_makes_one_of_a_sequence(ima2: Ima2Client) -> None:
    """However many were asked for, one comes, and one is paid for."""
    events = await ima2.streamed("/api/generate/multimode", provider="gemini-api", maxImages=4, requestId="m-1")
    done = events[-1].data
    assert (done["requested"], done["returned"], done["status"]) == (4, 1, "partial")
    assert [int(amount) for _, amount in ima2.charges] == [1]


async def test_every_upstream_counts_something_else(ima2: Ima2Client) -> None:
    """Tokens, other tokens, and fractions of a dollar; several pictures are added up."""
    used = {name: (await ima2.generate(provider=name, n=2))[1]["usage"] for name in ("oauth", "gemini-api", "grok")}
    assert used["oauth"] == {"input_tokens": 200, "output_tokens": 2112, "total_tokens": 2312}
    assert set(used["gemini-api"]) == {"promptTokens", "candidatesTokens", "totalTokens"}
    assert set(used["grok"]) == {"grok_cost_usd_ticks"}


async def test_ids_with_strange_letters_are_replaced(ima2: Ima2Client) -> None:
    """Whoever sends one must read back what it became."""
    _, made = await ima2.generate(requestId="my id")
    assert made["requestId"].startswith("req_")
    async with ima2.session.get(ima2.url("/api/health"), headers={"X-Request-Id": "h-1"}) as answer:
        assert (answer.headers["X-Request-Id"], answer.headers["Cache-Control"]) == ("h-1", "no-store, max-age=0")
