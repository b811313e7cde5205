"""One episode from a seed: a house of its own, a log of its own, books at the end."""

import asyncio
import contextlib
import io
import logging
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import structlog

from bot import logs
from tests.chaos.books import Books, read
from tests.chaos.driver import PEOPLE, Driver
from tests.chaos.house import House
from tests.chaos.in_discord import InDiscord
from tests.chaos.in_feishu import InFeishu
from tests.chaos.life import lives
from tests.chaos.rooms import Room
from tests.fakes.discord_server import Clock


def _discord(house: House) -> Room:
    return InDiscord(Clock(lambda: house.true_time.now().timestamp()), PEOPLE)


def _feishu(house: House) -> Room:
    return InFeishu(Clock(lambda: house.true_time.now().timestamp()), PEOPLE)


@dataclass(frozen=True, slots=True)
class Share:
    """How often an order is made in a chat, and how the chat is made; the plain one is always there."""

    share: int
    make: Callable[[House], Room] | None = None


ROOMS: Mapping[str, Share] = {"stage": Share(6), "discord": Share(2, _discord), "feishu": Share(2, _feishu)}
"""The table of chats."""


Tamper = Callable[[House], Awaitable[None]]
"""Something that is done to a house after its story and before the books are read."""


async def leave_it(_: House) -> None:
    """Do nothing."""


@contextlib.contextmanager
def overheard() -> Iterator[io.StringIO]:
    """Collect what the service logs, as an operator's service does it but without a redactor behind."""
    root, log = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    logs.configure("info", "json")
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(log)
    try:
        yield log
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()


async def play(
    seed: str, numbers: range, home: Path, rooms: Sequence[str] = tuple(ROOMS), *, tamper: Tamper = leave_it
) -> Books:
    """Play the episode and return its books. The seed decides everything but the speed of the machine.

    Raises ``AssertionError`` where somebody was left without an end; then ``episode.log`` in ``home`` tells more.
    """
    chance = Random(seed)
    house = House(home, chance)
    house.guests += [make(house) for name in rooms if (make := ROOMS[name].make) is not None]
    driver = Driver(house, chance, numbers, [name for name in rooms for _ in range(ROOMS[name].share)])
    with lives(), overheard() as log:
        try:
            await house.begin()
            await driver.run()
            await tamper(house)
            return await read(house, driver, log.getvalue())
        finally:
            (home / "episode.log").write_text(log.getvalue())
            await house.end()


def perform(seed: str, numbers: range) -> Books:
    """Do the same in a process of its own, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as home:
        return asyncio.run(play(seed, numbers, Path(home)))
