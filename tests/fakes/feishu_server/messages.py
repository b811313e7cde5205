"""What was written, with every version it ever had. How it gets there and what it looks like is not here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.world import Chat, User

CARD = "interactive"


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from a moment on. ``how``: sent, put, patched, answered (a click), delayed, streamed."""

    at: float
    content: Json
    how: str = "sent"
    size: int = 0


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction under a message."""

    id: str
    emoji: str
    by: User | None
    at: float


@dataclass(slots=True, eq=False)
class Message:
    """A message. ``sender`` None = the bot.

    ``waiting`` and ``stale`` hold, by open_id, the version a person is shown instead of the last one: while their click
    waits for its answer, and after an answer without a card. ``crossed`` counts the patches between click and answer.
    """

    id: str
    chat: Chat
    sender: User | None
    kind: str
    created: float
    versions: list[Version]
    root: "Message | None" = None
    parent: "Message | None" = None
    thread: str = ""
    mentions: tuple[Json, ...] = ()
    uuid: str = ""
    card_id: str = ""
    recalled: bool = False
    deleted: bool = False
    edits: int = 0
    reactions: list[Reaction] = field(default_factory=list)
    waiting: dict[str, Version] = field(default_factory=dict)
    stale: dict[str, Version] = field(default_factory=dict)
    crossed: int = 0

    @property
    def now(self) -> Version:
        """Return the last version."""
        return self.versions[-1]

    @property
    def content(self) -> Json:
        """Return what it says now, parsed."""
        return self.now.content

    @property
    def by_bot(self) -> bool:
        """Tell whether the bot wrote it."""
        return self.sender is None

    @property
    def gone(self) -> bool:
        """Tell whether nobody can read it any more."""
        return self.recalled or self.deleted

    def seen_by(self, user: User) -> Version:
        """Return the version that is on a person's screen."""
        return self.waiting.get(user.open_id) or self.stale.get(user.open_id) or self.now

    def become(self, version: Version) -> None:
        """Take a new version; everybody sees it."""
        self.crossed += bool(self.waiting) and version.how == "patched"
        self.versions.append(version)
        self.stale.clear()


class Board:
    """All messages in the order they were written."""

    def __init__(self, news: News) -> None:
        self.all: dict[str, Message] = {}
        self._news = news

    def add(self, message: Message) -> Message:
        """Keep a message."""
        self.all[message.id] = message
        self._news.tell()
        return message

    def change(self, message: Message, version: Version) -> None:
        """Give a message a new version."""
        message.become(version)
        self._news.tell()

    def inside(self, chat: Chat) -> Iterator[Message]:
        """Return what can be read in a chat."""
        return (message for message in self.all.values() if message.chat is chat and not message.gone)

    def by_bot(self, chat: Chat | None = None) -> list[Message]:
        """Return what the bot wrote, recalled messages too."""
        return [m for m in self.all.values() if m.by_bot and (chat is None or m.chat is chat)]

    def __iter__(self) -> Iterator[Message]:
        return iter(self.all.values())


def wire_content(message: Message) -> str:
    """Return the content as the platform writes it: JSON in a string, empty once it was recalled."""
    return "" if message.gone else json.dumps(message.content, ensure_ascii=False)
