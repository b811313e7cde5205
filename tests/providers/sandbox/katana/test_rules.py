"""Every custom rule: what it forbids is rejected by its name, and the nearest thing it allows is taken."""

from typing import Any

import pytest

from tests.providers.sandbox.katana.client import PICTURE, SEEDANCE, KatanaClient, sound

FIRST = {"first_frame_image_url": PICTURE}
LAST = {"last_frame_image_url": PICTURE}
MIDDLE = {"mid_frame_image_url": PICTURE}
FACES = {"reference_image_urls": [PICTURE]}
VOICE = {"audio_input_urls": ["https://example.com/a.mp3?seconds=5"]}
TWO_VOICES = {"audio_input_urls": ["https://example.com/a.mp3", "https://example.com/b.mp3"]}
CLIP = {"video_list": [{"url": "https://example.com/a.mp4?seconds=8"}]}


def film(model: str, *inputs: dict[str, Any], seconds: int | None = 5) -> dict[str, Any]:
    """Return an order for a film with inputs."""
    data = {name: value for given in inputs for name, value in given.items()}
    made = {**SEEDANCE, "model": model, "duration_seconds": seconds, **({"video_image_data": data} if data else {})}
    return {name: value for name, value in made.items() if value is not None}


def heard(*seconds: int) -> dict[str, Any]:
    """Return audio inputs of these lengths."""
    return {"audio_input_urls": [f"https://example.com/a.mp3?seconds={length}" for length in seconds]}


def clip(**offsets: Any) -> dict[str, Any]:
    """Return one film as an input."""
    return {"video_list": [{"url": "https://example.com/a.mp4?seconds=30", **offsets}]}


@pytest.mark.parametrize(
    "rule, forbidden, allowed",
    [
        (
            "audio_15s_max",
            film("seedance-2-0", FACES, heard(8, 8)),
            film("seedance-2-0", FACES, heard(8, 7)),
        ),
        (
            "audio_15s_max",
            film("seedance-2-0", FACES, {"audio_input_urls": [sound(16)]}),
            film("seedance-2-0", FACES, {"audio_input_urls": [sound(15)]}),
        ),
        (
            "audio_drives_duration",
            film("ltx-2-3", FIRST, heard(8), seconds=5),
            film("ltx-2-3", FIRST, heard(8), seconds=10),
        ),
        ("audio_drives_duration", film("ltx-2-3", FIRST, heard(21)), film("ltx-2-3", FIRST, heard(20), seconds=None)),
        ("audio_ff_only", film("ltx-2-3", VOICE), film("ltx-2-3", FIRST, VOICE)),
        ("audio_ff_only", film("ltx-2-3", FIRST, LAST, VOICE), film("ltx-2-3", FIRST, LAST)),
        ("audio_needs_reference_image", film("seedance-2-0", VOICE), film("seedance-2-0", FACES, VOICE)),
        ("audio_or_fflf_exclusive", film("wan-2-7-720p", FIRST, VOICE), film("wan-2-7-720p", VOICE)),
        (
            "input_video_drives_length",
            film("gemini-omni-v2v", clip(), seconds=None),
            film("gemini-omni-v2v", CLIP, seconds=None),
        ),
        ("lf_needs_ff", film("wan-2-7-720p", LAST), film("wan-2-7-720p", FIRST, LAST)),
        ("reference_ff_only", film("wan-2-7-720p", FACES, FIRST, LAST), film("wan-2-7-720p", FACES, FIRST)),
        ("reference_is_voice_timbre", film("wan-2-7-720p", FACES, TWO_VOICES), film("wan-2-7-720p", FACES, VOICE)),
        ("reference_no_ff_or_lf", film("happy-horse-1-0-720p", FACES, FIRST), film("happy-horse-1-0-720p", FACES)),
        (
            "video_offset_allowed",
            film("imgnh3", clip(start=1)),
            film("gemini-omni-v2v", clip(start=10, ends=20), seconds=10),
        ),
        ("video_required", film("gemini-omni-v2v", FACES, seconds=None), film("gemini-omni-v2v", CLIP, seconds=10)),
    ],
)
async def test_a_rule_forbids_what_it_says(
    katana: KatanaClient, rule: str, forbidden: dict[str, Any], allowed: dict[str, Any]
) -> None:
    """Rejected with the rule's own name and free; what it allows is charged at its length."""
    assert (await katana.reason(forbidden)).startswith(rule)
    await katana.accepted(allowed)
    assert len(katana.charged) == 1


NOT_TAKEN: list[tuple[dict[str, Any], str]] = [
    (film("gemini-omni", FIRST, seconds=4), "first_frame_image_url"),
    (film("veo3-1", LAST, seconds=4), "last_frame_image_url"),
    (film("seedance-2-0", FIRST, MIDDLE), "mid_frame_image_url"),
    (film("kling-2-1-kling21"), "requires an image"),
    (film("veo3-1", FACES, seconds=4), "no reference images"),
    (film("veo3-1", VOICE, seconds=4), "no audio inputs"),
    (film("seedance-2-0", CLIP), "no video inputs"),
    (film("seedance-2-0", FACES, heard(1, 1, 1, 1, 1)), "at most 4 audio"),
    (film("seedance-2-0", FACES, heard(1, 1, 1, 1)), "at most 3 audio"),
    (film("gemini-omni-v2v", {"video_list": [{"url": PICTURE, "end": 4}]}, seconds=None), "url, start and ends"),
    (film("gemini-omni-v2v", clip(start=9, ends=3), seconds=None), "ends must be after start"),
    (film("gemini-omni-v2v", clip(start="0"), seconds=None), "number of seconds"),
    (film("seedance-2-0", seconds=None), "duration_seconds is required"),
    (film("ltx-2-3", {"first_frame_image_url": ""}), "must not be empty"),
]


async def test_a_model_takes_only_what_it_knows(katana: KatanaClient) -> None:
    """Frames, references, sounds and films where the model has them, and not more than it reads."""
    for item, words in NOT_TAKEN:
        assert words in await katana.reason(item), item


async def test_a_film_of_a_film_has_one_price(katana: KatanaClient) -> None:
    """However short the input: the listed length is the longest that is read."""
    await katana.accepted(film("gemini-omni-v2v", clip(start=0, ends=2), seconds=None))
    await katana.accepted(film("gemini-omni-v2v", CLIP, FACES, seconds=None))
    assert katana.charged == [500, 500]


async def test_the_sound_decides_what_a_film_costs(katana: KatanaClient) -> None:
    """Twelve seconds of audio are a film of fifteen."""
    await katana.accepted(film("ltx-2-3", FIRST, {"audio_input_urls": [sound(12)]}, seconds=None))
    assert katana.charged == [60]
