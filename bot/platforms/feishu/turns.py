"""Whose turn it is in a chat, and who may change a message: what is owed goes first. Sending is in ``delivery``.

Feishu takes five messages a second in a chat and five changes a second of a message, and 50 calls a second and 1000 a
minute of each kind (section 5). A message is changed by one at a time, and by nobody while a press on it is being
answered, because the reader's program would show the old form again (section 6.3).

Nothing runs by itself here: whoever shows progress also shows what waits longest.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.engine.ports import Clock
from bot.platforms.feishu.parcel import Parcel

PER_CHAT = 5
PROGRESS_PER_CHAT = 3
"""Calls a second in one chat: all of them, and how many there may be for progress to be shown too."""

PER_KIND = ((50, timedelta(seconds=1)), (1000, timedelta(minutes=1)))
"""Calls of one kind, over all chats."""

BETWEEN_CHANGES = timedelta(seconds=1)
"""The least time between two changes of one message."""

AFTER_A_PRESS = timedelta(milliseconds=300)
"""The least time between the answer to a press and a change of the pressed message."""

FOR_A_CHANGE = 0.25
"""Real seconds that a press waits for a change that is on its way, out of the three it has."""

KEPT = 5000
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """Progress to be shown: what to draw in which message."""

    chat: str
    message: str
    parcel: Parcel


class Window:
    """How many calls there may be in the last moments: (how many, within what time), several at once."""

    def __init__(self, *limits: tuple[int, timedelta]) -> None:
        self._limits = limits
        self._calls: deque[datetime] = deque()
        self._closed_until: datetime | None = None

    def pause(self, now: datetime, reserve: int = 0) -> float:
        """Return the seconds until there is room, leaving so many calls for others."""
        longest = max(within for _, within in self._limits)
        while self._calls and self._calls[0] <= now - longest:
            self._calls.popleft()
        waits = [(self._closed_until - now).total_seconds()] if self._closed_until else [0.0]
        for most, within in self._limits:
            if len(self._calls) >= most - reserve:
                waits.append((self._calls[reserve - most] + within - now).total_seconds())
        return max(0.0, *waits)

    def take(self, now: datetime) -> None:
        """Count a call."""
        self._calls.append(now)

    def close(self, until: datetime) -> None:
        """Leave no room before then: the other side has asked for it."""
        self._closed_until = max(until, self._closed_until or until)


@dataclass(slots=True)
class _Chat:
    window: Window = field(default_factory=lambda: Window((PER_CHAT, _SECOND)))
    wishes: OrderedDict[str, Wish] = field(default_factory=OrderedDict)
    waiting: int = 0
    crowded_until: datetime | None = None

    @property
    def is_idle(self) -> bool:
        return not self.waiting and not self.wishes

    def is_crowded(self, now: datetime) -> bool:
        """Whether something that is owed waits, or had to a moment ago: then more of it is likely to follow."""
        return self.waiting > 0 or (self.crowded_until is not None and now < self.crowded_until)


@dataclass(slots=True)
class _Message:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    presses: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    free_at: datetime | None = None

    @property
    def is_idle(self) -> bool:
        return not self.lock.locked() and not self.presses


class Turns:
    """The turns of all chats and messages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chats: OrderedDict[str, _Chat] = OrderedDict()
        self._messages: OrderedDict[str, _Message] = OrderedDict()
        self._kinds: dict[str, Window] = {}

    async def delivery(self, chat: str, kind: str) -> None:
        """Wait until something that is owed may be said in a chat by a call of this kind, and count it."""
        here, calls = self._chat(chat), self._kind(kind)
        here.waiting += 1
        try:
            while (pause := max(here.window.pause(self._clock.now()), calls.pause(self._clock.now()))) > 0:
                await self._clock.sleep(pause)
                here.crowded_until = self._clock.now() + _SECOND
            here.window.take(self._clock.now())
            calls.take(self._clock.now())
        finally:
            here.waiting -= 1

    async def call(self, kind: str) -> None:
        """Wait until a call that belongs to no chat may be made, such as an upload, and count it."""
        calls = self._kind(kind)
        while (pause := calls.pause(self._clock.now())) > 0:
            await self._clock.sleep(pause)
        calls.take(self._clock.now())

    def too_often(self, chat: str, seconds: float) -> None:
        """Note that a chat takes nothing for so long."""
        self._chat(chat).window.close(self._clock.now() + timedelta(seconds=seconds))

    @asynccontextmanager
    async def changing(self, chat: str, message: str) -> AsyncIterator[None]:
        """Have a message to oneself; progress in it that was not shown yet is dropped."""
        self._chat(chat).wishes.pop(message, None)
        here = self._message(message)
        while True:
            await self._until_free(here)
            async with here.lock:
                if self._pause(here) > 0:
                    continue
                try:
                    yield
                finally:
                    self._rest(here, BETWEEN_CHANGES)
                return

    @asynccontextmanager
    async def answering(self, message: str) -> AsyncIterator[None]:
        """Keep everybody from changing a message while a press on it is answered, and for a moment after."""
        here = self._message(message)
        here.presses += 1
        here.answered.clear()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FOR_A_CHANGE), here.lock:
                    pass
            yield
        finally:
            here.presses -= 1
            self._rest(here, AFTER_A_PRESS)
            if not here.presses:
                here.answered.set()

    @asynccontextmanager
    async def next(self, kind: str, wish: Wish) -> AsyncIterator[Wish | None]:
        """Note a wish and give the one whose turn it is, if any is: the oldest, in its newest form."""
        here, calls = self._chat(wish.chat), self._kind(kind)
        here.wishes[wish.message] = wish
        now = self._clock.now()
        is_full = here.window.pause(now, PER_CHAT - PROGRESS_PER_CHAT) > 0 or calls.pause(now) > 0
        chosen = None if here.is_crowded(now) or is_full else self._ready(here)
        if chosen is None:
            yield None
            return
        message = self._message(chosen)
        async with message.lock:
            here.window.take(now)
            calls.take(now)
            try:
                yield here.wishes.pop(chosen)
            finally:
                self._rest(message, BETWEEN_CHANGES)

    def _ready(self, here: _Chat) -> str | None:
        return next((name for name in here.wishes if self._is_free(self._message(name))), None)

    def _is_free(self, message: _Message) -> bool:
        return message.is_idle and self._pause(message) <= 0

    def _pause(self, message: _Message) -> float:
        if message.presses:
            return AFTER_A_PRESS.total_seconds()
        return (message.free_at - self._clock.now()).total_seconds() if message.free_at else 0.0

    async def _until_free(self, message: _Message) -> None:
        while message.presses:
            await message.answered.wait()
        if (pause := self._pause(message)) > 0:
            await self._clock.sleep(pause)

    def _rest(self, message: _Message, lasting: timedelta) -> None:
        until = self._clock.now() + lasting
        message.free_at = max(until, message.free_at or until)

    def _kind(self, kind: str) -> Window:
        return self._kinds.setdefault(kind, Window(*PER_KIND))

    def _chat(self, name: str) -> _Chat:
        here = self._chats.setdefault(name, _Chat())
        self._chats.move_to_end(name)
        oldest = next(iter(self._chats))
        if len(self._chats) > KEPT and self._chats[oldest].is_idle:
            del self._chats[oldest]
        return here

    def _message(self, name: str) -> _Message:
        here = self._messages.setdefault(name, _Message())
        self._messages.move_to_end(name)
        oldest = next(iter(self._messages))
        if len(self._messages) > KEPT and self._messages[oldest].is_idle:
            del self._messages[oldest]
        return here
