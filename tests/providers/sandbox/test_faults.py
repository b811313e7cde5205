"""Every fault does what its table says, ordered over HTTP or written into the prompt."""

from typing import Any

import aiohttp
import pytest

from tests.providers.sandbox.ima_client import ImaClient, Json

WAN = ("text_to_video", "wan2.6-t2v")


async def ordered(ima: ImaClient, fault: str, **settings: Any) -> None:
    """Order a fault by the admin call."""
    status, answer = await ima.post(f"{ima.sandbox.base_url}/sandbox/faults", {"fault": fault, **settings})
    assert (status, answer["ordered"]) == (200, 1)


async def placed(ima: ImaClient, prompt: str = "a fox") -> tuple[int, dict[str, str], str]:
    """Place an order and return status, headers and the raw body."""
    body = await ima.order(*WAN, prompt=prompt)
    async with ima.session.post(ima.url("/tasks/create"), json=body, headers=ima.headers) as answer:
        return answer.status, dict(answer.headers), await answer.text()


@pytest.mark.parametrize("fault, charges", [("lost-answer", [40]), ("lost-request", [])])
@pytest.mark.parametrize("marked", [True, False])
async def test_a_lost_connection_may_have_charged(
    ima: ImaClient, fault: str, charges: list[int], *, marked: bool
) -> None:
    """Check 9: the client sees the same in both cases; the ledger knows whether the debit happened."""
    if not marked:
        await ordered(ima, fault)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await placed(ima, f"a fox [sandbox: {fault}]" if marked else "a fox")
    assert ima.charged == charges


@pytest.mark.parametrize("code", [401, 4008, 4014, 6010])
async def test_a_business_refusal_is_a_body_code(ima: ImaClient, code: int) -> None:
    """Codes come in the body of an HTTP 200 with the vendor's words, and charge nothing."""
    await ordered(ima, str(code))
    answer = await ima.create(await ima.order(*WAN))
    assert (answer["code"], bool(answer["message"])) == (code, True)
    assert ima.charged == []


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_trouble_is_a_bare_http_status(ima: ImaClient, code: int) -> None:
    """Overload and trouble are an HTTP status without a body code; 429 says when to come back."""
    await ordered(ima, str(code), retry_after=7)
    status, headers, text = await placed(ima)
    assert (status, text) == (code, "")
    assert headers.get("Retry-After") == ("7" if code == 429 else None)
    assert ima.charged == []


@pytest.mark.parametrize("style, status, code", [("body", 200, 500), ("http", 500, 500), ("bare", 500, None)])
async def test_how_a_number_is_told(ima: ImaClient, style: str, status: int, code: int | None) -> None:
    """The same number as a body code, as both, and as a bare status."""
    await ordered(ima, "500", style=style)
    found, _, text = await placed(ima)
    assert (found, f'"code":{code}' in text) == (status, code is not None)


async def test_trouble_after_the_debit(ima: ImaClient) -> None:
    """``committed`` makes a server error come after the charge."""
    await ordered(ima, "500", committed=True)
    assert (await placed(ima))[0] == 500
    assert ima.charged == [40]


async def test_an_html_page(ima: ImaClient) -> None:
    """A gateway's page in the place of an answer to a request that was carried out."""
    await ordered(ima, "html")
    status, headers, text = await placed(ima)
    assert (status, headers["Content-Type"].partition(";")[0], text[:6]) == (502, "text/html", "<html>")
    assert ima.charged == [40]


async def test_truncated_json(ima: ImaClient) -> None:
    """The answer is cut in the middle."""
    await ordered(ima, "truncated")
    status, _, text = await placed(ima)
    assert (status, text[:1]) == (200, "{")
    assert not text.endswith("}")
    assert ima.charged == [40]


async def test_a_wrong_content_type(ima: ImaClient) -> None:
    """The body is right, its type is not."""
    await ordered(ima, "wrong-type")
    _, headers, text = await placed(ima)
    assert headers["Content-Type"].startswith("text/plain")
    assert '"id":"task_' in text


