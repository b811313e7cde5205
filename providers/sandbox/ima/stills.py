"""The models for everything that does not move: pictures, music, speech (reference sections 1.3 and 1.4)."""

from dataclasses import replace

from providers.sandbox.ima.leaf import Category, Field, Leaf, Rule, Value, Virtual, by_size, flat, pick, text, toggle

_TEN = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
_FOURTEEN = (*_TEN, "1:4", "4:1", "1:8", "8:1")
_COUNT = pick("n", "1", "2", "3", "4")

_BANANA_2 = Leaf(
    "gemini-3.1-flash-image-preview",
    "Nano Banana 2",
    ("Google", "Nano Banana"),
    by_size(4400, {"512px": 4, "1K": 6, "2K": 10, "4K": 13}),
    (pick("size", "512px", "1K", "2K", "4K", default="1K"), pick("aspect_ratio", *_FOURTEEN), _COUNT),
    model_id="gemini-3.1-flash-image",
    eet=(20, 35),
    popularity="Hot",
)

_BANANA_PRO = Leaf(
    "gemini-3-pro-image-preview",
    "Nano Banana Pro",
    ("Google", "Nano Banana"),
    by_size(2399, {"1K": 10, "2K": 10, "4K": 18}),
    (pick("size", "1K", "2K", "4K"), pick("aspect_ratio", *_TEN), _COUNT),
    model_id="gemini-3-pro-image",
    eet=(25, 45),
)

_SEEDREAM_SIZES: dict[Value, Value] = {
    "16:9": "2560x1440",
    "9:16": "1440x2560",
    "1:1": "2048x2048",
    "4:3": "2304x1728",
    "3:4": "1728x2304",
    "3:2": "2496x1664",
    "2:3": "1664x2496",
    "21:9": "3024x1296",
    "2k": "2k",
    "4k": "4k",
}


def _seedream_size(more: dict[Value, Value] | None = None) -> Field:
    sizes: dict[Value, Value] = {**_SEEDREAM_SIZES, **(more or {})}
    return replace(
        pick("size", *sizes.values(), default="4k"),
        virtual=Virtual("aspect_ratio", "4k", sizes),
    )


_SEEDREAM = Leaf(
    "doubao-seedream-4-5-251128",
    "SeeDream 4.5",
    ("Seedream",),
    flat(2341, 5),
    (_seedream_size(), _COUNT),
    model_id="doubao-seedream-4.5",
    eet=(20, 40),
    popularity="Hot",
)

_MIDJOURNEY = Leaf(
    "midjourney",
    "Midjourney",
    ("Midjourney",),
    (Rule(4390, 8, {"resolution": "1K"}), Rule(4391, 10, {"resolution": "2K"})),
    (
        replace(pick("resolution", "1K", "2K"), shut=True),
        pick("aspect_ratio", "1:1", "16:9", "9:16", "4:3", "3:4"),
        _COUNT,
    ),
    eet=(40, 90),
    per_unit=4,
)

_SONIC = Leaf(
    "sonic",
    "Suno",
    ("Suno",),
    flat(2370, 25),
    (
        pick("model_version", "sonic-v3-5", "sonic-v4", "sonic-v4-5", "sonic-v5", default="sonic-v4"),
        toggle("custom_mode", value=False),
        toggle("make_instrumental", value=False),
        toggle("auto_lyrics", value=True),
        text("tags", 1000),
        text("negative_tags", 1000),
        text("title", 120),
        replace(pick("vocal_gender", "m", "f"), value=None),
        text("gpt_description_prompt", 400),
        _COUNT,
    ),
    eet=(90, 150),
    per_unit=2,
    popularity="Hot",
)

_SPEECH = Leaf(
    "seed-tts-2.0",
    "Seed TTS 2.0",
    ("Seed",),
    flat(4419, 2),
    (
        pick("speaker", "zh_female_vv_uranus_bigtts", "en_male_tim_uranus_bigtts"),
        pick("model", "seed-tts-2.0-expressive", "seed-tts-2.0-standard"),
        Field("audio_params", None, kind="textarea", level=2),
        Field("additions", None, kind="textarea", level=2),
        toggle("ssml", value=None),
    ),
    longest_prompt=10_000,
)

SHELVES: dict[Category, tuple[Leaf, ...]] = {
    Category.TEXT_TO_IMAGE: (_BANANA_2, _BANANA_PRO, _SEEDREAM, _MIDJOURNEY),
    Category.IMAGE_TO_IMAGE: (
        replace(_BANANA_2, rules=by_size(4404, {"512px": 4, "1K": 6, "2K": 10, "4K": 13}), inputs=(1, 14)),
        replace(_BANANA_PRO, rules=by_size(2402, {"1K": 10, "2K": 10, "4K": 18}), inputs=(1, 14)),
        # The form offers `adaptive`, and create refuses it.
        replace(
            _SEEDREAM, rules=flat(1611, 5), fields=(_seedream_size({"adaptive": "adaptive"}), _COUNT), inputs=(1, 14)
        ),
        replace(_MIDJOURNEY, rules=flat(2464, 8), inputs=(1, 14)),
    ),
    Category.TEXT_TO_MUSIC: (
        _SONIC,
        Leaf("GenBGM", "GenBGM", ("Tianpuyue",), flat(4399, 30), None, eet=(60, 120)),
        Leaf("GenSong", "GenSong", ("Tianpuyue",), flat(4398, 30), None),
    ),
    Category.TEXT_TO_SPEECH: (
        _SPEECH,
        Leaf("seed-tts-1.1", "Seed TTS 1.1", ("Seed",), flat(521, 5), None, longest_prompt=10_000),
    ),
}
