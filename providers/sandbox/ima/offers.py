"""Which model IMA's catalogue offers in which category: own attribute ids, sometimes other prices and fewer options."""

from collections.abc import Mapping
from dataclasses import replace

from providers.sandbox.ima import stills, videos
from providers.sandbox.ima.leaf import Category, Field, Leaf, Rule, Value, pick, priced, text
from providers.sandbox.ima.videos import pixverse, seconds

_PIXVERSES = ("5.5", "5", "4.5", "4", "3.5")


def _also(leaf: Leaf, prices: int | tuple[Rule, ...], least: int = 1, most: int = 1) -> Leaf:
    """Offer a leaf with input pictures: at its own prices under ids from ``prices`` up, or at other prices."""
    if isinstance(prices, int):
        lowest = min(rule.attribute_id for rule in leaf.rules)
        prices = tuple(replace(rule, attribute_id=rule.attribute_id - lowest + prices) for rule in leaf.rules)
    return replace(leaf, rules=prices, inputs=(least, most))


def _with(leaf: Leaf, *changed: Field, without: tuple[str, ...] = ()) -> Leaf:
    """Change fields of a leaf's form, add some, and take some away."""
    fields = {field.name: field for field in (*(leaf.fields or ()), *changed) if field.name not in without}
    return replace(leaf, fields=tuple(fields.values()))


def _only(field: Field, value: Value) -> Field:
    """Leave one option of a field; the form says which the server took away."""
    gone = tuple((field.name, option.value) for option in field.options if option.value != value)
    return replace(pick(field.name, value), conditions=gone)


def _pixverses(first_id: int, least: int, most: int) -> tuple[Leaf, ...]:
    return tuple(pixverse(version, first_id + 6 * number, least, most) for number, version in enumerate(_PIXVERSES))


_TEXT_TO_VIDEO = (
    videos.SEEDANCE_FAST,
    videos.SEEDANCE,
    videos.SEEDANCE_15,
    videos.WAN,
    videos.HAILUO_23,
    videos.HAILUO_02,
    videos.VIDU,
    videos.SORA,
    videos.KLING_O1,
    videos.KLING_26,
    videos.VEO,
    # The ids of the five versions are recorded one by one.
    *(pixverse(*row) for row in zip(_PIXVERSES, (4286, 4298, 4268, 4262, 4256), strict=True)),
)

_IMAGE_TO_VIDEO = (
    _also(videos.SEEDANCE_FAST, 7106, 1, 9),
    _also(videos.SEEDANCE, 7112, 1, 9),
    _also(videos.SEEDANCE_15, 7118),
    replace(_with(_also(videos.WAN, 1957), text("template", 100), without=("aspect_ratio",)), id="wan2.6-i2v"),
    _also(videos.HAILUO_23, 7130),
    _also(
        videos.HAILUO_02,
        priced(7134, (6, 10), "resolution", {"512P": (12, 20), "768P": (12, 20), "1080P": (24, 40)}),
    ),
    _also(videos.VIDU_PRO, 7100),
    _also(videos.SORA, priced(7140, ("4", "8", "12"), "resolution", {"720p": (160, 320, 480)})),
    _also(videos.KLING_O1, 4334),
    _also(videos.KLING_26, 2333),
    _also(videos.VEO, 7143),
    *_pixverses(7155, 1, 1),
)

_FIRST_LAST_FRAME_TO_VIDEO = (
    _also(videos.SEEDANCE_FAST, 7200, 2, 2),
    _also(videos.SEEDANCE, 7206, 2, 2),
    _with(
        _also(videos.HAILUO_02, priced(7212, (6, 10), "resolution", {"768P": (15, 25)}), 2, 2),
        seconds(6, 10),
        pick("resolution", "768P"),
    ),
    _also(videos.VIDU_PRO, 7214, 2, 2),
    _also(videos.KLING_O1, priced(7220, ("5", "10"), "mode", {"std": (70, 140), "pro": (96, 192)}), 2, 2),
    _with(
        _also(videos.KLING_26, priced(7224, ("10", "5"), ("sound", "mode"), {("off", "pro"): (80, 40)}), 2, 2),
        _only(pick("sound", "on", "off"), "off"),
    ),
    _also(videos.VEO, 7226, 2, 2),
    *_pixverses(7238, 2, 2),
)

_REFERENCE_IMAGE_TO_VIDEO = (
    _also(videos.SEEDANCE_FAST, 7300, 1, 9),
    _also(videos.SEEDANCE, 7306, 1, 9),
    _also(
        videos.VIDU,
        priced(7312, (5, 10), "resolution", {"540p": (10, 20), "720p": (20, 40), "1080p": (35, 70)}),
        1,
        3,
    ),
    _also(
        videos.VIDU_PRO,
        priced(7318, (4, 8), "resolution", {"540p": (30, 60), "720p": (40, 70), "1080p": (50, 80)}),
        1,
        3,
    ),
    _also(videos.KLING_O1, 2325, 1, 7),
    _with(
        _also(videos.VEO, 7340, 1, 3),
        _only(seconds(4, 6, 8), 8),
        _only(pick("resolution", "720p", "1080p"), "1080p"),
        _only(pick("aspect_ratio", "16:9", "9:16"), "16:9"),
    ),
    *_pixverses(7352, 1, 3),
)

CATALOGUE: Mapping[Category, tuple[Leaf, ...]] = {
    **stills.SHELVES,
    Category.TEXT_TO_VIDEO: _TEXT_TO_VIDEO,
    Category.IMAGE_TO_VIDEO: _IMAGE_TO_VIDEO,
    Category.FIRST_LAST_FRAME_TO_VIDEO: _FIRST_LAST_FRAME_TO_VIDEO,
    Category.REFERENCE_IMAGE_TO_VIDEO: _REFERENCE_IMAGE_TO_VIDEO,
}
