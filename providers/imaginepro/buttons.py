"""Midjourney's buttons: what each is for people, and which are never offered (reference section 2.4)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from providers.models import Task
from providers.outcomes import Deed, FollowUp

MIDJOURNEY: Final = "midjourney"

GRID: Final = ("U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4")
"""What a sheet of four pictures surely offers, for a message that forgets to say it."""

_LEFT_OUT: Final = frozenset({"vary (region)", "cancel job"})
"""One needs a mask drawn by hand; what the other costs and does to the money nobody says."""

_LONGEST: Final = 80
_PLAIN: Final[Mapping[str, Deed]] = {
    "🔄": Deed.AGAIN,
    "⬅": Deed.PAN_LEFT,
    "➡": Deed.PAN_RIGHT,
    "⬆": Deed.PAN_UP,
    "⬇": Deed.PAN_DOWN,
    "make square": Deed.SQUARE,
    "vary (subtle)": Deed.SUBTLE,
    "vary (strong)": Deed.STRONG,
    "upscale (subtle)": Deed.LARGER_SUBTLE,
    "upscale (creative)": Deed.LARGER_CREATIVE,
}
_PICKED: Final = re.compile(r"(?P<what>[uv])(?P<number>[1-4])")
_BY_FACTOR: Final = re.compile(r"(?P<what>zoom out|upscale|redo upscale) \(?(?P<factor>[0-9.]+x)\)?")
_VARIATION_SELECTOR: Final = "\ufe0f"


def is_offered(word: str) -> bool:
    """Whether people may press a button at all."""
    return bool(word.strip()) and len(word) <= _LONGEST and _plain(word) not in _LEFT_OUT


def follow_ups(words: Iterable[str]) -> tuple[FollowUp, ...]:
    """Return what a message offers, in its order, each once; the word goes back letter for letter."""
    return tuple(_follow_up(word) for word in dict.fromkeys(words) if is_offered(word))


def _follow_up(word: str) -> FollowUp:
    deed, number, name = next(_read(word))
    return FollowUp(deed, Task.REWORK_IMAGE, MIDJOURNEY, word, number, name)


def _read(word: str) -> Iterator[tuple[Deed, int, str]]:
    plain = _plain(word)
    if picked := _PICKED.fullmatch(plain):
        yield (Deed.PICK if picked["what"] == "u" else Deed.VARY), int(picked["number"]), ""
    if plain in _PLAIN:
        yield _PLAIN[plain], 0, ""
    if factor := _BY_FACTOR.fullmatch(plain):
        yield (Deed.ZOOM_OUT if factor["what"] == "zoom out" else Deed.LARGER), 0, factor["factor"]
    yield Deed.OTHER, 0, word.strip()


def _plain(word: str) -> str:
    """Return a button without what clients drop or add: case, and the mark that makes an arrow colourful."""
    return word.replace(_VARIATION_SELECTOR, "").strip().lower()
