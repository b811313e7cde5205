"""What can be made to go wrong, always on order and never by chance. How a provider words a refusal is not here.

A fault is ordered by an admin call (``POST /sandbox/faults``) for an endpoint, or by a marker in the prompt:
``[sandbox: lost-answer]``, ``[sandbox: 429 retry_after=7 on=detail times=2]``. A marker counts on every request with
that prompt unless it says ``times``; an ordered fault happens once unless it says otherwise (``"times": null`` =
until it is cleared). ``endpoint`` is the next paid request (``create`` or ``chat``) unless it is named; it may hold
wildcards (``ima.*``).

==============  =======================================================================================  =========
fault           what happens                                                                             work done
==============  =======================================================================================  =========
lost-request    the connection is dropped before anything was done                                       no
lost-answer     everything is done (and charged), then the connection is dropped                         yes
a number        refused with that code: 401, 4008, 4014, 6010, 429 (Retry-After), 500, 503 ...           no
html            a gateway's HTML page (HTTP 502, or ``status``) instead of the answer                    yes
truncated       the answer's JSON is cut off                                                             yes
wrong-type      the answer is right but called ``text/plain``                                            yes
slow            the answer comes ``lasting`` seconds of real time later (at most 60)                     yes
drip            the answer comes byte by byte for ``lasting`` seconds of real time, then is broken off   yes
too-big         the answer is right and followed by twelve megabytes of blanks                           yes
elsewhere       a redirect to an address inside somebody's house instead of the answer                   yes
empty           right type and no bytes: what a result's address gives after a botched upload            yes
lying           a page of words that is called what was asked for                                        yes
http-status     an error answer also has the HTTP status that fits its body code                         yes
stuck           the task goes on for ``lasting`` seconds more, for ever without a number                 -
failed          the task fails with the vendor's text: ``reason`` or ``text``                            -
failed-quietly  the task says it is ready and, beside that, that it failed                               -
deleted         the result is gone                                                                       -
no-url          the task says it is ready but has no address for ``lasting`` seconds more                -
one-fails       one of several results fails                                                             -
asset           the asset check answers ``text`` (``processing``, ``failed``, ...) instead of active     -
rejected        refused as if the order were wrong, in the words of the provider; nothing is charged     -
failed-at-once  the answer to the order already says that it failed; paid back later                     -
no-pace         the answers do not say when to ask again                                                 -
no-usage        an answer in words does not say what it used; what was set aside is kept                 -
stream-cut      a stream ends in the middle of its text                                                  -
stream-split    a stream comes in pieces that break in the middle of a character                         -
stream-slow     ``lasting`` seconds of real time pass between the pieces of a stream (at most 60)        -
unseen          nobody finds the task for ``lasting`` seconds, for ever without a number                 -
odd-status      the task has a status nobody wrote down on its way: ``text``                             -
progress        progress is told as ``text``: ``number``, ``string``, ``absent``, ``zero``               -
film-field      a film's address is told in ``text``: ``videoUrl``, ``results``, ``uri``, ``images``     -
no-buttons      a finished picture does not say what can be done with it                                 -
paid-back       what a failed task cost comes back                                                       -
webhook         webhooks come ``text``: ``twice``, ``late`` (by ``lasting``), ``backwards``, ``lost``    -
heavy           the pictures inside answers and events are several megabytes                             -
mute            nothing is said of the job while it runs, nor when it ends                               -
false-alarm     an event says that the job's id is taken, while the job goes on                          -
fallback        another model makes it than the one that was asked for                                   -
refs-dropped    the result ignores the pictures that were sent along                                     -
==============  =======================================================================================  =========

``committed`` overrides *work done*: ``{"fault": "500", "committed": true}`` fails after the debit. ``style`` says how
a number is told: ``body`` (HTTP 200, code in the body), ``http`` (both), ``bare`` (HTTP status, no code in the body).
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Literal, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

LONGEST_DELAY = 60.0
"""Seconds; a slow answer never takes longer than this."""


class Style(StrEnum):
    """How a refusal is told."""

    BODY = "body"
    HTTP = "http"
    BARE = "bare"


FAULTS: Mapping[str, str] = {
    "lost-request": "the connection is dropped before anything was done",
    "lost-answer": "everything is done and charged, then the connection is dropped",
    "<a number>": "refused with that code: 401, 4008, 4014, 6010, 429, 500, 503 ...",
    "html": "a gateway's HTML page instead of the answer",
    "truncated": "the answer's JSON is cut off",
    "wrong-type": "the answer is right but called text/plain",
    "slow": "the answer comes later by so many seconds of real time",
    "drip": "the answer comes byte by byte for so many seconds of real time, then is broken off",
    "too-big": "the answer is right and followed by twelve megabytes of blanks",
    "elsewhere": "a redirect to an address inside somebody's house instead of the answer",
    "empty": "right type and no bytes",
    "lying": "a page of words that is called what was asked for",
    "http-status": "an error answer also has the HTTP status that fits its body code",
    "stuck": "the task goes on for so many seconds more, or for ever",
    "failed": "the task fails with the vendor's text",
    "failed-quietly": "the task says it is ready and, beside that, that it failed",
    "deleted": "the result is gone",
    "no-url": "the task says it is ready but has no address yet",
    "one-fails": "one of several results fails",
    "asset": "the asset check does not answer active",
    "rejected": "refused at once as if the order were wrong, without a charge (Katana, ImaginePro)",
    "failed-at-once": "the answer to the order already says that it failed (Katana)",
    "no-pace": "the answers do not say when to ask again (Katana)",
    "no-usage": "an answer in words does not say what it used, and costs all that was set aside (Katana)",
    "stream-cut": "a stream ends in the middle of its text (Katana)",
    "stream-split": "a stream comes in pieces that break in the middle of a character (Katana)",
    "stream-slow": "so many seconds of real time pass between the pieces of a stream (Katana)",
    "unseen": "nobody finds the task for so many seconds, or for ever (ImaginePro)",
    "odd-status": "the task has a status on its way that nobody wrote down (ImaginePro)",
    "progress": "progress is a number, a string, absent, or zero until the end (ImaginePro)",
    "film-field": "a film's address is in videoUrl, results, uri or images (ImaginePro)",
    "no-buttons": "a finished picture does not say what can be done with it (ImaginePro)",
    "paid-back": "what a failed task cost comes back (ImaginePro)",
    "webhook": "webhooks come twice, late, backwards or not at all (ImaginePro)",
    "heavy": "the pictures inside answers and events are several megabytes (ima2)",
    "mute": "nothing is said of the job while it runs, nor when it ends (ima2)",
    "false-alarm": "an event says that the job's id is taken, while the job goes on (ima2)",
    "fallback": "another model makes it than the one that was asked for (ima2)",
    "refs-dropped": "the result ignores the pictures that were sent along (ima2)",
}
"""What ``GET /sandbox/faults`` says about each; the whole table is above."""

_COMMITTED: Mapping[str, bool] = {
    "lost-request": False,
    "lost-answer": True,
    "html": True,
    "truncated": True,
    "wrong-type": True,
    "slow": True,
    "drip": True,
    "too-big": True,
    "elsewhere": True,
    "empty": True,
    "lying": True,
    "http-status": True,
}
_FATES = frozenset(
    {
        *("stuck", "failed", "failed-quietly", "deleted", "no-url", "one-fails", "asset"),
        *("rejected", "failed-at-once", "no-pace", "no-usage", "stream-cut", "stream-split", "stream-slow"),
        *("unseen", "odd-status", "progress", "film-field", "no-buttons", "paid-back", "webhook"),
        *("heavy", "mute", "false-alarm", "fallback", "refs-dropped"),
    }
)
_PAID = ("create", "chat")

TEXTS: Mapping[str, str] = {
    "pixverse": "err_code=400017 err_msg=Invalid value for model",
    "fusion": "The Fusion feature is supported in model v4.5, v5, v5.5 and v5.6 only",
    "policy": "The prompt was blocked by our content policy and moderation system",
    "pixels": "image size must be at least 3686400 pixels",
    "timeout": "Generation timed out on the server",
    "upstream": "The upstream provider returned an error (500)",
    "banned": "[Banned prompt detected] Please rephrase the prompt",
    "parameter": "[Invalid parameter] Unrecognized parameter",
    "denied": "[Image denied] The picture was refused",
    "credits": "Insufficient credits.",
    "rate": "Rate limit reached, please try again later",
    "session": "Your session has expired, please sign in again",
    "quota": "You exceeded your current quota",
    "network": "connect ECONNREFUSED 127.0.0.1:10531",
    "lost": "read ECONNRESET",
    "stream": "The response stream ended early",
    "words": "The model answered in words instead of a picture",
    "empty": "The response had no picture in it",
    "download": "The clip could not be downloaded",
    "expired": "The clip has expired upstream",
}
"""What vendors say when a run fails, by ``reason`` (reference sections 1.7 and 2.3)."""


Reason = Literal[
    "",
    "pixverse",
    "fusion",
    "policy",
    "pixels",
    "timeout",
    "upstream",
    "banned",
    "parameter",
    "denied",
    "credits",
    "rate",
    "session",
    "quota",
    "network",
    "lost",
    "stream",
    "words",
    "empty",
    "download",
    "expired",
]


class Fault(BaseModel):
    """One thing to go wrong, as it was ordered. Seconds are real ones for ``slow`` and pretend ones for a task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: str
    endpoint: str = ""
    times: int | None = Field(default=1, ge=1)
    committed: bool | None = None
    style: Style | None = None
    status: int = Field(default=502, ge=200, le=599)
    lasting: float | None = Field(default=None, ge=0)
    retry_after: int = Field(default=5, ge=0)
    reason: Reason = ""
    text: str = ""

    @field_validator("fault")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in _COMMITTED and value not in _FATES and not re.fullmatch(r"[1-9]\d{2,4}", value):
            raise ValueError(f"no such fault: {value}")
        return value

    @property
    def is_fate(self) -> bool:
        """Tell whether it decides how a task goes on, and not how a request is answered."""
        return self.fault in _FATES

    @property
    def code(self) -> int | None:
        """Return the code of a refusal, ``None`` for every other fault."""
        return int(self.fault) if self.fault.isdigit() else None

    @property
    def does_the_work(self) -> bool:
        """Tell whether the request is carried out before it goes wrong."""
        return _COMMITTED.get(self.fault, False) if self.committed is None else self.committed

    @property
    def told(self) -> Style:
        """Return how a refusal is told. Overload and trouble come from the gateway, which knows no body codes."""
        return self.style or (Style.BARE if self.code in {429, 500, 502, 503, 504} else Style.BODY)

    @property
    def words(self) -> str:
        """Return the vendor's words for it."""
        return self.text or TEXTS.get(self.reason, "")

    def hits(self, endpoint: str) -> bool:
        """Tell whether it is meant for this endpoint; ``create`` is enough for ``ima.create``."""
        usual = ("verify",) if self.fault == "asset" else _PAID
        wanted = (self.endpoint,) if self.endpoint else usual
        return endpoint.rpartition(".")[2] in wanted or any(fnmatchcase(endpoint, pattern) for pattern in wanted)


