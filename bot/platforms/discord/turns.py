"""Whose turn it is in a channel: what is owed goes first, and all its jobs share the few edits left for progress.

Nothing runs by itself here: whoever shows progress shows what waits longest, in this channel or, where Discord had no
room for a channel, in that one. Sending is in ``delivery``.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.cards import Card
from bot.core.job import Address
from bot.engine.ports import Clock
from bot.errors import PlatformTrouble
from bot.platforms.discord.transport import NoRoom

MOST = 3
WITHIN = timedelta(seconds=5)
"""Progress edits of a channel; Discord takes about five in that time (section 1.2), the rest is for what is owed."""

CHANNELS_KEPT = 5000
WISHES_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Wish:
    """Progress to be shown: what to draw in which message."""

    address: Address
    message: str
    card: Card
    locale: str


@dataclass(slots=True)
class _Channel:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wishes: OrderedDict[str, Wish] = field(default_factory=OrderedDict)
    recent: deque[datetime] = field(default_factory=deque)

    def put_back(self, wish: Wish) -> None:
        """Undo a turn that came to nothing; a newer form of the wish stays."""
        self.recent.pop()
        self.wishes.setdefault(wish.message, wish)
        self.wishes.move_to_end(wish.message, last=False)


class Turns:
    """The turns of all channels."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._channels: OrderedDict[str, _Channel] = OrderedDict()
        self._passed_over: OrderedDict[str, None] = OrderedDict()

    @asynccontextmanager
    async def delivering(self, channel: str, message: str = "") -> AsyncIterator[None]:
        """Have the channel to oneself; progress of ``message`` that was not shown until then is dropped."""
        here = self._at(channel)
        # An edit of progress that is on its way must arrive first, or it would undo this one.
        async with here.lock:
            yield
            here.wishes.pop(message, None)

    @asynccontextmanager
    async def next(self, channel: str, wish: Wish) -> AsyncIterator[Wish | None]:
        """Note a wish and give the one whose turn it is, if any is: the oldest, in its newest form.

        Where that finds no room at Discord it waits on as the oldest, and its channel is the next to be shown.
        """
        here = self._at(channel)
        here.wishes[wish.message] = wish
        if len(here.wishes) > WISHES_KEPT:
            here.wishes.popitem(last=False)
        name = self._whose_turn(channel)
        if not name:
            yield None
            return
        there = self._channels[name]
        async with there.lock:
            there.recent.append(self._clock.now())
            _, oldest = there.wishes.popitem(last=False)
            try:
                yield oldest
            except PlatformTrouble as trouble:
                if isinstance(trouble.__cause__, NoRoom):
                    there.put_back(oldest)
                    self._passed_over.setdefault(name)
                raise

    def _whose_turn(self, channel: str) -> str:
        """Return the channel to show something in: the one passed over longest ago, else the given one, else none."""
        if self._is_open(self._channels[channel]):
            self._passed_over.setdefault(channel)
        for name in tuple(self._passed_over):
            there = self._channels.get(name)
            if there is not None and there.wishes and not self._is_open(there):
                continue
            del self._passed_over[name]
            if there is not None and there.wishes:
                return name
        return ""

    def _is_open(self, here: _Channel) -> bool:
        return not here.lock.locked() and self._has_room(here)

    def _has_room(self, here: _Channel) -> bool:
        since = self._clock.now() - WITHIN
        while here.recent and here.recent[0] <= since:
            here.recent.popleft()
        return len(here.recent) < MOST

    def _at(self, channel: str) -> _Channel:
        if channel not in self._channels:
            self._channels[channel] = _Channel()
            self._drop_idle()
        self._channels.move_to_end(channel)
        return self._channels[channel]

    def _drop_idle(self) -> None:
        name, oldest = next(iter(self._channels.items()))
        if len(self._channels) > CHANNELS_KEPT and not oldest.lock.locked():
            del self._channels[name]
