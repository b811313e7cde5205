"""How large and how long a pretend result is: the asked proportions at a modest size. Nothing is drawn here."""

from providers.sandbox.ima.leaf import Category
from providers.sandbox.ima.orders import Order

_VIDEO_SIDE, _PICTURE_SIDE, _LONGEST_SIDE = 480, 768, 1536
_USUAL_SECONDS, _SOUND_SECONDS, _MOST_SECONDS = 5, 12, 15


def size(order: Order) -> tuple[int, int]:
    """Return width and height in pixels, both even (the video codec wants that)."""
    moving = order.category.value.endswith("_video")
    wide, high = _proportions(order, (16, 9) if moving else (1, 1))
    scale = (_VIDEO_SIDE if moving else _PICTURE_SIDE) / min(wide, high)
    scale = min(scale, _LONGEST_SIDE / max(wide, high))
    return round(wide * scale / 2) * 2, round(high * scale / 2) * 2


def seconds(order: Order) -> int:
    """Return the length in whole seconds."""
    if order.category in {Category.TEXT_TO_MUSIC, Category.TEXT_TO_SPEECH}:
        return _SOUND_SECONDS
    asked = str(order.params.get("duration", ""))
    return min(int(asked), _MOST_SECONDS) if asked.isdecimal() else _USUAL_SECONDS


def _proportions(order: Order, usual: tuple[int, int]) -> tuple[int, int]:
    """Read ``16:9`` or ``2560x1440``; whatever else is asked (``auto``, ``4k``) has the usual proportions."""
    for name, mark in (("aspect_ratio", ":"), ("size", "x")):
        wide, _, high = str(order.params.get(name, "")).partition(mark)
        if wide.isdecimal() and high.isdecimal() and int(wide) and int(high):
            return int(wide), int(high)
    return usual
