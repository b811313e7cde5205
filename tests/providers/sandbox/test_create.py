"""A create request is refused as the real server refuses it, before any debit, and charged each time it comes."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.providers.sandbox.ima_client import CATEGORY_IMAGES, ImaClient, Json
from tests.providers.sandbox.test_catalogue import CATEGORIES

WAN = ("text_to_video", "wan2.6-t2v")
PICTURE = "https://example.com/fox.png"


def item(body: Json) -> Json:
    """Return the one ordered model of a create body."""
    return body["parameters"][0]


async def refused(ima: ImaClient, body: Json) -> tuple[int, str]:
    """Place an order that must fail and return code and message; nothing may have been charged."""
    before = ima.charged
    answer = await ima.create(body)
    assert answer["code"] not in {0, 200}
    assert ima.charged == before
    return answer["code"], answer["message"]


@pytest.mark.parametrize("category", CATEGORIES)
async def test_every_leaf_can_be_ordered_with_its_defaults(ima: ImaClient, category: str) -> None:
    """Every model takes the settings its own form starts with, at the price of the exact row."""
    ima.sandbox.ledger.set_subscribed("ima", subscribed=True)
    await ima.verify(PICTURE)
    for leaf in await ima.leaves(category):
        body = await ima.order(category, leaf["id"], images=[PICTURE] * CATEGORY_IMAGES.get(category, 0))
        answer = await ima.create(body)
        assert answer["code"] in {0, 200}, answer
        assert ima.charged[-1] == item(body)["credit"]


async def test_an_attribute_id_of_another_category_is_6010(ima: ImaClient) -> None:
    """Check 1: the same model has other attribute ids in another category."""
    body = await ima.order("image_to_video", "kling-video-o1", images=[PICTURE])
    item(body)["attribute_id"] = 2313
    assert (await refused(ima, body))[0] == 6010


@pytest.mark.parametrize(
    "spoil, code, message",
    [
        (lambda body: item(body).update(credit=41), 6006, "Credit does not match"),
        (lambda body: item(body).update(credit="40"), 6006, "Credit does not match"),
        (lambda body: item(body).update(attribute_id=0), 400, "Invalid product attribute"),
        (lambda body: item(body).pop("attribute_id"), 400, "Invalid product attribute"),
        (lambda body: item(body).update(attribute_id=4838), 400, "Invalid product attribute"),
        (lambda body: item(body).update(attribute_id=2057), 6010, "Attribute ID does not match"),
        (lambda body: item(body)["parameters"].update(duration=30), 6009, "No matching credit rule"),
        (lambda body: item(body)["parameters"].pop("resolution"), 6009, "No matching credit rule"),
        (lambda body: item(body)["parameters"].pop("cast"), 400, "billing validation failed"),
        (lambda body: item(body)["parameters"]["cast"].update(points=3), 6006, "Credit does not match"),
        (lambda body: item(body)["parameters"].update(aspect_ratio="7:3"), 400, "invalid value"),
        (lambda body: item(body)["parameters"].update(negative_prompt="x" * 801), 400, "invalid value"),
        (lambda body: item(body)["parameters"].update(default="enabled"), 400, "invalid parameter"),
        (lambda body: item(body)["parameters"].update(n="1"), 400, "n must be a number"),
        (lambda body: item(body)["parameters"].update(n=0), 400, "n must be a number"),
        (lambda body: item(body)["parameters"].pop("n"), 400, "n must be a number"),
        (lambda body: item(body)["parameters"].pop("input_images"), 400, "must be lists"),
        (lambda body: item(body).update(model_name="Wan"), 400, "model not found"),
        (lambda body: item(body).update(model_version="wan2.6-i2v"), 400, "model not found"),
        (lambda body: item(body).update(category="image_to_video"), 400, "category does not match"),
        (lambda body: item(body).update(app="other"), 400, "invalid app"),
        (lambda body: body.update(task_type="text_to_film"), 400, "invalid category"),
        (lambda body: body["parameters"].append({}), 400, "exactly one model"),
        (lambda body: body.pop("src_img_url"), 400, "must be lists"),
    ],
)
async def test_a_wrong_order_is_refused_before_any_debit(
    ima: ImaClient, spoil: Callable[[Json], None], code: int, message: str
) -> None:
    """Check 2: every mistake has its code in the body of an HTTP 200, and costs nothing."""
    body = await ima.order(*WAN)
    spoil(body)
    found, said = await refused(ima, body)
    assert found == code
    assert message in said


async def test_billing_row_0_fails(ima: ImaClient) -> None:
    """Check 3: whoever claims row 0 of the price list for the default settings is refused."""
    for version in ("wan2.6-t2v", "kling-v2-6", "veo-3.1-generate-preview"):
        body = await ima.order("text_to_video", version)
        row = (await ima.leaf("text_to_video", version))["credit_rules"][0]
        claim = {"points": row["points"], "attribute_id": row["attribute_id"]}
        item(body).update(attribute_id=row["attribute_id"], credit=row["points"])
        item(body)["parameters"]["cast"] = claim
        assert (await refused(ima, body))[0] == 6010


async def test_an_outer_prompt_is_ignored(ima: ImaClient) -> None:
    """Check 4: a prompt beside the parameters is accepted, charged, and not used."""
    body = await ima.order(*WAN)
    item(body)["prompt"] = item(body)["parameters"].pop("prompt")
    task = (await ima.create(body))["data"]["id"]
    assert (await ima.detail(task))["prompt"] == ""


async def test_values_match_whatever_their_type(ima: ImaClient) -> None:
    """The rule is found for ``"5"`` and ``5`` and in any case of letters, as the real server normalises."""
    body = await ima.order(*WAN)
    item(body)["parameters"].update(duration="5", resolution="1080p")
    assert (await ima.create(body))["code"] in {0, 200}


@pytest.mark.parametrize(
    "category, version, n, medias, points",
    [
        ("text_to_video", "wan2.6-t2v", 2, 2, 80),
        ("text_to_image", "midjourney", 1, 4, 8),
        ("text_to_image", "midjourney", 2, 8, 16),
        ("text_to_music", "sonic", 1, 2, 25),
        ("text_to_speech", "seed-tts-2.0", 1, 1, 2),
    ],
)
async def test_units_results_and_points(
    ima: ImaClient, category: str, version: str, n: int, medias: int, points: int
) -> None:
    """Check 6: n units cost n times; Midjourney makes four results of one unit, Suno two."""
    task = await ima.begin(category, version, n=n)
    results = (await ima.ended(task))["medias"]
    assert len({media["url"] for media in results}) == medias
    assert ima.charged == [points]


@pytest.mark.parametrize(
    "category, version, images",
    [
        ("first_last_frame_to_video", "kling-video-o1", 1),
        ("first_last_frame_to_video", "kling-video-o1", 3),
        ("reference_image_to_video", "kling-video-o1", 0),
        ("reference_image_to_video", "viduq2", 4),
        ("image_to_video", "wan2.6-i2v", 0),
        ("image_to_video", "wan2.6-i2v", 2),
        ("image_to_image", "midjourney", 15),
    ],
)
async def test_the_number_of_pictures_must_fit(ima: ImaClient, category: str, version: str, images: int) -> None:
    """Check 8: too few or too many pictures fail before any debit."""
    code, message = await refused(ima, await ima.order(category, version, images=[PICTURE] * images))
    assert (code, "images" in message) == (400, True)


async def test_pictures_must_be_named_twice_and_alike(ima: ImaClient) -> None:
    """``src_img_url`` and ``input_images`` are mirrored."""
    body = await ima.order("image_to_video", "wan2.6-i2v", images=[PICTURE])
    body["src_img_url"] = ["https://example.com/other.png"]
    assert (await refused(ima, body))[0] == 400


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/fox.png",
        "file:///tmp/fox.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "iVBORw0KGgo=",
        "http://127.0.0.1:9/cdn/uploads/never.png",
        "http://127.0.0.1:9/secret.png",
    ],
)
async def test_only_public_pictures_are_read(ima: ImaClient, address: str) -> None:
    """Check 7: plain http, files, base64 and uploads that never arrived are refused."""
    assert (await refused(ima, await ima.order("image_to_video", "wan2.6-i2v", images=[address])))[0] == 400


async def test_seedance_needs_a_subscription(ima: ImaClient) -> None:
    """Check 8: ``ima-pro`` is 4014 until the account is subscribed; the fast one is free of that."""
    body = await ima.order("text_to_video", "ima-pro")
    assert (await refused(ima, body))[0] == 4014
    ima.sandbox.ledger.set_subscribed("ima", subscribed=True)
    assert (await ima.create(body))["code"] in {0, 200}
    assert (await ima.begin("text_to_video", "ima-pro-fast")).startswith("task_")


async def test_seedance_takes_only_verified_pictures(ima: ImaClient) -> None:
    """Check 8: a picture that was not checked, or not passed, is refused; after the check it is taken."""
    body = await ima.order("image_to_video", "ima-pro-fast", images=[PICTURE])
    assert (await refused(ima, body))[1] == "asset is not verified"
    ima.sandbox.faults.add("asset", text="processing")
    assert (await ima.verify(PICTURE))["status"] == "processing"
    assert (await refused(ima, body))[1] == "asset is not verified"
    assert (await ima.verify(PICTURE))["status"] == "Active"
    assert (await ima.create(body))["code"] in {0, 200}


async def test_seedance_wants_the_sizes_of_its_pictures(ima: ImaClient) -> None:
    """Seedance's pictures are listed a third time, with width and height."""
    await ima.verify(PICTURE)
    body = await ima.order("image_to_video", "ima-pro-fast", images=[PICTURE])
    body["src_image"][0].pop("width")
    assert (await refused(ima, body))[0] == 400


