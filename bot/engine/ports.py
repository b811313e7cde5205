"""What the engine needs from the world, as protocols, and the values that cross them. No implementation lives here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from bot.core.access import Guest
from bot.core.budget import BudgetChange, Limit, Spender
from bot.core.cards import Card
from bot.core.grammar import Ask
from bot.core.job import Address, Job
from bot.core.ledger import Entry
from bot.core.preferences import Preference
from bot.core.pricing import ConfirmPolicy
from bot.core.usage import Spending
from bot.text import Text
from providers.contract import Picture, Provider
from providers.models import Task


class Clock(Protocol):
    """Time, passed in. The demo's clock makes waits shorter without making dates wrong."""

    def now(self) -> datetime:
        """Return the wall time in UTC."""
        ...

    def elapsed(self, since: datetime) -> float:
        """Return the seconds since then, as the providers count them."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long, as the providers count it."""
        ...


class Ids(Protocol):
    """Unguessable names, passed in."""

    def new(self) -> str:
        """Return a new name: 32 lower-case hexadecimal digits."""
        ...


class LineKind(StrEnum):
    """How a line is said."""

    SAY = "say"  # a new message
    EDIT = "edit"  # a new form of the message said under ``target``; of several only the newest matters


@dataclass(frozen=True, slots=True)
class Line:
    """Something we owe a place. ``key`` is stable: saying the same key twice shows one message.

    ``private`` lines are for ``person`` alone where the chat can do that. ``target`` is the key of the edited line.
    ``event`` is the message or press that a line answers at once, for chats that answer in place; empty for news.
    """

    key: str
    kind: LineKind
    address: Address
    person: str
    locale: str
    card: Card
    at: datetime
    job: str = ""
    target: str = ""
    private: bool = False
    event: str = ""

    def answering(self, event: str) -> "Line":
        """Return the same line as the answer to an event."""
        return replace(self, event=event)


@dataclass(frozen=True, slots=True)
class OwedLine:
    """A line that was not said yet. ``seq`` orders the lines of a place; ``message`` is the edited message's id."""

    seq: int
    line: Line
    message: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One inbound event, claimed in the same transaction as its effect."""

    platform: str
    tenant: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """The checked bytes of a person's picture."""

    id: str
    mime: str
    data: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Everything about a person is deleted but what the books need; without a tenant in every one of the platform.

    ``spared`` are the keys of the question that was asked and of what is said in its place.
    """

    platform: str
    tenant: str
    person: str
    spared: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Traces:
    """How many of a person's orders are open, and how many ended ones stay in the books."""

    open: int
    ended: int


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that happens together or not at all.

    ``job`` is saved if the stored revision is ``job.rev - 1`` (or absent at revision 1). ``follow`` is a second,
    new job born in the same change. ``locale`` remembers a person's language as (platform, tenant, person, locale).
    ``again`` is a job whose news the chat could not take: they are owed once more. ``careful`` remembers whether a
    person wants to be asked before every order, as (platform, tenant, person, yes).
    """

    job: Job | None = None
    follow: Job | None = None
    lines: tuple[Line, ...] = ()
    claim: Claim | None = None
    entries: tuple[Entry, ...] = ()
    preferences: tuple[Preference, ...] = ()
    locale: tuple[str, str, str, str] | None = None
    uploads: tuple[Upload, ...] = ()
    again: Job | None = None
    careful: tuple[str, str, str, bool] | None = None
    limits: tuple[Limit, ...] = ()
    budget: BudgetChange | None = None
    forget: Forgetting | None = None


class Store(Protocol):
    """The tables. ``save`` is the only way anything about a job changes, and it is one transaction."""

    async def save(self, change: Change) -> None:
        """Commit the change durably.

        Raises ``Conflict`` (the job moved on), ``AlreadySeen`` (the event was handled), ``OverBudget`` (its reservation
        does not fit), ``BooksRefuse`` (an entry cannot follow what the books hold) or ``StoreTrouble`` (full or
        locked); in each case nothing of the change happened.
        """
        ...

    async def spent(self, limit: Limit) -> Decimal:
        """Return what counts against a limit so far, reservations included."""
        ...

    async def spendings(
        self, since: datetime, of: Spender | None = None, team: Address | None = None
    ) -> list[Spending]:
        """Return the orders that were said yes to since then: a person's, a team's or all, the oldest first."""
        ...

    async def entries(self, job: str) -> Sequence[Entry]:
        """Return what the books say about a job, in the order it was written."""
        ...

    async def budget_changes(self) -> Sequence[BudgetChange]:
        """Return what admins changed about budgets at run time, the oldest first."""
        ...

    async def job(self, job: str) -> Job | None:
        """Return a job by its id."""
        ...

    async def driven(self) -> Sequence[Job]:
        """Return every job that the runner has something to do for."""
        ...

    async def proposals_before(self, at: datetime) -> Sequence[Job]:
        """Return the proposals made before ``at`` that nobody confirmed."""
        ...

    async def jobs_of(self, platform: str, tenant: str, person: str, *, limit: int = 50) -> Sequence[Job]:
        """Return a person's jobs, newest first; without a tenant those of every one."""
        ...

    async def open_counts(self, platform: str, tenant: str, person: str) -> tuple[int, int]:
        """Return how many open jobs a person has, and how many everybody has together."""
        ...

    async def upload(self, upload: str) -> Upload | None:
        """Return an uploaded picture."""
        ...

    async def preferences(self, platform: str, tenant: str, person: str) -> Mapping[Task, Preference]:
        """Return what is remembered about a person."""
        ...

    async def locale_of(self, platform: str, tenant: str, person: str) -> str:
        """Return the language a person chose, or nothing."""
        ...

    async def is_careful(self, platform: str, tenant: str, person: str) -> bool:
        """Return whether a person wants to be asked before every order."""
        ...

    async def traces(self, platform: str, tenant: str, person: str) -> Traces:
        """Return what a person's orders leave behind; without a tenant those of every one."""
        ...

    async def owed_places(self) -> Sequence[Address]:
        """Return the places that have unsaid lines."""
        ...

    async def owed(self, address: Address, limit: int = 50) -> Sequence[OwedLine]:
        """Return a place's unsaid lines in order. An edit carries the id of the message it edits."""
        ...

    async def message_of(self, key: str) -> str:
        """Return the platform's id of the message said under ``key``, or nothing."""
        ...

    async def said(self, key: str, message: str, at: datetime, *, skipped: Iterable[str] = ()) -> None:
        """Note that a line was said as ``message``; ``skipped`` are older edits that it made needless."""
        ...

    async def undeliverable(self, key: str, why: str, at: datetime) -> None:
        """Note that a line can never be said in its place; it stays visible in the person's history."""
        ...

    async def undelivered_jobs(self, platform: str, tenant: str, person: str) -> frozenset[str]:
        """Return the ids of a person's jobs whose result lines are not said; without a tenant those of every one."""
        ...


