"""What a provider is to Limner: models, exact quotes, one-attempt submits, checks. No wire format lives here.

Every amount is in the provider's own unit (points, credits) and every time is in seconds. A provider never retries
a paid call, never changes an order, and keeps every result that was paid for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from providers.errors import FailureCode

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


class MediaKind(StrEnum):
    """How a result is shown."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


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


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One setting a person can change.

    ``name`` is the canonical name where there is one (``duration``, ``resolution``, ``aspect_ratio``, ``quality``,
    ``sound``), else the provider's own. ``default`` may be ``None``: then nothing is sent unless the person says so.
    ``max_length`` counts characters of a text setting. ``label`` is what the catalogue calls it for people.
    """

    name: str
    kind: ParamKind
    default: ParamValue | None
    choices: tuple[Choice, ...] = ()
    max_length: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model for one task, as the live catalogue gives it.

    ``id`` is unique within provider and task. ``price_from`` is the lowest and ``price`` the default-settings price
    per unit (``None`` where the catalogue has no exact price for the defaults). ``expected`` is the usual running
    time; ``expected_source`` says where it comes from: ``catalogue``, ``table`` or ``default``. ``outputs_per_unit``
    counts the results one paid unit yields. ``aliases`` are the names people type.
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


@dataclass(frozen=True, slots=True)
class Picture:
    """An input picture: either the bytes we checked, or the address of a result the provider itself made.

    ``mime`` is sniffed from the bytes, never taken from a name or a header. ``width`` and ``height`` are pixels read
    from the bytes, 0 where unknown; some providers want them beside the address.
    """

    mime: str
    data: bytes = b""
    url: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, complete and exact: every setting of the model has its value."""

    task: Task
    model: str
    prompt: str
    params: Mapping[str, ParamValue]
    count: int = 1
    pictures: tuple[Picture, ...] = ()


class PriceBasis(StrEnum):
    """Which price row a quote rests on."""

    EXACT = "exact"  # a row that matches every priced setting
    FLAT = "flat"  # the catalogue's one price for all settings


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order costs. ``total`` = ``per_unit`` times ``units``; ``terms`` is opaque and goes back with the submit.

    ``read_at`` is when the catalogue that the price comes from was read.
    """

    per_unit: Decimal
    units: int
    total: Decimal
    unit: str
    basis: PriceBasis
    terms: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the order. ``ref`` is the provider's own name for it, used for every later check."""

    ref: str


@dataclass(frozen=True, slots=True)
class Asset:
    """One result. ``url`` is the address to show and to give; the others are what the provider gave besides."""

    kind: MediaKind
    url: str
    cover: str = ""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    others: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """Not finished. ``percent`` only where the provider says it; ``poll_after`` only where it asks for one."""

    percent: int | None = None
    poll_after: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Finished, with everything that was made and, where it is said, what it really cost.

    ``lost`` names how many of the ordered results failed while others succeeded.
    """

    assets: tuple[Asset, ...]
    cost: Decimal | None = None
    lost: int = 0


class Refund(StrEnum):
    """What is known about the money of a failed run."""

    UNKNOWN = "unknown"
    NOT_CHARGED = "not_charged"
    RETURNED = "returned"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Failed:
    """Ended without a result. ``detail`` is for the log only."""

    code: FailureCode
    detail: str = ""
    refund: Refund = Refund.UNKNOWN
    data: Mapping[str, int | str] = field(default_factory=dict)


Outcome = Running | Done | Failed


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do besides the paid call, as data that is asked before it is used.

    ``record_page`` is where the operator sees what was made and charged, ``key_page`` where keys are made and
    ``top_up_page`` where points are bought; empty where there is none.
    """

    can_find: bool = False
    can_cancel: bool = False
    reports_percent: bool = False
    tasks: frozenset[Task] = frozenset()
    record_page: str = ""
    key_page: str = ""
    top_up_page: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never shows itself: only :meth:`reveal` gives it."""

    _value: str = field(default="", repr=False)

    def reveal(self) -> str:
        """Return the value, for a header or a signature and nothing else."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What an adapter is built from. Empty addresses mean the provider's own.

    ``now`` gives the time in UTC, ``nonce`` a fresh random name of at least 32 letters and digits. ``app_key`` is a
    second, shared credential where a provider has one. ``language`` is a language tag for the catalogue's labels.
    ``extra`` holds settings that only one adapter knows.
    """

    key: Secret
    now: Callable[[], datetime]
    nonce: Callable[[], str]
    base_url: str = ""
    upload_url: str = ""
    app_key: Secret = field(default_factory=Secret)
    language: str = "en"
    extra: Mapping[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """A paid service. Every method raises :class:`providers.errors.ProviderError` and nothing else."""

    @property
    def name(self) -> str:
        """The short name used in settings and in the store, for example ``ima_studio``."""
        ...

    @property
    def title(self) -> str:
        """The name people know, for example ``IMA Studio``."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What can be asked of this provider."""
        ...

    async def models(self, task: Task) -> Sequence[ModelSpec]:
        """Read the live catalogue of one task. Free."""
        ...

    async def quote(self, order: Order) -> Quote:
        """Price exactly this order from the last catalogue read. Free; reads the catalogue if it never was.

        Raises ``NO_SUCH_COMBINATION`` where no exact price exists and ``MODEL_UNAVAILABLE`` where the model is gone.
        """
        ...

    async def prepare(self, order: Order) -> Order:
        """Bring the order's pictures to where the provider can read them. Free, and safe to repeat.

        Returns the order with every picture as a URL.
        """
        ...

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Place the paid order: exactly one attempt. ``token`` is our own id of the attempt.

        Raises with ``sent`` set: ``no`` and ``yes`` are certain, ``maybe`` is not.
        """
        ...

    async def check(self, ref: str) -> Outcome:
        """Ask how an accepted order is doing. Free, and safe to repeat."""
        ...

    async def find(self, token: str, order: Order, since: datetime) -> Accepted | None:
        """Look for an order whose submit had no clear answer; only where ``can_find`` says so."""
        ...

    async def cancel(self, ref: str) -> Refund:
        """Stop a running order; only where ``can_cancel`` says so."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
