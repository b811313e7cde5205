"""The ten checks of an honest Katana (reference section 2.9), one test each; details are in the files beside this."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from providers.sandbox.server import KATANA_KEY, KATANA_SECRET
from tests.providers.sandbox.katana.client import PICTURE, PINK, SEEDANCE, KatanaClient, said

START = Decimal("20814.0")


async def test_check_1_credentials(katana: KatanaClient) -> None:
    """Two exact sentences; Bearer splits at the first colon, and this secret holds another one."""
    missing = (401, {"detail": "Missing API credentials"})
    invalid = (401, {"detail": "Invalid API credentials"})
    assert ":" in KATANA_SECRET
    for headers, wanted in (
        ({}, missing),
        ({"Authorization": "Bearer nope"}, missing),
        ({"X-API-Key": KATANA_KEY}, missing),
        ({"X-API-Key": KATANA_KEY, "X-API-Secret": "wrong"}, invalid),
        ({"Authorization": f"Bearer {KATANA_KEY}:wrong"}, invalid),
        ({"Authorization": f"Bearer {KATANA_KEY}:{KATANA_SECRET}x"}, invalid),
        ({"Authorization": f"Bearer {KATANA_KEY}:{KATANA_SECRET}"}, (200, {"credits": "20814.0"})),
        (katana.headers, (200, {"credits": "20814.0"})),
    ):
        assert await katana.get("/v1/me/balance", headers) == wanted, headers


async def test_check_2_the_model_list_has_two_shapes(katana: KatanaClient) -> None:
    """Sections without a header; OpenAI's list with any ``Authorization``, even one that opens nothing."""
    for headers in ({}, katana.headers):
        status, body = await katana.get("/v1/models", headers)
        assert (status, set(body)) == (200, {"images", "videos", "text", "text_pricing"})
    for value in (f"Bearer {KATANA_KEY}:{KATANA_SECRET}", "Bearer nope", "Basic x"):
        status, body = await katana.get("/v1/models", {"Authorization": value})
        assert (status, body["object"], body["data"][0]["object"]) == (200, "list", "model")


async def test_check_3_debit_at_once_refund_later_and_only_once(katana: KatanaClient) -> None:
    """The balance is a decimal string; a failed film is paid back within five minutes of failing, once."""
    envelope = await katana.submit({**SEEDANCE, "prompt": "a fox [sandbox: failed]"})
    assert (await katana.get("/v1/me/balance"))[1] == {"credits": "20694.0"}
    failed_after = 0
    while (await katana.poll(envelope["request_id"]))["status"] != "failed":
        katana.clock.advance(5)
        failed_after += 5
    assert await katana.balance() == START - 120
    waited = 0
    while await katana.balance() != START:
        katana.clock.advance(5)
        waited += 5
    assert 0 < waited <= 300
    katana.clock.advance(100_000)
    await katana.poll(envelope["request_id"])
    assert await katana.balance() == START
    assert katana.refunded == [120]


@pytest.mark.parametrize("marker, status, charged", [("rejected", "rejected", []), ("failed-at-once", "failed", [120])])
async def test_check_4_a_submit_may_be_the_end(
    katana: KatanaClient, marker: str, status: str, charged: list[int]
) -> None:
    """Terminal at once; a poll says the very same; what was rejected costs nothing."""
    envelope = await katana.submit({**SEEDANCE, "prompt": f"a fox [sandbox: {marker}]"})
    assert (envelope["status"], envelope["responses"][0]["status"]) == (status, status)
    assert envelope["responses"][0]["error"]["message"]
    assert envelope["poll_after_seconds"] is None
    katana.clock.advance(1000)
    assert await katana.poll(envelope["request_id"]) == envelope
    assert katana.charged == katana.refunded == charged


UNFIT: list[dict[str, Any]] = [
    {"duration_seconds": 7},
    {"duration_seconds": "5"},
    {"aspect_ratio": "21:9"},
    {"reference_image_urls": [PICTURE] * 8},
    {
        "video_image_data": {
            "audio_input_urls": ["https://example.com/a.mp3"] * 5,
            "reference_image_urls": [PICTURE],
        }
    },
    {"image_url": "http://example.com/fox.png"},
    {"image_url": "file:///tmp/fox.png"},
    {"image_url": "/pictures/fox.png"},
    {"image_url": "bm90IGEgcGljdHVyZQ=="},
    {"image_url": "data:image/png;base64,!!"},
    {"video_image_data": {}},
    {"video_image_data": {"last_frame_image_url": PICTURE, "reference_image_urls": [PICTURE]}},
]


