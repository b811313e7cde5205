"""One episode: people order, chance interferes, and it goes on until everybody has an end. Nothing is counted here."""

from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from bot.core.actions import Verb
from bot.core.job import OPEN, Job, State
from bot.errors import SettingsProblem, StoreTrouble
from tests.chaos.hindrances import Busy, Hindrance, any_of
from tests.chaos.house import House
from tests.chaos.life import Fuse, Killed
from tests.chaos.orders import Habit, Order, make
from tests.chaos.rooms import Offer, Room
from tests.chaos.vendors import MEDIA, VENDORS

AT_ONCE = 14
"""Orders that are under way at the same time."""

PEOPLE = 7
MOST_TURNS = 600
"""An episode that takes longer is stuck: somebody was left without an end."""

MONEY_BACK = 3600.0
"""Seconds within which a provider has paid back what it pays back."""

KILLS_PER_TURN = 0.2
RESTARTS_PER_TURN = 0.01
TWINS_PER_TURN = 0.02
HINDRANCES_PER_TURN = 0.06
TROUBLES_PER_TURN = 0.25
STORMS_PER_TURN = 0.06
DELETIONS_PER_TURN = 0.02

_DANGEROUS = (State.CONFIRMED, State.SUBMITTING, State.SUBMITTING, State.RUNNING, State.RUNNING, State.SUCCEEDED)
"""The commits around money, at which a kill is aimed."""

_WORDY = frozenset({Verb.AGAIN, Verb.SWITCH, Verb.CANCEL, Verb.LOOK, Verb.WAIT, Verb.LEAVE})


