"""Each fault in each phase: what we know about the money, what the ledger says, and that nothing is tried twice."""

import asyncio
import json
from decimal import Decimal

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.provider import create
from providers.models import Task
from providers.outcomes import Done, Running
from providers.sandbox.clock import HandClock
from providers.sandbox.faults import Fault
from tests.providers.imaginepro.stage import START, A, B, ProStage, settings_for
from tests.providers.raw_server import Talk, serving

READS = {
    "lost-request": FailureCode.UNREACHABLE,
    "lost-answer": FailureCode.UNREACHABLE,
    "html": FailureCode.UNAVAILABLE,
    "truncated": FailureCode.UNREADABLE,
    "500": FailureCode.UNAVAILABLE,
    "503": FailureCode.UNAVAILABLE,
    "401": FailureCode.KEY_INVALID,
    "403": FailureCode.KEY_INVALID,
    "429": FailureCode.BUSY,
}
PAYS = {
    "lost-request": (FailureCode.UNREACHABLE, Sent.MAYBE, 0),
    "lost-answer": (FailureCode.UNREACHABLE, Sent.MAYBE, 1),
    "html": (FailureCode.UNAVAILABLE, Sent.MAYBE, 1),
    "truncated": (FailureCode.UNREADABLE, Sent.MAYBE, 1),
    "500": (FailureCode.UNAVAILABLE, Sent.MAYBE, 0),
    "503": (FailureCode.UNAVAILABLE, Sent.MAYBE, 0),
    "408": (FailureCode.TIMED_OUT, Sent.MAYBE, 0),
    "400": (FailureCode.SETTINGS_REFUSED, Sent.YES, 0),
    "401": (FailureCode.KEY_INVALID, Sent.YES, 0),
    "403": (FailureCode.KEY_INVALID, Sent.YES, 0),
    "404": (FailureCode.MODEL_UNAVAILABLE, Sent.YES, 0),
    "429": (FailureCode.BUSY, Sent.YES, 0),
    "rejected": (FailureCode.CONTENT_REFUSED, Sent.YES, 0),
}
"""After each fault of the paid call: what it is called, what can be known, how often the ledger was charged."""

ORDERS = {
    "midjourney": (Task.TEXT_TO_IMAGE, "midjourney"),
    "flux": (Task.TEXT_TO_IMAGE, "flux"),
    "video": (Task.FIRST_LAST_FRAME_TO_VIDEO, "mj-video"),
    "tool": (Task.REMOVE_BACKGROUND, "remove-bg"),
    "button": (Task.REWORK_IMAGE, "midjourney"),
}


@pytest.mark.parametrize("fault", READS)
async def test_a_free_call_that_goes_wrong_costs_nothing(pro: ProStage, fault: str) -> None:
    """The account, the list, richer words and the look at an order: an error with ``sent: no``, no second try.

    A connection that dies under a read is tried once more by the library, as it may only have been idle too long.
    """
    order, lost = await pro.imagine(), fault.startswith("lost")
    taken = await pro.place(order)
    for door, call in (
        ("account", pro.provider.balance),
        ("list", lambda: pro.provider.find("attempt-9", order, START)),
        ("enhance", lambda: pro.provider.enhance("a fox")),
        ("detail", lambda: pro.provider.check(taken.ref)),
    ):
        before = pro.requests(door)
        pro.clock.advance(5)
        pro.sandbox.faults.add(fault, f"imaginepro.{door}", times=2 if lost else 1)
        if (door, fault) == ("detail", "429"):
            assert await pro.provider.check(taken.ref) == Running(poll_after=5), "it is looked again when it asks"
        else:
            with pytest.raises(ProviderError) as caught:
                await call()
            assert (caught.value.code, caught.value.sent) == (READS[fault], Sent.NO), door
        assert before < pro.requests(door) <= before + 1 + lost, door
        pro.sandbox.faults.clear()
    pro.clock.advance(5)
    assert isinstance(await pro.end(taken.ref), Done)
    assert (pro.attempts, pro.charges) == (1, [Decimal(10)])


