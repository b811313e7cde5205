"""One provider's orders, at work and waiting, in the order of their turns. Who may work is decided in ``queue``.

People take turns: each new order of a person stands one round behind the one before, never before the round that is
being served. A burst of twenty keeps somebody else's first order waiting behind one of them, not behind twenty.
"""

import bisect
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.core.standing import Standing
from providers.models import Seconds

Person: TypeAlias = tuple[str, str, str]
"""Platform, tenant and person."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How many orders of everybody a provider has at work, 0 for any number, and whether a person has one at a time."""

    most_running: int = 0
    one_per_person: bool = False


@dataclass(slots=True, eq=False)
class Ticket:
    """An order in the queue. ``since`` is when it got to work, ``accepted`` whether the provider has it.

    ``told`` is the place that its person was told last, ``told_at`` when; while ``telling`` somebody is about to.
    """

    job: str
    provider: str
    person: Person
    expected: Seconds
    since: datetime | None = None
    accepted: bool = False
    told: Standing | None = None
    told_at: datetime | None = None
    telling: bool = False
    round: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """A provider that was full: ``since`` when it took nothing, and not asked for so many ``seconds`` from ``at``."""

    since: datetime
    at: datetime
    seconds: float


@dataclass(slots=True)
class Lane:
    """The orders of one provider. ``asked`` counts those on their way to it.

    After it was full it is asked by one order at a time (``is_careful``) until nobody waits any more.
    """

    rules: Rules
    working: dict[str, Ticket] = field(default_factory=dict)
    waiting: list[Ticket] = field(default_factory=list)
    busy: Counter[Person] = field(default_factory=Counter)
    pause: Pause | None = None
    is_careful: bool = False
    _rounds: dict[Person, int] = field(default_factory=dict)
    _round: int = 0

    @property
    def asked(self) -> int:
        """How many orders are on their way to the provider."""
        return sum(not ticket.accepted for ticket in self.working.values())

    def has_room(self) -> bool:
        """Whether the provider takes one more."""
        if self.is_careful and self.asked:
            return False
        return not self.rules.most_running or len(self.working) < self.rules.most_running

    def of(self, person: Person) -> list[Ticket]:
        """Return a person's orders at work."""
        return [ticket for ticket in self.working.values() if ticket.person == person]

    def ahead_of(self, ticket: Ticket) -> list[Ticket]:
        """Return the orders that wait before this one."""
        return self.waiting[: bisect.bisect_left(self.waiting, _rank(ticket), key=_rank)]

    def enter(self, ticket: Ticket, number: int) -> None:
        """Let a new order wait; ``number`` grows with each and decides within a round."""
        ticket.number = number
        ticket.round = max(self._round, self._rounds.get(ticket.person, -1) + 1)
        self._rounds[ticket.person] = ticket.round
        self.wait(ticket)

    def wait(self, ticket: Ticket) -> None:
        """Put an order to its place among those that wait."""
        bisect.insort(self.waiting, ticket, key=_rank)

    def work(self, ticket: Ticket, since: datetime) -> None:
        """Let an order that waits work."""
        self.waiting.remove(ticket)
        ticket.since = since
        self.working[ticket.job] = ticket
        self.busy[ticket.person] += 1
        self._round = max(self._round, ticket.round)

    def rest(self, ticket: Ticket) -> None:
        """Let an order no longer work."""
        ticket.since, ticket.accepted = None, False
        del self.working[ticket.job]
        self.busy[ticket.person] -= 1
        if not self.busy[ticket.person]:
            del self.busy[ticket.person]

    def give_up(self, ticket: Ticket) -> None:
        """Take an order out of those that wait; its person's later ones move up."""
        self.waiting.remove(ticket)
        free = ticket.round
        for later in self.waiting:
            if later.person == ticket.person and later.round > free:
                later.round, free = free, later.round
        self._rounds[ticket.person] = free - 1
        self.waiting.sort(key=_rank)

    def forget(self, person: Person) -> None:
        """Forget the round of somebody who has nothing here any more."""
        if not self.busy[person] and not any(ticket.person == person for ticket in self.waiting):
            self._rounds.pop(person, None)


def _rank(ticket: Ticket) -> tuple[int, int]:
    return ticket.round, ticket.number
