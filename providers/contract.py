"""What a provider is to Limner: honest quotes, one-attempt submits, checks. No wire format lives here.

What it sells is in ``models``, what comes of an order in ``outcomes``.

Every amount is in the provider's own unit (points, credits) and every time is in seconds. A provider never retries
a paid call, never changes an order, and keeps every result that was paid for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import Accepted, Balance, Outcome, Refund, Survey


class Role(StrEnum):
    """What an input picture is for, where the task alone does not say it."""

    FIRST = "first"  # the first frame
    MIDDLE = "middle"  # a frame in between
    LAST = "last"  # the last frame
    REFERENCE = "reference"  # it should look like this


@dataclass(frozen=True, slots=True)
class Picture:
    """An input picture: either the bytes we checked, or the address of a result the provider itself made.

    ``mime`` is sniffed from the bytes, never taken from a name or a header. ``width`` and ``height`` are pixels read
    from the bytes, 0 where unknown; some providers want them beside the address. Without a ``role`` the task says
    what the picture is for: its only or first one is the first frame, and so on.
    """

    mime: str
    data: bytes = b""
    url: str = ""
    width: int = 0
    height: int = 0
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound or a video at a public https address; ``start`` and ``end`` are seconds within it, if a part is meant.

    ``seconds`` is how long the whole is, where that is known: some prices and limits rest on it.
    """

    url: str
    start: float | None = None
    end: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, complete and exact: every setting of the model has its value.

    To be priced, an order has its pictures' roles and number, not always their bytes.
    """

    task: Task
    model: str
    prompt: str
    params: Mapping[str, ParamValue]
    count: int = 1
    pictures: tuple[Picture, ...] = ()
    sounds: tuple[Clip, ...] = ()
    videos: tuple[Clip, ...] = ()


class PriceBasis(StrEnum):
    """Which price row a quote rests on."""

    EXACT = "exact"  # a row that matches every priced setting
    FLAT = "flat"  # the catalogue's one price for all settings
    AT_MOST = "at_most"  # the most it can cost; what it really cost comes with the result


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
class Capabilities:
    """What a provider can do besides the paid call, as data that is asked before it is used.

    ``record_page`` is where the operator sees what was made and charged, ``key_page`` where keys are made and
    ``top_up_page`` where points are bought; empty where there is none. ``must_ask`` is the provider's own rule that
    no order is placed without a yes, whatever the operator's. ``one_per_person`` is its rule that a person's next order
    waits for the one before. ``reads_roles`` means that it reads what each picture is for; else the task alone says it.
    ``rate`` is the published price of one unit in ``currency``, for an operator who set none.
    """

    can_find: bool = False
    can_cancel: bool = False
    reports_percent: bool = False
    tasks: frozenset[Task] = frozenset()
    record_page: str = ""
    key_page: str = ""
    top_up_page: str = ""
    tells_balance: bool = False
    can_be_surveyed: bool = False
    must_ask: bool = False
    one_per_person: bool = False
    reads_roles: bool = False
    rate: Decimal | None = None
    currency: str = ""


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

        Raises ``NO_SUCH_COMBINATION`` where no exact price exists, ``MODEL_UNAVAILABLE`` where the model is gone and
        ``RULE_BROKEN`` with the :class:`providers.errors.Rule` where the model does not take these things together.
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

    async def balance(self) -> Balance:
        """Read what is left in the account. Free; only where ``tells_balance`` says so."""
        ...

    async def survey(self) -> Survey:
        """Read what the provider publishes about itself. Free; only where ``can_be_surveyed`` says so."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...