class FaultSettings(TypedDict, total=False):
    """What else can be said about a fault; the words are those of :class:`Fault`."""

    times: int | None
    committed: bool | None
    style: Style | None
    status: int
    lasting: float | None
    retry_after: int
    reason: Reason
    text: str


class MarkerError(ValueError):
    """A marker in a prompt that the sandbox does not understand; it is refused so that no test passes by accident."""


_MARKER = re.compile(r"\[sandbox:\s*([^\]]*)\]")


def without_markers(prompt: str) -> str:
    """Return the prompt as a person would read it."""
    return _MARKER.sub("", prompt).strip()


def marked(prompt: str) -> Iterator[Fault]:
    """Read the markers of a prompt. Raises :class:`MarkerError`."""
    if "[sandbox:" not in prompt:
        return
    for found in _MARKER.finditer(prompt):
        yield _marker(found.group(1))


def _marker(marker: str) -> Fault:
    name, *settings = marker.split() or [""]
    values: dict[str, object] = {"fault": name, "times": None}
    for setting in settings:
        key, _, value = setting.partition("=")
        values["endpoint" if key == "on" else key] = value or True
    try:
        return Fault.model_validate(values)
    except ValidationError as error:
        raise MarkerError(f"[sandbox: {marker}] is not understood: {error.error_count()} mistakes") from error