async def test_check_5_what_does_not_fit_is_rejected(katana: KatanaClient) -> None:
    """Lengths, proportions, numbers, addresses, empty objects and rules (all twelve are in ``test_rules``)."""
    for changes in UNFIT:
        assert await katana.reason({**SEEDANCE, **changes}), changes


async def test_check_6_reference_assets_mean_nothing_to_pictures(katana: KatanaClient) -> None:
    """They are ignored without a word, even broken ones; ``image_urls`` count."""
    ignored = [{"kind": "source_image", "url": "file:///etc/passwd"}] * 9
    await katana.accepted({**PINK, "reference_assets": ignored})
    assert (
        "requires an image"
        in (await katana.submit({**PINK, "model": "nano-banana", "reference_assets": ignored}))["responses"][0][
            "error"
        ]["message"]
    )
    await katana.accepted({**PINK, "model": "nano-banana", "image_urls": [PICTURE]})


async def test_check_7_one_of_three_fails(katana: KatanaClient) -> None:
    """``partial_failure``: items are told apart by their ids, and the others keep what was made."""
    items = [{**PINK, "id": name} for name in ("left", "middle", "right")]
    items[1]["prompt"] = "a fox [sandbox: failed]"
    envelope = await katana.ended(*items)
    states = {item["id"]: (item["status"], len(item["output_assets"])) for item in envelope["responses"]}
    assert envelope["status"] == "partial_failure"
    assert states == {"left": ("completed", 1), "middle": ("failed", 0), "right": ("completed", 1)}


@pytest.mark.parametrize("item, limit", [(PINK, 600), (SEEDANCE, 6000)])
async def test_check_8_the_pace_varies_and_a_poll_may_be_stuck(
    katana: KatanaClient, item: dict[str, Any], limit: int
) -> None:
    """Now sooner, now later; ``null`` if so ordered; ``processing`` for ever although the money came back."""
    envelope = await katana.submit({**item, "prompt": "a fox [sandbox: stuck]"})
    paces = set()
    for _ in range(20):
        katana.clock.advance(10)
        paces.add((await katana.poll(envelope["request_id"]))["poll_after_seconds"])
    assert len(paces) > 2
    assert None not in paces
    katana.clock.advance(limit - 200)
    assert katana.refunded == []
    katana.clock.advance(300)
    assert katana.refunded == katana.charged
    assert (await katana.poll(envelope["request_id"]))["status"] == "processing"
    silent = await katana.submit({**item, "prompt": "a fox [sandbox: no-pace]"})
    assert silent["poll_after_seconds"] is None


async def test_check_9_sizes_blanks_and_expiry(katana: KatanaClient) -> None:
    """A preview's size in ``requests``, blank strings for what is missing, addresses that end when they say."""
    envelope = await katana.ended({**PINK, "aspect_ratio": "16:9", "is_fast": True})
    asked, asset = envelope["requests"][0], envelope["responses"][0]["output_assets"][0]
    assert (asked["width"], asked["height"]) != (asset["width"], asset["height"])
    assert (asset["final_frame_image_url"], asset["thumbnail_silent_video_mp4_url"]) == ("", "")

    async def seen() -> int:
        async with katana.session.head(asset["original_data_url"]) as answer:
            return answer.status

    assert await seen() == 200
    left = (datetime.fromisoformat(asset["expires_at"]) - katana.clock.now()).total_seconds()
    assert left < 72 * 3600
    katana.clock.advance(left - 1)
    assert await seen() == 200
    katana.clock.advance(1)
    assert await seen() == 403


async def test_check_10_text_is_reserved_charged_and_paid_back(katana: KatanaClient) -> None:
    """At least 10 set aside, at least 0.1 charged, tenths, the rest back; a stream without usage keeps it all."""
    stream = await katana.stream()
    assert stream[-1] == "[DONE]"
    money = stream[-2]["usage"]["imgnai"]
    assert (money["credits_reserved"], money["credits_charged"], money["credits_refunded"]) == (10, 0.1, 9.9)
    assert await katana.balance() == START - Decimal("0.1")
    silent = await katana.stream("a fox? [sandbox: no-usage]")
    assert said(silent)
    assert all(event == "[DONE]" or "usage" not in event for event in silent)
    assert await katana.balance() == START - Decimal("10.1")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await katana.ask("a fox? [sandbox: lost-answer]")
    assert len(katana.charged) == 3