@pytest.mark.parametrize("committed, charges", [(True, [40]), (False, [])])
async def test_a_slow_answer(ima: ImaClient, charges: list[int], *, committed: bool) -> None:
    """The client gives up; whether it was charged depends on when the waiting was."""
    await ordered(ima, "slow", lasting=30, committed=committed)
    with pytest.raises(TimeoutError):
        await ima.session.post(
            ima.url("/tasks/create"),
            json=await ima.order(*WAN),
            headers=ima.headers,
            timeout=aiohttp.ClientTimeout(total=0.2),
        )
    assert ima.charged == charges


async def test_a_slow_answer_comes(ima: ImaClient) -> None:
    """Who waits gets the right answer."""
    await ordered(ima, "slow", lasting=0.01)
    assert '"id":"task_' in (await placed(ima))[2]


async def test_an_answer_that_drips_is_never_over(ima: ImaClient) -> None:
    """It begins, its length is promised, and then the line is cut."""
    await ordered(ima, "drip", lasting=0.02)
    with pytest.raises(aiohttp.ClientPayloadError):
        await placed(ima)
    assert ima.charged == [40]


async def test_an_answer_longer_than_anybody_reads(ima: ImaClient) -> None:
    """It is right, and followed by more than ten megabytes."""
    await ordered(ima, "too-big")
    status, _, text = await placed(ima)
    assert (status, '"id":"task_' in text, len(text) > 10 * 1024 * 1024) == (200, True, True)


async def test_a_redirect_into_somebodys_house(ima: ImaClient) -> None:
    """Whoever follows it asks a machine that is none of the provider's."""
    await ordered(ima, "elsewhere")
    body = await ima.order(*WAN)
    async with ima.session.post(
        ima.url("/tasks/create"), json=body, headers=ima.headers, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "http://10.0.0.7/admin")
    assert ima.charged == [40]


@pytest.mark.parametrize("fault, start", [("empty", b""), ("lying", b"<html>")])
async def test_a_result_that_is_none(ima: ImaClient, fault: str, start: bytes) -> None:
    """The address answers with the type of a film and has none."""
    task = await ima.begin(*WAN)
    address = (await ima.ended(task))["medias"][0]["url"]
    ima.sandbox.faults.add(fault, "cdn.get")
    async with ima.session.get(address) as answer:
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, "video/mp4")
        assert (await answer.read())[:6] == start


@pytest.mark.parametrize("credit, status", [(40, 200), (41, 400)])
async def test_a_status_beside_the_body_code(ima: ImaClient, credit: int, status: int) -> None:
    """Errors can also have an HTTP status; a success keeps its 200."""
    await ordered(ima, "http-status")
    body = await ima.order(*WAN)
    body["parameters"][0]["credit"] = credit
    found, answer = await ima.post(ima.url("/tasks/create"), body)
    assert (found, answer["code"] in {0, 200}) == (status, credit == 40)


async def test_the_status_of_a_missing_subscription(ima: ImaClient) -> None:
    """4014 goes with HTTP 403."""
    await ordered(ima, "http-status")
    status, answer = await ima.post(ima.url("/tasks/create"), await ima.order("text_to_video", "ima-pro"))
    assert (status, answer["code"]) == (403, 4014)


async def fated(ima: ImaClient, marker: str, **settings: Any) -> list[Json]:
    """Let a task with a marker run until it must have ended; return its results."""
    task = await ima.begin(*WAN, prompt=f"a fox [sandbox: {marker}]", **settings)
    medias: list[Json] = (await ima.ended(task))["medias"]
    return medias


@pytest.mark.parametrize(
    "marker, status, words",
    [
        ("failed", "failed", "generate failed"),
        ("failed reason=pixverse", "failed", "err_code=400017"),
        ("failed reason=fusion", "failed", "Fusion feature"),
        ("failed reason=policy", "failed", "content policy"),
        ("failed-quietly", "Failed", "generate failed"),
    ],
)
async def test_a_task_fails_with_the_vendors_text(ima: ImaClient, marker: str, status: str, words: str) -> None:
    """A failed run says so in its status, with a text in ``error_msg``, and is not paid back."""
    media = (await fated(ima, marker))[0]
    assert media["resource_status"] == (1 if status == "Failed" else 2)
    assert (media["status"], words in media["error_msg"], media["url"]) == (status, True, "")
    assert ima.charged == [40]


