"""The product list has the shapes, the prices and the traps of the recorded one (reference sections 1.3, 1.4)."""

from collections import Counter

import pytest

from tests.providers.sandbox.ima_client import ImaClient, Json, defaults, mapped, rule_for

CATEGORIES = {
    "text_to_image": 4,
    "image_to_image": 4,
    "text_to_video": 16,
    "image_to_video": 16,
    "first_last_frame_to_video": 12,
    "reference_image_to_video": 11,
    "text_to_music": 3,
    "text_to_speech": 2,
}


@pytest.mark.parametrize("category, size", CATEGORIES.items())
async def test_every_category_is_sold(ima: ImaClient, category: str, size: int) -> None:
    """All eight task types have their leaves, each named in its own category."""
    leaves = await ima.leaves(category)
    assert [leaf["category_code"] for leaf in leaves] == [category] * size


@pytest.mark.parametrize(
    "version, default, first",
    [
        ("ima-pro-fast", 65, 29),
        ("ima-pro", 105, 48),
        ("doubao-seedance-1-5-pro-251215", 30, 16),
        ("wan2.6-t2v", 40, 25),
        ("MiniMax-Hailuo-2.3", 12, 12),
        ("MiniMax-Hailuo-02", 12, 12),
        ("viduq2", 15, 5),
        ("sora-2-pro", 120, 120),
        ("kling-video-o1", 48, 48),
        ("kling-v2-6", 40, 80),
        ("veo-3.1-generate-preview", 70, 140),
        ("Pixverse V5.5", 12, 12),
    ],
)
async def test_the_first_price_row_is_not_the_default(ima: ImaClient, version: str, default: int, first: int) -> None:
    """The price of the default settings and of row 0 are the recorded ones, and differ for seven models."""
    leaf = await ima.leaf("text_to_video", version)
    assert rule_for(leaf, defaults(leaf))["points"] == default
    assert leaf["credit_rules"][0]["points"] == first


async def test_the_first_row_of_an_equal_price_has_another_id(ima: ImaClient) -> None:
    """Hailuo 2.0's row 0 costs what the default costs and is still another row."""
    leaf = await ima.leaf("text_to_video", "MiniMax-Hailuo-02")
    assert rule_for(leaf, defaults(leaf))["attribute_id"] != leaf["credit_rules"][0]["attribute_id"]


@pytest.mark.parametrize(
    "category, version, settings, rule",
    [
        ("text_to_video", "wan2.6-t2v", {"duration": 15, "resolution": "1080P"}, (2062, 120)),
        ("text_to_video", "kling-video-o1", {"duration": "10", "mode": "pro"}, (2316, 120)),
        ("text_to_video", "sora-2-pro", {"duration": "8"}, (1978, 360)),
        ("text_to_video", "Pixverse V3.5", {"duration": 8, "resolution": "1080p"}, (4261, 48)),
        ("image_to_video", "wan2.6-i2v", {"duration": 5, "resolution": "1080P"}, (1958, 40)),
        ("image_to_video", "sora-2-pro", {"duration": "12"}, (7142, 480)),
        ("image_to_video", "MiniMax-Hailuo-02", {"duration": 10, "resolution": "1080P"}, (7139, 40)),
        ("first_last_frame_to_video", "kling-video-o1", {"duration": "5", "mode": "pro"}, (7221, 96)),
        ("reference_image_to_video", "kling-video-o1", {"duration": "10", "mode": "std"}, (2327, 96)),
        ("reference_image_to_video", "viduq2-pro", {"duration": 8, "resolution": "1080p"}, (7323, 80)),
        ("text_to_image", "gemini-3.1-flash-image-preview", {"size": "4K"}, (4403, 13)),
        ("image_to_image", "doubao-seedream-4-5-251128", {}, (1611, 5)),
        ("text_to_music", "sonic", {}, (2370, 25)),
        ("text_to_speech", "seed-tts-2.0", {}, (4419, 2)),
    ],
)
async def test_recorded_rows(
    ima: ImaClient, category: str, version: str, settings: dict[str, Json], rule: tuple[int, int]
) -> None:
    """Rows across the catalogue have the recorded attribute id and points."""
    leaf = await ima.leaf(category, version)
    found = rule_for(leaf, {**defaults(leaf), **settings})
    assert (found["attribute_id"], found["points"]) == rule