@pytest.mark.parametrize("kind", ORDERS)
async def test_a_paid_call_that_goes_wrong_is_made_once(pro: ProStage, kind: str) -> None:
    """One attempt after every fault; where money may have gone it is never called certain."""
    grid, _ = await pro.made()
    door = "button" if kind == "button" else "create"
    task, model = ORDERS[kind]
    order = await pro.order(task, model)
    if kind == "button":
        order = Order(task, model, "", {}, origin=grid, step="U1")
    quote = await pro.provider.quote(order)
    order = await pro.provider.prepare(order)
    for number, (fault, (code, sent, charged)) in enumerate(PAYS.items(), 1):
        charges = len(pro.charges)
        pro.sandbox.faults.add(fault, f"imaginepro.{door}")
        with pytest.raises(ProviderError) as caught:
            await pro.provider.submit(order, quote, f"attempt-{number}")
        assert (caught.value.code, caught.value.sent) == (code, sent), fault
        assert pro.attempts == 1 + number, fault
        assert len(pro.charges) - charges == charged, fault


@pytest.mark.parametrize("kind", ORDERS)
async def test_an_answer_that_was_lost_is_found_and_finished(pro: ProStage, kind: str) -> None:
    """Charged, and the answer never came: the order is found by our name of the attempt, and delivered."""
    grid, _ = await pro.made()
    task, model = ORDERS[kind]
    frames = (A, B) if kind == "video" else None
    order = await pro.order(task, model, pictures=frames)
    if kind == "button":
        order = Order(task, model, "", {}, origin=grid, step="U1")
    since = pro.clock.now()
    pro.sandbox.faults.add("lost-answer", f"imaginepro.{'button' if kind == 'button' else 'create'}")
    with pytest.raises(ProviderError):
        await pro.place(order, "attempt-7")
    pro.clock.advance(2)
    restarted = pro.restarted()
    found = await restarted.find("attempt-7", order, since)
    await restarted.close()
    assert found is not None
    assert found.ref == pro.sandbox.ledger.charges[-1].task
    assert isinstance(await pro.end(found.ref), Done)
    assert pro.attempts == 2


async def test_busy_says_how_long(pro: ProStage) -> None:
    """``Retry-After`` comes along for whoever decides; nothing is tried again here."""
    pro.sandbox.faults.add("429", "imaginepro.create", retry_after=17)
    with pytest.raises(ProviderError) as caught:
        await pro.place(await pro.imagine())
    assert (caught.value.code, caught.value.data) == (FailureCode.BUSY, {"retry_after": 17})
    assert pro.attempts == 1


async def test_the_two_meanings_of_401_are_told_apart(pro: ProStage) -> None:
    """A wrong key is the operator's matter, an empty account is topped up; both are a certain no."""
    order = await pro.imagine()
    for fault, code in (
        (Fault(fault="401"), FailureCode.KEY_INVALID),
        (Fault(fault="401", reason="credits"), FailureCode.NO_POINTS),
    ):
        pro.sandbox.faults.order(fault)
        with pytest.raises(ProviderError) as caught:
            await pro.place(order)
        assert (caught.value.code, caught.value.sent) == (code, Sent.YES)
    stranger = create(settings_for(pro.settings.base_url, pro.clock, key="another"))
    with pytest.raises(ProviderError) as caught:
        await stranger.balance()
    assert caught.value.code is FailureCode.KEY_INVALID
    await stranger.close()
    assert pro.charges == []


async def test_an_account_that_runs_empty_says_so(pro: ProStage) -> None:
    """Its own words, not a fault on order: the last credits are spent and the next order is refused."""
    await pro.place(await pro.order(Task.TEXT_TO_IMAGE, "flux"))
    pro.sandbox.ledger.set_balance("imaginepro", Decimal(9))
    with pytest.raises(ProviderError) as caught:
        await pro.place(await pro.imagine())
    assert (caught.value.code, caught.value.sent) == (FailureCode.NO_POINTS, Sent.YES)
    assert len(pro.charges) == 1


