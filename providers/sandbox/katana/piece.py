"""One item of a request: what is made, what it costs, and how far it is at any moment. The wire is in ``envelope``.

Everything follows from what was decided at submit and from the time since, so a restart changes nothing.
"""

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from providers.sandbox.faults import TEXTS, Fault
from providers.sandbox.katana.shelf import TEXT_LIMIT

VIDEO_LIMIT = 6000
"""Seconds after which a film is given up."""

_QUEUED, _FAILS = 0.05, 0.6
"""When an item is taken up, and when a failing one fails, as shares of its running time."""

_REFUND = (60.0, 300.0)
"""Seconds between a failure and its refund, least and most."""


class Kind(StrEnum):
    """The types of item."""

    IMAGE = "image"
    VIDEO = "video"
    TEXT = "text"


class Status(StrEnum):
    """How an item is doing; ``queued`` is only ever told of a whole request."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Piece:
    """One item as it was taken, or ``rejected`` with a reason.

    ``runs`` is the least and most running time of its model, ``luck`` a number from 0 to 1 that draws from it.
    ``format`` is the suffix of the file; ``answer`` and ``reasoning`` are what a text says, ``usage`` what it used.
    """

    label: str
    kind: Kind
    model: str
    title: str = ""
    prompt: str = ""
    rejected: str = ""
    credits: Decimal = Decimal(0)
    runs: tuple[int, int] = (0, 0)
    luck: float = 0.0
    width: int = 0
    height: int = 0
    seconds: int = 0
    format: str = ""
    backdrop: str = ""
    sounds: bool = False
    house: bool = False
    answer: str = ""
    reasoning: str = ""
    usage: dict[str, object] = field(default_factory=dict)
    spent: Decimal | None = None
    fates: tuple[Fault, ...] = ()

    def named(self, label: str) -> "Piece":
        """Return the same piece under the client's label."""
        return replace(self, label=label)

    def fated(self, fates: tuple[Fault, ...], luck: float) -> "Piece":
        """Return the same piece with its luck and with what is to go wrong."""
        rejected = next((fate.words or TEXTS["policy"] for fate in fates if fate.fault == "rejected"), "")
        return replace(self, fates=fates, luck=luck, rejected=self.rejected or rejected)

    def fate(self, *names: str) -> Fault | None:
        """Return the first fault of one of these names, if it was ordered for this piece."""
        return next((fault for fault in self.fates if fault.fault in names), None)

    @property
    def duration(self) -> float:
        """Return the running time in seconds."""
        return self.runs[0] + self.luck * (self.runs[1] - self.runs[0])

    @property
    def limit(self) -> int:
        """Return the seconds after which the server gives up."""
        return VIDEO_LIMIT if self.kind is Kind.VIDEO else TEXT_LIMIT

    @property
    def ends(self) -> float:
        """Return after how many seconds it is in its last state."""
        if self.rejected or self.fate("failed-at-once"):
            return 0.0
        if self.fate("failed"):
            return self.duration * _FAILS
        return self.duration + _longer(self.fate("stuck"))

    def status(self, elapsed: float) -> Status:
        """Return the state after so many seconds."""
        if self.rejected:
            return Status.REJECTED
        if elapsed < self.ends:
            return Status.PROCESSING if elapsed >= self.duration * _QUEUED else Status.QUEUED
        return Status.FAILED if self.fate("failed", "failed-at-once") else Status.COMPLETED

    def shows(self, elapsed: float) -> bool:
        """Tell whether its result can be looked at."""
        unseen = self.fate("deleted", "failed-quietly")
        addressed = elapsed >= self.ends + _longer(self.fate("no-url"))
        return self.status(elapsed) is Status.COMPLETED and addressed and unseen is None

    @property
    def refund(self) -> tuple[Decimal, float] | None:
        """Return how much comes back, and after how many seconds; ``None`` where all of it is kept."""
        if self.rejected or not self.credits:
            return None
        later = _REFUND[0] + self.luck * (_REFUND[1] - _REFUND[0])
        stuck = self.fate("stuck")
        if stuck is not None and stuck.lasting is None:
            return self.credits, self.limit + later
        failing = self.fate("failed", "failed-at-once", "failed-quietly")
        if failing is not None:
            # What breaks the terms is not paid back (reference section 2.3).
            return None if failing.reason == "policy" else (self.credits, self.ends + later)
        left = self.credits - (self.credits if self.spent is None else self.spent)
        return (left, self.ends) if left else None


def share(text: str) -> float:
    """Return a number from 0 to 1 that is always the same for the same text."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48


def _longer(fate: Fault | None) -> float:
    if fate is None:
        return 0.0
    return math.inf if fate.lasting is None else fate.lasting
