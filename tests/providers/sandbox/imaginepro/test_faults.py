"""Every fault does in ImaginePro what its table says."""

import asyncio
from typing import Any

import aiohttp
import pytest

from providers.sandbox.faults import TEXTS
from tests.providers.sandbox.imaginepro.client import BANANA, FILM, FRAME, ProClient
from tests.providers.sandbox.katana.client import until

DOORS: list[tuple[str, dict[str, Any], int]] = [
    ("midjourney/imagine", {"prompt": "a fox"}, 10),
    ("universal/imagine", BANANA, 6),
    ("video/mj/generate", FILM, 10),
    ("tools/remove-bg", {"image": FRAME}, 5),
]


async def raw(pro: ProClient, path: str, body: Any) -> tuple[int, dict[str, str], str]:
    """Knock at a door: status, headers, text."""
    pro.clock.advance(3)
    async with pro.session.post(pro.url(path), json=body, headers=pro.headers) as answer:
        return answer.status, dict(answer.headers), await answer.text()


@pytest.mark.parametrize("path, body, price", DOORS)
async def test_a_lost_connection_may_have_charged(pro: ProClient, path: str, body: dict[str, Any], price: int) -> None:
    """The client sees the same in both cases; the ledger has one charge or none."""
    for fault, charged in (("lost-request", []), ("lost-answer", [price])):
        pro.sandbox.faults.add(fault)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await raw(pro, path, body)
        assert pro.charged == charged


async def test_a_click_can_be_lost_too(pro: ProClient) -> None:
    """Under the name of its own door; the list names it."""
    grid = await pro.imagine()
    await pro.ended(grid)
    pro.sandbox.faults.add("lost-answer", "imaginepro.button")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await pro.click(grid, "U2")
    pro.clock.advance(1)
    assert ((await pro.listed())[0]["button"], pro.charged) == ("U2", [10, 5])


async def test_trouble_at_the_gateway_has_no_words(pro: ProClient) -> None:
    """An empty body; 429 says when to come back; nothing was done unless so ordered."""
    for code in (429, 500, 503):
        pro.sandbox.faults.add(str(code), retry_after=7)
        status, headers, text = await raw(pro, "nova/imagine", {"prompt": "a fox"})
        assert (status, text, headers.get("Retry-After")) == (code, "", "7" if code == 429 else None)
    assert pro.charged == []
    await pro.admin("faults", {"fault": "500", "style": "body", "committed": True})
    assert await pro.post("nova/imagine", {"prompt": "a fox"}) == (
        500,
        {"message": "Internal server error", "error": "Internal Server Error", "statusCode": 500},
    )
    assert pro.charged == [10]


async def test_a_refusal_has_the_words_of_the_service(pro: ProClient) -> None:
    """With its status; the empty account's words by its reason; a number that is no status is 400."""
    for marker, status, words in (
        ("401", 401, "Invalid API key."),
        ("401 reason=credits", 401, "Insufficient credits."),
        ("403", 403, "Forbidden"),
        ("4008 text=no", 400, "no"),
        ("lost-anser", 400, "[sandbox: lost-anser] is not understood: 1 mistakes"),
        ("progress text=some", 400, "progress needs a text: number, string, absent, zero"),
    ):
        body = {"prompt": f"a fox [sandbox: {marker}]"}
        found = await pro.post("midjourney/imagine", body)
        assert (found[0], found[1]["message"], found[1]["statusCode"]) == (status, words, status), marker
    assert pro.charged == []


async def test_a_refusal_inside_a_good_answer(pro: ProClient) -> None:
    """``success`` is false and nothing is charged."""
    status, body = await pro.post("flux/imagine", {"prompt": "a fox [sandbox: rejected]"})
    assert (status, body) == (201, {"success": False, "error": TEXTS["banned"]})
    assert pro.charged == []


async def test_half_an_answer_or_a_page(pro: ProClient) -> None:
    """The work was done and is charged, the answer cannot be read; the third one is only called otherwise."""
    for fault in ("html", "truncated", "wrong-type"):
        pro.sandbox.faults.add(fault)
    found = [await raw(pro, "nova/imagine", {"prompt": "a fox"}) for _ in range(3)]
    assert [status for status, _, _ in found] == [502, 200, 201]
    assert found[0][2].startswith("<html>")
    assert not found[1][2].endswith("}")
    assert found[2][1]["Content-Type"].startswith("text/plain")
    assert pro.charged == [10, 10, 10]


async def test_polls_fail_by_marker_or_order(pro: ProClient) -> None:
    """``on=detail`` reaches only this message's polls; the other doors fail by their names."""
    marked = await pro.imagine("a fox [sandbox: 404 on=detail times=2]")
    other = await pro.imagine()
    pro.clock.advance(1)
    order = (marked, other, marked, marked)
    found = [(await pro.get(f"midjourney/message/{message_id}"))[0] for message_id in order]
    assert found == [404, 200, 404, 200]
    for door, path in (("list", "nova/images"), ("account", "subscription/account-info")):
        pro.sandbox.faults.add("403", f"imaginepro.{door}")
        assert [(await pro.get(path))[0] for _ in range(2)] == [403, 200]
        assert pro.sandbox.gate.requests[f"imaginepro.{door}"] == 2
    pro.sandbox.faults.add("403", "imaginepro.enhance")
    assert (await pro.post("tools/prompt-extend", {"prompt": "a fox"}))[0] == 403


@pytest.mark.parametrize(
    "marker, status, error",
    [
        ("failed", "FAIL", "The generation failed"),
        ("failed-at-once reason=denied", "FAIL", TEXTS["denied"]),
        ("failed reason=parameter", "FAIL", TEXTS["parameter"]),
        ("failed text=tired", "FAIL", "tired"),
        ("failed-quietly", "DONE", "The result could not be saved"),
        ("stuck", "FAIL", TEXTS["timeout"]),
    ],
)
async def test_a_run_that_fails(pro: ProClient, marker: str, status: str, error: str) -> None:
    """With its words, and no picture anywhere; what it cost is gone."""
    message = await pro.ended(await pro.imagine(f"a fox [sandbox: {marker}]"))
    assert (message["status"], message["error"], message.get("uri")) == (status, error, None)
    assert (pro.charged, pro.refunded) == ([10], [])


async def test_a_result_that_is_late_smaller_or_gone(pro: ProClient) -> None:
    """``DONE`` without an address for a while, one of four missing, an address that leads nowhere."""
    late = await pro.submit("flux/imagine", {"prompt": "a fox [sandbox: no-url lasting=60]"})
    seen = await pro.walk(late)
    assert (seen[-1]["status"], "uri" in seen[-1]) == ("DONE", False)
    pro.clock.advance(60)
    assert (await pro.message(late))["uri"]
    fewer = await pro.submit("flux/imagine", {"prompt": "a fox [sandbox: one-fails]", "n": 4})
    assert len((await pro.ended(fewer))["images"]) == 3
    gone = await pro.ended(await pro.imagine("a fox [sandbox: deleted]"))
    async with pro.session.get(gone["uri"]) as answer:
        assert answer.status == 404


async def test_a_slow_answer(pro: ProClient) -> None:
    """Whoever gives up was charged all the same."""
    pro.sandbox.faults.add("slow", lasting=30)
    impatient = asyncio.create_task(raw(pro, "nova/imagine", {"prompt": "a fox"}))
    await until(lambda: pro.charged)
    impatient.cancel()
    assert pro.charged == [10]
