"""One episode from a seed: a house of its own, a log of its own, books at the end."""

import asyncio
import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

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


ROOMS: dict[str, tuple[int, Callable[[House], Room] | None]] = {
    "stage": (7, None),
    "discord": (2, _discord),
    "feishu": (1, _feishu),
}
"""How often an order is made in which chat, and how the chat is made."""


async def play(seed: str, numbers: range, home: Path) -> Books:
    """Play the episode and return its books. The seed decides everything but the speed of the machine."""
    chance = Random(seed)
    house = House(home, [], chance)
    for _, make in ROOMS.values():
        if make is not None:
            house.guests.append(make(house))
    driver = Driver(house, chance, numbers, [name for name, (share, _) in ROOMS.items() for _ in range(share)])
    log = io.StringIO()
    logs.configure("info", "json")
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(log)
    with lives():
        try:
            await house.begin()
            await driver.run()
            books = await read(house, driver, log.getvalue())
        except BaseException:
            (home / "episode.log").write_text(log.getvalue())
            raise
        finally:
            await house.end()
    return books


def perform(seed: str, numbers: range) -> Books:
    """Do the same in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as home:
        return asyncio.run(play(seed, numbers, Path(home)))
