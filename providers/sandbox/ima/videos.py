"""The video models as IMA's catalogue has them for text-to-video, as data (reference sections 1.3 and 1.4).

Price rows keep the recorded first row, which is often not the row of the default settings. Attribute ids are the
recorded ones where they are known; ids from 7000 up are ours, for leaves whose ids nobody published. In which other
categories a model is offered is in :mod:`providers.sandbox.ima.offers`.
"""

from dataclasses import replace

from providers.sandbox.ima.leaf import Field, Leaf, Option, Virtual, pick, priced, text, toggle

_FIVE = ("16:9", "9:16", "4:3", "3:4", "1:1")
_SEVEN = ("16:9", "1:1", "4:3", "3:4", "9:16", "21:9", "adaptive")


def seconds(*values: str | int, default: str | int | None = None, lie: int | None = None) -> Field:
    """Make a duration field; `lie` is what the catalogue claims as minimum and maximum."""
    field = pick("duration", *values, default=default)
    return replace(field, published=(lie, lie)) if lie is not None else field


def _banning(field: Field, other: str, banned: str, *values: int) -> Field:
    """Let the given values of ``field`` exclude one value of another field; their price rows stay."""
    options = (
        Option(option.value, {other: (banned,)}) if option.value in values else option for option in field.options
    )
    return replace(field, options=tuple(options))


SEEDANCE_FAST = Leaf(
    "ima-pro-fast",
    "Seedance 2.0 fast",
    ("Seedance",),
    priced(4504, (5, 10, 15), "resolution", {"480p": (29, 58, 87), "720p": (65, 130, 195)}),
    (seconds(5, 10, 15), pick("resolution", "480p", "720p", default="720p"), pick("aspect_ratio", *_SEVEN)),
    verified_inputs=True,
    popularity="New",
)

SEEDANCE = Leaf(
    "ima-pro",
    "Seedance 2.0",
    ("Seedance",),
    priced(4510, (5, 10, 15), "resolution", {"480p": (48, 96, 144), "720p": (105, 210, 315)}),
    (
        seconds(5, 10, 15),
        pick("resolution", "480p", "720p", default="720p"),
        replace(
            pick("aspect_ratio", *_SEVEN[:-1], "auto"),
            # The recorded form contradicts itself: the field says 16:9, what is shown starts at 1:1.
            virtual=Virtual("aspect_ratio", "1:1", {**{ratio: ratio for ratio in _SEVEN}, "adaptive": "auto"}),
        ),
    ),
    subscription=True,
    verified_inputs=True,
    popularity="New",
)

SEEDANCE_15 = Leaf(
    "doubao-seedance-1-5-pro-251215",
    "SeeDance 1.5 Pro",
    ("Seedance",),
    priced(
        2083,
        (4, 8, 12),
        ("resolution", "generate_audio"),
        {
            ("480p", True): (16, 32, 48),
            ("480p", False): (8, 16, 24),
            ("720p", True): (30, 60, 90),
            ("720p", False): (15, 30, 45),
        },
    ),
    (
        seconds(4, 8, 12),
        pick("resolution", "480p", "720p", default="720p"),
        pick("aspect_ratio", *_SEVEN),
        toggle("generate_audio", value=True),
    ),
    model_id="doubao-seedance-1.5-pro",
    eet=(150, 210),
)

WAN = Leaf(
    "wan2.6-t2v",
    "Wan 2.6",
    ("Wan",),
    priced(2057, (5, 10, 15), "resolution", {"720P": (25, 50, 75), "1080P": (40, 80, 120)}),
    (
        seconds(5, 10, 15, lie=5),
        pick("resolution", "720P", "1080P", default="1080P"),
        pick("aspect_ratio", *_FIVE),
        pick("shot_type", "single", "multi"),
        toggle("prompt_extend", value=False),
        text("negative_prompt", 800, ""),
        pick("n", "1", "2", "3", "4"),
    ),
    eet=(300, 420),
    popularity="Hot",
)

HAILUO_23 = Leaf(
    "MiniMax-Hailuo-2.3",
    "Hailuo 2.3",
    ("Hailuo",),
    priced(2127, (6, 10), "resolution", {"768P": (12, 20), "1080P": (24, 48)}),
    (_banning(seconds(6, 10), "resolution", "1080P", 10), pick("resolution", "768P", "1080P")),
    eet=(150, 210),
    popularity="Hot",
)

