"""Five hundred running jobs and everything that is owed meanwhile, against the limits that Discord has in real life.

The platform does what it does in the service, over real HTTP; the jobs and the courier are played, in virtual time.
"""

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from random import Random

from bot.core.cards import Bar, Card, Tone
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.errors import PlatformTrouble
from bot.platforms.discord.buckets import FOR_PROGRESS
from bot.platforms.discord.turns import MOST, WITHIN
from bot.text import Phrase
from tests.fakes.discord_server.world import Channel
from tests.platforms.discord.stage import DiscordStage, stage

EVERY = 30
"""Seconds between two wishes of a job to show its progress, as of most models."""

ROOMS = (40, *[15] * 12, *[1] * 280)
"""How many jobs run in each channel: 500 in all, one channel crowded and many quiet."""

FEWER_ROOMS = (40, *[15] * 12, *[1] * 100)
A_TURN = WITHIN.total_seconds() / MOST
"""Seconds between two progress edits of one channel."""

LONGEST_WAIT = 5.0
"""Seconds: Discord takes five new messages of a channel in that time, and two jobs that end together need six."""

WORDS = Phrase("{words}")


@dataclass(slots=True, eq=False)
class Room:
    """A channel with what is owed to it. ``courier`` says that, one thing after the other, while there is any."""

    channel: Channel
    size: int
    owed: deque[Line] = field(default_factory=deque)
    courier: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address:
        """Where that is for the service."""
        assert self.channel.guild is not None
        return Address("discord", str(self.channel.guild.id), str(self.channel.id))


@dataclass(slots=True, eq=False)
class Work:
    """A job. ``phase`` is the second of every half minute in which it wants to show something."""

    number: int
    room: Room
    phase: int
    message: str = ""
    ended: datetime | None = None


class Crowd:
    """Jobs in rooms. ``waits`` are the seconds that owed lines waited until they were said."""

    def __init__(self, at: DiscordStage, rooms: Sequence[int], *, together: bool) -> None:
        self.at = at
        add = at.discord.world.add_channel
        self.rooms = [Room(add(at.discord.studio, f"room-{n}"), size) for n, size in enumerate(rooms)]
        self.works: list[Work] = []
        self.waits: list[float] = []
        self._together = together
        self._since = 0.0
        self._chance = Random(7)
        before = at.clock.workers
        at.clock.workers = lambda: (*before(), *self._tasks())
        self._life: asyncio.Task[None] | None = None

    async def move_in(self) -> None:
        """Have the notice of every job said."""
        for room in self.rooms:
            for _ in range(room.size):
                self._begin(room)
        await self.say_all()
        self.waits.clear()
        self._since = self._now

    async def live(self, seconds: int, ends: int) -> None:
        """Let jobs run for so long, each showing something every half minute; so many a second end and others begin."""
        self._life = asyncio.create_task(self._live(seconds, ends))
        await self._over()

    async def say_all(self) -> None:
        """Let time pass until nothing is owed."""
        await self._over()

    async def _live(self, seconds: int, ends: int) -> None:
        for second in range(seconds):
            for work in self._chance.sample(self.running, ends):
                self.end(work)
                self._begin(work.room)
            await self.show(work for work in self.running if work.phase == second % EVERY)
            await self.at.clock.sleep(1.0)

    @property
    def running(self) -> list[Work]:
        """The jobs that have a message and no end."""
        return [work for work in self.works if work.message and work.ended is None]

    async def show(self, works: Iterable[Work]) -> None:
        """Have jobs show something, all at once."""
        await asyncio.gather(*(self._show(work) for work in works))

    async def _show(self, work: Work) -> None:
        card = Card(title=WORDS(words=f"job {work.number}"), bar=Bar(self._chance.randrange(95)), tone=Tone.WORKING)
        with contextlib.suppress(PlatformTrouble):
            await self.at.platform.show(work.room.address, work.message, card, "en")

    # --- what is owed --------------------------------------------------------------------------------------------

    def _begin(self, room: Room) -> None:
        work = Work(len(self.works), room, 0 if self._together else self._chance.randrange(EVERY))
        self.works.append(work)
        self._owe(work, "notice")

    def end(self, work: Work) -> None:
        """Have a job end: its message gets its last form, and two more come."""
        work.ended = self.at.clock.now()
        self._owe(work, "end", LineKind.EDIT)
        self._owe(work, "result")
        self._owe(work, "link")

    def _owe(self, work: Work, what: str, kind: LineKind = LineKind.SAY) -> None:
        key, card = f"job{work.number}.{what}", Card(title=WORDS(words=f"{what} of job {work.number}"))
        line = Line(key, kind, work.room.address, "1", "en", card, self.at.clock.now(), job=str(work.number))
        work.room.owed.append(line)
        if work.room.courier is None or work.room.courier.done():
            work.room.courier = asyncio.create_task(self._bring(work.room))

    async def _bring(self, room: Room) -> None:
        while room.owed:
            line = room.owed[0]
            work = self.works[int(line.job)]
            if line.kind is LineKind.EDIT:
                await self.at.platform.edit(line, work.message)
            else:
                said = await self.at.platform.say(line)
                work.message = work.message or said
            self.waits.append(self.at.clock.elapsed(line.at))
            room.owed.popleft()

    # --- time ----------------------------------------------------------------------------------------------------

    async def _over(self) -> None:
        while working := self._tasks():
            await self.at.clock.step()
            for task in working:
                if task.done():
                    task.result()

    def _tasks(self) -> list[asyncio.Task[None]]:
        tasks = [self._life, *(room.courier for room in self.rooms)]
        return [task for task in tasks if task is not None and not task.done()]

    # --- facts ---------------------------------------------------------------------------------------------------

    def longest(self, size: int) -> float:
        """Return the longest time that a running job's message stayed as it was, of jobs in rooms of that size."""
        return max(self._still(work) for work in self.works if work.room.size == size)

    def longest_silence(self) -> float:
        """Return the longest time in which no message of some room was edited."""
        edits: dict[str, list[float]] = {room.address.place: [] for room in self.rooms}
        for call in self.at.discord.calls.to("channels.edit", status=200):
            edits[call.where["channel"]].append(call.at)
        return max(_widest([self._since, *moments, self._now]) for moments in edits.values())

    @property
    def _now(self) -> float:
        return self.at.clock.now().timestamp()

    def _still(self, work: Work) -> float:
        versions = self.at.discord.board.all[int(work.message.split("/")[1])].versions
        end = work.ended.timestamp() if work.ended is not None else self._now
        return _widest([*(max(v.at, self._since) for v in versions if v.at < end), end])


