"""Who is looking at which channel, and what they still have to learn. Messages are stored and drawn elsewhere.

Every change of a stored message gets the next number of this process and stays in its channel's short record, so
that a page that comes back after a break gets exactly what it missed. Where the record does not reach back that far
(or the process is another one), the page starts over from the stored conversation.
"""

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from typing_extensions import override

from bot.core.cards import Card
from bot.storage.conversations import Message

QUEUE = 256
"""How much news may wait for one page before the page is cut off and has to come back."""

RECORD = 512
"""How many changes of a channel are kept for pages that come back."""

CHANNELS = 256
"""How many channels' records are kept while nobody looks."""

_MARK = re.compile(r"(?P<epoch>[0-9a-f]{8})\.(?P<number>[0-9]{1,15})")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Posted:
    """A message is new or has a new form."""

    message: Message


@dataclass(frozen=True, slots=True)
class Shown:
    """A message looks different for now."""

    message: str
    card: Card


@dataclass(frozen=True, slots=True)
class Present:
    """Who is here now, as (person, name)."""

    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    """The reader's own name and language, as they are now."""

    name: str
    locale: str


News = Posted | Shown | Present | Renamed


@dataclass(frozen=True, slots=True)
class Mark:
    """The last change a page knows: the process that counted it, and its number."""

    epoch: str
    number: int

    @classmethod
    def read(cls, text: str) -> "Mark | None":
        """Return the mark a page sent; ``None`` for anything that is not one."""
        found = _MARK.fullmatch(text)
        return cls(found["epoch"], int(found["number"])) if found else None

    @override
    def __str__(self) -> str:
        return f"{self.epoch}.{self.number}"


class Feed:
    """What one open page still has to learn. ``cut`` breaks the connection of a page that does not keep up."""

    def __init__(self, person: str, name: str, cut: Callable[[], None], room: int = QUEUE) -> None:
        self.person = person
        self.name = name
        self._cut = cut
        self._queue: asyncio.Queue[tuple[int, News] | None] = asyncio.Queue(room)
        self._over = False

    def put(self, number: int, news: News) -> None:
        """Add news; a page that is too far behind is cut off and finds everything when it comes back."""
        if self._over:
            return
        try:
            self._queue.put_nowait((number, news))
        except asyncio.QueueFull:
            _log.info("slow_page_cut_off", waiting=self._queue.qsize())
            self.close()
            self._cut()

    def close(self) -> None:
        """Let the page's stream end at once."""
        self._over = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def next(self, patience: float) -> tuple[int, News] | None:
        """Return the next news with its number (0: not in the record), or ``None`` when the stream is over.

        Raises ``TimeoutError`` after ``patience`` seconds without any.
        """
        return await asyncio.wait_for(self._queue.get(), patience)


@dataclass(slots=True)
class _Channel:
    floor: int
    feeds: set[Feed] = field(default_factory=set)
    record: deque[tuple[int, Message]] = field(default_factory=deque)


class Audience:
    """All open pages. ``epoch`` names this process: eight hexadecimal digits."""

    def __init__(self, epoch: str, *, queue: int = QUEUE, record: int = RECORD, channels: int = CHANNELS) -> None:
        self._epoch = epoch
        self._queue = queue
        self._record = record
        self._most = channels
        self._number = 0
        self._channels: OrderedDict[str, _Channel] = OrderedDict()

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return sum(len(channel.feeds) for channel in self._channels.values())

    def mark(self) -> Mark:
        """Return the newest change there is."""
        return Mark(self._epoch, self._number)

    def mark_at(self, number: int) -> Mark:
        """Return the mark of a change of this process."""
        return Mark(self._epoch, number)

    def join(self, place: str, person: str, name: str, cut: Callable[[], None]) -> Feed:
        """Open a page's feed; from now on it misses nothing."""
        feed = Feed(person, name, cut, self._queue)
        self._at(place).feeds.add(feed)
        self._tell_who_is_here(place)
        return feed

    def leave(self, place: str, feed: Feed) -> None:
        """Forget a page."""
        feed.close()
        self._at(place).feeds.discard(feed)
        self._tell_who_is_here(place)

    def since(self, place: str, mark: Mark, person: str) -> Sequence[tuple[int, Message]] | None:
        """Return what a person missed after a mark; ``None`` where only the stored conversation can tell."""
        channel = self._at(place)
        if mark.epoch != self._epoch or not channel.floor <= mark.number <= self._number:
            return None
        return [(n, m) for n, m in channel.record if n > mark.number and m.private_to in {"", person}]

    def post(self, message: Message) -> None:
        """Tell everybody who may see it that a stored message is new or changed, and keep that in the record."""
        channel = self._at(message.place)
        self._number += 1
        channel.record.append((self._number, message))
        if len(channel.record) > self._record:
            channel.floor, _ = channel.record.popleft()
        self._tell(message.place, Posted(message), to=message.private_to, number=self._number)

    def show(self, place: str, message: str, card: Card, private_to: str) -> None:
        """Tell everybody who may see it how a message looks for now."""
        self._tell(place, Shown(message, card), to=private_to)

    def rename(self, person: str, name: str, locale: str) -> None:
        """Tell a person's own pages, and everybody else through who is here."""
        for place, channel in list(self._channels.items()):
            own = [feed for feed in channel.feeds if feed.person == person]
            for feed in own:
                feed.name = name
                feed.put(0, Renamed(name, locale))
            if own:
                self._tell_who_is_here(place)

    def start_over(self) -> None:
        """Have every page come back and load the stored conversation anew: some of it was deleted."""
        self._number += 1
        for channel in self._channels.values():
            channel.record.clear()
            channel.floor = self._number
            for feed in channel.feeds:
                feed.close()

    def close(self) -> None:
        """Let every stream end at once."""
        for channel in self._channels.values():
            for feed in channel.feeds:
                feed.close()

    def _tell_who_is_here(self, place: str) -> None:
        people = {feed.person: feed.name for feed in self._at(place).feeds}
        self._tell(place, Present(tuple(sorted(people.items(), key=lambda item: item[1]))))

    def _tell(self, place: str, news: News, *, to: str = "", number: int = 0) -> None:
        for feed in list(self._at(place).feeds):
            if to in {"", feed.person}:
                feed.put(number, news)

    def _at(self, place: str) -> _Channel:
        if place not in self._channels:
            self._drop_oldest()
            self._channels[place] = _Channel(floor=self._number)
        self._channels.move_to_end(place)
        return self._channels[place]

    def _drop_oldest(self) -> None:
        if len(self._channels) >= self._most:
            quiet = next((name for name, channel in self._channels.items() if not channel.feeds), None)
            if quiet is not None:
                del self._channels[quiet]
