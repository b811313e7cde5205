"""Whose turn it is where not every order can be made at once. Telling people of it is in ``turns``."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from bot.core.estimate import left_of, longest, until_free
from bot.core.standing import Cause, Standing
from bot.engine.lanes import Lane, Pause, Person, Rules, Ticket
from bot.engine.ports import Clock
from providers.models import Seconds


class Queue:
    """Gives turns. Kept in memory: after a start orders join again as they were confirmed.

    ``per_person`` is how many orders one person may have under way over all providers, 0 for any number.
    """

    def __init__(self, clock: Clock, rules: Callable[[str], Rules], *, per_person: int = 0) -> None:
        self._clock = clock
        self._rules = rules
        self._per_person = per_person
        self._lanes: dict[str, Lane] = {}
        self._tickets: dict[str, Ticket] = {}
        self._under_way: Counter[Person] = Counter()
        self._numbers = itertools.count()

    # --- coming and going ----------------------------------------------------------------------------------------

    def hold(self, ticket: Ticket, since: datetime) -> None:
        """Note an order that its provider has since then, unless nobody would ever wait for it."""
        if ticket.job not in self._tickets and self._counts(self._lane(ticket.provider)):
            self.join(ticket)
            ticket.accepted = True
            self._work(ticket, since)

    def join(self, ticket: Ticket) -> bool:
        """Let an order wait for its turn and return whether it is new; one that is here keeps its place."""
        if ticket.job in self._tickets:
            return False
        self._tickets[ticket.job] = ticket
        self._lane(ticket.provider).enter(ticket, next(self._numbers))
        return True

    def accepted(self, job: str) -> bool:
        """Note that the provider took an order, so that it is not full; return whether that changes anything."""
        ticket = self._tickets.get(job)
        if ticket is None or ticket.since is None:
            return False
        lane = self._lane(ticket.provider)
        ticket.accepted, ticket.since = True, self._clock.now()
        was_careful, lane.pause = lane.is_careful, None
        lane.is_careful = was_careful and bool(lane.waiting)
        if not self._counts(lane):
            self.give_back(job)
        return was_careful

    def pause(self, provider: str, pause: Pause) -> None:
        """Ask a provider nothing for a while, and then one order at a time: it is full. The last one said counts."""
        lane = self._lane(provider)
        if lane.pause is None or pause.at >= lane.pause.at:
            lane.pause, lane.is_careful = pause, True

    def put_back(self, job: str) -> None:
        """Let an order that was about to begin wait again at its old place."""
        ticket = self._tickets.get(job)
        if ticket is not None and ticket.since is not None:
            self._rest(ticket)
            self._lane(ticket.provider).wait(ticket)

    def give_back(self, job: str) -> bool:
        """Give an order's turn away and return whether it had one; an order that waits keeps its place."""
        ticket = self._tickets.get(job)
        if ticket is None or ticket.since is None:
            return False
        self._rest(ticket)
        self._forget(ticket)
        return True

    def leave(self, job: str) -> bool:
        """Forget an order and return whether it was here. Its person's later ones move up."""
        ticket = self._tickets.get(job)
        if ticket is None:
            return False
        if ticket.since is not None:
            return self.give_back(job)
        self._lane(ticket.provider).give_up(ticket)
        self._forget(ticket)
        return True

    def start(self) -> list[str]:
        """Give turns to whoever may work now; return the orders that got one."""
        return [job for lane in self._lanes.values() for job in self._start(lane)]

    # --- standing ------------------------------------------------------------------------------------------------

    def ticket(self, job: str) -> Ticket | None:
        """Return an order's ticket, if it is here."""
        return self._tickets.get(job)

    def full_since(self, provider: str) -> datetime | None:
        """Return since when a provider has taken nothing, if it is full."""
        pause = self._lane(provider).pause
        return pause.since if pause is not None else None

    def pause_left(self, provider: str) -> float:
        """Return the seconds after which a provider that was full is asked again."""
        pause = self._lane(provider).pause
        return max(0.0, pause.seconds - self._clock.elapsed(pause.at)) if pause is not None else 0.0

    def last_pause(self, provider: str) -> float:
        """Return how long a full provider was not asked, in seconds, the last time that it was full."""
        pause = self._lane(provider).pause
        return pause.seconds if pause is not None else 0.0

    def standing(self, job: str) -> Standing | None:
        """Return where an order stands that waits, with its wait, or nothing where it does not wait."""
        ticket = self._tickets.get(job)
        if ticket is None or ticket.since is not None:
            return None
        lane = self._lane(ticket.provider)
        ahead = lane.ahead_of(ticket)
        own = sum(other.person == ticket.person for other in ahead)
        return self._standing(lane, ticket, len(ahead), own, self._wait(lane, ticket, ahead))

    def news(self) -> Iterator[str]:
        """Yield the orders whose person was told another place than the one they have."""
        for ticket, standing in self.everybody():
            if not ticket.telling and standing.is_news_after(ticket.told):
                yield ticket.job

    def everybody(self) -> Iterator[tuple[Ticket, Standing]]:
        """Yield every order that waits with where it stands, without its wait."""
        for lane in self._lanes.values():
            own: Counter[Person] = Counter()
            for place, ticket in enumerate(lane.waiting):
                yield ticket, self._standing(lane, ticket, place, own[ticket.person])
                own[ticket.person] += 1

    def note_told(self, job: str, standing: Standing) -> None:
        """Note what a person was told of an order's place, now."""
        ticket = self._tickets.get(job)
        if ticket is not None:
            ticket.told, ticket.told_at = standing, self._clock.now()

    # --- inside --------------------------------------------------------------------------------------------------

    def _lane(self, provider: str) -> Lane:
        if provider not in self._lanes:
            self._lanes[provider] = Lane(self._rules(provider))
        return self._lanes[provider]

    def _counts(self, lane: Lane) -> bool:
        """Whether an order at work keeps others waiting; without that, thousands of them need not be remembered."""
        return bool(lane.rules.most_running or lane.rules.one_per_person or self._per_person)

    def _start(self, lane: Lane) -> Iterator[str]:
        if not lane.waiting or not lane.has_room():
            return
        for ticket in tuple(lane.waiting):
            if not lane.has_room():
                return
            if self._may_work(lane, ticket.person):
                self._work(ticket, self._clock.now())
                yield ticket.job

    def _may_work(self, lane: Lane, person: Person) -> bool:
        if self._per_person and self._under_way[person] >= self._per_person:
            return False
        return not (lane.rules.one_per_person and lane.busy[person])

    def _work(self, ticket: Ticket, since: datetime) -> None:
        self._lane(ticket.provider).work(ticket, since)
        self._under_way[ticket.person] += 1

    def _rest(self, ticket: Ticket) -> None:
        self._lane(ticket.provider).rest(ticket)
        self._under_way[ticket.person] -= 1
        if not self._under_way[ticket.person]:
            del self._under_way[ticket.person]

    def _forget(self, ticket: Ticket) -> None:
        del self._tickets[ticket.job]
        self._lane(ticket.provider).forget(ticket.person)

    def _standing(self, lane: Lane, ticket: Ticket, place: int, own: int, wait: Seconds | None = None) -> Standing:
        mine = own + lane.busy[ticket.person]
        under_way = self._under_way[ticket.person]
        if lane.pause is not None:
            return Standing(Cause.FULL, place + lane.asked, wait)
        if lane.rules.one_per_person and mine:
            return Standing(Cause.OWN, mine, wait)
        if self._per_person and under_way >= self._per_person:
            return Standing(Cause.PERSON, own + under_way, wait, self._per_person)
        return Standing(Cause.SERVICE, place, wait, lane.rules.most_running)

    def _wait(self, lane: Lane, ticket: Ticket, ahead: list[Ticket]) -> Seconds:
        """Return the least and most seconds until an order starts, if everything ahead keeps to its usual time."""
        if lane.pause is not None:
            left = round(self.pause_left(ticket.provider))
            return Seconds(left, left)
        mine = [other.expected for other in ahead if other.person == ticket.person]
        waits = []
        if lane.rules.most_running:
            everybody = [other.expected for other in ahead]
            waits.append(until_free(lane.rules.most_running, map(self._left, lane.working.values()), everybody))
        if lane.rules.one_per_person:
            waits.append(until_free(1, map(self._left, lane.of(ticket.person)), mine))
        if self._per_person:
            working = [other for each in self._lanes.values() for other in each.of(ticket.person)]
            waits.append(until_free(self._per_person, map(self._left, working), mine))
        return longest(waits)

    def _left(self, ticket: Ticket) -> Seconds:
        worked = self._clock.elapsed(ticket.since) if ticket.since is not None else 0.0
        return left_of(ticket.expected, worked)
