"""Discord's numbers and the few fields that are read from its answers. What is sent with them is made in ``render``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

Json: TypeAlias = dict[str, object]
"""An object on its way to Discord."""

NAME = "discord"
DM = "dm"
"""The tenant of what people do in the bot's own DMs; elsewhere it is the server's id."""

ELSEWHERE = "user"
"""The tenant of what people do in other people's DMs, where Limner is only because they brought it."""

EPOCH_MS = 1_420_070_400_000
"""The first moment an id can carry: 2015-01-01, in milliseconds since 1970."""


class Kind(IntEnum):
    """The components that are used here, by their number on the wire."""

    ROW = 1
    BUTTON = 2
    MENU = 3
    TEXT_INPUT = 4
    TEXT = 10
    GALLERY = 12
    FILE = 13
    CONTAINER = 17
    LABEL = 18
    UPLOAD = 19


class Flag(IntFlag):
    """The message flags that are used here."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    COMPONENTS_V2 = 1 << 15


class Reaction(IntEnum):
    """The first answers to an interaction."""

    THINK = 5  # a new message follows
    STAY = 6  # the pressed message may change
    MODAL = 9


class Code(IntEnum):
    """The error codes that mean something of their own (section 1.10)."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_WEBHOOK = 10015
    UNKNOWN_INTERACTION = 10062
    OLD_MESSAGE_EDITS = 30046
    TOO_LARGE = 40005
    ALREADY_ACKNOWLEDGED = 40060
    NO_MORE_FOLLOWUPS = 40094
    MISSING_ACCESS = 50001
    NOT_OURS = 50005
    CLOSED_DMS = 50007
    MISSING_PERMISSIONS = 50013
    TOKEN_OVER = 50027
    INVALID_FORM = 50035
    THREAD_ARCHIVED = 50083
    CANNOT_REPLY = 160002
    BLOCKED = 200000
    TITLE_BLOCKED = 200001


MORE_MENU = "lm|more"
"""The id of the menu that holds the buttons for which there is no room. What each means is in its choice."""

LOADED = 2
"""The state of a gallery's item that Discord has fetched."""

COMMAND_NAME = r"^[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}$"
"""What a slash command or an option may be called; where a script has case, in lower case (section 1.8)."""


def born(snowflake: str) -> datetime:
    """Return the moment that an id carries; every id was made at some moment."""
    return datetime.fromtimestamp(((int(snowflake) >> 22) + EPOCH_MS) / 1000, UTC)


def walk(components: object) -> Iterator[Mapping[str, object]]:
    """Yield each component and what it holds, parents first."""
    for component in components if isinstance(components, list | tuple) else ():
        if isinstance(component, Mapping):
            yield component
            yield from walk(component.get("components"))
            yield from walk([component.get("accessory"), component.get("component")])


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message."""

    name: str
    data: bytes
    mime: str = "text/plain"


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SentMessage(_Read):
    """A message as Discord gives it back."""

    id: str
    channel_id: str = ""
    flags: int = 0
    components: tuple[Mapping[str, object], ...] = ()

    @property
    def hidden(self) -> bool:
        """Whether only one person sees it."""
        return bool(self.flags & Flag.EPHEMERAL)

    @property
    def loaded(self) -> bool:
        """Whether Discord has fetched everything in the message's galleries."""
        galleries = (c for c in walk(self.components) if c.get("type") == Kind.GALLERY)
        items = [item for gallery in galleries for item in _items(gallery)]
        return bool(items) and all(_state(item) == LOADED for item in items)


def _items(gallery: Mapping[str, object]) -> list[Mapping[str, object]]:
    items = gallery.get("items")
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list | tuple) else []


def _state(item: Mapping[str, object]) -> object:
    media = item.get("media")
    return media.get("loading_state") if isinstance(media, Mapping) else None


class _Called(_Read):
    response_message_id: str = ""
    response_message_ephemeral: bool = False


class Acknowledged(_Read):
    """What Discord says to the first answer to an interaction."""

    interaction: _Called = _Called()


class OpenedDm(_Read):
    """A DM channel."""

    id: str


class StartLimit(_Read):
    """How many sessions may still be started, and for how many milliseconds that holds."""

    total: int = 1000
    remaining: int = 1000
    reset_after: int = 0
    max_concurrency: int = 1


class Gateway(_Read):
    """Where events come from, and with how many shards."""

    url: str
    shards: int = 1
    session_start_limit: StartLimit = StartLimit()


class Complaint(_Read):
    """Why Discord did not take something; ``retry_after`` is in seconds."""

    code: int = 0
    message: str = ""
    retry_after: float | None = None

    @classmethod
    def read(cls, body: str) -> "Complaint":
        """Return what an answer complains about; of one that cannot be read, nothing."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            return cls()
