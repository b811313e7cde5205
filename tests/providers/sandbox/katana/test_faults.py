"""Every fault does in Katana what its table says, at every door where it makes sense."""

import asyncio
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from tests.providers.sandbox.katana.client import PINK, SEEDANCE, Json, KatanaClient, asking, until

DOORS = {
    "create": ("POST", "/v1/generation-requests?wait=false", {"requests": [SEEDANCE]}, 120),
    "flat": ("POST", "/v1/images/generations", PINK, 1),
    "chat": ("POST", "/v1/chat/completions", asking("What is a fox?"), 10),
    "stream": ("POST", "/v1/chat/completions", asking("What is a fox?", stream=True), 10),
    "later": ("POST", "/v1/chat/completions?wait=false", asking("What is a fox?"), 10),
}


async def raw(katana: KatanaClient, door: str, **options: Any) -> tuple[int, dict[str, str], str]:
    """Knock at a door: status, headers, text."""
    method, path, body, _ = DOORS[door]
    url = katana.url(path)
    async with katana.session.request(method, url, json=body, headers=katana.headers, **options) as answer:
        return answer.status, dict(answer.headers), await answer.text()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("fault, charged", [("lost-answer", True), ("lost-request", False)])
async def test_a_lost_connection_may_have_charged(
    katana: KatanaClient, door: str, fault: str, *, charged: bool
) -> None:
    """The client sees the same in both cases; the ledger has one charge or none."""
    katana.sandbox.faults.add(fault)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await raw(katana, door)
    assert katana.charged == ([DOORS[door][3]] if charged else [])


@pytest.mark.parametrize("door", DOORS)
async def test_trouble_at_the_gateway(katana: KatanaClient, door: str) -> None:
    """An empty body; 429 says when to come back; nothing was done."""
    for code in (429, 500, 503):
        katana.sandbox.faults.add(str(code), retry_after=7)
        status, headers, text = await raw(katana, door)
        assert (status, text, headers.get("Retry-After")) == (code, "", "7" if code == 429 else None)
    assert katana.charged == []


async def test_a_refusal_has_a_detail(katana: KatanaClient) -> None:
    """With its HTTP status, as FastAPI words it."""
    details = {401: "Invalid API credentials", 402: "Insufficient credits", 422: "Unprocessable Entity"}
    for code, detail in details.items():
        katana.sandbox.faults.add(str(code))
        assert await katana.post("/v1/generation-requests", {"requests": [PINK]}) == (code, {"detail": detail})
    assert katana.charged == []


async def test_trouble_with_words_and_after_the_debit(katana: KatanaClient) -> None:
    """``style=body`` gives it a body, ``committed`` lets it come after the charge."""
    status, _ = await katana.admin("faults", {"fault": "500", "style": "body", "committed": True})
    assert status == 200
    answer = await katana.post("/v1/generation-requests", {"requests": [PINK]})
    assert answer == (500, {"detail": "Internal Server Error"})
    assert katana.charged == [1]


@pytest.mark.parametrize("door", ["create", "chat", "stream"])
async def test_a_gateway_page_or_half_an_answer(katana: KatanaClient, door: str) -> None:
    """The work was done and is charged, the answer cannot be read."""
    for fault in ("html", "truncated"):
        katana.sandbox.faults.add(fault)
    status, headers, text = await raw(katana, door)
    assert (status, headers["Content-Type"].partition(";")[0], text[:6]) == (502, "text/html", "<html>")
    status, _, text = await raw(katana, door)
    assert (status, text.endswith("}"), "[DONE]" in text) == (200, False, False)
    assert len(katana.charged) == 2


@pytest.mark.parametrize("door", ["create", "chat", "stream"])
async def test_a_right_answer_under_a_wrong_name(katana: KatanaClient, door: str) -> None:
    """The body is whole, its type is not what it is."""
    right = (await raw(katana, door))[2]
    katana.sandbox.faults.add("wrong-type")
    _, headers, text = await raw(katana, door)
    assert headers["Content-Type"].startswith("text/plain")
    assert text[-20:] == right[-20:]


