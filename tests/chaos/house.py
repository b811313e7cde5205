"""The whole service between all the chats and providers of the suite, with a clock of its own that can be wrong."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typing_extensions import override

from bot.core.job import Job
from bot.engine.ports import Store
from bot.errors import SettingsProblem
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore
from providers.sandbox.server import Sandbox
from tests.chaos.album import Album
from tests.chaos.life import Life
from tests.chaos.orders import tag_of
from tests.chaos.rooms import CrowdChat, Plain, Room
from tests.chaos.vendors import VENDORS
from tests.fakes.clock import START, StoryClock
from tests.stories.stage import Stage


class WrongClock(StoryClock):
    """The machine's clock, which somebody sets forward or back (``skew``); waiting is not touched by that."""

    def __init__(self) -> None:
        super().__init__()
        self.skew = timedelta(0)

    @override
    def now(self) -> datetime:
        return self._now + self.skew

    @override
    def elapsed(self, since: datetime) -> float:
        return max(0.0, (self.now() - since).total_seconds())


class TrueTime:
    """The time in the rest of the world: the providers' and the platforms'."""

    def __init__(self, clock: WrongClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return the moment."""
        return self._clock._now

    def elapsed(self, since: datetime) -> float:
        """Return the seconds since then."""
        return (self._clock._now - since).total_seconds()

    async def until(self, since: datetime, seconds: float) -> None:
        """Wait until then, without being somebody the story waits for."""
        while self.elapsed(since) < seconds:
            await self._clock.until(self._clock.now(), 0.001)


class House(Stage):
    """The service that is killed and started again, and what lives on around it."""

    def __init__(self, home: Path, chance: Random) -> None:
        super().__init__(home)
        self.clock: WrongClock = WrongClock()
        self.true_time = TrueTime(self.clock)
        self.sandbox = Sandbox(home=home / "sandbox", clock=self.true_time, seed=chance.randrange(1 << 30))
        self.sandbox._cdn._darkroom = Album()
        self.chat = CrowdChat()
        self.rooms = [self.chat]
        self.plain = Plain(self.chat)
        self.guests: list[Room] = []
        self.life = Life()
        self.lives = 0
        self._standing = False
        self.wrap = self._watched

    @property
    def every_room(self) -> dict[str, Room]:
        """Every chat by its name."""
        return {room.name: room for room in (self.plain, *self.guests)}

    @property
    @override
    def settings(self) -> Settings:
        providers = {name: vendor.settings(self.sandbox.base_url) for name, vendor in VENDORS.items()}
        return super().settings.model_copy(update={"providers": providers})

    async def begin(self) -> None:
        """Start the world and the service."""
        await self.sandbox.start()
        for room in self.every_room.values():
            await room.begin()
        await self.rise()

    async def end(self) -> None:
        """Stop everything. Safe to repeat."""
        await self.fall()
        for room in self.every_room.values():
            await room.end()
        await self.sandbox.close()

    async def rise(self) -> None:
        """Start the service on the same files."""
        self.life = Life()
        self.lives += 1
        self._standing = True
        await self.life.do(self._open())

    async def _open(self) -> None:
        await self.start()
        for room in self.every_room.values():
            await room.open(self)
        self.clock.workers = self._workers
        await self.service.courier.recover()

    def _watched(self, store: Store) -> Store:
        """Let the commits of the store pass the fuse from the first one on."""
        self.life.watch(self.files.database)
        return store

    def _workers(self) -> Iterator[Any]:
        yield from self.service.dispatch.workers
        for room in self.every_room.values():
            yield from room.workers

    async def kill(self) -> None:
        """Stop in the middle of everything, also of starting."""
        await self.life.kill()
        await self._let_go()

    async def fall(self) -> None:
        """Stop as an operator does."""
        if self._standing:
            await self._let_go()
            await self.life.kill()

    async def _let_go(self) -> None:
        """Close what a dead process does not hold any more."""
        self._standing = False
        for room in reversed(self.every_room.values()):
            with contextlib.suppress(Exception):
                await self.life.spawn(room.close())
        with contextlib.suppress(Exception):
            await self.life.spawn(self.stop())

    async def start_beside(self) -> None:
        """Start a second service on the same database, as a careless redeploy does; it has to refuse."""
        with pytest.raises(SettingsProblem, match="in use by another Limner"):
            await SqliteStore.open(self.settings.store.path, self.clock.now, busy_timeout=0.01)

    async def settled(self) -> None:
        """Wait until everybody has reacted."""
        await self.life.do(self.clock.settle())

    async def pass_time(self, steps: int) -> None:
        """Let so many moments pass at which somebody has something to do."""
        for _ in range(steps):
            if not await self.life.do(self.clock.step()):
                self.clock.skip(5)
            for room in self.every_room.values():
                room.tick()

    async def by_tag(self) -> dict[str, list[Job]]:
        """Return the jobs of every order, the oldest first."""
        found: dict[str, list[Job]] = {}
        for job in await self.everybody():
            found.setdefault(tag_of(job), []).append(job)
        return found

    @property
    def hours(self) -> float:
        """Return how long the story has been going on."""
        return (self.true_time.now() - START).total_seconds() / 3600
