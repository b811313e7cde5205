"""What a provider is to Limner: honest quotes, one-attempt submits, checks. No wire format lives here.

What it sells is in ``models``, what comes of an order in ``outcomes``.

Every amount is in the provider's own unit (points, credits) and every time is in seconds. A provider never retries
a paid call, never changes an order, and keeps every result that was paid for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from providers.errors import FailureCode, ProviderError, Sent
from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import Accepted, Balance, Outcome, PastWork, Refund, Survey


class Role(StrEnum):
    """What an input picture is for, where the task alone does not say it."""

    FIRST = "first"  # the first frame
    MIDDLE = "middle"  # a frame in between
    LAST = "last"  # the last frame
    REFERENCE = "reference"  # it should look like this
    MASK = "mask"  # no picture of its own: its transparent parts say what is to change in the first one


@dataclass(frozen=True, slots=True)
class Picture:
    """An input picture: either the bytes we checked, or the address of a result the provider itself made.

    ``mime`` is sniffed from the bytes, never taken from a name or a header. ``width`` and ``height`` are pixels read
    from the bytes, 0 where unknown; some providers want them beside the address. Without a ``role`` the task says
    what the picture is for: its only or first one is the first frame, and so on. ``link`` is a public https address
    where the same bytes can be read, if there is one, for providers that take nothing else (``needs_links``).
    """

    mime: str
    data: bytes = b""
    url: str = ""
    width: int = 0
    height: int = 0
    role: Role | None = None
    link: str = ""


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

    To be priced, an order has its pictures' roles and number, not always their bytes. ``origin`` is the provider's
    name (``Accepted.ref``) of the finished order that this one goes on from, ``step`` the word of the
    :class:`providers.outcomes.FollowUp` that was chosen and ``piece`` the number of the result it is about.
    """

    task: Task
    model: str
    prompt: str
    params: Mapping[str, ParamValue]
    count: int = 1
    pictures: tuple[Picture, ...] = ()
    sounds: tuple[Clip, ...] = ()
    videos: tuple[Clip, ...] = ()
    origin: str = ""
    step: str = ""
    piece: int = 0


class PriceBasis(StrEnum):
    """Which price row a quote rests on."""

    EXACT = "exact"  # a row that matches every priced setting
    FLAT = "flat"  # the catalogue's one price for all settings
    AT_MOST = "at_most"  # the most it can cost; what it really cost comes with the result
    PLAN = "plan"  # nothing is paid for a single one: the account's plan covers it, and each one uses it up a little


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
    waits for the one before; ``most_running`` is how many orders of the account it works on at once, 0 where none is
    known. ``reads_roles`` means that it reads what each picture is for; else the task alone says it. ``rate`` is the
    published price of one unit in ``currency``, for an operator who set none.

    ``enhances``: it makes a short prompt richer, free. ``tells_history``: it lists what was made in the account.
    ``needs_links``: input pictures have to be at a public address. ``takes_hints``: it calls the address
    ``ProviderSettings.hook`` followed by the attempt's token when something about the order has changed; that is a
    reason to look and nothing more. ``keeps_at`` is where results are that nobody but us reaches (an origin such as
    ``http://127.0.0.1:3333``), empty where their addresses are public.
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
    most_running: int = 0
    reads_roles: bool = False
    rate: Decimal | None = None
    currency: str = ""
    enhances: bool = False
    tells_history: bool = False
    needs_links: bool = False
    takes_hints: bool = False
    keeps_at: str = ""


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
    ``extra`` holds settings that only one adapter knows. ``sleep`` waits so many seconds as the provider counts them,
    and ``elapsed`` says how many of those passed since a moment; without it they are those of ``now``.
    ``hook`` is our public address for hints, up to and with its last slash, or empty. ``prices`` are what the operator
    says that things cost which the provider names no price for, by the adapter's own words, in its unit.
    """

    key: Secret
    now: Callable[[], datetime]
    nonce: Callable[[], str]
    base_url: str = ""
    upload_url: str = ""
    app_key: Secret = field(default_factory=Secret)
    language: str = "en"
    extra: Mapping[str, str] = field(default_factory=dict)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    hook: str = ""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    elapsed: Callable[[datetime], float] | None = None


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
        """Look for an order whose submit had no clear answer; only where ``can_find`` says so.

        ``None`` means that it was looked for everywhere and nobody can say: it may still have been charged.
        """
        ...

    async def cancel(self, ref: str) -> Refund:
        """Stop a running order and return what is known about its money; only where ``can_cancel`` says so.

        Raises ``CANNOT_STOP`` where it is over or goes on all the same.
        """
        ...

    async def balance(self) -> Balance:
        """Read what is left in the account. Free; only where ``tells_balance`` says so."""
        ...

    async def survey(self) -> Survey:
        """Read what the provider publishes about itself. Free; only where ``can_be_surveyed`` says so."""
        ...

    async def enhance(self, prompt: str) -> str:
        """Return a richer prompt. Free; only where ``enhances`` says so."""
        ...

    async def history(self, limit: int) -> Sequence[PastWork]:
        """Return what was made in the account, newest first. Free; only where ``tells_history`` says so."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Bare:
    """What a provider says that can do none of the things asked for by a capability. Adapters build on it."""

    async def find(self, token: str, order: Order, since: datetime) -> Accepted | None:
        """Refuse: saying "not found" without having looked would invite a second charge."""
        raise _unable(f"orders cannot be looked up: {token}, {order.model}, {since}")

    async def cancel(self, ref: str) -> Refund:
        """Refuse: a running order cannot be stopped here."""
        raise _unable(f"{ref} cannot be cancelled")

    async def balance(self) -> Balance:
        """Refuse: the provider tells no balance."""
        raise _unable("there is no balance to read")

    async def survey(self) -> Survey:
        """Refuse: what the provider publishes is read with every catalogue."""
        raise _unable("there is nothing to survey")

    async def enhance(self, prompt: str) -> str:
        """Refuse: prompts are taken as they are."""
        raise _unable(f"{len(prompt)} characters stay as they are")

    async def history(self, limit: int) -> Sequence[PastWork]:
        """Refuse: the provider lists nothing."""
        raise _unable(f"no list of {limit}")


def _unable(detail: str) -> ProviderError:
    return ProviderError(FailureCode.UNKNOWN, detail, sent=Sent.NO)
