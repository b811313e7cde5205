"""Each fault in each phase: what we know about the money, what the ledger says, and that nothing is tried twice."""

import json
from decimal import Decimal

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.katana.provider import create
from providers.models import Task
from providers.outcomes import Done, Failed, Running
from providers.sandbox.clock import HandClock
from tests.providers.katana.shop import listed
from tests.providers.katana.stage import START, KatanaStage, at, settings_for
from tests.providers.raw_server import Talk, serving

READS = {
    "lost-request": FailureCode.UNREACHABLE,
    "lost-answer": FailureCode.UNREACHABLE,
    "html": FailureCode.UNAVAILABLE,
    "truncated": FailureCode.UNREADABLE,
    "500": FailureCode.UNAVAILABLE,
    "503": FailureCode.UNAVAILABLE,
    "401": FailureCode.KEY_INVALID,
    "429": FailureCode.BUSY,
}
PAYS = {
    "lost-request": (Sent.MAYBE, 0),
    "lost-answer": (Sent.MAYBE, 1),
    "html": (Sent.MAYBE, 1),
    "truncated": (Sent.MAYBE, 1),
    "500": (Sent.MAYBE, 0),
    "503": (Sent.MAYBE, 0),
    "400": (Sent.YES, 0),
    "401": (Sent.YES, 0),
    "402": (Sent.YES, 0),
    "403": (Sent.YES, 0),
    "404": (Sent.YES, 0),
    "422": (Sent.YES, 0),
    "429": (Sent.YES, 0),
}
"""After each fault of the paid call: what can be known, and how often the ledger was charged."""

ORDERS = {
    "image": (Task.TEXT_TO_IMAGE, "gen"),
    "video": (Task.TEXT_TO_VIDEO, "ltx-2-3"),
    "streamed text": (Task.TEXT_TO_TEXT, "grok-4-3"),
    "polled text": (Task.TEXT_TO_TEXT, "grok-4-20-multi-agent"),
}


@pytest.mark.parametrize("fault", READS)
async def test_a_free_call_that_goes_wrong_costs_nothing(katana: KatanaStage, fault: str) -> None:
    """The model list, the balance, the page and the look at an order: an error with ``sent: no``, no second try.

    A connection that dies under a read is tried once more by the library, as it may only have been idle too long.
    """
    lost = fault.startswith("lost")
    taken = await katana.place(await katana.order(Task.TEXT_TO_IMAGE, "gen"))
    for door, call in (
        ("models", lambda: katana.provider.models(Task.TEXT_TO_IMAGE)),
        ("balance", katana.provider.balance),
        ("page", katana.provider.survey),
        ("detail", lambda: katana.provider.check(taken.ref)),
    ):
        before = katana.sandbox.gate.requests[f"katana.{door}"]
        katana.sandbox.faults.add(fault, f"katana.{door}", times=2 if lost else 1)
        if (door, fault) == ("detail", "429"):
            assert await katana.provider.check(taken.ref) == Running(poll_after=5), "it is looked again when it asks"
        elif (door, fault) != ("page", "truncated"):
            with pytest.raises(ProviderError) as caught:
                await call()
            assert (caught.value.code, caught.value.sent) == (READS[fault], Sent.NO)
        else:
            await call()
        assert before < katana.sandbox.gate.requests[f"katana.{door}"] <= before + 1 + lost, door
        katana.sandbox.faults.clear()
    assert isinstance(await katana.end(taken.ref), Done)
    assert (katana.attempts, katana.charges) == (1, [Decimal(3)])


@pytest.mark.parametrize("kind", ORDERS)
async def test_a_paid_call_that_goes_wrong_is_made_once(katana: KatanaStage, kind: str) -> None:
    """One attempt after every fault; where money may have gone it is never called certain."""
    order = await katana.order(*ORDERS[kind])
    quote = await katana.provider.quote(order)
    for number, (fault, (sent, charged)) in enumerate(PAYS.items(), 1):
        charges = len(katana.charges)
        katana.sandbox.faults.add(fault, "katana.c*")
        if (kind, fault) == ("streamed text", "truncated"):
            # The answer had begun, so the order is taken; there is nothing to be read of it.
            taken = await katana.provider.submit(order, quote, f"attempt-{number}")
            last = await katana.end(taken.ref)
            assert isinstance(last, Failed)
            assert last.code is FailureCode.BROKEN_OFF
        else:
            with pytest.raises(ProviderError) as caught:
                await katana.provider.submit(order, quote, f"attempt-{number}")
            assert caught.value.sent is sent, fault
        assert katana.attempts == number, fault
        assert len(katana.charges) - charges == charged, fault


