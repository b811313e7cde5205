"""What a provider sells: kinds of things, models, settings. What is ordered of them is in ``contract``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

ParamValue = str | int | bool
"""The value of one setting. Kept in the type that the provider's catalogue gives it (``"5"`` is not ``5``)."""


class Task(StrEnum):
    """What kind of thing is made. The values are the provider-neutral names also used in the store."""

    TEXT_TO_IMAGE = "text_to_image"
    IMAGE_TO_IMAGE = "image_to_image"
    TEXT_TO_VIDEO = "text_to_video"
    IMAGE_TO_VIDEO = "image_to_video"
    FIRST_LAST_FRAME_TO_VIDEO = "first_last_frame_to_video"
    REFERENCE_IMAGE_TO_VIDEO = "reference_image_to_video"
    TEXT_TO_MUSIC = "text_to_music"
    TEXT_TO_SPEECH = "text_to_speech"
    TEXT_TO_TEXT = "text_to_text"  # a question and its answer; pictures may belong to the question
    UPSCALE_IMAGE = "upscale_image"  # the same picture, larger
    REMOVE_BACKGROUND = "remove_background"  # the picture without what is behind its subject
    IMAGE_TO_TEXT = "image_to_text"  # a picture described in words
    REWORK_IMAGE = "rework_image"  # one step on from a finished order, such as one picture of a grid or a variation
    VIDEO_TO_VIDEO = "video_to_video"  # a video changed as described
    EXTEND_VIDEO = "extend_video"  # a video that goes on where it ended, in one piece
    VIDEO_TO_TEXT = "video_to_text"  # a video described in words


class MediaKind(StrEnum):
    """How a result is shown."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"


class Privacy(StrEnum):
    """Who can read what is asked and answered, as the provider promises it."""

    ANONYMIZED = "anonymized"  # whoever runs the model reads it without knowing whose it is
    PRIVATE = "private"  # it stays with the provider itself
    SEALED = "sealed"  # end-to-end encrypted into hardware that proves what it runs


class Trait(StrEnum):
    """Why somebody would choose a model; the words for people are in the catalogues."""

    POPULAR = "popular"
    NEWEST = "newest"
    BEST = "best"
    BUDGET = "budget"
    FAST = "fast"
    BALANCED = "balanced"


@dataclass(frozen=True, slots=True)
class Seconds:
    """A range of expected seconds, from the fastest to the slowest usual run."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a setting can take. ``excludes`` bans values of other settings while this one is chosen."""

    value: ParamValue
    label: str
    excludes: Mapping[str, tuple[ParamValue, ...]] = field(default_factory=dict)


class ParamKind(StrEnum):
    """How a setting is asked for."""

    CHOICE = "choice"
    TOGGLE = "toggle"
    TEXT = "text"
    NUMBER = "number"  # a whole number from ``low`` to ``high``
    RATIO = "ratio"  # two whole numbers such as 16:9, at most ``high`` times as long as wide and the other way round


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One setting a person can change.

    ``name`` is the canonical name where there is one (``duration``, ``resolution``, ``aspect_ratio``, ``quality``,
    ``sound``), else the provider's own. ``default`` may be ``None``: then nothing is sent unless the person says so.
    ``max_length`` counts characters of a text setting, ``low`` and ``high`` bound a number. ``label`` is what the
    catalogue calls it for people.
    """

    name: str
    kind: ParamKind
    default: ParamValue | None
    choices: tuple[Choice, ...] = ()
    max_length: int | None = None
    label: str = ""
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model for one task, as the live catalogue gives it.

    ``id`` is unique within provider and task. ``price_from`` is the lowest and ``price`` the default-settings price
    per unit (``None`` where the catalogue has no exact price for the defaults). ``expected`` is the usual running
    time; ``expected_source`` says where it comes from: ``catalogue``, ``table`` or ``default``. ``outputs_per_unit``
    counts the results one paid unit yields. ``aliases`` are the names people type. ``max_sounds``, ``max_videos``
    and ``min_videos`` count the inputs that are given by their address. ``takes_mask``: a picture may say with its
    transparent parts which part of another one is to change. A model without a price that people can be told for its
    defaults has ``price`` ``None``. ``adult``: the provider flags it as not safe for work.
    """

    provider: str
    id: str
    name: str
    task: Task
    media: MediaKind
    params: tuple[ParamSpec, ...]
    unit: str
    price: Decimal | None
    price_from: Decimal | None
    price_to: Decimal | None
    expected: Seconds
    expected_source: str
    poll_every: float
    progress_every: float
    patience: float
    min_inputs: int = 0
    max_inputs: int = 0
    max_prompt: int = 4000
    max_count: int = 4
    outputs_per_unit: int = 1
    recommended: bool = False
    traits: frozenset[Trait] = frozenset()
    aliases: tuple[str, ...] = ()
    needs_subscription: bool = False
    privacy: Privacy | None = None
    max_sounds: int = 0
    max_videos: int = 0
    min_videos: int = 0
    takes_mask: bool = False
    adult: bool = False
