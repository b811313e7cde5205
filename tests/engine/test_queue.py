"""Turns are fair: whoever has had less goes first, in order for each person, within every limit there is."""

from dataclasses import replace

import pytest

from bot.core.standing import Cause, Standing
from bot.engine.lanes import Pause, Rules, Ticket
from bot.engine.queue import Queue
from providers.models import Seconds
from tests.fakes.clock import START, StoryClock


class Orders:
    """Orders of people that are named by them: ``ann1``, ``ann2``, ``bob1``."""

    def __init__(self, rules: Rules, *, per_person: int = 0) -> None:
        self.clock = StoryClock()
        self.rules = rules
        self.per_person = per_person
        self.queue = Queue(self.clock, lambda _provider: self.rules, per_person=per_person)
        self.working: list[str] = []

    def come(self, *names: str, to: str = "scribe") -> None:
        """Let orders join in this order."""
        for name in names:
            self.queue.join(ticket(name, to))
            self._start()

    def end(self, name: str) -> None:
        """Let an order end."""
        self.working.remove(name)
        self.queue.give_back(name)
        self._start()

    def cancel(self, name: str) -> None:
        """Let an order that waits be taken back."""
        self.queue.leave(name)
        self._start()

    def served(self) -> list[str]:
        """Let the oldest order at work end until none is left; return everything in the order it got to work."""
        order = list(self.working)
        while self.working:
            before = set(self.working)
            self.end(self.working[0])
            order += [name for name in self.working if name not in before]
        return order

    def standing(self, name: str) -> Standing:
        """Return where an order stands."""
        standing = self.queue.standing(name)
        assert standing is not None
        return standing

    def _start(self) -> None:
        for name in self.queue.start():
            self.queue.accepted(name)
            self.working.append(name)


def ticket(name: str, provider: str = "scribe") -> Ticket:
    """Return an order's ticket; it usually takes 10 to 40 seconds."""
    return Ticket(name, provider, ("stage", "house", name[:3]), Seconds(10, 40))


def burst(who: str, count: int) -> list[str]:
    """Return the names of many orders of one person."""
    return [f"{who}{n}" for n in range(1, count + 1)]


def test_a_burst_of_one_person_keeps_nobody_waiting_behind_all_of_it() -> None:
    """Twenty orders came first; somebody else's two are second and fourth in line."""
    orders = Orders(Rules(most_running=1))
    orders.come(*burst("ann", 20), "bob1", "bob2")
    assert orders.served()[:6] == ["ann1", "bob1", "ann2", "bob2", "ann3", "ann4"]


def test_one_person_s_orders_keep_their_order() -> None:
    """Whatever the others do, nobody's second order comes before the first."""
    orders = Orders(Rules(most_running=2))
    orders.come("ann1", "bob1", "ann2", "cyd1", "bob2", "ann3", "cyd2", "ann4")
    served = orders.served()
    for who in ("ann", "bob", "cyd"):
        mine = [name for name in served if name.startswith(who)]
        assert mine == sorted(mine)


def test_never_more_are_at_work_than_the_provider_takes() -> None:
    """The rest waits, and each end lets one more in."""
    orders = Orders(Rules(most_running=3))
    orders.come(*burst("ann", 3), *burst("bob", 3))
    assert len(orders.working) == 3
    orders.end("ann1")
    assert orders.working == ["ann2", "ann3", "bob1"]


def test_who_comes_late_is_not_behind_rounds_that_were_served_before() -> None:
    """Ann's burst is in its sixth round when Bob comes: he is next, though she has sent fourteen more long ago."""
    orders = Orders(Rules(most_running=1))
    orders.come(*burst("ann", 20))
    for done in burst("ann", 5):
        orders.end(done)
    orders.come("bob1")
    assert orders.standing("bob1") == Standing(Cause.SERVICE, 0, Seconds(10, 40), 1)


def test_who_is_served_again_and_again_does_not_starve_the_others() -> None:
    """Ann orders anew after each end; Bob's ten move on all the same, one by one."""
    orders = Orders(Rules(most_running=1))
    orders.come("ann1", *burst("bob", 10))
    served = []
    for turn in range(2, 10):
        served.append(orders.working[0])
        orders.come(f"ann{turn}")
        orders.end(orders.working[0])
    assert sum(name.startswith("bob") for name in served) == 4


