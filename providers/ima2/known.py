"""What is known of ima2 beside what it says itself: names, prices that are published, usual times, limits.

Prices and tiers are those of the seed, "Provider policy"; times are a guess.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from providers.models import Seconds

OAUTH, API, GROK, GROK_API, AGY, GEMINI = "oauth", "api", "grok", "grok-api", "agy", "gemini-api"
LANES: Final = (OAUTH, API, GROK, GROK_API, AGY, GEMINI)

BASE_VIDEO: Final = "grok/grok-imagine-video"
"""The one model that edits and extends clips."""

DESCRIBER: Final = "grok/grok-4.3"
AGY_MODEL: Final = "nano-banana-2"

REWORKING: Final = frozenset({OAUTH, API, GROK, GROK_API, GEMINI})
"""Lanes in which a picture can be varied; Antigravity's has no such setting."""

SIDES: Final[Mapping[str, int]] = {"512px": 512, "1K": 1024, "2K": 2048, "4K": 4096}
"""The longer side in pixels that stands for each tier of Gemini: the server takes the tier from it."""

GEMINI_USD: Final[Mapping[str, Mapping[str, Decimal]]] = {
    "nano-banana-2": {
        "512px": Decimal("0.001"),
        "1K": Decimal("0.003"),
        "2K": Decimal("0.004"),
        "4K": Decimal("0.006"),
    },
    "nano-banana-pro": {"1K": Decimal("0.007"), "2K": Decimal("0.007"), "4K": Decimal("0.013")},
}
"""Published dollars per picture."""

PREFERRED: Final = ("oauth/gpt-5.4", "grok/grok-imagine-image-quality", "grok/grok-imagine-video")
"""What most people get, where it is offered."""

PICTURE_TIME: Final = Seconds(15, 60)
CLIP_TIME: Final = Seconds(45, 180)
WORDS_TIME: Final = Seconds(5, 30)

_BRANDS: Final = {"gpt": "GPT", "grok": "Grok", "nano": "Nano", "banana": "Banana", "imagine": "Imagine"}
_PLACES: Final = {API: "own key", GROK_API: "own key", AGY: "Antigravity"}
_QUIET: Final = frozenset({"image"})


def name_of(model: str, lane: str = "") -> str:
    """Return the name that people know a model by: ``gpt-5.4-mini`` is GPT-5.4 mini."""
    gpt = re.fullmatch(r"gpt-([0-9.]+)(?:-(.+))?", model)
    if gpt is not None:
        name = " ".join(part for part in (f"GPT-{gpt[1]}", (gpt[2] or "").replace("-", " ")) if part)
    else:
        words = [word for word in model.removesuffix("-preview").split("-") if word not in _QUIET]
        name = " ".join(_BRANDS.get(word, word.capitalize()) for word in words)
    return f"{name} ({_PLACES[lane]})" if lane in _PLACES else name