class Driver:
    """Lets chance loose on a house."""

    def __init__(self, house: House, chance: Random, numbers: range, mix: list[str]) -> None:
        self.house = house
        self.done: Counter[str] = Counter()
        self.orders: dict[str, Order] = {}
        self.pressed: Counter[str] = Counter()
        self._chance = chance
        self._waiting = [make(number, chance, mix, PEOPLE) for number in numbers]
        self._live: list[Order] = []
        self._hindrances: list[Hindrance] = []

    async def run(self) -> None:
        """Go on until every order has its end and everything is said."""
        for _ in range(MOST_TURNS):
            if not self._waiting and not self._live:
                break
            try:
                await self._turn()
            except Killed:
                await self._start_again()
        assert not self._live, f"left without an end: {[(o.room, o.text, o.habit) for o in self._live]}"
        await self._come_to_rest()

    # --- a turn --------------------------------------------------------------------------------------------------

    async def _turn(self) -> None:
        await self._interfere()
        while self._waiting and len(self._live) < AT_ONCE and self._chance.random() < 0.5:
            order = self._waiting.pop(0)
            self.orders[order.tag] = order
            self._live.append(order)
        jobs = await self.house.by_tag()
        for order in self._chance.sample(self._live, len(self._live)):
            if self._chance.random() < 0.4:
                await self._act(order, jobs.get(order.tag, []))
        await self.house.pass_time(self._chance.randint(1, 12))
        with suppress(StoreTrouble):  # as the service's own housekeeping does
            await self.house.life.do(self.house.service.studio.expire_offers())
        await self.house.settled()
        ended = await self.house.by_tag()
        self._live = [order for order in self._live if not self._is_over(order, ended.get(order.tag, []))]

    async def _act(self, order: Order, jobs: list[Job]) -> None:
        room = self.house.every_room[order.room]
        if not jobs:
            await self._do(room.ask(order))
            if order.habit is Habit.REPEATED:
                await self._do(room.echo(order))
            return
        for job in jobs:
            for offer in room.offers(order, job.id):
                if self._takes(order, job, offer.action.verb):
                    await self._press(order, room, offer)
                    return

    async def _press(self, order: Order, room: Room, offer: Offer) -> None:
        self.pressed[offer.action.job] += 1
        await self._do(room.press(order, offer))
        if order.habit is Habit.TWICE and offer.action.verb is Verb.CONFIRM:
            await self._do(room.press(order, offer))
        if order.habit is Habit.REPEATED:
            await self._do(room.echo(order))

    def _takes(self, order: Order, job: Job, verb: Verb) -> bool:
        """Whether the person presses a button that means this."""
        if job.state is State.PROPOSED:
            if order.habit is Habit.CANCELS:
                return verb is Verb.CANCEL
            return verb is Verb.CONFIRM and order.habit is not Habit.IGNORES
        if order.habit is Habit.REGRETS and job.state is State.CONFIRMED:
            return verb is Verb.CANCEL
        once = f"{job.id}.{verb.value}"
        if not order.wordy or verb not in _WORDY or once in order.pressed or self._chance.random() < 0.5:
            return False
        if verb in {Verb.AGAIN, Verb.SWITCH}:
            order.wordy = False
        order.pressed.add(once)
        return True

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        await self.house.life.do(work)
        await self.house.settled()

    def _is_over(self, order: Order, jobs: list[Job]) -> bool:
        undecided = OPEN - {State.IN_DOUBT}
        return bool(jobs) and not any(job.state in undecided for job in jobs)

    # --- what goes wrong -----------------------------------------------------------------------------------------

    async def _interfere(self) -> None:
        chance, house = self._chance, self.house
        await self._end_hindrances()
        if self._waiting:
            await self._stop_perhaps()
        else:
            house.life.fuse = Fuse()
        if chance.random() < TWINS_PER_TURN:
            self.done["second service refused"] += 1
            await house.start_beside()
        if chance.random() < HINDRANCES_PER_TURN and not self._hindrances:
            hindrance = any_of(chance)
            self.done[hindrance.name] += 1
            await hindrance.begin(house)
            self._hindrances.append(hindrance)
        if chance.random() < TROUBLES_PER_TURN:
            room = chance.choice(list(house.every_room.values()))
            self.done[f"{room.name}: {room.trouble(chance)}"] += 1
        if chance.random() < STORMS_PER_TURN:
            storm = chance.choice([*MEDIA, *(storm for vendor in VENDORS.values() for storm in vendor.storms)])
            self.done[f"storm: {storm.fault} at {storm.endpoint}"] += 1
            house.sandbox.faults.add(storm.fault, storm.endpoint, **storm.settings)
        if chance.random() < DELETIONS_PER_TURN:
            await self._delete_one()

    async def _stop_perhaps(self) -> None:
        """Kill or restart; not once everybody has asked, because a start would mend what was forgotten."""
        chance, house = self._chance, self.house
        if chance.random() < KILLS_PER_TURN:
            aim = chance.choice([None, *_DANGEROUS])
            house.life.fuse = Fuse(chance.randint(1, 2 if aim else 12), aim, after=chance.random() < 0.5)
        if chance.random() < RESTARTS_PER_TURN:
            self.done["clean restarts"] += 1
            await house.fall()
            house.clock.skip(chance.choice([1, 20, 120, 2000]))
            await self._rise()

    async def _delete_one(self) -> None:
        """Let somebody delete a notice of a job that is on its way."""
        going = [job for job in await self.house.everybody() if job.state is State.RUNNING]
        if going:
            job = self._chance.choice(going)
            self.done["notice deleted"] += 1
            self.house.every_room[job.address.platform].delete(job)

    async def _end_hindrances(self) -> None:
        for hindrance in list(self._hindrances):
            hindrance.turns -= 1
            if hindrance.turns <= 0:
                self._hindrances.remove(hindrance)
                await hindrance.end(self.house)

    async def _start_again(self) -> None:
        """Let the process be dead for a while, then start it on what it left."""
        self.done["kills"] += 1
        await self.house.kill()
        self.house.clock.skip(self._chance.choice([0.5, 5, 30, 120, 1200]))
        await self._rise()

    async def _rise(self) -> None:
        try:
            await self.house.rise()
        except (SettingsProblem, StoreTrouble):
            # The file is locked or full: the service says so, ends, and is started again when that is over.
            self.done["start refused"] += 1
            await self.house.kill()
            for hindrance in [one for one in self._hindrances if isinstance(one, Busy)]:
                self._hindrances.remove(hindrance)
                await hindrance.end(self.house)
            await self.house.rise()

    async def _come_to_rest(self) -> None:
        """Let nothing more go wrong, and wait until everything is done and said."""
        house = self.house
        for hindrance in self._hindrances:
            hindrance.turns = 0
        await self._end_hindrances()
        house.sandbox.faults.clear()
        house.life.fuse = Fuse()
        for room in house.every_room.values():
            room.calm()
        for _ in range(MOST_TURNS):
            # What a platform delivers late is still asked: its offer runs out.
            await house.life.do(house.service.studio.expire_offers())
            offered = any(job.state is State.PROPOSED for job in await house.everybody())
            if not (offered or house.service.dispatch.driven or await house.service.store.owed_places()):
                break
            await house.pass_time(5)
        await house.settled()
        house.clock.skip(MONEY_BACK)