async def test_attribute_ids_are_never_shared(ima: ImaClient) -> None:
    """An attribute id means one row in one category, so a mixed-up category can be told."""
    leaves = [leaf for category in CATEGORIES for leaf in await ima.leaves(category)]
    ids = Counter(rule["attribute_id"] for leaf in leaves for rule in leaf["credit_rules"])
    assert [number for number, times in ids.items() if times > 1] == []


async def test_quirks_of_shape_are_kept(ima: ImaClient) -> None:
    """Types are strings, leaves hang at two depths, forms and running times are missing, defaults are null."""
    tree = await ima.products("text_to_video")
    assert {node["type"] for node in tree} == {"2"}
    depths = {
        "child" if child["type"] == "3" else child["children"][0]["type"] for node in tree for child in node["children"]
    }
    assert depths == {"child", "3"}
    kling, wan = await ima.leaf("text_to_video", "kling-video-o1"), await ima.leaf("text_to_video", "wan2.6-t2v")
    assert (defaults(kling)["duration"], defaults(wan)["duration"]) == ("5", 5)
    assert field(wan, "duration")["config"] == {"minimum": 5, "maximum": 5}
    assert field(await ima.leaf("image_to_video", "wan2.6-i2v"), "template")["value"] is None
    assert "form_config" not in await ima.leaf("text_to_music", "GenBGM")
    assert "EET" not in {tag["tag_type"] for tag in (await ima.leaf("text_to_video", "ima-pro"))["tags"]}
    assert wan["category_name"] == "文生视频"


async def test_combinations_and_fields_are_banned(ima: ImaClient) -> None:
    """Bans sit on options, whole fields can be off, and a banned combination still has its price row."""
    hailuo = await ima.leaf("text_to_video", "MiniMax-Hailuo-2.3")
    assert field(hailuo, "duration")["options"][1]["disabled"] == {"resolution": ["1080P"]}
    assert rule_for(hailuo, {"duration": 10, "resolution": "1080P"})["points"] == 48
    midjourney = await ima.leaf("text_to_image", "midjourney")
    assert field(midjourney, "resolution")["disabled_conditions"][0]["enum_value"] == "*"
    veo = await ima.leaf("reference_image_to_video", "veo-3.1-generate-preview")
    assert [option["value"] for option in field(veo, "duration")["options"]] == [8]


async def test_virtual_fields_map_to_the_wire(ima: ImaClient) -> None:
    """What is shown is not what is sent, and one form contradicts itself."""
    mode = field(await ima.leaf("text_to_video", "kling-video-o1"), "mode")
    assert (mapped(mode, "720p"), mapped(mode, "1080p")) == ("std", "pro")
    size = field(await ima.leaf("text_to_image", "doubao-seedream-4-5-251128"), "size")
    assert (mapped(size, "16:9"), mapped(size, "4k")) == ("2560x1440", "4k")
    aspect = field(await ima.leaf("text_to_video", "ima-pro"), "aspect_ratio")
    assert (aspect["value"], aspect["ui_params"][0]["value"], mapped(aspect, "adaptive")) == ("16:9", "1:1", "auto")


async def test_pixverse_is_five_leaves_of_one_family(ima: ImaClient) -> None:
    """``model_id`` is no key: five leaves share one, the oldest comes last."""
    leaves = [leaf for leaf in await ima.leaves("text_to_video") if leaf["model_id"] == "pixverse"]
    assert [field(leaf, "model")["value"] for leaf in leaves] == ["v5.5", "v5", "v4.5", "v4", "v3.5"]


async def test_the_language_changes_labels_only(ima: ImaClient) -> None:
    """Chinese labels, the same ids, values and prices."""
    english = await ima.leaf("text_to_video", "wan2.6-t2v")
    chinese = next(leaf for leaf in await ima.leaves("text_to_video", "zh") if leaf["id"] == "wan2.6-t2v")
    assert (field(english, "duration")["label"], field(chinese, "duration")["label"]) == ("Duration", "时长")
    assert english["credit_rules"] == chinese["credit_rules"]
    assert defaults(english) == defaults(chinese)


async def test_success_codes_take_turns(ima: ImaClient) -> None:
    """Success is code 0 and 200 in turn; a client that knows one of them fails every second time."""
    query = {"app": "ima", "platform": "web", "category": "text_to_music"}
    codes = [(await ima.get(ima.url("/product/list"), params=query, headers=ima.headers))[1]["code"] for _ in range(4)]
    assert codes == [0, 200, 0, 200]


def field(leaf: Json, name: str) -> Json:
    """Return one form field."""
    return next(entry for entry in leaf["form_config"] if entry["field"] == name)