async def test_an_empty_account_is_4008(ima: ImaClient) -> None:
    """Check 8: an order that costs more than is left is refused; one that costs exactly that is taken."""
    ima.sandbox.ledger.set_balance("ima", Decimal(79))
    body = await ima.order(*WAN, n=2)
    assert await refused(ima, body) == (4008, "Insufficient points")
    ima.sandbox.ledger.set_balance("ima", Decimal(80))
    assert (await ima.create(body))["code"] in {0, 200}
    assert ima.sandbox.ledger.account("ima").balance == 0


async def test_a_banned_combination_is_refused(ima: ImaClient) -> None:
    """A combination the form forbids is refused although it has a price row."""
    body = await ima.order("text_to_video", "veo-3.1-generate-preview", duration=4, resolution="1080p")
    code, message = await refused(ima, body)
    assert (code, message) == (400, "duration and resolution cannot be combined like this")


async def test_adaptive_is_offered_and_refused(ima: ImaClient) -> None:
    """Seedream's form offers ``adaptive`` for image-to-image; create answers 400."""
    body = await ima.order("image_to_image", "doubao-seedream-4-5-251128", images=[PICTURE], size="adaptive")
    assert (await refused(ima, body))[0] == 400


async def test_a_switched_off_field_counts_as_its_own_value(ima: ImaClient) -> None:
    """Midjourney's resolution may be left out, and may not be changed."""
    body = await ima.order("text_to_image", "midjourney")
    item(body)["parameters"].pop("resolution")
    assert (await ima.create(body))["code"] in {0, 200}
    assert (await refused(ima, await ima.order("text_to_image", "midjourney", resolution="2K")))[0] == 400