class Faults:
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self._ordered: list[tuple[Fault, int | None]] = []
        self._spent: dict[tuple[str, Fault], int] = {}

    @property
    def ordered(self) -> tuple[tuple[Fault, int | None], ...]:
        """Every ordered fault with how often it will still happen (``None`` = until cleared)."""
        return tuple(self._ordered)

    def add(self, fault: str, endpoint: str = "", **settings: Unpack[FaultSettings]) -> None:
        """Order a fault from inside the process. Raises ``pydantic.ValidationError`` for an unknown one."""
        self.order(Fault(fault=fault, endpoint=endpoint, **settings))

    def order(self, fault: Fault) -> None:
        """Let a fault happen, after those that were ordered before."""
        self._ordered.append((fault, fault.times))

    def clear(self) -> None:
        """Forget all that was ordered."""
        self._ordered.clear()

    def due(self, endpoint: str, prompt: str) -> tuple[Fault, ...]:
        """Take what happens to this request: at most one fault of the answer, and every fate of the task."""
        found = [*self._take_ordered(endpoint), *self._take_marked(endpoint, prompt)]
        answers = [fault for fault in found if not fault.is_fate]
        return (*answers[:1], *(fault for fault in found if fault.is_fate))

    def _take_ordered(self, endpoint: str) -> list[Fault]:
        taken: list[Fault] = []
        left: list[tuple[Fault, int | None]] = []
        for fault, times in self._ordered:
            if not fault.hits(endpoint) or (not fault.is_fate and any(not other.is_fate for other in taken)):
                left.append((fault, times))
                continue
            taken.append(fault)
            if times is None or times > 1:
                left.append((fault, None if times is None else times - 1))
        self._ordered = left
        return taken

    def _take_marked(self, endpoint: str, prompt: str) -> list[Fault]:
        hits = (fault for fault in marked(prompt) if fault.hits(endpoint))
        return [fault for fault in hits if self._still(endpoint, prompt, fault)]

    def _still(self, endpoint: str, prompt: str, fault: Fault) -> bool:
        if fault.times is None:
            return True
        key = (f"{endpoint} {prompt}", fault)
        self._spent[key] = self._spent.get(key, 0) + 1
        return self._spent[key] <= fault.times