def _widest(moments: Sequence[float]) -> float:
    return max((b - a for a, b in pairwise(moments)), default=0.0)


async def test_five_hundred_jobs_in_many_channels(tmp_path: Path) -> None:
    """Nothing is refused, what is owed is said within a channel's window, and every job's progress moves on.

    A job alone in its channel moves at its own pace; many in one channel share the edits that there are.
    """
    async with stage(tmp_path) as at:
        crowd = Crowd(at, ROOMS, together=False)
        await crowd.move_in()
        await crowd.live(seconds=150, ends=1)
        assert not at.discord.buckets.exceeded
        assert len(crowd.waits) == 4 * 150
        assert max(crowd.waits) <= LONGEST_WAIT
        assert crowd.longest(1) <= EVERY
        for size in (15, 40):
            # A turn comes up when somebody asks for one: the line moves on a little slower than it might.
            assert crowd.longest(size) <= 2 * EVERY + size * A_TURN


async def test_everybody_wants_it_in_the_same_second(tmp_path: Path) -> None:
    """More want to show something than Discord takes in a second: no channel is left out for ever."""
    async with stage(tmp_path) as at:
        crowd = Crowd(at, FEWER_ROOMS, together=True)
        await crowd.move_in()
        await crowd.live(seconds=180, ends=1)
        assert not at.discord.buckets.exceeded
        assert max(crowd.waits) <= LONGEST_WAIT
        rounds = math.ceil(len(FEWER_ROOMS) / FOR_PROGRESS)
        assert crowd.longest_silence() <= rounds * EVERY


async def test_what_is_owed_finds_room_in_a_second_full_of_progress(tmp_path: Path) -> None:
    """Sixty jobs show something, and in the same second fifteen of them end: that is told at once."""
    async with stage(tmp_path) as at:
        crowd = Crowd(at, [1] * 60, together=True)
        await crowd.move_in()
        at.clock.skip(2.0)
        await crowd.show(crowd.running)
        for work in crowd.running[-15:]:
            crowd.end(work)
        await crowd.say_all()
        assert len(at.discord.calls.to("channels.edit")) == FOR_PROGRESS + 15
        assert crowd.waits[:15] == [0.0] * 15
        assert not at.discord.buckets.exceeded
