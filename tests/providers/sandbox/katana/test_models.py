"""What is sold, and how the list says it."""

from typing import Any

import pytest

from providers.sandbox.katana.model import Rule
from tests.providers.sandbox.katana.client import PINK, SEEDANCE, KatanaClient


async def listed(katana: KatanaClient, section: str) -> dict[str, Any]:
    """Return one section of the list by model key."""
    _, body = await katana.get("/v1/models", {})
    return {entry["model_key"]: entry for entry in body[section]}


async def test_the_sections_hold_the_recorded_models(katana: KatanaClient) -> None:
    """51 for pictures, the film models of the table and those that came later, text in three classes of privacy."""
    images, videos, texts = [await listed(katana, name) for name in ("images", "videos", "text")]
    assert len(images) == 51
    assert {"seedance-2-0", "ltx-2-3", "gemini-omni-v2v", "veo3-1-lite", "kling-1-6", "imgnh3"} <= videos.keys()
    assert {entry["privacy"] for entry in texts.values()} == {"Anonymized", "Private", "E2EE Private"}
    assert [key for key, entry in texts.items() if entry["recommended_polling"]] == ["grok-4-20-multi-agent"]
    for entry in (*images.values(), *videos.values(), *texts.values()):
        assert entry["public_model_name"] == entry["model_key"]
        assert entry["display_name"]


FACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("images", "gen", {"credits": 3, "fast_credits": 1.5, "uhd_credits": 6, "multi_image_inputs_allowed": 0}),
    ("images", "nano-banana-2", {"credits": 32, "multi_image_inputs_allowed": 14}),
    ("images", "gpt-image-1-5", {"credits": 32, "supported_aspects": ["1:1"]}),
    ("videos", "seedance-2-0", {"video_lengths_and_costs": {"5": 200, "10": 375, "15": 550}}),
    ("videos", "seedance-2-0", {"maximum_reference_images": 7, "supports_audio_input": True}),
    ("videos", "gemini-omni-v2v", {"supports_video_input": True, "maximum_reference_videos": 1}),
    ("videos", "kling-1-6", {"audio_gen_model": False, "custom_rules": [], "legacy_model_key": "kling16"}),
    ("text", "gpt-5-5", {"context_length": 1_050_000, "request_timeout_seconds": 600}),
    ("text", "grok-4-3", {"input_credits_per_million": 264.5, "output_credits_per_million": 528.9}),
]


async def test_an_entry_says_what_is_recorded(katana: KatanaClient) -> None:
    """Prices and limits of the reference, under the field names of the reference where it has them."""
    sections = {name: await listed(katana, name) for name in ("images", "videos", "text")}
    for section, key, facts in FACTS:
        assert facts.items() <= sections[section][key].items(), key


async def test_fields_that_do_not_apply_are_left_out(katana: KatanaClient) -> None:
    """A model without audio input has no field about it."""
    assert "supports_audio_input" not in (await listed(katana, "videos"))["veo3-1"]
    assert "fast_credits" not in (await listed(katana, "images"))["flux-2-pro"]


async def test_every_rule_belongs_to_some_model(katana: KatanaClient) -> None:
    """All twelve can be met in the wild."""
    videos = await listed(katana, "videos")
    assert {rule for entry in videos.values() for rule in entry["custom_rules"]} == {rule.value for rule in Rule}


@pytest.mark.parametrize("item, legacy", [(PINK, "pinkimage"), (SEEDANCE, "seedance2fast")])
async def test_an_older_name_is_answered_with_the_new_one(
    katana: KatanaClient, item: dict[str, Any], legacy: str
) -> None:
    """Both names order the same model; the answer uses the canonical one."""
    envelope = await katana.submit({**item, "model": legacy})
    assert envelope["requests"][0]["model"] == envelope["responses"][0]["metadata"]["model"] == item["model"]


async def test_an_unknown_name_is_no_model(katana: KatanaClient) -> None:
    """The shorthands of the published page are no names, and a film's name is none for pictures."""
    names: list[tuple[dict[str, Any], object]] = [(PINK, "seedance-2"), (SEEDANCE, "google-omni"), (SEEDANCE, None)]
    for item, name in (*names, (PINK, []), (PINK, "seedance-2-0"), (SEEDANCE, "gen")):
        assert "no such model" in await katana.reason({**item, "model": name})


async def test_what_is_sold_can_change(katana: KatanaClient) -> None:
    """A price can rise and a model can go, as it does every month."""
    shelf = katana.sandbox.katana.shelf
    shelf.reprice("pink-image", 4)
    shelf.reprice("seedance-2-0-fast", 10)
    shelf.reprice("grok-4-3", 1)
    shelf.withdraw("gen")
    assert (await listed(katana, "images"))["pink-image"]["credits"] == 5
    assert (await listed(katana, "videos"))["seedance-2-0-fast"]["video_lengths_and_costs"]["5"] == 130
    assert (await listed(katana, "text"))["grok-4-3"]["output_credits_per_million"] == 529.9
    assert "gen" not in await listed(katana, "images")
    await katana.submit(PINK, SEEDANCE)
    assert katana.charged == [135]


async def test_the_published_page_can_change(katana: KatanaClient) -> None:
    """The page a drift watch compares: the same until somebody rewrites it."""
    pages = []
    for text in ("", "# All new"):
        if text:
            assert (await katana.admin("page", {"text": text}))[0] == 200
        for _ in range(2):
            async with katana.session.get(katana.url("/llms.txt")) as answer:
                assert (answer.status, answer.content_type) == (200, "text/plain")
                pages.append(await answer.text())
    assert pages[0] == pages[1] != pages[2] == pages[3] == "# All new"
    assert (await katana.admin("page", {"provider": "ima", "text": "x"}))[0] == 400