async def test_a_text_may_be_in_the_remark(ima: ImaClient) -> None:
    """Too few pixels are told in ``remark``, with ``error_msg`` empty."""
    media = (await fated(ima, "failed reason=pixels"))[0]
    assert (media["error_msg"], "at least 3686400 pixels" in media["remark"]) == ("", True)


async def test_a_stuck_task_never_ends(ima: ImaClient) -> None:
    """Status 0 for ever, or for as long as was asked."""
    assert (await fated(ima, "stuck"))[0]["resource_status"] == 0
    task = await ima.begin(*WAN, prompt="[sandbox: stuck lasting=3600]")
    assert (await ima.ended(task))["medias"][0]["resource_status"] == 0
    ima.clock.advance(3600)
    assert (await ima.detail(task))["medias"][0]["resource_status"] == 1


async def test_a_result_without_an_address(ima: ImaClient) -> None:
    """Ready, and no address for long."""
    task = await ima.begin(*WAN, prompt="[sandbox: no-url lasting=600]")
    media = (await ima.ended(task))["medias"][0]
    assert (media["resource_status"], media["url"]) == (1, "")
    ima.clock.advance(600)
    assert (await ima.detail(task))["medias"][0]["url"]


async def test_a_deleted_result(ima: ImaClient) -> None:
    """Status 3."""
    media = (await fated(ima, "deleted"))[0]
    assert (media["resource_status"], media["url"]) == (3, "")


async def test_one_of_three_fails(ima: ImaClient) -> None:
    """Two results are there, one failed; all three were charged."""
    medias = await fated(ima, "one-fails", n=3)
    assert [media["resource_status"] for media in medias] == [1, 1, 2]
    assert ima.charged == [120]


async def test_a_marker_reaches_polls(ima: ImaClient) -> None:
    """``on=detail`` lets the polls of this task fail, as often as was asked, and no other's."""
    marked = await ima.begin(*WAN, prompt="a fox [sandbox: 503 on=detail times=2]")
    other = await ima.begin(*WAN)
    statuses = []
    for task in (marked, other, marked, marked):
        async with ima.session.post(ima.url("/tasks/detail"), json={"task_id": task}, headers=ima.headers) as answer:
            statuses.append(answer.status)
    assert statuses == [503, 200, 503, 200]


async def test_a_marker_nobody_understands_is_refused(ima: ImaClient) -> None:
    """A typing mistake must not make a test pass: it is refused and named."""
    answer = await ima.create(await ima.order(*WAN, prompt="a fox [sandbox: lost-anser]"))
    assert (answer["code"], "lost-anser" in answer["message"]) == (400, True)
    assert ima.charged == []


async def test_faults_come_in_their_order_and_number(ima: ImaClient) -> None:
    """Two ordered faults happen one after the other; then all is well again."""
    ima.sandbox.faults.add("4008", "ima.create", times=2)
    ima.sandbox.faults.add("6009", "create")
    codes = [(await ima.create(await ima.order(*WAN)))["code"] for _ in range(4)]
    assert [code if code > 200 else 0 for code in codes] == [4008, 4008, 6009, 0]


async def test_a_fault_until_it_is_cleared(ima: ImaClient) -> None:
    """A whole provider can be down until the fault is taken away."""
    await ordered(ima, "503", endpoint="ima.*", times=None)
    query = {"app": "ima", "platform": "web", "category": "text_to_music"}
    for _ in range(3):
        async with ima.session.get(ima.url("/product/list"), params=query, headers=ima.headers) as answer:
            assert answer.status == 503
    async with ima.session.delete(f"{ima.sandbox.base_url}/sandbox/faults") as answer:
        assert answer.status == 200
    assert len(await ima.leaves("text_to_music")) == 3


async def test_the_cdn_can_fail_too(ima: ImaClient) -> None:
    """The upload's PUT and the results' GET are endpoints like the others."""
    ima.sandbox.faults.add("503", "cdn.put")
    room = (await ima.token(ima.token_query()))["data"]
    assert [await ima.put(room["ful"], b"x"), await ima.put(room["ful"], b"x")] == [503, 200]
    ima.sandbox.faults.add("lost-answer", "cdn.get", times=None)  # the client tries a GET twice
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ima.session.get(room["fdl"])