HAILUO_02 = Leaf(
    "MiniMax-Hailuo-02",
    "Hailuo 2.0",
    ("Hailuo",),
    priced(2131, (6, 10), "resolution", {"512P": (12, 20), "768P": (12, 20), "1080P": (24, 48)}),
    (
        _banning(seconds(6, 10), "resolution", "1080P", 10),
        pick("resolution", "512P", "768P", "1080P", default="768P"),
    ),
    eet=(150, 210),
)

VIDU = Leaf(
    "viduq2",
    "Vidu Q2",
    ("Vidu",),
    priced(2099, (5, 10), "resolution", {"540p": (5, 20), "720p": (15, 30), "1080p": (35, 70)}),
    (
        seconds(5, 10),
        pick("resolution", "540p", "720p", "1080p", default="720p"),
        pick("aspect_ratio", *_FIVE),
        pick("movement_amplitude", "auto", "small", "medium", "large"),
    ),
    eet=(120, 180),
)

VIDU_PRO = Leaf(
    "viduq2-pro",
    "Vidu Q2 Pro",
    ("Vidu",),
    priced(7100, (4, 8), "resolution", {"540p": (8, 16), "720p": (13, 26), "1080p": (28, 56)}),
    (
        seconds(4, 8),
        pick("resolution", "540p", "720p", "1080p", default="720p"),
        pick("movement_amplitude", "auto", "small", "medium", "large"),
    ),
    eet=(120, 180),
)

SORA = Leaf(
    "sora-2-pro",
    "Sora 2 Pro",
    ("OpenAI", "Sora"),
    priced(1977, ("4", "8", "12"), "resolution", {"720p": (120, 360, 480)}),
    (seconds("4", "8", "12"), pick("resolution", "720p"), pick("aspect_ratio", "16:9", "9:16")),
    eet=(480, 720),
)

KLING_O1 = Leaf(
    "kling-video-o1",
    "Kling O1",
    ("Kling",),
    priced(2313, ("5", "10"), "mode", {"std": (48, 96), "pro": (60, 120)}),
    (
        seconds("5", "10"),
        replace(
            pick("mode", "std", "pro"),
            virtual=Virtual("quality", "720p", {"720p": "std", "1080p": "pro"}),
        ),
        pick("aspect_ratio", "16:9", "9:16", "1:1"),
    ),
    eet=(240, 360),
    popularity="Hot",
)

KLING_26 = Leaf(
    "kling-v2-6",
    "Kling 2.6",
    ("Kling",),
    priced(2329, ("5", "10"), ("sound", "mode"), {("on", "pro"): (80, 160), ("off", "pro"): (40, 80)}),
    (
        seconds("5", "10"),
        pick("sound", "on", "off", default="off"),
        pick("mode", "pro"),
        pick("aspect_ratio", "16:9", "9:16", "1:1"),
    ),
    eet=(150, 210),
)

VEO = Leaf(
    "veo-3.1-generate-preview",
    "Google Veo 3.1",
    ("Google", "Veo"),
    priced(
        1994,
        (4, 6, 8),
        ("resolution", "generate_audio"),
        {
            ("720p", True): (140, 210, 280),
            ("720p", False): (70, 105, 140),
            ("1080p", True): (190, 260, 330),
            ("1080p", False): (120, 155, 190),
        },
    ),
    (
        _banning(seconds(4, 6, 8, lie=8), "resolution", "1080p", 4, 6),
        pick("resolution", "720p", "1080p"),
        pick("aspect_ratio", "16:9", "9:16"),
        toggle("generate_audio", value=False),
        pick("compression_quality", "optimized", "lossless"),
        text("negative_prompt", 200),
    ),
    eet=(180, 300),
    popularity="Hot",
)


def pixverse(version: str, first_id: int, least: int = 0, most: int = 0) -> Leaf:
    """Make one Pixverse version; they share a `model_id` and differ in the `model` they want to be sent."""
    return Leaf(
        f"Pixverse V{version}",
        f"Pixverse V{version}",
        ("Pixverse",),
        priced(first_id, (5, 8), "resolution", {"540p": (12, 20), "720p": (15, 24), "1080p": (30, 48)}),
        (
            _banning(seconds(5, 8), "resolution", "1080p", 8),
            pick("resolution", "540p", "720p", "1080p"),
            pick("aspect_ratio", *_FIVE),
            pick("model", f"v{version}"),
        ),
        model_id="pixverse",
        eet=(90, 150),
        inputs=(least, most),
    )
