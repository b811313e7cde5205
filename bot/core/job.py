"""One paid generation: its facts and its only legal moves. Saving it and acting on it happen in the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from providers.contract import Clip, Quote, Role
from providers.errors import FailureCode
from providers.models import MediaKind, ParamValue, Seconds, Task
from providers.outcomes import Asset, Done, FollowUp, Note, Receipt, Refund


class State(StrEnum):
    """Where a job stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    SUBMITTING = "submitting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REFUSED = "refused"  # the provider did not take the order: nothing was charged
    FAILED = "failed"  # the provider took it and it did not work out
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # the price was never confirmed
    IN_DOUBT = "in_doubt"  # nobody knows whether the order arrived


_MOVES: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.PROPOSED, State.CONFIRMED, State.CANCELLED, State.EXPIRED}),
    State.CONFIRMED: frozenset({State.SUBMITTING, State.CONFIRMED, State.PROPOSED, State.CANCELLED, State.REFUSED}),
    State.SUBMITTING: frozenset({State.RUNNING, State.CONFIRMED, State.REFUSED, State.IN_DOUBT}),
    State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.IN_DOUBT: frozenset({State.RUNNING, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.REFUSED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}

DRIVEN = frozenset({State.CONFIRMED, State.SUBMITTING, State.RUNNING})
"""The states in which the runner has something to do."""

OPEN = DRIVEN | {State.PROPOSED, State.IN_DOUBT}
"""The states in which a person is still owed an end."""


class Reason(StrEnum):
    """Why this model was chosen."""

    EXPLICIT = "explicit"
    ALWAYS = "always"  # the person said "always use"
    HABIT = "habit"  # the person used it last
    DEFAULT = "default"
    CHEAPEST = "cheapest"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a chat where lines are said."""

    platform: str
    tenant: str
    place: str


@dataclass(frozen=True, slots=True)
class PictureRef:
    """An input picture: the id of bytes we keep, or the address of a result that ``maker`` made itself.

    ``link`` is the public address that the kept bytes were read from, if a person gave one.
    """

    upload: str = ""
    url: str = ""
    role: Role | None = None
    maker: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, complete: every setting has its value.

    ``origin``, ``step`` and ``piece`` say which finished order it goes on from and how (``contract.Order``); ``deed``
    is what people are told about it.
    """

    task: Task
    provider: str
    model: str
    prompt: str
    params: Mapping[str, ParamValue]
    count: int = 1
    pictures: tuple[PictureRef, ...] = ()
    sounds: tuple[Clip, ...] = ()
    videos: tuple[Clip, ...] = ()
    origin: str = ""
    step: str = ""
    piece: int = 0
    deed: FollowUp | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look and to tell, and when to ask the person whether to go on, in seconds."""

    poll_every: float
    progress_every: float
    patience: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a job ended without a result, and what is known about the money."""

    code: FailureCode
    refund: Refund
    data: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """An order that a full provider certainly did not take. ``times`` counts the orders that were sent to it so far.

    It has been full ``since`` then, and is not asked again for so many ``seconds`` from ``at``.
    """

    times: int
    since: datetime
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Job:
    """One row. ``rev`` grows by one with every move and is what a save compares.

    ``token`` is our own id of the paid attempt, ``ref`` the provider's. ``shifted`` names the model that was wished
    for and not available. ``quiet`` means: do not ask again whether to keep waiting. ``asked`` counts those questions.
    ``told`` is the order's name at the provider that people are told, ``cost`` what it really cost where that is known.
    ``draft`` is what was written so far of an answer that arrives bit by bit. ``queued`` counts the notices that said
    that the order waits for its turn. ``turned_away`` is there once its provider was full and took nothing.
    ``follow_ups`` is what can be ordered of its result, ``notes`` what came out
    otherwise than it was ordered. ``rate`` is the money in ``currency`` that one unit cost when the price was told, if
    that was known. ``sought_at`` is when a second person was asked for their yes; ``approved_by`` is who gave it
    (``platform/id``), ``approver`` what they are called. ``emptied``: its person was forgotten, and what they said and
    got is gone.
    """

    id: str
    rev: int
    state: State
    address: Address
    person: str
    locale: str
    request: Request
    model_name: str
    media: MediaKind
    quote: Quote
    expected: Seconds
    pace: Pace
    reason: Reason
    created_at: datetime
    shifted: str = ""
    parent: str = ""
    token: str = ""
    ref: str = ""
    confirmed_at: datetime | None = None
    submitted_at: datetime | None = None
    ended_at: datetime | None = None
    took: int = 0
    assets: tuple[Asset, ...] = ()
    lost: int = 0
    trouble: Trouble | None = None
    asked: int = 0
    quiet: bool = False
    told: str = ""
    cost: Decimal | None = None
    receipt: Receipt | None = None
    draft: str = ""
    queued: int = 0
    follow_ups: tuple[FollowUp, ...] = ()
    notes: tuple[Note, ...] = ()
    rate: Decimal | None = None
    currency: str = ""
    sought_at: datetime | None = None
    approved_by: str = ""
    approver: str = ""
    approved_at: datetime | None = None
    emptied: bool = False
    turned_away: TurnedAway | None = None

    @property
    def code(self) -> str:
        """The short name people can type."""
        return self.id[:6]

    @property
    def is_open(self) -> bool:
        """Whether a person is still owed an end."""
        return self.state in OPEN


class IllegalMove(RuntimeError):
    """A job was asked to go where it cannot go from its state."""


def _move(job: Job, state: State) -> Job:
    if state not in _MOVES[job.state]:
        msg = f"{job.id}: {job.state} -> {state}"
        raise IllegalMove(msg)
    return replace(job, state=state, rev=job.rev + 1)


def _only(job: Job, *states: State) -> Job:
    """Return a job that is where a move may begin; several moves may lead to one state."""
    if job.state not in states:
        msg = f"{job.id}: {job.state} is none of {', '.join(states)}"
        raise IllegalMove(msg)
    return job


def _watched(job: Job) -> Job:
    if job.state is not State.RUNNING:
        msg = f"{job.id}: {job.state} is not running"
        raise IllegalMove(msg)
    return replace(job, rev=job.rev + 1)


def confirm(job: Job, now: datetime) -> Job:
    """The person said yes to this price."""
    return replace(_move(_only(job, State.PROPOSED), State.CONFIRMED), confirmed_at=now)


def start_confirmed(job: Job, now: datetime) -> Job:
    """The operator's rule asks for no yes at this price: a new job is born confirmed."""
    if job.rev != 1 or job.state is not State.PROPOSED:
        msg = f"{job.id}: only a new job can be born confirmed"
        raise IllegalMove(msg)
    return replace(job, state=State.CONFIRMED, confirmed_at=now)


def reprice(job: Job, quote: Quote, now: datetime) -> Job:
    """The price is not the one that was told: it has to be asked for again."""
    asked = replace(_move(job, State.PROPOSED), quote=quote, created_at=now, confirmed_at=None)
    return replace(asked, sought_at=None, approved_by="", approver="", approved_at=None)


def seek_approval(job: Job, now: datetime) -> Job:
    """The person said yes, and somebody else has to as well; from now on that lasts as long as an offer."""
    return replace(_move(job, State.PROPOSED), created_at=now, sought_at=now)


def approve(job: Job, who: str, called: str, now: datetime) -> Job:
    """The second person said yes too. ``who`` is ``platform/id``."""
    if job.sought_at is None:
        msg = f"{job.id}: nobody asked for an approval"
        raise IllegalMove(msg)
    return replace(confirm(job, now), approved_by=who, approver=called, approved_at=now)


def decline(job: Job, now: datetime) -> Job:
    """The person said no before anything was sent, or closed an order without a clear answer."""
    if job.state is State.RUNNING:
        raise IllegalMove(f"{job.id}: a running order is stopped at its provider or not at all")
    return replace(_move(job, State.CANCELLED), ended_at=now)


def expire(job: Job, now: datetime) -> Job:
    """Nobody confirmed the price in time."""
    return replace(_move(job, State.EXPIRED), ended_at=now)


def begin_submit(job: Job, token: str, now: datetime) -> Job:
    """The one paid attempt is about to be made; this must be saved before a byte is sent."""
    return replace(_move(job, State.SUBMITTING), token=token, submitted_at=now)


def accept(job: Job, ref: str, told: str = "") -> Job:
    """The provider took the order."""
    return replace(_move(job, State.RUNNING), ref=ref, told=told, trouble=None, ended_at=None)


def wait_in_line(job: Job) -> Job:
    """The order was said yes to and waits for its turn."""
    if job.state is not State.CONFIRMED:
        msg = f"{job.id}: {job.state} does not wait for its turn"
        raise IllegalMove(msg)
    return replace(job, rev=job.rev + 1, queued=job.queued + 1)


def put_back(job: Job, pause: float, since: datetime, now: datetime) -> Job:
    """The provider was full and certainly took nothing: the order waits so many seconds and is then placed anew.

    The attempt is over and leaves nothing that could be found: its token is gone with it. The next one has its own.
    """
    sent = (job.turned_away.times if job.turned_away else 0) + bool(job.token)
    job = _only(job, State.CONFIRMED, State.SUBMITTING)
    back = replace(_move(job, State.CONFIRMED), token="", submitted_at=None, queued=job.queued + 1)
    return replace(back, turned_away=TurnedAway(sent, since, now, pause))


def write_down(job: Job, draft: str) -> Job:
    """Some more of an answer has arrived: it was paid for and must not be lost with the process."""
    return replace(_watched(job), draft=draft)


def refuse(job: Job, trouble: Trouble, now: datetime) -> Job:
    """The order was certainly not taken."""
    return replace(_move(job, State.REFUSED), trouble=trouble, ended_at=now)


def doubt(job: Job, trouble: Trouble, now: datetime) -> Job:
    """Nobody knows whether the order arrived; it is never sent again by itself."""
    return replace(_move(job, State.IN_DOUBT), trouble=trouble, ended_at=now)


def succeed(job: Job, done: Done, took: int, now: datetime) -> Job:
    """The results exist."""
    over = replace(_move(job, State.SUCCEEDED), took=took, ended_at=now, trouble=None, draft="")
    over = replace(over, assets=done.assets, lost=done.lost, cost=done.cost, receipt=done.receipt)
    return replace(over, follow_ups=done.follow_ups, notes=done.notes)


def fail(job: Job, trouble: Trouble, took: int, now: datetime) -> Job:
    """The provider took the order and it did not work out."""
    return replace(_move(job, State.FAILED), trouble=trouble, took=took, ended_at=now)


def stop(job: Job, refund: Refund, took: int, now: datetime) -> Job:
    """The provider stopped a running order as its person wished; what that means for the money is in ``trouble``."""
    _watched(job)
    trouble = Trouble(FailureCode.STOPPED, refund)
    return replace(_move(job, State.CANCELLED), trouble=trouble, took=took, ended_at=now, draft="")


def was_stopped(job: Job) -> bool:
    """Whether its provider stopped the order while it ran, as its person wished."""
    return job.state is State.CANCELLED and job.trouble is not None and job.trouble.code is FailureCode.STOPPED


def ask_to_wait(job: Job) -> Job:
    """The person is asked whether to keep waiting; the job goes on either way."""
    return replace(_watched(job), asked=job.asked + 1)


def leave(job: Job) -> Job:
    """The person does not want to be asked again; the result is still brought if it comes."""
    return replace(_watched(job), quiet=True)
