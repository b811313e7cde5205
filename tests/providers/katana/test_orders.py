"""What is sent for an order, what comes of it, and what it cost, against the sandbox's ledger."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from providers.contract import Clip, Order, Picture, Role
from providers.errors import FailureCode, ProviderError, Sent
from providers.intake import checked
from providers.katana.provider import Katana
from providers.models import MediaKind, Task
from providers.outcomes import Done, ExtraKind, Failed, Refund, Running
from tests.providers.ima_stage import png
from tests.providers.katana.shop import priced
from tests.providers.katana.stage import START, KatanaStage

AT = "https://pictures.example/{}.png"
A, B, C, D = (Picture("image/png", url=AT.format(name)) for name in "abcd")


def item(order: Order) -> dict[str, object]:
    """Return the one item that is sent for an order."""
    body = json.loads(priced(order).media("attempt-1"))
    assert body.pop("client_request_id") == "attempt-1"
    (only,) = body.pop("requests")
    assert body == {}
    found: dict[str, object] = only
    return found


def test_a_picture_is_ordered_with_its_settings() -> None:
    """Switches that are off are not sent, as most models have none."""
    order = Order(Task.TEXT_TO_IMAGE, "gen", "a cat", {"uhd": True, "aspect_ratio": "16:9", "negative_prompt": "dogs"})
    assert item(order) == {
        "id": "1",
        "type": "image",
        "model": "gen",
        "prompt": "a cat",
        "aspect_ratio": "16:9",
        "is_uhd": True,
        "output_format": "png",
        "negative_prompt": "dogs",
    }


def test_input_pictures_go_where_they_are_not_ignored() -> None:
    """``image_urls``: the other field for them is ignored for pictures without a word."""
    sent = item(Order(Task.IMAGE_TO_IMAGE, "gpt-image-2", "as a drawing", {}, 1, (A, B)))
    assert sent["image_urls"] == [A.url, B.url]
    assert "reference_assets" not in sent


@pytest.mark.parametrize(
    "task,pictures,inputs",
    [
        (Task.TEXT_TO_VIDEO, (), None),
        (Task.IMAGE_TO_VIDEO, (A,), {"first_frame_image_url": A.url}),
        (
            Task.FIRST_LAST_FRAME_TO_VIDEO,
            (A, B),
            {"first_frame_image_url": A.url, "last_frame_image_url": B.url},
        ),
        (Task.REFERENCE_IMAGE_TO_VIDEO, (A, B), {"reference_image_urls": [A.url, B.url]}),
        (
            Task.IMAGE_TO_VIDEO,
            (replace(A, role=Role.LAST), B),
            {"first_frame_image_url": B.url, "last_frame_image_url": A.url},
        ),
        (
            Task.IMAGE_TO_VIDEO,
            (A, replace(B, role=Role.MIDDLE), replace(C, role=Role.LAST), D),
            {
                "first_frame_image_url": A.url,
                "mid_frame_image_url": B.url,
                "last_frame_image_url": C.url,
                "reference_image_urls": [D.url],
            },
        ),
    ],
)
def test_pictures_of_a_video_are_what_the_task_or_their_role_says(
    task: Task, pictures: tuple[Picture, ...], inputs: dict[str, object] | None
) -> None:
    """And without any the object for them is left out: an empty one is refused."""
    assert item(Order(task, "kling-3-0-kling30", "waves", {}, 1, pictures)).get("video_image_data") == inputs


def test_sounds_and_videos_go_by_their_address() -> None:
    """A part of a video by ``start`` and ``ends``."""
    sound = Clip("https://sounds.example/a.mp3", seconds=4)
    sent = item(Order(Task.REFERENCE_IMAGE_TO_VIDEO, "seedance-2-0", "waves", {}, 1, (A,), (sound,)))
    assert sent["video_image_data"] == {"reference_image_urls": [A.url], "audio_input_urls": [sound.url]}
    part = Clip("https://videos.example/a.mp4", 1.5, 9)
    sent = item(Order(Task.TEXT_TO_VIDEO, "gemini-omni-v2v", "waves", {}, videos=(part,)))
    assert sent["video_image_data"] == {"video_list": [{"url": part.url, "start": 1.5, "ends": 9}]}


@pytest.mark.parametrize("url", ["", "http://pictures.example/a.png", "file:///etc/passwd", "data:text/html,x"])
async def test_a_picture_without_a_public_address_is_not_sent(katana: KatanaStage, url: str) -> None:
    """The provider would refuse it, and some addresses are nobody's business."""
    order = Order(Task.IMAGE_TO_VIDEO, "ltx-2-3", "waves", {}, 1, (Picture("image/png", b"x", url),))
    quote = await katana.provider.quote(order)
    with pytest.raises(ProviderError) as caught:
        await katana.provider.submit(order, quote, "attempt-1")
    assert (caught.value.code, caught.value.sent, katana.attempts) == (FailureCode.PICTURE_REFUSED, Sent.NO, 0)


