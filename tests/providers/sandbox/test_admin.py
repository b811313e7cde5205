"""The operator's side: ledger, balance, subscription, faults, counters."""

from typing import Any

import pytest

from providers.sandbox.faults import FAULTS, Fault
from tests.providers.sandbox.ima_client import ImaClient

WAN = ("text_to_video", "wan2.6-t2v")


async def call(ima: ImaClient, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Call the admin side."""
    url = f"{ima.sandbox.base_url}/sandbox/{path}"
    return await (ima.get(url) if body is None else ima.post(url, body))


async def test_the_ledger_can_be_read(ima: ImaClient) -> None:
    """Every debit with task, amount, time and prompt; the balance is what is left."""
    await call(ima, "balance", {"balance": 100})
    task = await ima.begin(*WAN, prompt="a red fox")
    _, ledger = await call(ima, "ledger")
    assert ledger == {
        "provider": "ima",
        "balance": "60",
        "subscribed": False,
        "charges": [{"task": task, "amount": "40", "at": "2026-03-01T12:00:00+00:00", "prompt": "a red fox"}],
    }


async def test_a_subscription_can_be_given_and_taken(ima: ImaClient) -> None:
    """The higher plan is a switch."""
    body = await ima.order("text_to_video", "ima-pro")
    for active, good in ((True, True), (False, False)):
        assert (await call(ima, "subscription", {"active": active}))[0] == 200
        assert ((await ima.create(body))["code"] in {0, 200}) is good


async def test_requests_are_counted_per_endpoint(ima: ImaClient) -> None:
    """Whoever wants to know how often a provider was asked can read it."""
    task = await ima.begin(*WAN)
    await ima.detail(task)
    await ima.detail(task)
    assert (await call(ima, "requests"))[1] == {"ima.products": 1, "ima.create": 1, "ima.detail": 2}


async def test_health(ima: ImaClient) -> None:
    """A running sandbox says so."""
    assert await call(ima, "health") == (200, {"status": "ok", "charges": 0})


@pytest.mark.parametrize(
    "path, body",
    [
        ("balance", {"balance": -1}),
        ("balance", {"balance": "much"}),
        ("subscription", {}),
        ("faults", {"fault": "surprise"}),
        ("faults", {"fault": "slow", "lasting": -1}),
        ("faults", {"fault": "slow", "sceonds": 1}),
        ("faults", {"fault": "failed", "reason": "mood"}),
    ],
)
async def test_a_wrong_admin_call_is_named(ima: ImaClient, path: str, body: dict[str, Any]) -> None:
    """Mistakes in an admin call are answered with 400 and the field."""
    status, answer = await call(ima, path, body)
    assert (status, bool(answer["error"])) == (400, True)


async def test_other_peoples_pages_cannot_post(ima: ImaClient) -> None:
    """A form on a web page cannot send JSON without asking first, so only JSON is taken."""
    async with ima.session.post(f"{ima.sandbox.base_url}/sandbox/balance", data={"balance": "0"}) as answer:
        assert answer.status == 415


async def test_known_and_ordered_faults_are_listed(ima: ImaClient) -> None:
    """The list explains every fault and shows those that are still to come."""
    await call(ima, "faults", {"fault": "slow", "lasting": 2, "times": 3})
    _, answer = await call(ima, "faults")
    assert answer == {"known": dict(FAULTS), "ordered": [{"fault": "slow", "lasting": 2.0, "times": 3}]}


@pytest.mark.parametrize("name", [name for name in FAULTS if not name.startswith("<")])
def test_every_listed_fault_can_be_ordered(name: str) -> None:
    """The list, the table and the code know the same names."""
    assert Fault(fault=name).fault == name
