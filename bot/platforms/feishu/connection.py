"""Keeps a long connection open, whatever happens, and knows how it is. What comes over it is in ``receiver``.

Every connection begins with a new address (section 1.1). It is tried for ever: soon again after what passes by itself,
every few minutes after what an operator has to repair, because a repaired application must not need a restart of ours.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import structlog

from bot.engine.ports import Clock
from bot.platforms.feishu.client import Client, NotTaken
from bot.platforms.feishu.receiver import WITHIN, Accept, Lost, Pulse, Session
from bot.platforms.feishu.wire import Code

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 60.0
"""Seconds before another try after what passes by itself: doubled each time, and spread by chance."""

FIRST_SLOW_PAUSE, LONGEST_SLOW_PAUSE = 60.0, 600.0
"""The same after what an operator has to repair."""

STEADY = 60.0
"""Seconds after which a connection counts as a good one: the next pause is a short one again."""

GRACE = 60.0
"""Seconds without a connection that do not count as an illness."""

SICK = 3.0
"""After so many ping intervals without a word the connection is ill, even if nobody has noticed (section 1.5)."""

REPAIRS: dict[int, str] = {
    Code.BAD_SECRET: "the application's secret is wrong: look at Credentials in its console",
    Code.UNKNOWN_APP: "the application is unknown: look at feishu.app_id and feishu.app_secret",
    Code.CONNECTION_REFUSED: "the application is disabled, no self-built one, or not allowed from this address",
    Code.NO_CREDENTIAL: "feishu.app_id and feishu.app_secret did not arrive",
    Code.WRONG_DOMAIN: "the application belongs to the other region: look at feishu.region",
}
"""What an operator has to do, by the code of the refusal."""


@dataclass(slots=True)
class Health:
    """How the connection is. ``reconnects`` counts the connections after the first, ``last_error`` is for operators."""

    pulse: Pulse | None = None
    connected: bool = False
    starts: int = 0
    last_error: str = ""

    @property
    def reconnects(self) -> int:
        """How often a connection was lost and found again."""
        return max(0, self.starts - 1)


class Connection:
    """Connects, one connection after the other, between :meth:`open` and :meth:`close`. ``running`` does it."""

    def __init__(self, client: Client, accept: Accept, clock: Clock, random: Random, *, within: float = WITHIN) -> None:
        self.health = Health()
        self.running: asyncio.Task[None] | None = None
        self._client = client
        self._accept = accept
        self._clock = clock
        self._random = random
        self._within = within
        self._apart_since = clock.now()

    def open(self) -> None:
        """Connect from now on."""
        self.running = asyncio.create_task(self._run(), name="feishu-connection")

    async def close(self) -> None:
        """Finish what was received, and disconnect."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None

    def is_well(self) -> bool:
        """Whether people are heard, or were until a moment ago."""
        pulse = self.health.pulse
        if self.health.connected and pulse is not None:
            return not pulse.is_weak(self._clock, SICK)
        return self._clock.elapsed(self._apart_since) < GRACE

    def details(self) -> Mapping[str, object]:
        """Return how the connection is, in figures: seconds since it was heard last, and how often it was lost."""
        health, pulse = self.health, self.health.pulse
        return {
            "connected": health.connected,
            "silent_for": None if pulse is None else round(self._clock.elapsed(pulse.heard)),
            "no_pong_for": None if pulse is None or pulse.ponged is None else round(self._clock.elapsed(pulse.ponged)),
            "reconnects": health.reconnects,
        }

    def connected(self, pulse: Pulse) -> None:
        """Take note that a connection stands."""
        health = self.health
        health.pulse, health.connected, health.starts = pulse, True, health.starts + 1
        health.last_error = ""
        log.info("feishu_connected", reconnects=health.reconnects)

    async def _run(self) -> None:
        tries, was_slow = 0, False
        while True:
            began = self._clock.now()
            problem = await self._connect()
            is_slow = isinstance(problem, NotTaken) and problem.code in REPAIRS
            if is_slow is not was_slow or (self.health.starts and self._clock.elapsed(began) > STEADY):
                tries = 0
            pause = self._pause(tries, slow=is_slow)
            self._tell(problem, pause)
            await self._clock.sleep(pause)
            tries, was_slow = tries + 1, is_slow

    async def _connect(self) -> BaseException:
        """Be connected for as long as it lasts, and return why it does not any more."""
        try:
            session = Session(await self._client.endpoint(), self._accept, self._clock, within=self._within)
            await session.run(self)
        except asyncio.CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - told at once; nothing may end this but being closed
            return _innermost(problem)
        finally:
            if self.health.connected:
                self.health.connected, self._apart_since = False, self._clock.now()
        return Lost("it has ended")

    def _pause(self, tries: int, *, slow: bool) -> float:
        first, longest = (FIRST_SLOW_PAUSE, LONGEST_SLOW_PAUSE) if slow else (FIRST_PAUSE, LONGEST_PAUSE)
        return min(first * 2.0 ** min(tries, 16), longest) * self._random.uniform(0.5, 1.5)

    def _tell(self, problem: BaseException, pause: float) -> None:
        self.health.last_error = f"{type(problem).__name__}: {problem}"[:200]
        again = round(pause, 1)
        if isinstance(problem, NotTaken) and problem.code in REPAIRS:
            log.error("feishu_turned_down", code=problem.code, repair=REPAIRS[problem.code], again_in=again)
        elif isinstance(problem, NotTaken) and problem.code == Code.TOO_MANY_CONNECTIONS:
            log.error("feishu_too_many_connections", again_in=again)
        elif isinstance(problem, NotTaken | Lost):
            log.warning("feishu_disconnected", detail=str(problem), again_in=again)
        else:
            log.error("feishu_connection_broke", exc_info=problem, again_in=again)


def _innermost(problem: BaseException) -> BaseException:
    """Return the first real reason in groups of reasons: "unhandled errors in a TaskGroup" tells nobody anything."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem
