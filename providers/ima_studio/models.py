"""What we know about IMA Studio's models beside its catalogue: names people type, usual times, how results come.

Prices, settings and availability are never here: only the live catalogue has them. Times are the ones that the
provider's page names (music: a recorded catalogue); the live catalogue's own tag wins wherever a model has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.models import MediaKind, Seconds, Task, Trait

UNIT: Final = "points"


@dataclass(frozen=True, slots=True)
class Pace:
    """The rhythm of one kind of task, in seconds (reference section 1.6).

    ``patience`` is how long the provider's own client waits at most. ``expected`` is for a model that neither the
    catalogue nor the table below knows: from a quick run to the longest wait that was once usual for this kind.
    """

    media: MediaKind
    poll_every: float
    patience: float
    progress_every: float
    expected: Seconds


_IMAGE: Final = Pace(MediaKind.IMAGE, 5, 600, 15, Seconds(20, 120))
_VIDEO: Final = Pace(MediaKind.VIDEO, 8, 2400, 30, Seconds(120, 600))
_MUSIC: Final = Pace(MediaKind.AUDIO, 5, 480, 15, Seconds(60, 180))
_SPEECH: Final = Pace(MediaKind.AUDIO, 3, 300, 10, Seconds(5, 30))

PACES: Final[Mapping[Task, Pace]] = {
    Task.TEXT_TO_IMAGE: _IMAGE,
    Task.IMAGE_TO_IMAGE: _IMAGE,
    Task.TEXT_TO_VIDEO: _VIDEO,
    Task.IMAGE_TO_VIDEO: _VIDEO,
    Task.FIRST_LAST_FRAME_TO_VIDEO: _VIDEO,
    Task.REFERENCE_IMAGE_TO_VIDEO: _VIDEO,
    Task.TEXT_TO_MUSIC: _MUSIC,
    Task.TEXT_TO_SPEECH: _SPEECH,
}

RECOMMENDED: Final[Mapping[Task, str]] = {
    Task.TEXT_TO_IMAGE: "gemini-3.1-flash-image-preview",
    Task.IMAGE_TO_IMAGE: "gemini-3.1-flash-image-preview",
    Task.TEXT_TO_VIDEO: "wan2.6-t2v",
    Task.IMAGE_TO_VIDEO: "wan2.6-i2v",
    Task.FIRST_LAST_FRAME_TO_VIDEO: "kling-video-o1",
    Task.REFERENCE_IMAGE_TO_VIDEO: "kling-video-o1",
    Task.TEXT_TO_MUSIC: "sonic",
    Task.TEXT_TO_SPEECH: "seed-tts-2.0",
}
"""The newest and most popular model of each task, by the provider's own page; never simply the cheapest."""

INPUTS: Final[Mapping[Task, tuple[int, int]]] = {
    Task.IMAGE_TO_IMAGE: (1, 1),
    Task.IMAGE_TO_VIDEO: (1, 1),
    Task.FIRST_LAST_FRAME_TO_VIDEO: (2, 2),
    Task.REFERENCE_IMAGE_TO_VIDEO: (1, 3),
}
"""Fewest and most input pictures where the catalogue does not say; tasks that take none are missing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one model. ``None`` means: as usual for its kind.

    ``approves`` marks models whose input pictures have to be approved by the provider before they can be used.
    """

    expected: Seconds | None = None
    progress_every: float | None = None
    poll_every: float | None = None
    max_inputs: int | None = None
    traits: frozenset[Trait] = frozenset()
    aliases: tuple[str, ...] = ()
    outputs_per_unit: int = 1
    needs_subscription: bool = False
    approves: bool = False


def _facts(
    low: int = 0, high: int = 0, progress: float | None = None, *, traits: tuple[Trait, ...] = (), aliases: str = ""
) -> Facts:
    return Facts(
        expected=Seconds(low, high) if high else None,
        progress_every=progress,
        traits=frozenset(traits),
        aliases=tuple(alias.strip() for alias in aliases.split(",") if alias),
    )


_WAN: Final = _facts(
    60, 120, 30, traits=(Trait.POPULAR, Trait.BALANCED), aliases="wan, wan 2.6, wanx, tongyi wanxiang, 万相, 通义万相"
)
_PIXVERSE: Final = _facts(60, 120, 30, traits=(Trait.BUDGET,))
_VIDU: Final = _facts(60, 120, 30, traits=(Trait.BUDGET, Trait.FAST), aliases="vidu, vidu q2")

