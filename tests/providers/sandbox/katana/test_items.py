"""Items: every field under every name, what is silently ignored, what is rejected, and what is wrong as a whole."""

from decimal import Decimal
from typing import Any

import pytest

from tests.providers.sandbox.katana.client import DOT, PICTURE, PINK, SEEDANCE, KatanaClient, sound

EDIT = {**PINK, "model": "nano-banana"}


@pytest.mark.parametrize(
    "changes, price, size",
    [
        ({}, 3, (768, 768)),
        ({"is_fast": True}, Decimal("1.5"), (384, 384)),
        ({"fast_mode": True}, Decimal("1.5"), (384, 384)),
        ({"is_uhd": True}, 6, (1152, 1152)),
        ({"uhd_mode": True, "fast_mode": True}, 6, (1152, 1152)),
        ({"aspect_ratio": "5:2"}, 3, (1536, 614)),
        ({"aspect_ratio": "auto"}, 3, (768, 768)),
    ],
)
async def test_a_picture_of_the_house(
    katana: KatanaClient, changes: dict[str, Any], price: Decimal, size: tuple[int, int]
) -> None:
    """Half the size for half the price, or UHD, which wins; the receipt says what was spent."""
    item = {**PINK, "model": "gen", **changes}
    response = (await katana.ended(item))["responses"][0]
    asset = response["output_assets"][0]
    assert (asset["width"], asset["height"]) == size
    assert katana.charged == [price]
    assert Decimal(str(response["metadata"]["credits_spent"])) == price


@pytest.mark.parametrize("name", ["image_urls", "input_images", "input_image_urls"])
async def test_pictures_go_in_under_several_names(katana: KatanaClient, name: str) -> None:
    """Lists of addresses, data URLs and bare base64."""
    await katana.accepted({**EDIT, name: [PICTURE, f"data:image/png;base64,{DOT}", DOT]})


@pytest.mark.parametrize("name", ["image_url", "input_image_url", "input_image", "input_image_b64"])
async def test_one_picture_goes_in_under_several_names(katana: KatanaClient, name: str) -> None:
    """For a picture it is an input, for a film the first frame: a model without first frames refuses it."""
    await katana.accepted({**EDIT, name: DOT})
    await katana.accepted({**SEEDANCE, name: PICTURE})
    omni = {**SEEDANCE, "model": "gemini-omni", "duration_seconds": 4, name: PICTURE}
    answer = await katana.submit(omni)
    assert "first_frame_image_url" in answer["responses"][0]["error"]["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"reference_image_urls": [PICTURE]},
        {"input_images": [PICTURE]},
        {"reference_assets": [{"kind": "reference_image", "url": PICTURE}]},
        {"reference_assets": [{"kind": "style_reference", "base64_data": DOT}]},
        {"video_image_data": {"reference_image_urls": [PICTURE]}},
    ],
)
async def test_references_of_films_have_several_names(katana: KatanaClient, changes: dict[str, Any]) -> None:
    """Each of them counts as a reference: this model takes none."""
    await katana.accepted({**SEEDANCE, **changes})
    veo = {**SEEDANCE, "model": "veo3-1", "duration_seconds": 4, **changes}
    assert "no reference images" in (await katana.submit(veo))["responses"][0]["error"]["message"]


@pytest.mark.parametrize("kind", ["audio", "source_audio", "reference_audio", "audio_reference"])
async def test_audios_of_films_have_several_names(katana: KatanaClient, kind: str) -> None:
    """Among the assets, by kind; here the rule about faces finds them."""
    voice = {"reference_assets": [{"kind": kind, "base64_data": sound(3)}]}
    assert (await katana.reason({**SEEDANCE, **voice})).startswith("audio_needs_reference_image")
    await katana.accepted({**SEEDANCE, **voice, "reference_image_urls": [PICTURE]})


WRONG: list[tuple[dict[str, Any], str]] = [
    ({**PINK, "prompt": " "}, "prompt is required"),
    ({**PINK, "prompt": None}, "prompt is required"),
    ({**PINK, "prompt": "x" * 10_001}, "longer than 10000"),
    ({**PINK, "aspect_ratio": "7:5"}, "aspect_ratio must be one of"),
    ({**PINK, "aspect_ratio": ["1:1"]}, "aspect_ratio must be one of"),
    ({**PINK, "model": "gpt-image-1-5", "aspect_ratio": "16:9"}, "aspect_ratio must be one of"),
    ({**PINK, "output_format": "gif"}, "output_format"),
    ({**PINK, "output_format": []}, "output_format"),
    ({**PINK, "output": {"format": "png"}}, "output is not allowed"),
    ({**PINK, "is_fast": "yes"}, "true or false"),
    ({**PINK, "model": "flux-2-pro", "is_uhd": True}, "only supported by imgnAI"),
    ({**PINK, "use_assistant": True}, "only supported by tag models"),
    ({**PINK, "image_urls": PICTURE}, "must be a list"),
    ({**PINK, "image_urls": [PICTURE] * 4}, "at most 3"),
    ({**PINK, "image_url": PICTURE, "input_image": DOT}, "only one input image"),
    ({**PINK, "image_urls": [7]}, "Invalid base64 data"),
    ({**EDIT}, "requires an image"),
    ({**PINK, "type": "audio"}, "type must be image or video"),
    ({**SEEDANCE, "mode": "480p"}, "mode is not supported"),
    ({**SEEDANCE, "duration_seconds": [5]}, "duration_seconds must be one of"),
    ({**SEEDANCE, "duration_seconds": True}, "duration_seconds must be one of"),
    ({**SEEDANCE, "reference_assets": [{"kind": "mask", "url": PICTURE}]}, "unknown reference asset kind"),
    ({**SEEDANCE, "reference_assets": ["x"]}, "takes objects"),
    ({**SEEDANCE, "reference_assets": [{"kind": "audio"}]}, "Invalid base64 data"),
    ({**SEEDANCE, "image_url": "http://127.0.0.1:1/cdn/uploads/never.png"}, "could not be fetched"),
    ({**SEEDANCE, "image_url": f"data:audio/wav;base64,{DOT}"}, "Invalid base64 data"),
    ({**SEEDANCE, "image_url": f"data:image/png,{DOT}"}, "Invalid base64 data"),
]