@pytest.mark.parametrize(
    "status,body,code,sent",
    [
        ("200 OK", {"success": False, "error": "no"}, FailureCode.SETTINGS_REFUSED, Sent.YES),
        ("200 OK", {"success": "false", "error": "moderation"}, FailureCode.CONTENT_REFUSED, Sent.YES),
        ("201 Created", {"success": False, "message": "Not enough credits"}, FailureCode.NO_POINTS, Sent.YES),
        ("200 OK", {"success": False, "messageId": "m-1"}, FailureCode.SETTINGS_REFUSED, Sent.MAYBE),
        ("200 OK", {"success": True}, FailureCode.UNREADABLE, Sent.MAYBE),
        ("200 OK", {"success": True, "messageId": ""}, FailureCode.UNREADABLE, Sent.MAYBE),
        ("200 OK", ["m-1"], FailureCode.UNREADABLE, Sent.MAYBE),
        ("302 Found", {"messageId": "m-1"}, FailureCode.UNREADABLE, Sent.MAYBE),
        ("400 Bad", {"message": ["n is wrong", "moderation"], "error": "Bad"}, FailureCode.CONTENT_REFUSED, Sent.YES),
        ("401 No", {"message": "Insufficient credits."}, FailureCode.NO_POINTS, Sent.YES),
        ("401 No", {}, FailureCode.KEY_INVALID, Sent.YES),
        ("502 Bad", {"message": "Insufficient credits."}, FailureCode.UNAVAILABLE, Sent.MAYBE),
    ],
)
async def test_an_answer_to_an_order_means_what_it_says(
    status: str, body: object, code: FailureCode, sent: Sent
) -> None:
    """What says neither yes nor no leaves it open; one that says both does, too."""

    async def script(talk: Talk) -> None:
        talk.answer(status, json.dumps(body).encode())

    async with serving(script) as server:
        adapter = create(settings_for(server.url, HandClock(START)))
        order = Order(Task.TEXT_TO_IMAGE, "midjourney", "a cat", {})
        with pytest.raises(ProviderError) as caught:
            await adapter.submit(order, await adapter.quote(order), "attempt-1")
        await adapter.close()
    assert (caught.value.code, caught.value.sent) == (code, sent)
    assert len(server.requests) == 1


@pytest.mark.parametrize("success", [True, "PROCESSING", None])
async def test_a_message_that_is_named_was_taken(success: object) -> None:
    """One client of the service knows ``success`` as a word; the name of the message is what counts."""

    async def script(talk: Talk) -> None:
        talk.answer("200 OK", json.dumps({"success": success, "messageId": "m/1"}).encode())

    async with serving(script) as server:
        adapter = create(settings_for(server.url, HandClock(START)))
        order = Order(Task.TEXT_TO_IMAGE, "flux", "a cat", {}, 2)
        taken = await adapter.submit(order, await adapter.quote(order), "attempt-1")
        assert taken.ref == "m/1:2"
        with pytest.raises(ProviderError):
            await adapter.check(taken.ref)
        await adapter.close()
    assert server.requests[1].startswith(b"GET /midjourney/message/m%2F1 HTTP")


async def test_nothing_is_sent_when_a_waiting_order_is_given_up(pro: ProStage) -> None:
    """An order that waits for its turn as the process ends was never placed."""

    async def forever(_seconds: float) -> None:
        await asyncio.Event().wait()

    adapter, order = pro.restarted(sleep=forever), await pro.imagine()
    quote = await adapter.quote(order)
    await adapter.submit(order, quote, "attempt-1")
    waiting = asyncio.create_task(adapter.submit(order, quote, "attempt-2"))
    await asyncio.sleep(0)
    waiting.cancel()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
    await adapter.close()
    assert pro.attempts == len(pro.charges) == 1