async def test_pixverse_without_its_version_is_charged_and_fails(ima: ImaClient) -> None:
    """The wrong ``model`` is found only by the vendor, after the debit."""
    body = await ima.order("text_to_video", "Pixverse V5.5", model="v9")
    task = (await ima.create(body))["data"]["id"]
    media = (await ima.ended(task))["medias"][0]
    assert (media["resource_status"], "err_code=400017" in media["error_msg"]) == (2, True)
    assert ima.charged == [12]


async def test_the_same_order_twice_is_two_orders(ima: ImaClient) -> None:
    """Check 9: there is no idempotency; repeating a POST makes a second task and a second charge."""
    body = await ima.order(*WAN)
    first, second = await ima.create(body), await ima.create(body)
    assert first["data"]["id"] != second["data"]["id"]
    assert ima.charged == [40, 40]


@pytest.mark.parametrize("key", ["", "Bearer ima_wrong", "ima_sandbox_key"])
@pytest.mark.parametrize("path", ["/tasks/create", "/tasks/detail", "/assets/verify"])
async def test_only_the_right_key_is_let_in(ima: ImaClient, path: str, key: str) -> None:
    """Every call without the key is 401 in the body."""
    headers = {"Authorization": key, "x-app-source": "ima_skills"}
    async with ima.session.post(ima.url(path), json=await ima.order(*WAN), headers=headers) as answer:
        assert (await answer.json())["code"] == 401
    assert ima.charged == []
