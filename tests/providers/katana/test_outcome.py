"""An order as the provider may tell it, in every state and with every gap, becomes what a person is told."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.errors import FailureCode
from providers.katana import wire
from providers.katana.outcome import read_outcome
from providers.models import MediaKind
from providers.outcomes import Done, Failed, Outcome, Refund, Running
from tests.providers.katana.stage import START

ASSET = {"kind": "image", "original_data_url": "https://k.example/full.png", "url": "https://k.example/small.jpg"}
MADE = {"id": "1", "status": "completed", "metadata": {"credits_spent": 3}, "output_assets": [ASSET]}


def outcome(*responses: object, status: str = "completed", **more: object) -> Outcome:
    """Return what an order in that state becomes."""
    body = {"request_id": "r-1", "status": status, "responses": list(responses), **more}
    order = wire.read(wire.Order, json.dumps(body).encode())
    assert order is not None
    return read_outcome(order, START, str)


@pytest.mark.parametrize("status", ["queued", "processing", "", "warming_up", "Processing"])
def test_what_is_not_over_is_running(status: str) -> None:
    """A state nobody heard of is no end either."""
    assert isinstance(outcome({"status": "processing"}, status=status), Running)


def test_an_order_whose_items_are_all_over_is_over() -> None:
    """The state of the whole has been seen to stay behind."""
    assert isinstance(outcome(MADE, status="processing", requests=[{}]), Done)
    assert isinstance(outcome(MADE, status="processing", requests=[{}, {}]), Running)


@pytest.mark.parametrize(
    "spent,cost", [(3, 3), ("3.0", 3), (2.5, Decimal("2.5")), (None, None), ("many", None), (-1, None)]
)
def test_what_was_spent_is_a_number_or_a_text(spent: object, cost: Decimal | int | None) -> None:
    """And where it is neither, no cost is made up."""
    last = outcome({**MADE, "metadata": {"credits_spent": spent}})
    assert isinstance(last, Done)
    assert last.cost == cost


def test_costs_are_added_only_if_all_are_known() -> None:
    """Half a sum would be a wrong one."""
    known, unknown = outcome(MADE, MADE), outcome(MADE, {**MADE, "metadata": None})
    assert isinstance(known, Done)
    assert isinstance(unknown, Done)
    assert (known.cost, unknown.cost) == (Decimal(6), None)


@pytest.mark.parametrize(
    "error,code",
    [
        (
            {"code": "generation_timed_out", "message": "x", "retryable": True, "details": {"timeout_seconds": 600}},
            FailureCode.TIMED_OUT,
        ),
        ({"code": "upstream_error", "message": "500"}, FailureCode.GENERATION_FAILED),
        ({"code": "upstream_error", "message": "blocked by the content safety system"}, FailureCode.CONTENT_REFUSED),
        ("Your prompt violates our terms", FailureCode.CONTENT_REFUSED),
        ("something else", FailureCode.GENERATION_FAILED),
        (None, FailureCode.GENERATION_FAILED),
        (7, FailureCode.GENERATION_FAILED),
    ],
)
def test_an_error_is_an_object_or_a_sentence(error: object, code: FailureCode) -> None:
    """Its code counts, and words about content count more: moderation hides behind general codes."""
    last = outcome({"status": "failed", "error": error, "output_assets": []}, status="failed")
    assert isinstance(last, Failed)
    assert last.code is code
    assert last.refund is (Refund.UNKNOWN if code is FailureCode.CONTENT_REFUSED else Refund.COMING)


def test_what_was_rejected_was_not_charged() -> None:
    """Also when that is only seen later."""
    last = outcome({"status": "rejected", "error": "Invalid base64 data"}, status="rejected")
    assert isinstance(last, Failed)
    assert (last.code, last.refund) == (FailureCode.PICTURE_REFUSED, Refund.NOT_CHARGED)


@pytest.mark.parametrize("assets", [[], None, "x", [{}], [7]])
def test_finished_with_nothing_is_no_success(assets: object) -> None:
    """Nothing at all is a failure whose money is unknown; a result without an address is waited for."""
    last = outcome({"status": "completed", "output_assets": assets})
    if isinstance(assets, list) and assets and assets != [7]:
        assert isinstance(last, Running)
    else:
        assert isinstance(last, Failed)
        assert (last.code, last.refund) == (FailureCode.GENERATION_FAILED, Refund.UNKNOWN)


def test_a_result_without_an_address_is_not_waited_for_for_ever() -> None:
    """After ten minutes the others are delivered without it."""
    blank = {"status": "completed", "output_assets": [{"kind": "image", "url": ""}]}

    def told(*responses: object, ago: float) -> Outcome:
        ended = (START - timedelta(seconds=ago)).isoformat()
        return outcome(*responses, status="partial_failure", created_at="2026-01-01T00:00:00Z", updated_at=ended)

    assert isinstance(told(MADE, blank, ago=599), Running)
    old = told(MADE, blank, ago=601)
    assert isinstance(old, Done)
    assert (len(old.assets), old.lost) == (1, 1)
    assert isinstance(told(blank, ago=601), Running), "alone it is waited for longer"
    assert isinstance(told(blank, ago=3601), Failed)


def test_an_empty_answer_is_not_waited_for() -> None:
    """It has no address that could still come."""
    last = outcome({"status": "completed", "output_assets": [{"kind": "text", "content": ""}]})
    assert isinstance(last, Failed)


def test_an_unclear_address_is_never_delivered() -> None:
    """Only what a browser fetches."""
    last = outcome({**MADE, "output_assets": [{**ASSET, "original_data_url": "javascript:alert(1)"}]})
    assert isinstance(last, Done)
    assert last.assets[0].url == ASSET["url"]
    assert last.assets[0].extras == ()


@pytest.mark.parametrize(
    "written,moment",
    [
        ("2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_until_when_an_address_is_good_is_told_as_written(written: object, moment: datetime | None) -> None:
    """It is never computed here."""
    last = outcome({**MADE, "output_assets": [{**ASSET, "expires_at": written}]})
    assert isinstance(last, Done)
    assert last.assets[0].expires_at == moment


@pytest.mark.parametrize(
    "written,kind",
    [({"kind": "video"}, "video"), ({"kind": "", "mime_type": "audio/mpeg"}, "audio"), ({"kind": "?"}, "image")],
)
def test_a_kind_is_read_from_the_asset(written: dict[str, str], kind: str) -> None:
    """Or from its type."""
    last = outcome({**MADE, "output_assets": [{**ASSET, **written}]})
    assert isinstance(last, Done)
    assert last.assets[0].kind is MediaKind(kind)


@pytest.mark.parametrize(
    "said,pause", [(5, 5), ("7", 7), (0.2, 1), (100_000, 300), (0, 30), (-3, 30), (None, 30), ("x", 30)]
)
def test_a_pause_is_kept_within_reason(said: object, pause: float) -> None:
    """A server that asks to be looked at all the time, or never again, is not obeyed."""
    running = outcome({"status": "processing"}, status="processing", poll_after_seconds=said)
    assert running == Running(poll_after=pause)