async def test_a_wrong_item_is_rejected_and_free(katana: KatanaClient) -> None:
    """With the reason in the item's error; nothing is charged."""
    for item, words in WRONG:
        assert words in await katana.reason(item), item


async def test_fields_that_are_not_for_it_are_taken_along(katana: KatanaClient) -> None:
    """Negative prompts, metadata and names nobody knows harm nothing; tag models know the assistant."""
    await katana.accepted({**PINK, "negative_prompt": "dogs", "metadata": {"a": 1}, "surprise": True})
    for name in ("use_assistant", "prompt_assist", "use_prompt_assist"):
        await katana.accepted({**PINK, "model": "ani", name: True})


async def test_auto_takes_the_proportions_of_the_first_picture(katana: KatanaClient) -> None:
    """Of bytes and of our own results, the nearest the model has; of what cannot be read, square."""
    wide = (await katana.ended({**PINK, "aspect_ratio": "16:9"}))["responses"][0]["output_assets"][0]
    for picture, proportions in ((DOT, 1.0), (wide["original_data_url"], 16 / 9), (PICTURE, 1.0)):
        asset = (await katana.ended({**EDIT, "aspect_ratio": "auto", "image_urls": [picture]}))["responses"][0]
        size = asset["output_assets"][0]
        assert size["width"] / size["height"] == pytest.approx(proportions, abs=0.01)


@pytest.mark.parametrize("kind, item, price", [("images", PINK, 1), ("videos", SEEDANCE, 120)])
async def test_the_flat_doors(katana: KatanaClient, kind: str, item: dict[str, Any], price: int) -> None:
    """One item as the whole body, without a type; the same envelope comes back and can be polled."""
    flat = {name: value for name, value in item.items() if name != "type"}
    status, envelope = await katana.post(f"/v1/{kind}/generations?wait=false", flat)
    assert (status, envelope["status"]) == (200, "queued")
    assert katana.charged == [price]
    katana.clock.advance(400)
    assert (await katana.poll(envelope["request_id"]))["status"] == "completed"


async def test_a_wrong_body_is_no_request(katana: KatanaClient) -> None:
    """422 with a list of what is wrong; nothing is remembered."""
    lists: list[Any] = [[], "x", ["x"], [PINK] * 11, None]
    for body in ({}, [], "x", *({"requests": sent} for sent in lists)):
        status, answer = await katana.post("/v1/generation-requests", body)
        assert (status, bool(answer["detail"][0]["msg"])) == (422, True), body


async def test_an_unknown_request_is_not_found(katana: KatanaClient) -> None:
    """404 with a detail."""
    assert (await katana.get("/v1/generation-requests/no-such-thing"))[0] == 404


@pytest.mark.parametrize("path", ["/v1/generation-requests", "/v1/images/generations", "/v1/chat/completions"])
async def test_nobody_spends_without_the_pair(katana: KatanaClient, path: str) -> None:
    """Every paid door asks first."""
    async with katana.session.post(katana.url(path), json={"requests": [PINK]}) as answer:
        assert (answer.status, await answer.json()) == (401, {"detail": "Missing API credentials"})
    assert katana.charged == []


async def test_a_short_balance_is_402(katana: KatanaClient) -> None:
    """An order that costs more than is left is refused whole; one that costs exactly that is taken."""
    await katana.admin("balance", {"provider": "katana", "balance": "120.5"})
    body = {"requests": [SEEDANCE, PINK]}
    assert await katana.post("/v1/generation-requests", body) == (402, {"detail": "Insufficient credits"})
    await katana.accepted(SEEDANCE)
    assert (await katana.get("/v1/me/balance"))[1] == {"credits": "0.5"}
    assert (await katana.post("/v1/chat/completions", {"model": "grok-4-3", "prompt": "Hi"}))[0] == 402


async def test_a_batch_is_charged_without_what_was_rejected(katana: KatanaClient) -> None:
    """One item in order, one not: the money is for the one, the state says both."""
    items = ({**PINK, "id": "good"}, {**PINK, "id": "bad", "aspect_ratio": "7:5"})
    envelope = await katana.ended(*items)
    assert [item["status"] for item in envelope["responses"]] == ["completed", "rejected"]
    assert envelope["status"] == "partial_failure"
    assert katana.charged == [1]


async def test_the_same_request_twice_is_charged_twice(katana: KatanaClient) -> None:
    """``client_request_id`` is taken along and changes nothing."""
    body = {"client_request_id": "intent-1", "requests": [PINK]}
    ids = {(await katana.post("/v1/generation-requests", body))[1]["request_id"] for _ in range(2)}
    assert len(ids) == 2
    assert katana.charged == [1, 1]


async def test_an_item_without_an_id_gets_one(katana: KatanaClient) -> None:
    """So that requests and responses can be matched all the same."""
    envelope = await katana.submit(PINK, {**PINK, "id": "mine"})
    assert [item["id"] for item in envelope["requests"]] == ["item-1", "mine"]
    assert [item["id"] for item in envelope["responses"]] == ["item-1", "mine"]