@pytest.mark.parametrize("door", ["create", "chat", "stream"])
async def test_a_slow_answer(katana: KatanaClient, door: str) -> None:
    """Whoever gives up was charged all the same; whoever waits gets the answer."""
    katana.sandbox.faults.add("slow", lasting=30)
    impatient = asyncio.create_task(raw(katana, door))
    await until(lambda: katana.charged)
    impatient.cancel()
    katana.sandbox.faults.add("slow", lasting=0.01)
    assert (await raw(katana, door))[0] == 200
    assert len(katana.charged) == 2


async def test_polls_fail_by_marker_or_order(katana: KatanaClient) -> None:
    """``on=detail`` in the prompt reaches only this request's polls: a 401 that comes and goes, and half an answer."""
    marked = await katana.submit({**PINK, "prompt": "a fox [sandbox: 401 on=detail times=2]"})
    other = await katana.submit(PINK)
    order = [envelope["request_id"] for envelope in (marked, other, marked, marked)]
    found = [(await katana.get(f"/v1/generation-requests/{request_id}"))[0] for request_id in order]
    assert found == [401, 200, 401, 200]
    katana.sandbox.faults.add("429", "katana.detail", retry_after=7)
    katana.sandbox.faults.add("truncated", "katana.detail")
    url = katana.url(f"/v1/generation-requests/{other['request_id']}")
    async with katana.session.get(url, headers=katana.headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    async with katana.session.get(url, headers=katana.headers) as answer:
        assert not (await answer.text()).endswith("}")


@pytest.mark.parametrize("door", ["models", "balance", "page", "attestation"])
async def test_the_free_doors_can_fail_too(katana: KatanaClient, door: str) -> None:
    """Once, by their names; then all is well again."""
    paths = {"models": "/v1/models", "balance": "/v1/me/balance", "page": "/llms.txt"}
    path = paths.get(door, f"/v1/text/attestation?model=kimi-k2-6-private&nonce={'ab' * 32}")
    katana.sandbox.faults.add("503", f"katana.{door}")
    found = []
    for _ in range(2):
        async with katana.session.get(katana.url(path), headers=katana.headers) as answer:
            found.append(answer.status)
    assert found == [503, 200]
    assert katana.sandbox.gate.requests[f"katana.{door}"] == 2


async def test_a_marker_nobody_understands_is_refused(katana: KatanaClient) -> None:
    """A typing mistake must not make a test pass."""
    item = {**PINK, "prompt": "a fox [sandbox: lost-anser]"}
    status, body = await katana.post("/v1/generation-requests", {"requests": [item]})
    assert (status, "lost-anser" in body["detail"]) == (400, True)
    assert katana.charged == []


async def failing(katana: KatanaClient, marker: str) -> Json:
    """Let a film with a marker run until it must have ended, and return its response."""
    envelope = await katana.ended({**SEEDANCE, "prompt": f"a fox [sandbox: {marker}]"})
    return envelope["responses"][0]


@pytest.mark.parametrize(
    "marker, error, spent",
    [
        ("failed", {"code": "generation_failed", "retryable": False, "details": {}}, 0),
        (
            "failed reason=timeout",
            {"code": "generation_timed_out", "retryable": True, "details": {"timeout_seconds": 6000}},
            0,
        ),
        ("failed reason=upstream", {"code": "upstream_error", "retryable": False, "details": {}}, 0),
        ("failed reason=policy", "The prompt was blocked by our content policy and moderation system", 120),
    ],
)
async def test_a_run_fails(katana: KatanaClient, marker: str, error: object, spent: int) -> None:
    """With an error that is an object or a bare string; paid back unless the terms were broken."""
    response = await failing(katana, marker)
    found = response["error"]
    message = found if isinstance(found, str) else found.pop("message")
    assert (response["status"], response["output_assets"], bool(message)) == ("failed", [], True)
    assert found == error
    assert response["metadata"]["credits_spent"] == spent
    katana.clock.advance(300)
    assert katana.refunded == ([] if spent else [120])


async def test_a_run_that_failed_quietly(katana: KatanaClient) -> None:
    """It says ``completed``; the error is there and an asset is not. The money comes back."""
    response = await failing(katana, "failed-quietly")
    assert (response["status"], response["output_assets"]) == ("completed", [])
    assert response["error"]["message"]
    katana.clock.advance(300)
    assert katana.refunded == [120]


async def test_a_run_without_any_asset(katana: KatanaClient) -> None:
    """``completed``, no error, no asset, and the money is gone."""
    response = await failing(katana, "deleted")
    assert (response["status"], response["error"], response["output_assets"]) == ("completed", None, [])
    katana.clock.advance(10_000)
    assert katana.refunded == []


async def test_a_run_that_takes_longer(katana: KatanaClient) -> None:
    """``stuck`` for a while: finished afterwards, and not paid back."""
    envelope = await katana.submit({**SEEDANCE, "prompt": "a fox [sandbox: stuck lasting=7000]"})
    katana.clock.advance(6900)
    assert (await katana.poll(envelope["request_id"]))["status"] == "processing"
    katana.clock.advance(500)
    assert (await katana.poll(envelope["request_id"]))["status"] == "completed"
    assert katana.refunded == []


async def test_addresses_that_come_later(katana: KatanaClient) -> None:
    """``completed`` with blank strings for as long as ordered."""
    envelope = await katana.submit({**PINK, "prompt": "a fox [sandbox: no-url lasting=500]"})
    katana.clock.advance(400)
    asset = (await katana.poll(envelope["request_id"]))["responses"][0]["output_assets"][0]
    assert {asset[name] for name in ("original_data_url", "url", "thumbnail_image_url")} == {""}
    katana.clock.advance(200)
    assert (await katana.poll(envelope["request_id"]))["responses"][0]["output_assets"][0]["original_data_url"]


async def test_the_last_of_a_batch_fails(katana: KatanaClient) -> None:
    """``one-fails`` leaves the others whole; only that one is paid back."""
    envelope = await katana.ended(SEEDANCE, PINK, {**PINK, "prompt": "an owl [sandbox: one-fails]"})
    assert [item["status"] for item in envelope["responses"]] == ["completed", "completed", "failed"]
    katana.clock.advance(300)
    assert katana.charged == [122]
    assert katana.refunded == [1]


async def test_text_that_failed_upstream(katana: KatanaClient) -> None:
    """502 with a code; the reserve comes back later. What is against the rules is refused and free."""
    status, body = await katana.post("/v1/chat/completions", asking("a fox? [sandbox: failed]"))
    assert (status, body["error"]["code"]) == (502, "upstream_error")
    assert katana.refunded == []
    katana.clock.advance(300)
    assert katana.charged == katana.refunded == [10]
    assert (await katana.post("/v1/chat/completions", asking("a fox? [sandbox: rejected]")))[0] == 400
    assert len(katana.charged) == 1


async def test_text_for_later_fails_and_is_paid_back(katana: KatanaClient) -> None:
    """The same states and errors as a picture, with nothing spent in the end."""
    envelope = await katana.ask("a fox? [sandbox: failed reason=timeout]", "?wait=false")
    katana.clock.advance(400)
    ended = await katana.poll(envelope["request_id"])
    assert (ended["status"], ended["responses"][0]["error"]["code"]) == ("failed", "generation_timed_out")
    assert ended["responses"][0]["metadata"]["credits_spent"] == 0
    assert await katana.balance() == Decimal("20814.0")


async def test_waiting_at_the_door(katana: KatanaClient) -> None:
    """``wait=true`` holds the answer back until the request is over."""
    waiting = asyncio.create_task(katana.submit(PINK, wait="true"))
    await until(lambda: katana.charged)
    katana.clock.advance(60)
    assert (await waiting)["status"] == "completed"
