"""Written down first, acknowledged second, acted on third: nothing received is lost, nothing is done twice.

Events of one chat are acted on in the order they came, those of different chats at the same time. What an event means
is decided by whoever it is handed to.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from bot.engine.ports import Clock
from bot.errors import StoreTrouble
from bot.storage.inbox import Inbox, Received

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until it is tried again to note that an event is done."""

AT_ONCE = 64
"""Chats whose events are acted on at the same time."""

STOPS_WITHIN = 5.0
"""Real seconds that a stop waits for what is being acted on."""

Act = Callable[[Received], Awaitable[None]]
"""Acts on an event and raises nothing: whatever goes wrong, its person was told."""


class Mailroom:
    """Keeps events and hands each of them on. ``at_work`` are the tasks that act on some right now."""

    def __init__(self, inbox: Inbox, act: Act, clock: Clock) -> None:
        self.at_work: set[asyncio.Task[object]] = set()
        self._inbox = inbox
        self._act = act
        self._clock = clock
        self._lanes: dict[str, deque[Received]] = {}
        self._queued: set[str] = set()
        self._hands = asyncio.Semaphore(AT_ONCE)
        self._closed = False

    async def recover(self) -> None:
        """Hand on what was received and not acted on before the last stop."""
        waiting = await self._inbox.waiting()
        for received in waiting:
            self._enqueue(received)
        if waiting:
            log.info("feishu_events_recovered", count=len(waiting))

    async def keep(self, new: Received) -> None:
        """Write an event down and have it acted on; raises ``StoreTrouble``. One that is known is nothing new.

        Who is cancelled meanwhile takes nothing back: the event may be written down already.
        """
        task = asyncio.create_task(self._keep(new))
        self._note(task)
        await asyncio.shield(task)

    async def close(self) -> None:
        """Begin nothing more; what is not acted on is found at the next start."""
        self._closed = True
        if self.at_work:
            await asyncio.wait(tuple(self.at_work), timeout=STOPS_WITHIN)
        for task in tuple(self.at_work):
            task.cancel()

    async def _keep(self, new: Received) -> None:
        if await self._inbox.keep(new):
            self._enqueue(new)

    def _enqueue(self, received: Received) -> None:
        if self._closed or received.event in self._queued:
            return
        self._queued.add(received.event)
        if received.lane in self._lanes:
            self._lanes[received.lane].append(received)
        else:
            self._lanes[received.lane] = deque([received])
            self._note(asyncio.create_task(self._work(received.lane)))

    async def _work(self, lane: str) -> None:
        queue = self._lanes[lane]
        try:
            while queue and not self._closed:
                async with self._hands:
                    await self._hand_on(queue[0])
                self._queued.discard(queue.popleft().event)
        finally:
            del self._lanes[lane]

    async def _hand_on(self, received: Received) -> None:
        await self._act(received)
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._inbox.done(received.event)
            except StoreTrouble as trouble:
                log.warning("feishu_event_not_closed", event_id=received.event, detail=str(trouble), again_in=pause)
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _note(self, task: "asyncio.Task[None]") -> None:
        self.at_work.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self.at_work.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited for it may be gone