class Platform(Protocol):
    """A chat. Raises ``PlatformTrouble`` and nothing else."""

    @property
    def name(self) -> str:
        """The name used in addresses."""
        ...

    async def say(self, line: Line) -> str:
        """Show a new message once per ``line.key`` and return the platform's id of it."""
        ...

    async def edit(self, line: Line, message: str) -> None:
        """Replace a message for good."""
        ...

    async def show(self, address: Address, message: str, card: Card, locale: str) -> None:
        """Replace a message for now (progress): may be shed, is never stored."""
        ...


class Dispatch(Protocol):
    """Who drives what. A driver is started once; starting it again while it runs does nothing."""

    def drive(self, job: str) -> None:
        """See to it that the job is driven."""
        ...

    def drain(self, address: Address) -> None:
        """See to it that the place's lines are said."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks, where, and in which language the chat says they read.

    ``is_alone`` says that nobody else reads there, and that the chat knows the person by one id in every tenant: then
    they see what they have anywhere. ``name`` is what others there call them, ``roles`` are theirs in the place's team
    (``platform/id``), ``is_age_restricted`` says that the chat keeps everybody else than adults out of the place; each
    only where the chat tells.
    """

    address: Address
    id: str
    locale: str
    is_alone: bool = False
    name: str = ""
    roles: frozenset[str] = frozenset()
    is_age_restricted: bool = False

    @property
    def guest(self) -> Guest:
        """Who this is for the operator's rules."""
        return Guest(Spender(self.address, self.id), self.roles, self.is_age_restricted)

    @property
    def shown(self) -> str:
        """What others there call them, as far as the chat says so."""
        return self.name or self.id

    @property
    def tenant(self) -> str:
        """The tenant whose jobs are shown there; empty for all of them."""
        return "" if self.is_alone else self.address.tenant


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, already in memory (at most 10 MB) and not yet checked.

    ``link`` is the public https address where the chat itself keeps it, if there is one.
    """

    data: bytes
    link: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message from a person. ``event`` is the platform's id of it and makes it count once.

    ``ask`` is what a chat with forms of its own (slash commands) already took apart; then ``text`` is not read.
    ``note`` is said with a price, for example that the message came late; then nothing is ordered without a yes.
    """

    person: Person
    event: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    ask: Ask | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button pressed by a person. ``action`` is the button's id as the chat gives it back."""

    person: Person
    event: str
    action: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person sees at once; everything else comes as lines.

    ``done`` tells whether something happened. ``locale`` is the language they have just chosen, for chats that keep
    their own. ``forgotten``: everything about them was deleted, also what they see.
    """

    toast: Text | None = None
    done: bool = True
    locale: str = ""
    forgotten: bool = False


class Intake(Protocol):
    """The guarded door for pictures that people bring. Raises ``providers.errors.PictureError``."""

    async def fetch(self, address: str) -> Picture:
        """Return the checked picture at a public https address, at most 10 MB."""
        ...

    def check(self, data: bytes) -> Picture:
        """Return bytes as a picture with its sniffed type and its size."""
        ...


class Results(Protocol):
    """The way to what providers made, also where only we reach it. Raises ``providers.errors.PictureError``."""

    async def picture(self, address: str) -> Picture:
        """Return the checked picture at a result's address, at most 10 MB."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """An operator's rules for one provider. ``rate`` is the money in ``currency`` that one unit costs, if known.

    ``shows_all``: everybody may see in /history what others had made in the account. ``most_running`` is how many
    orders it may have at work at once, 0 for any number; ``None`` leaves that to itself.
    """

    provider: Provider
    confirm: ConfirmPolicy
    rate: Decimal | None = None
    currency: str = ""
    shows_all: bool = False
    most_running: int | None = None
