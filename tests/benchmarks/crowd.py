"""People in a pretend Discord who all want something of Limner at once, and how long each of them waits.

The pretend Discord and its people are this process, Limner is another (``resident``), the provider a third. Time is
measured here: from an event's dispatch to the arrival of its acknowledgement, and to the words that answer it.
"""

import asyncio
import contextlib
import itertools
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random

from providers.sandbox.server import APP_KEY, KEY
from tests.benchmarks.case import Case, Reading
from tests.benchmarks.gauge import SERVER_CORE, cpu_seconds_of, pin, resident_bytes
from tests.fakes.discord_server import DiscordServer, Exchange, Flag, Message, Person

CHANNELS = 20
PEOPLE = 200
WARM_UP = 100
"""Interactions before the measured ones: first connections, the catalogue, and offers whose buttons can be pressed."""

QUIET = 2.0
"""Seconds of silence before memory is read, and between the warm-up and the crowd."""

_MIX = ("models", "models", "prefs", "video", "press")
"""What people do, in equal shares; who has no offer to press a button of yet, because it is late, asks for one."""

_PLAIN = frozenset({"models", "prefs"})

_BUTTONS = itertools.cycle(("Confirm", "Cancel"))
"""The first is money: the provider is asked, and the job is driven from then on."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did at a moment (seconds since 1970). ``versions`` of the pressed message were there before."""

    exchange: Exchange
    at: float
    source: Message | None = None
    versions: int = 0

    @property
    def answered(self) -> float | None:
        """When there were words for it, or ``None``: in a message of its own, or in the pressed one."""
        if self.source is not None:
            return next((version.at for version in self.source.versions[self.versions :]), None)
        versions = (v for m in self.exchange.interaction.messages for v in m.versions)
        return next((v.at for v in versions if Flag.LOADING not in v.flags), None)


class Crowd:
    """People in several channels. ``deeds`` are what they did, in that order."""

    def __init__(self, discord: DiscordServer) -> None:
        self.deeds: list[Deed] = []
        self._discord = discord
        rooms = [discord.world.add_channel(discord.studio, f"room-{n}") for n in range(CHANNELS)]
        self._people = [discord.person(f"person-{n}", home=rooms[n % CHANNELS]) for n in range(PEOPLE)]
        self._turn = itertools.cycle(self._people)
        self._offers: deque[tuple[Person, Deed]] = deque()

    async def warm_up(self) -> None:
        """Have everything done once, one after the other, and forget it."""
        for number in range(WARM_UP):
            await self._do("video" if number < WARM_UP // 2 else _MIX[number % len(_MIX)])
            await self.deeds[-1].exchange.acked()
        await self.quiet()
        self.deeds.clear()

    async def come(self, count: int, seconds: float) -> None:
        """Do so many things in so many seconds, at random moments, as people come."""
        loop, chance = asyncio.get_running_loop(), Random(1)
        moments = sorted(chance.uniform(0, seconds) for _ in range(count))
        begun = loop.time()
        for number, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, begun + moment - loop.time()))
            await self._do(_MIX[number % len(_MIX)])

    async def quiet(self) -> None:
        """Wait until everybody has an answer, or nothing more comes."""
        with contextlib.suppress(AssertionError):
            await self._discord.news.until(
                lambda: all(deed.answered is not None for deed in self.deeds), lambda: "somebody waits for ever"
            )
        await asyncio.sleep(QUIET)

    async def _do(self, what: str) -> None:
        if what == "press" and await self._press():
            return
        person = next(self._turn)
        at = self._discord.clock.time()
        if what in _PLAIN:
            self.deeds.append(Deed(await person.slash(what), at))
            return
        deed = Deed(await person.slash("video", {"prompt": "a puppy runs across a meadow"}), at)
        self.deeds.append(deed)
        self._offers.append((person, deed))

    async def _press(self) -> bool:
        """Press a button of the oldest offer; return whether there was one to press."""
        if not self._offers or self._offers[0][1].answered is None:
            return False
        person, offer = self._offers.popleft()
        message = offer.exchange.message
        at, versions = self._discord.clock.time(), len(message.versions)
        self.deeds.append(Deed(await person.click(message, next(_BUTTONS)), at, message, versions))
        return True


async def asking(case: Case) -> Reading:
    """Measure a crowd of ``case.presses`` interactions in ``case.window`` seconds."""
    pin(0, SERVER_CORE)
    async with DiscordServer() as discord, _limner(case, discord) as limner:
        await discord.gateway.ready()
        await asyncio.sleep(QUIET)
        reading = Reading(resident=resident_bytes(limner))
        crowd = Crowd(discord)
        await crowd.warm_up()
        cpu = cpu_seconds_of(limner)
        await crowd.come(case.presses, case.window)
        reading.cpu = cpu_seconds_of(limner) - cpu
        await crowd.quiet()
        _read(discord, crowd, reading)
    return reading


def _read(discord: DiscordServer, crowd: Crowd, reading: Reading) -> None:
    arrived: dict[str, float] = {}
    for call in discord.calls.to("interactions.callback"):
        arrived.setdefault(call.where["interaction"], call.at)
    for deed in crowd.deeds:
        at, answered = arrived.get(str(deed.exchange.interaction.id)), deed.answered
        if at is None or answered is None or deed.exchange.ack is None:
            reading.lost += 1
            continue
        reading.acks.append(at - deed.at)
        reading.answers.append(answered - deed.at)
    reading.refused = len(discord.buckets.exceeded)


@contextlib.asynccontextmanager
async def _limner(case: Case, discord: DiscordServer) -> AsyncIterator[int]:
    """Start Limner, give its process id once it has started, and end it."""
    config = case.home / "limner.toml"
    config.write_text(_settings(case, discord), encoding="utf-8")
    command = (sys.executable, "-m", "tests.benchmarks.resident", str(config))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"started\n", "Limner did not start"
        yield process.pid
    finally:
        process.stdin.close()
        await process.wait()


def _settings(case: Case, discord: DiscordServer) -> str:
    return f"""
[store]
path = "{case.home / "limner.db"}"
[web]
enabled = false
[discord]
token = "{discord.token}"
api_base = "{discord.api_base}"
[providers.ima_studio]
key = "{KEY}"
app_key = "{APP_KEY}"
base_url = "{case.provider}/ima"
upload_url = "{case.provider}/ima-upload"
"""
