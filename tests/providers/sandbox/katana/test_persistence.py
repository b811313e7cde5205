"""What was taken, charged and promised is still known after the sandbox was started again."""

from decimal import Decimal
from pathlib import Path

from providers.sandbox.server import Sandbox
from tests.providers.sandbox.katana.client import PINK, SEEDANCE, KatanaClient


async def restarted(katana: KatanaClient, tmp_path: Path) -> None:
    """Close the sandbox and open another one on the same folder."""
    await katana.sandbox.close()
    katana.sandbox = Sandbox(home=tmp_path / "home", clock=katana.clock)
    await katana.sandbox.start()


async def test_requests_and_money_go_on(katana: KatanaClient, tmp_path: Path) -> None:
    """The film is finished when it would have been, the failed one is paid back once, whatever was restarted when."""
    film = await katana.submit({**SEEDANCE, "id": "film"})
    failed = await katana.submit({**SEEDANCE, "prompt": "a fox [sandbox: failed]"})
    rejected = await katana.submit({**PINK, "aspect_ratio": "7:5"})
    try:
        await restarted(katana, tmp_path)
        assert katana.charged == [120, 120]
        assert await katana.balance() == Decimal(20574)
        katana.clock.advance(700)
        await restarted(katana, tmp_path)
        assert (await katana.poll(film["request_id"]))["responses"][0]["status"] == "completed"
        assert (await katana.poll(failed["request_id"]))["status"] == "failed"
        assert await katana.poll(rejected["request_id"]) == rejected
        assert await katana.balance() == Decimal(20694)
        await restarted(katana, tmp_path)
        assert katana.refunded == [120]
        assert await katana.balance() == Decimal(20694)
        assert (await katana.submit(PINK))["request_id"] not in {film["request_id"], failed["request_id"]}
    finally:
        await katana.sandbox.close()


async def test_an_answer_for_later_goes_on(katana: KatanaClient, tmp_path: Path) -> None:
    """The text was decided when it was taken."""
    envelope = await katana.ask("a fox?", "?wait=false")
    try:
        await restarted(katana, tmp_path)
        katana.clock.advance(60)
        asset = (await katana.poll(envelope["request_id"]))["responses"][0]["output_assets"][0]
        assert "fox" in asset["content"]
        assert asset["metadata"]["usage"]["imgnai"]["credits_charged"] == 0.1
    finally:
        await katana.sandbox.close()


async def test_the_ledger_tells_what_came_back(katana: KatanaClient) -> None:
    """Charges and refunds by request, over HTTP, in credits."""
    envelope = await katana.submit({**SEEDANCE, "prompt": "a fox [sandbox: failed]"})
    katana.clock.advance(700)
    _, ledger = await katana.admin("ledger?provider=katana")
    assert ledger == {
        "provider": "katana",
        "balance": "20814.0",
        "subscribed": False,
        "charges": [
            {
                "task": envelope["request_id"],
                "amount": "120",
                "at": "2026-03-01T12:00:00+00:00",
                "prompt": "a fox [sandbox: failed]",
            }
        ],
        "refunds": [{"task": envelope["request_id"], "amount": "120"}],
    }
    assert (await katana.admin("ledger?provider=ima"))[1]["balance"] == "1000000"