def test_a_start_keeps_the_order() -> None:
    """Those at work are held, those that wait join as they were confirmed, and the next ones are the same."""
    names = [*burst("ann", 5), "bob1", *burst("cyd", 2)]
    before, after = Orders(Rules(most_running=1)), Orders(Rules(most_running=1))
    before.come(*names)
    after.queue.hold(ticket("ann1"), START)
    after.working.append("ann1")
    after.come(*names[1:])
    assert before.served() == after.served()


def test_a_place_given_up_lets_the_same_person_s_next_order_have_it() -> None:
    """Who takes back nineteen of twenty is not behind the rounds that they stood in."""
    orders = Orders(Rules(most_running=1))
    orders.come("bob1", *burst("ann", 3), "cyd1", "cyd2")
    orders.cancel("ann1")
    assert orders.served() == ["bob1", "ann2", "cyd1", "ann3", "cyd2"]


def test_one_at_a_time_for_each_person() -> None:
    """The provider's own rule: others are not kept waiting, and the person reads behind how many of theirs."""
    orders = Orders(Rules(one_per_person=True))
    orders.come("ann1", "ann2", "bob1", "ann3")
    assert orders.working == ["ann1", "bob1"]
    assert orders.standing("ann3") == Standing(Cause.OWN, 2, Seconds(20, 80))


def test_the_operator_s_limit_counts_over_all_providers() -> None:
    """Two under way, wherever: the third waits, and starts where it can when any of them ends."""
    orders = Orders(Rules(), per_person=2)
    orders.come("ann1", to="scribe")
    orders.come("ann2", "ann3", to="painter")
    assert orders.working == ["ann1", "ann2"]
    assert orders.standing("ann3") == Standing(Cause.PERSON, 2, Seconds(10, 40), 2)
    orders.end("ann1")
    assert orders.working == ["ann2", "ann3"]


def test_the_wait_counts_what_is_at_work_and_what_is_ahead() -> None:
    """Two at a time of 10 to 40 s, begun 6 s ago; three ahead: one of them has ended twice over before it starts."""
    orders = Orders(Rules(most_running=2))
    orders.come("ann1", "bob1")
    orders.clock.skip(6)
    orders.come("cyd1", "dan1", "eve1", "fay1")
    assert orders.standing("cyd1").wait == Seconds(4, 34)
    assert orders.standing("fay1").wait == Seconds(14, 74)


def test_who_is_late_is_not_taken_to_end_at_once() -> None:
    """An order far beyond its usual time may need a while still, so nobody is promised its place right away."""
    orders = Orders(Rules(most_running=1))
    orders.come("ann1", "bob1")
    orders.clock.skip(500)
    assert orders.standing("bob1").wait == Seconds(0, 10)


@pytest.mark.parametrize(
    "told,now,news",
    [(1, 0, True), (9, 8, True), (10, 9, True), (10, 11, True), (200, 199, False), (200, 180, True), (5, 5, False)],
)
def test_far_back_not_every_place_is_news(told: int, now: int, news: bool) -> None:  # noqa: FBT001 - a table
    """Near the front every place is told; behind two hundred others one of them makes no difference."""
    before = Standing(Cause.SERVICE, told, most=1)
    assert replace(before, before=now).is_news_after(before) is news
    assert replace(before, cause=Cause.FULL).is_news_after(before)


def test_without_limits_nobody_waits_and_nothing_is_remembered() -> None:
    """Thousands of orders may run at a provider without limits; the queue holds none of them."""
    orders = Orders(Rules())
    orders.come(*burst("ann", 50))
    assert len(orders.working) == 50
    assert [orders.queue.ticket(name) for name in burst("ann", 50)] == [None] * 50


def test_a_provider_that_was_full_is_asked_by_one_at_a_time() -> None:
    """After the pause one order is tried; only when it was taken the next one goes."""
    orders = Orders(Rules())
    for name in ("ann1", "bob1", "cyd1"):
        orders.queue.join(ticket(name))
    assert orders.queue.start() == ["ann1", "bob1", "cyd1"]
    orders.queue.pause("scribe", Pause(START, START, 30.0))
    for name in ("ann1", "bob1"):
        orders.queue.put_back(name)
    assert orders.queue.start() == []
    assert orders.queue.give_back("cyd1")
    assert orders.queue.start() == ["ann1"]
    assert orders.queue.pause_left("scribe") == 30.0
    assert orders.standing("bob1") == Standing(Cause.FULL, 1, Seconds(30, 30))
    assert orders.queue.accepted("ann1")
    assert orders.queue.full_since("scribe") is None
    assert orders.queue.start() == ["bob1"]