FACTS: Final[Mapping[str, Facts]] = {
    "wan2.6-t2v": _WAN,
    "wan2.6-i2v": _WAN,
    "MiniMax-Hailuo-2.3": _facts(
        60, 120, 30, traits=(Trait.NEWEST,), aliases="hailuo, hailuo 2.3, minimax, 海螺, 海螺 2.3"
    ),
    "MiniMax-Hailuo-02": _facts(
        60, 120, 30, traits=(Trait.BUDGET,), aliases="hailuo 2, hailuo 2.0, hailuo 02, 海螺 2.0, 海螺 02"
    ),
    "viduq2": _VIDU,
    "viduq2-pro": _VIDU,
    "doubao-seedance-1-5-pro-251215": _facts(
        90,
        180,
        40,
        traits=(Trait.BALANCED,),
        aliases="seedance 1.5, seedance 1.5 pro, doubao-seedance-1.5-pro, 即梦 1.5",
    ),
    "ima-pro": Facts(
        progress_every=40,
        max_inputs=9,
        traits=frozenset({Trait.NEWEST, Trait.BEST}),
        aliases=("seedance 2.0", "seedance 2", "ima sevio 1.0", "sevio"),
        needs_subscription=True,
        approves=True,
    ),
    # "seedance" alone means the newest one that every account may use.
    "ima-pro-fast": Facts(
        progress_every=40,
        max_inputs=9,
        traits=frozenset({Trait.NEWEST, Trait.FAST}),
        aliases=("seedance", "seedance 2.0 fast", "seedance fast", "ima sevio 1.0-fast", "即梦"),
        approves=True,
    ),
    "sora-2-pro": _facts(180, 360, 60, aliases="sora, sora 2, sora 2 pro"),
    "kling-video-o1": _facts(180, 360, 60, traits=(Trait.NEWEST,), aliases="kling, kling o1, 可灵, 可灵 o1"),
    "kling-v2-6": _facts(120, 240, 45, aliases="kling 2.6, kling v2.6, 可灵 2.6"),
    "veo-3.1-generate-preview": _facts(
        120, 300, 50, traits=(Trait.BEST,), aliases="veo, veo 3, veo 3.1, google veo, 谷歌 veo"
    ),
    "pixverse": _PIXVERSE,
    "pixverse-v5.5": _facts(60, 120, 30, traits=(Trait.BUDGET,), aliases="pixverse, pixverse v5.5, pixverse 5.5, 拍我"),
    "pixverse-v5": _facts(60, 120, 30, traits=(Trait.BUDGET,), aliases="pixverse v5, pixverse 5"),
    "pixverse-v4.5": _facts(60, 120, 30, traits=(Trait.BUDGET,), aliases="pixverse v4.5, pixverse 4.5"),
    "pixverse-v4": _facts(60, 120, 30, traits=(Trait.BUDGET,), aliases="pixverse v4, pixverse 4"),
    "pixverse-v3.5": _facts(60, 120, 30, traits=(Trait.BUDGET,), aliases="pixverse v3.5, pixverse 3.5"),
    "gemini-3.1-flash-image-preview": _facts(
        20,
        40,
        15,
        traits=(Trait.POPULAR, Trait.NEWEST, Trait.FAST),
        aliases="nano banana, nano banana 2, gemini, gemini 3.1, banana, 香蕉",
    ),
    "gemini-3-pro-image-preview": _facts(
        60, 120, 30, traits=(Trait.BEST,), aliases="nano banana pro, gemini pro, gemini 3 pro, banana pro"
    ),
    "doubao-seedream-4-5-251128": _facts(
        25, 60, 20, traits=(Trait.BUDGET,), aliases="seedream, seedream 4.5, doubao-seedream-4.5, 豆包, 即梦"
    ),
    "midjourney": Facts(
        expected=Seconds(40, 90),
        progress_every=25,
        poll_every=8,
        traits=frozenset({Trait.POPULAR}),
        aliases=("mj", "midjourney"),
        outputs_per_unit=4,
    ),
    "sonic": Facts(
        expected=Seconds(90, 150),
        progress_every=15,
        traits=frozenset({Trait.POPULAR, Trait.BEST}),
        aliases=("suno", "sonic"),
        outputs_per_unit=2,
    ),
    "GenBGM": _facts(60, 120, 10, traits=(Trait.FAST,), aliases="bgm, doubao bgm, 背景音乐"),
    "GenSong": _facts(90, 150, 15, aliases="song, doubao song, 豆包歌曲"),
    "seed-tts-2.0": _facts(
        5, 30, 10, traits=(Trait.NEWEST, Trait.BUDGET), aliases="tts, seed tts, seed tts 2, doubao tts, 豆包语音"
    ),
    "seed-tts-1.1": _facts(5, 30, 10, aliases="seed tts 1, seed tts 1.1"),
}

_NOTHING: Final = Facts()


def facts_of(leaf: str, family: str = "") -> Facts:
    """Return what is known about a model, by its id, else by its family. ``Pixverse V5.5`` is ``pixverse-v5.5``."""
    known = FACTS.get(leaf) or FACTS.get(leaf.lower().replace(" ", "-"))
    return known or FACTS.get(family) or _NOTHING