async def test_busy_says_how_long(katana: KatanaStage) -> None:
    """``Retry-After`` comes along for whoever decides; nothing is tried again here."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen")
    quote = await katana.provider.quote(order)
    katana.sandbox.faults.add("429", "katana.create", retry_after=17)
    with pytest.raises(ProviderError) as caught:
        await katana.provider.submit(order, quote, "attempt-1")
    assert (caught.value.code, caught.value.data) == (FailureCode.BUSY, {"retry_after": 17})


async def test_a_failed_run_is_told_once_and_paid_back_once(katana: KatanaStage) -> None:
    """However often it is looked at."""
    taken = await katana.place(await katana.order(Task.TEXT_TO_VIDEO, "ltx-2-3", prompt="sea [sandbox: failed]"))
    first = await katana.end(taken.ref)
    katana.clock.advance(301)
    assert await katana.provider.check(taken.ref) == first
    assert (katana.spent, katana.attempts) == (Decimal(0), 1)


async def test_an_order_that_hangs_is_running_for_as_long_as_it_is_said(katana: KatanaStage) -> None:
    """The provider is known to forget to say the end; no end is made up here, the person is asked instead."""
    taken = await katana.place(await katana.order(Task.TEXT_TO_IMAGE, "gen", prompt="a cat [sandbox: stuck]"))
    katana.clock.advance(7000)
    assert isinstance(await katana.provider.check(taken.ref), Running)


@pytest.mark.parametrize(
    "status,body,code,sent",
    [
        ("400 Bad", {"detail": "no such model: x"}, FailureCode.MODEL_UNAVAILABLE, Sent.YES),
        ("403 Forbidden", {"error": {"message": "premium only"}}, FailureCode.SUBSCRIPTION_NEEDED, Sent.YES),
        ("403 Forbidden", {"message": "no"}, FailureCode.KEY_INVALID, Sent.YES),
        ("422 No", {"detail": [{"loc": ["body"], "msg": "bad"}]}, FailureCode.SETTINGS_REFUSED, Sent.YES),
        ("400 Bad", {"detail": "Invalid base64 data"}, FailureCode.PICTURE_REFUSED, Sent.YES),
        ("500 Bad", {"error": {"code": "upstream_error", "message": "x"}}, FailureCode.GENERATION_FAILED, Sent.YES),
        ("500 Bad", {"error": {"message": "x"}}, FailureCode.UNAVAILABLE, Sent.MAYBE),
        ("200 OK", {"request_id": ""}, FailureCode.UNREADABLE, Sent.MAYBE),
        ("200 OK", {"status": "completed"}, FailureCode.UNREADABLE, Sent.MAYBE),
        ("200 OK", {"error": "what?"}, FailureCode.UNREADABLE, Sent.MAYBE),
        (
            "422 No",
            {"request_id": "r-1", "status": "rejected", "responses": [{"status": "rejected", "error": "moderation"}]},
            FailureCode.CONTENT_REFUSED,
            Sent.YES,
        ),
        (
            "200 OK",
            {"request_id": "r-1", "status": "failed", "responses": [{"status": "rejected"}, {"status": "rejected"}]},
            FailureCode.SETTINGS_REFUSED,
            Sent.YES,
        ),
    ],
)
async def test_an_answer_to_an_order_means_what_it_says(
    status: str, body: object, code: FailureCode, sent: Sent
) -> None:
    """In every shape that errors may have; what says neither yes nor no leaves it open."""

    async def script(talk: Talk) -> None:
        good = talk.request.startswith(b"GET /v1/models")
        talk.answer("200 OK" if good else status, json.dumps(listed() if good else body).encode())

    async with serving(script) as server:
        adapter = create(at(settings_for("", HandClock(START)), server.url))
        order = Order(Task.TEXT_TO_IMAGE, "gen", "a cat", {})
        with pytest.raises(ProviderError) as caught:
            await adapter.submit(order, await adapter.quote(order), "attempt-1")
        await adapter.close()
    assert (caught.value.code, caught.value.sent) == (code, sent)
    assert len([request for request in server.requests if request.startswith(b"POST")]) == 1
