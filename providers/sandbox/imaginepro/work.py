"""One job: what was ordered, and how far it is at any moment. The wire is in ``message``.

Everything follows from what was decided at submit and from the time since, so a restart changes nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from providers.sandbox.faults import TEXTS, Fault
from providers.sandbox.scene import Medium

LONGEST = 900
"""Seconds after which the server gives up, unless the order says sooner."""

_SUBMITTED, _REFUSES, _FAILS = 0.1, 0.2, 0.6
"""When a job is taken up, when Midjourney turns it down and when a failing one fails, as shares of its running time."""

_ODD = (0.4, 0.7)
"""The part of the run in which a job has a status that nobody wrote down."""

_CROWDED = 3.0
"""Seconds for which a job that has to wait is ``SUBMITTED`` before it is ``QUEUED``."""


CHOICES: Mapping[str, tuple[str, ...]] = {
    "progress": ("number", "string", "absent", "zero"),
    "film-field": ("videoUrl", "results", "uri", "images"),
    "webhook": ("twice", "late", "backwards", "lost"),
}
"""The texts that some faults need, and the ways in which a job tells something unless it was ordered."""


class Kind(StrEnum):
    """What is made; the value is ours, but for ``imagine`` and ``button``."""

    IMAGINE = "imagine"
    BUTTON = "button"
    DESCRIBE = "describe"
    FACESWAP = "faceswap"
    FLUX = "flux"
    UPSCALE = "upscale"
    UNIVERSAL = "universal"
    ZIMAGE = "zimage"
    VIDEO = "video"
    CUTOUT = "remove-bg"


MIDJOURNEYS = frozenset({Kind.IMAGINE, Kind.BUTTON})
"""The kinds that have buttons."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. ``runs`` is the least and most running time, sizes are those of one picture in pixels.

    ``grid`` tells whether four pictures come with a sheet of all. ``looks`` are the seeds of the pictures where they
    continue others; ``doom`` is why it will be turned down in the run; ``buttons`` is what the result offers.
    """

    kind: Kind
    credits: Decimal
    title: str
    runs: tuple[int, int]
    prompt: str = ""
    ref: str = ""
    webhook: str = ""
    timeout: int = LONGEST
    outputs: int = 1
    width: int = 0
    height: int = 0
    medium: Medium = Medium.PICTURE
    scale: float = 1.0
    grid: bool = False
    seconds: int = 0
    pictures: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    doom: str = ""
    parent: str = ""
    button: str = ""
    buttons: tuple[str, ...] = ()
    old_upscales: bool = False

    @property
    def backdrop(self) -> str:
        """Return the address of the picture it is drawn on, empty where there is none."""
        return self.pictures[0] if self.pictures else ""


@dataclass(frozen=True, slots=True)
class Work:
    """One job as it was taken. ``luck`` is a number from 0 to 1, ``waits`` the seconds until there is room for it."""

    id: str
    order: Order
    created_at: datetime
    luck: float
    waits: float = 0.0
    fates: tuple[Fault, ...] = ()
    cancelled: float | None = None

    def fate(self, *names: str) -> Fault | None:
        """Return the first fault of one of these names, if it was ordered for this job."""
        return next((fault for fault in self.fates if fault.fault in names), None)

    @property
    def looks(self) -> tuple[str, ...]:
        """Return the seeds of its pictures."""
        return self.order.looks or tuple(f"{self.id}:{number}" for number in range(self.order.outputs))

    @property
    def duration(self) -> float:
        """Return the running time in seconds, without waiting."""
        least, most = self.order.runs
        return least + self.luck * (most - least)

    @property
    def begins(self) -> float:
        """Return after how many seconds it is in the works."""
        return self.waits or self.duration * _SUBMITTED

    @property
    def ends(self) -> float:
        """Return after how many seconds it is over, one way or the other."""
        last = self.waits + min(self._run[0], self.order.timeout)
        return last if self.cancelled is None else min(last, self.cancelled)

    @property
    def error(self) -> str:
        """Return why it fails, empty where it does not."""
        if self.cancelled is not None:
            return "Job cancelled"
        run, words = self._run
        return words if run <= self.order.timeout else TEXTS["timeout"]

    def seen(self, elapsed: float, least: float) -> bool:
        """Tell whether anybody finds its message; ``least`` is what the rules say."""
        unseen = self.fate("unseen")
        return elapsed >= (longer(unseen) if unseen else least)

    def status(self, elapsed: float) -> str:
        """Return the state after so many seconds."""
        if elapsed >= self.ends:
            return "FAIL" if self.error else "DONE"
        if elapsed < self.begins:
            return "QUEUED" if self.waits and elapsed >= _CROWDED else "SUBMITTED"
        odd = self.fate("odd-status")
        if odd and _ODD[0] <= self.share(elapsed) < _ODD[1]:
            return odd.text or "MODERATING"
        return "PROCESSING"

    def share(self, elapsed: float) -> float:
        """Return how much of the run is behind it, from 0 to 1."""
        return min(max(elapsed - self.waits, 0.0) / self.duration, 1.0)

    def done(self, elapsed: float) -> bool:
        """Tell whether it has ended well."""
        return self.status(elapsed) == "DONE"

    def shows(self, elapsed: float) -> bool:
        """Tell whether the addresses of its pictures are told."""
        later = longer(self.fate("no-url"))
        return self.done(elapsed) and elapsed >= self.ends + later and self.fate("failed-quietly") is None

    @property
    def _run(self) -> tuple[float, str]:
        """Return how long the run takes when nobody interferes, and why it fails, if it does."""
        if self.order.button == "Cancel Job":
            return 0.0, ""
        failing = self.fate("failed", "failed-at-once")
        if failing:
            at = 0.0 if failing.fault == "failed-at-once" else self.duration * _FAILS
            return at, failing.words or "The generation failed"
        if self.order.doom:
            return self.duration * _REFUSES, self.order.doom
        return self.duration + longer(self.fate("stuck")), ""


def share(text: str) -> float:
    """Return a number from 0 to 1 that is always the same for the same text."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48


def longer(fate: Fault | None) -> float:
    """Return the seconds that a fault adds: for ever where it says none."""
    if fate is None:
        return 0.0
    return math.inf if fate.lasting is None else fate.lasting
