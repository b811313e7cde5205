"""What comes of an order: taken, running, done or failed, and what was made. Ordering it is in ``contract``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from providers.errors import FailureCode
from providers.models import MediaKind, Privacy, Task


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

    A written answer has no address but its ``text``, word for word. A ``held`` result is kept where only we can get
    it (``Capabilities.keeps_at``): its address is no link for people, and ``others`` may begin with one that is.
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
    held: bool = False


class Deed(StrEnum):
    """What more a provider makes of a finished order. The words for people are in the catalogues."""

    PICK = "pick"  # one picture of a grid, on its own (U1 to U4)
    VARY = "vary"  # more like one picture of a grid (V1 to V4), or like this one
    AGAIN = "again"  # the same once more
    SUBTLE = "subtle"  # a small variation
    STRONG = "strong"  # a large variation
    LARGER = "larger"  # larger, as it is
    LARGER_SUBTLE = "larger_subtle"
    LARGER_CREATIVE = "larger_creative"
    ZOOM_OUT = "zoom_out"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    PAN_UP = "pan_up"
    PAN_DOWN = "pan_down"
    SQUARE = "square"
    LONGER = "longer"  # a video goes on where it ended
    DESCRIBE = "describe"  # in words
    OTHER = "other"  # something of the provider's own: ``name`` says what


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something more that can be ordered of a finished order, at a price of its own.

    ``task`` and ``model`` order it, ``word`` is the provider's own name for it and goes back as ``Order.step``.
    ``number`` is the result it is about, from 1; 0 is all of it. ``name`` is told to people where ``deed`` does not say
    it all: a factor such as ``2x``, or a button's own name.
    """

    deed: Deed
    task: Task
    model: str
    word: str = ""
    number: int = 0
    name: str = ""


class NoteKind(StrEnum):
    """What came out otherwise than it was ordered, without being a failure. Closed; each has a sentence."""

    DURATION = "duration"  # it lasts another time; data: duration in seconds
    MODEL = "model"  # another model made it; data: model
    REFERENCES_IGNORED = "references_ignored"  # the pictures it should have looked like were left out
    PROMPT_ONLY = "prompt_only"  # everything but the words was left out
    SETTING = "setting"  # a setting fell back; data: setting (canonical name), value
    FILE_KIND = "file_kind"  # the file is of another kind than was asked for; data: kind


@dataclass(frozen=True, slots=True)
class Note:
    """One silent change that people are told about. ``data`` holds the facts that its sentence names."""

    kind: NoteKind
    data: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says about a finished order, for its person. ``tokens`` are pieces of words, in and out."""

    reference: str = ""
    privacy: Privacy | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None


class Phase(StrEnum):
    """What a provider is doing, where it says so. The words for people are in the catalogues."""

    WAITING = "waiting"  # in the provider's own queue
    PLANNING = "planning"  # it reads the prompt, looks things up and plans
    MAKING = "making"
    STALLED = "stalled"  # it says itself that nothing moves at the moment


@dataclass(frozen=True, slots=True)
class Preview:
    """An unfinished picture, to be shown while the rest is made. ``number`` grows with every one of an order."""

    mime: str
    data: bytes = field(repr=False)
    number: int = 1


@dataclass(frozen=True, slots=True)
class Running:
    """Not finished. ``percent`` only where the provider says it; ``poll_after`` only where it asks for one.

    ``text`` is what has been written so far of an answer that arrives bit by bit.
    """

    percent: int | None = None
    poll_after: float | None = None
    text: str = ""
    phase: Phase | None = None
    preview: Preview | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Finished, with everything that was made and, where it is said, what it really cost.

    ``lost`` names how many of the ordered results failed while others succeeded; an answer that broke off counts as
    one. ``receipt`` is there where the provider wants each order accounted for. ``follow_ups`` is what can be made of
    it next, in the order the provider lists it; ``notes`` is what came out otherwise than it was ordered.
    """

    assets: tuple[Asset, ...]
    cost: Decimal | None = None
    lost: int = 0
    receipt: Receipt | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    notes: tuple[Note, ...] = ()


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
class Quota:
    """How much of a plan is used up. ``service`` is whose plan it is, in the words people know.

    ``hours`` is how long its window is, 0 where that is not said; ``used`` is in percent. Where the plan is counted in
    money, ``spent`` of ``limit`` are in ``currency``.
    """

    service: str
    used: int
    hours: int = 0
    resets_at: datetime | None = None
    spent: Decimal | None = None
    limit: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left in the account, in the provider's unit; ``None`` where plans are all there is, in ``quotas``."""

    amount: Decimal | None
    unit: str
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class PastWork:
    """One thing that was made in the account, by whomever. ``token`` is our own id of the attempt, if it was ours."""

    kind: MediaKind
    prompt: str
    model: str
    at: datetime
    token: str = ""
    asset: Asset | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a provider publishes about itself today: its ``page`` as text, and one line per model in ``models``."""

    page: str
    models: Mapping[str, str]