async def test_a_price_that_changed_since_the_notice_is_not_paid(katana: KatanaStage) -> None:
    """The provider takes no price with an order, so we compare ourselves, before anything is sent."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen")
    quote = await katana.provider.quote(order)
    katana.sandbox.katana.shelf.reprice("gen", 5)
    await katana.provider.models(Task.TEXT_TO_IMAGE)
    with pytest.raises(ProviderError) as caught:
        await katana.provider.submit(order, quote, "attempt-1")
    assert (caught.value.code, caught.value.sent) == (FailureCode.PRICE_MISMATCH, Sent.NO)
    assert (katana.attempts, katana.charges) == (0, [])


async def test_settings_that_changed_since_the_notice_are_not_paid(katana: KatanaStage) -> None:
    """An order for other settings than were told is refused before anything is sent, also at the same price."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen")
    quote = await katana.provider.quote(order)
    other = replace(order, params={**order.params, "aspect_ratio": "16:9"})
    with pytest.raises(ProviderError) as caught:
        await katana.provider.submit(other, quote, "attempt-1")
    assert (caught.value.code, caught.value.sent) == (FailureCode.CATALOGUE_STALE, Sent.NO)
    assert katana.attempts == 0


async def test_a_video_comes_with_all_its_addresses(katana: KatanaStage) -> None:
    """The original to show; thumbnail, silent preview, final frame and the smaller one beside it; size as made."""
    taken = await katana.place(await katana.order(Task.IMAGE_TO_VIDEO, "seedance-2-0-fast"))
    assert taken.told == taken.ref
    last = await katana.end(taken.ref)
    assert isinstance(last, Done)
    (video,) = last.assets
    assert [extra.kind for extra in video.extras] == [
        ExtraKind.THUMBNAIL,
        ExtraKind.PREVIEW,
        ExtraKind.FINAL_FRAME,
        ExtraKind.SMALLER,
    ]
    assert len({video.url, *(extra.url for extra in video.extras)}) == 5
    assert video.kind is MediaKind.VIDEO
    assert video.cover == video.extras[0].url
    said = json.loads((await katana.provider._media.get(f"/v1/generation-requests/{taken.ref}")).body)
    made, preview = said["responses"][0]["output_assets"][0], said["requests"][0]
    assert (video.width, video.height) == (made["width"], made["height"])
    assert (video.width, video.height) != (preview["width"], preview["height"])
    assert video.duration == 5
    assert video.expires_at is not None
    assert timedelta(hours=71) < video.expires_at - START < timedelta(hours=73)
    assert last.receipt is not None
    assert (last.cost, last.receipt.reference) == (Decimal(120), taken.ref)


async def test_what_the_provider_does_not_give_is_not_told(katana: KatanaStage) -> None:
    """Addresses that are not to be had are blank strings; none of them becomes a link."""
    last = await katana.end((await katana.place(await katana.order(Task.TEXT_TO_VIDEO, "kling-2-0"))).ref)
    assert isinstance(last, Done)
    assert ExtraKind.FINAL_FRAME not in {extra.kind for extra in last.assets[0].extras}


async def test_a_video_goes_on_from_its_final_frame(katana: KatanaStage) -> None:
    """The address of the last picture is the first frame of the next video."""
    last = await katana.end((await katana.place(await katana.order(Task.TEXT_TO_VIDEO, "seedance-2-0-fast"))).ref)
    assert isinstance(last, Done)
    frame = next(extra.url for extra in last.assets[0].extras if extra.kind is ExtraKind.FINAL_FRAME)
    onwards = await katana.order(Task.IMAGE_TO_VIDEO, "seedance-2-0-fast", pictures=[Picture("image/png", url=frame)])
    assert isinstance(await katana.end((await katana.place(onwards)).ref), Done)
    assert katana.charges == [Decimal(120)] * 2


