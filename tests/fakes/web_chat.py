"""A whole web chat on loopback with a real database and a Studio that follows a script. No test lives here."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.core.cards import Card
from bot.core.job import Address
from bot.engine.ports import Answer, Heard, Line, LineKind, Pressed
from bot.i18n import Translators
from bot.listener import Listener, ListenerSettings
from bot.platforms.web.audience import Audience
from bot.platforms.web.inbound import WebChat
from bot.platforms.web.page import Page
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.relay import Relay
from bot.platforms.web.stream import Streams
from bot.platforms.web.visitors import Visitors
from bot.storage.conversations import Conversations
from bot.storage.sqlite import SqliteStore
from bot.text import Text
from providers.results import Downloads

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
EPOCH = "0123abcd"


class CountingIds:
    """Names in order, so that a test can tell them apart. Never for anything secret."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        """Return the next name."""
        self._count += 1
        return f"{self._count:032x}"


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


async def _nothing(_heard: Heard) -> None:
    """Say nothing."""


@dataclass(slots=True)
class ScriptedStudio:
    """Notes what it hears and does what the script says; ``reply`` answers messages, ``answer`` buttons."""

    heard: list[Heard] = field(default_factory=list)
    pressed: list[Pressed] = field(default_factory=list)
    on_hear: Callable[[Heard], Awaitable[None]] = _nothing
    on_press: Callable[[Pressed], Awaitable[None]] | None = None
    reply: Answer = field(default_factory=Answer)
    answer: Answer = field(default_factory=Answer)

    async def hear(self, heard: Heard) -> Answer:
        """Note the message, then follow the script."""
        self.heard.append(heard)
        await self.on_hear(heard)
        return self.reply

    async def press(self, pressed: Pressed) -> Answer:
        """Note the button, then follow the script."""
        self.pressed.append(pressed)
        if self.on_press is not None:
            await self.on_press(pressed)
        return self.answer


@dataclass(slots=True)
class Chat:
    """A running web chat."""

    listener: Listener
    platform: WebPlatform
    conversations: Conversations
    studio: ScriptedStudio

    @property
    def url(self) -> str:
        """Where it is."""
        return self.listener.url

    async def say(self, key: str, card: Card, *, person: str = "somebody", private: bool = False) -> None:
        """Say a card in the channel ``studio``."""
        await self.platform.say(line(key, card, person=person, private=private))

    async def edit(self, key: str, card: Card) -> None:
        """Replace a card for good."""
        await self.platform.edit(replace(line(f"{key}.edit", card), kind=LineKind.EDIT, target=key), key)

    async def show(self, key: str, card: Card, place: str = "studio") -> None:
        """Replace a card for now."""
        await self.platform.show(Address("web", "web", place), key, card, "en")


def line(key: str, card: Card, *, person: str = "somebody", private: bool = False, place: str = "studio") -> Line:
    """Return a line for a channel."""
    return Line(
        key=key,
        kind=LineKind.SAY,
        address=Address("web", "web", place),
        person=person,
        locale="en",
        card=card,
        at=AT,
        private=private,
    )


@contextlib.asynccontextmanager
async def open_chat(
    folder: Path,
    *,
    settings: ListenerSettings | None = None,
    media: tuple[str, ...] = (),
    banner: Text | None = None,
    queue: int = 256,
    record: int = 512,
    history: int = 100,
    heartbeat: float = 15.0,
    epoch: str = EPOCH,
    origins: tuple[str, ...] = (),
) -> AsyncIterator[Chat]:
    """Serve a web chat whose database is in this folder until the block ends."""
    store = await SqliteStore.open(folder / "chat.db", lambda: AT)
    ids, translators = CountingIds(), Translators(UTC)
    listener = Listener(settings or ListenerSettings(port=0), ids)
    conversations = Conversations(store)
    platform = WebPlatform(conversations, Audience(epoch, queue=queue, record=record))
    studio = ScriptedStudio()
    WebChat(
        platform=platform,
        studio=studio,
        streams=Streams(platform, heartbeat=heartbeat, history=history),
        page=Page(translators, media=media, banner=banner),
        visitors=Visitors(conversations, translators, lambda: AT),
        translators=translators,
        kept=Relay(Downloads(_at_once, origins)),
        door=listener.door,
        ids=ids,
        now=lambda: AT,
    ).join(listener)
    await listener.start()
    try:
        yield Chat(listener, platform, conversations, studio)
    finally:
        await listener.close()
        await store.close()
