"""The ladder of an event: pushed until it is accepted in time (reference section 1.3). What carries it is not here.

An event is tried again 15 s, 5 min, 1 h and 6 h after the attempt before, all on the fake's clock; a callback never.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.refusals import Json

ANSWER_SECONDS = 3.0
LADDER = (15.0, 300.0, 3600.0, 21_600.0)

T = TypeVar("T")


@dataclass(slots=True)
class Attempt:
    """One push. ``code`` is what came back (200 = accepted), 0 = nothing in time, and then ``problem`` says why.

    ``answer`` is the parsed data of a callback's answer; ``took`` the seconds on the fake's clock.
    """

    number: int
    at: float
    line: str = ""
    code: int = 0
    answer: Any = None
    problem: str = ""
    took: float | None = None

    @property
    def due(self) -> float:
        """Return when the platform stops waiting for an answer."""
        return self.at + ANSWER_SECONDS

    @property
    def accepted(self) -> bool:
        """Tell whether that was the last one needed."""
        return self.code == 200


@dataclass(slots=True, eq=False)
class Delivery:
    """An event on its way. ``state``: under way, accepted, given up."""

    event: Json
    callback: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    state: str = "under way"
    ended: Callable[["Delivery"], None] = lambda _: None

    @property
    def kind(self) -> str:
        """Return the event's type."""
        return str(self.event.get("header", {}).get("event_type", ""))

    @property
    def accepted(self) -> bool:
        """Tell whether the bot has taken it."""
        return self.state == "accepted"


class Carrier(Protocol):
    """What brings an event to the bot: long connections or a webhook."""

    async def carry(self, delivery: Delivery, attempt: Attempt) -> None:
        """Push once, wait for the answer and fill in the attempt. Raises nothing."""
        ...


class Deliveries:
    """Everything that was ever pushed. ``crashes`` are mistakes of the fake itself."""

    def __init__(self, clock: Clock, news: News, carrier: Callable[[], Carrier]) -> None:
        self._clock = clock
        self._news = news
        self._carrier = carrier
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: list[Delivery] = []
        self.crashes: list[BaseException] = []

    def send(
        self, event: Json, *, callback: bool = False, ended: Callable[[Delivery], None] = lambda _: None
    ) -> Delivery:
        """Start to deliver an event; ``ended`` is told once it is accepted or given up."""
        delivery = Delivery(event, callback=callback, ended=ended)
        self.all.append(delivery)
        self._spawn(self._climb(delivery, self._attempt(delivery)))
        return delivery

    def again(self, delivery: Delivery) -> None:
        """Push an event once more, as the platform may even after success."""
        self._spawn(self._push(delivery, self._attempt(delivery)))

    def of(self, kind: str) -> list[Delivery]:
        """Return the deliveries of a type of event."""
        return [delivery for delivery in self.all if delivery.kind == kind]

    async def tried(self, delivery: Delivery, times: int = 1) -> Attempt:
        """Wait for the n-th attempt to come to its end."""

        def find() -> Attempt | None:
            done = [attempt for attempt in delivery.attempts if attempt.took is not None]
            return done[times - 1] if len(done) >= times else None

        return await self._news.until(find, lambda: f"no {times} attempts but {delivery.attempts}")

    async def settled(self, delivery: Delivery) -> Delivery:
        """Wait until it is accepted or given up."""
        return await self._news.until(
            lambda: delivery if delivery.state != "under way" else None,
            lambda: f"still under way: {delivery.kind} {delivery.attempts}",
        )

    def close(self) -> None:
        """Stop everything."""
        for task in self._tasks:
            task.cancel()

    async def _climb(self, delivery: Delivery, attempt: Attempt) -> None:
        for wait in (*(() if delivery.callback else LADDER), None):
            if (await self._push(delivery, attempt)).accepted:
                break
            if wait is not None:
                await self._clock.sleep(wait)
                if delivery.accepted:
                    return
                attempt = self._attempt(delivery)
        else:
            delivery.state = "given up"
        delivery.ended(delivery)
        self._news.tell()

    async def _push(self, delivery: Delivery, attempt: Attempt) -> Attempt:
        await self._carrier().carry(delivery, attempt)
        attempt.took = self._clock.time() - attempt.at
        if attempt.accepted:
            delivery.state = "accepted"
        self._news.tell()
        return attempt

    def _attempt(self, delivery: Delivery) -> Attempt:
        attempt = Attempt(len(delivery.attempts) + 1, self._clock.time())
        delivery.attempts.append(attempt)
        return attempt

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.crashes.append(error)


async def until(clock: Clock, due: float, work: Awaitable[T]) -> T | None:
    """Wait for something until a moment of this clock; None = it did not come."""
    found = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(_reached(clock, due))
    try:
        await asyncio.wait([found, timer], return_when=asyncio.FIRST_COMPLETED)
        return found.result() if found.done() else None
    finally:
        found.cancel()
        timer.cancel()


async def _reached(clock: Clock, due: float) -> None:
    while (left := due - clock.time()) > 0:
        await clock.sleep(left)