async def test_a_rejected_order_was_never_taken(katana: KatanaStage) -> None:
    """It is refused as it is placed: nothing to poll, nothing charged."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen", prompt="a cat [sandbox: rejected]", number=2)
    with pytest.raises(ProviderError) as caught:
        await katana.place(order)
    assert (caught.value.sent, katana.attempts, katana.charges) == (Sent.YES, 1, [])
    assert katana.sandbox.gate.requests["katana.detail"] == 0


async def test_an_order_that_ends_as_it_is_placed_is_not_polled(katana: KatanaStage) -> None:
    """It was taken and failed: the credits come back by themselves."""
    taken = await katana.place(await katana.order(Task.TEXT_TO_IMAGE, "gen", prompt="a cat [sandbox: failed-at-once]"))
    assert isinstance(taken.outcome, Failed)
    assert (taken.outcome.refund, len(katana.charges)) == (Refund.COMING, 1)
    katana.clock.advance(301)
    assert katana.spent == 0


@pytest.mark.parametrize(
    "marker,code,refund,spent",
    [
        ("failed", FailureCode.GENERATION_FAILED, Refund.COMING, 0),
        ("failed reason=timeout", FailureCode.TIMED_OUT, Refund.COMING, 0),
        ("failed reason=upstream", FailureCode.GENERATION_FAILED, Refund.COMING, 0),
        ("failed reason=policy", FailureCode.CONTENT_REFUSED, Refund.UNKNOWN, 3),
        ("failed-quietly", FailureCode.GENERATION_FAILED, Refund.COMING, None),
        ("deleted", FailureCode.GENERATION_FAILED, Refund.UNKNOWN, None),
    ],
)
async def test_a_run_that_fails_says_what_becomes_of_the_money(
    katana: KatanaStage, marker: str, code: FailureCode, refund: Refund, spent: int | None
) -> None:
    """As far as the provider says it: what broke its terms may not come back."""
    taken = await katana.place(await katana.order(Task.TEXT_TO_IMAGE, "gen", prompt=f"a cat [sandbox: {marker}]"))
    last = await katana.end(taken.ref)
    assert isinstance(last, Failed)
    assert (last.code, last.refund) == (code, refund)
    katana.clock.advance(301)
    assert spent is None or katana.spent == spent
    assert katana.attempts == 1


async def test_of_three_results_the_two_that_exist_are_kept(katana: KatanaStage) -> None:
    """The third is named as lost, and only what was made is told as its cost."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen", prompt="a cat [sandbox: one-fails]", number=3)
    last = await katana.end((await katana.place(order)).ref)
    assert isinstance(last, Done)
    assert (len(last.assets), last.lost, last.cost) == (2, 1, Decimal(6))
    katana.clock.advance(301)
    assert katana.spent == 6


async def test_the_provider_says_when_to_look_again(katana: KatanaStage) -> None:
    """Where it does not: every 30 s for five minutes, and every 60 s then."""
    order = await katana.order(Task.TEXT_TO_VIDEO, "seedance-2-0-fast", prompt="sea [sandbox: stuck lasting=600]")
    taken = await katana.place(order)
    for asked in (taken.outcome, await katana.provider.check(taken.ref)):
        assert isinstance(asked, Running)
        assert asked.poll_after is not None
        assert 1 <= asked.poll_after <= 10
    order = replace(order, prompt="sea [sandbox: stuck lasting=600] [sandbox: no-pace]")
    ref = (await katana.place(order)).ref
    pauses = []
    for _ in range(4):
        pauses.append(await katana.provider.check(ref))
        katana.clock.advance(150)
    assert [running.poll_after for running in pauses if isinstance(running, Running)] == [30, 30, 60, 60]


async def test_a_result_that_has_no_address_yet_is_waited_for(katana: KatanaStage) -> None:
    """It was paid for: that it is called finished and its addresses are blank is no reason to lose it."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen", prompt="a cat [sandbox: no-url lasting=90]")
    seen, last = await katana.watch((await katana.place(order)).ref)
    assert len(seen) > 1
    assert isinstance(last, Done)


async def test_an_order_is_found_again_after_a_restart(katana: KatanaStage) -> None:
    """By the provider's name for it, at the same price and without another charge."""
    taken = await katana.place(await katana.order(Task.TEXT_TO_VIDEO, "seedance-2-0-fast"))
    await katana.provider.close()
    katana.provider = Katana(katana.settings)
    assert isinstance(await katana.end(taken.ref), Done)
    assert katana.charges == [Decimal(120)]


async def test_the_same_picture_bytes_are_sent_as_they_are(katana: KatanaStage) -> None:
    """As a data URL; nothing is uploaded anywhere while the order is only prepared."""
    order = await katana.order(Task.IMAGE_TO_IMAGE, "gpt-image-2", pictures=[checked(png())])
    before = sum(katana.sandbox.gate.requests.values())
    ready = await katana.provider.prepare(order)
    assert ready.pictures[0].url.startswith("data:image/png;base64,iVBOR")
    assert sum(katana.sandbox.gate.requests.values()) == before
