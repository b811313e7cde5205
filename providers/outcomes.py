"""What comes of an order: taken, running, done or failed, and what was made. Ordering it is in ``contract``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from providers.errors import FailureCode
from providers.models import MediaKind, Privacy


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the order. ``ref`` is the provider's own name for it, used for every later check.

    ``told`` is the name of the order that people are told, where the provider has one that helps them. ``outcome`` is
    how the order was doing as it was placed, where that is said: over, and nothing is left to check, or when to look.
    """

    ref: str
    told: str = ""
    outcome: "Outcome | None" = None


class ExtraKind(StrEnum):
    """What else a provider gives beside a result."""

    THUMBNAIL = "thumbnail"
    PREVIEW = "preview"  # a small, silent clip
    FINAL_FRAME = "final_frame"  # the last picture of a video: the next one can begin with it
    SMALLER = "smaller"  # the same, compressed


@dataclass(frozen=True, slots=True)
class Extra:
    """One more address that belongs to a result."""

    kind: ExtraKind
    url: str


@dataclass(frozen=True, slots=True)
class Asset:
    """One result. ``url`` is the address to show and to give; ``extras`` are told too, ``others`` are only kept.

    A written answer has no address but its ``text``, word for word.
    """

    kind: MediaKind
    url: str
    cover: str = ""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    others: tuple[str, ...] = ()
    expires_at: datetime | None = None
    text: str = ""
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says about a finished order, for its person. ``tokens`` are pieces of words, in and out."""

    reference: str = ""
    privacy: Privacy | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """Not finished. ``percent`` only where the provider says it; ``poll_after`` only where it asks for one.

    ``text`` is what has been written so far of an answer that arrives bit by bit.
    """

    percent: int | None = None
    poll_after: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """Finished, with everything that was made and, where it is said, what it really cost.

    ``lost`` names how many of the ordered results failed while others succeeded; an answer that broke off counts as
    one. ``receipt`` is there where the provider wants each order accounted for.
    """

    assets: tuple[Asset, ...]
    cost: Decimal | None = None
    lost: int = 0
    receipt: Receipt | None = None


class Refund(StrEnum):
    """What is known about the money of a failed run."""

    UNKNOWN = "unknown"
    NOT_CHARGED = "not_charged"
    RETURNED = "returned"
    COMING = "coming"  # the provider gives it back by itself within minutes
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
class Balance:
    """What is left in the account, in the provider's unit."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What a provider publishes about itself today: its ``page`` as text, and one line per model in ``models``."""

    page: str
    models: Mapping[str, str]
