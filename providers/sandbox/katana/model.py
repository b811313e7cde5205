"""What Katana's catalogue is made of: models for pictures, films and text. Which ones there are is not here."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Rule(StrEnum):
    """What a film's inputs may not be combined with (reference section 2.4)."""

    AUDIO_15S_MAX = "audio_15s_max"
    AUDIO_DRIVES_DURATION = "audio_drives_duration"
    AUDIO_FF_ONLY = "audio_ff_only"
    AUDIO_NEEDS_REFERENCE_IMAGE = "audio_needs_reference_image"
    AUDIO_OR_FFLF_EXCLUSIVE = "audio_or_fflf_exclusive"
    INPUT_VIDEO_DRIVES_LENGTH = "input_video_drives_length"
    LF_NEEDS_FF = "lf_needs_ff"
    REFERENCE_FF_ONLY = "reference_ff_only"
    REFERENCE_IS_VOICE_TIMBRE = "reference_is_voice_timbre"
    REFERENCE_NO_FF_OR_LF = "reference_no_ff_or_lf"
    VIDEO_OFFSET_ALLOWED = "video_offset_allowed"
    VIDEO_REQUIRED = "video_required"


class Privacy(StrEnum):
    """Who may read a question; the value is what ``usage`` calls it."""

    ANONYMIZED = "anonymized"
    PRIVATE = "private"
    E2EE = "e2ee_private"

    @property
    def label(self) -> str:
        """Return what the model list calls it."""
        return {"anonymized": "Anonymized", "private": "Private", "e2ee_private": "E2EE Private"}[self.value]


@dataclass(frozen=True, slots=True)
class ImageModel:
    """A model for pictures. ``legacy`` is its older name, ``runs`` the least and most seconds it takes.

    ``house`` is Katana's own: those know the fast and UHD modes and tag what they made; ``tags`` marks the ones that
    want tags and so know the assistant.
    """

    key: str
    title: str
    credits: Decimal
    aspects: tuple[str, ...]
    references: int = 0
    legacy: str = ""
    house: bool = False
    tags: bool = False
    needs_image: bool = False
    runs: tuple[int, int] = (12, 40)

    def price(self, *, fast: bool, uhd: bool) -> Decimal:
        """Return what one picture costs: half in the fast mode, twice in UHD, which wins. The factors are ours."""
        if not self.house or not (fast or uhd):
            return self.credits
        return self.credits * (2 if uhd else Decimal("0.5"))


@dataclass(frozen=True, slots=True)
class VideoModel:
    """A model for films. ``prices`` are credits by seconds, ``sounds`` tells whether one is heard."""

    key: str
    title: str
    prices: Mapping[int, Decimal]
    aspects: tuple[str, ...]
    first: bool = True
    middle: bool = False
    last: bool = False
    references: int = 0
    audios: int = 0
    videos: int = 0
    sounds: bool = True
    rules: frozenset[Rule] = frozenset()
    legacy: str = ""
    needs_image: bool = False
    modes: tuple[str, ...] = ()
    runs: tuple[int, int] = (90, 300)


@dataclass(frozen=True, slots=True)
class TextModel:
    """A model for text. ``reads`` and ``writes`` are credits per million tokens, ``context`` and ``most`` tokens."""

    key: str
    title: str
    publisher: str
    reads: Decimal
    writes: Decimal
    privacy: Privacy = Privacy.ANONYMIZED
    context: int = 262_144
    most: int = 65_536
    sees: bool = False
    thinks: bool = False
    polled: bool = False
    house: bool = False


Model = ImageModel | VideoModel | TextModel
