"""What Feishu tells us of: the few fields of its events that are read (section 3). Acting on them is in ``inbound``.

Nearly everything may be missing: an event that lacks what it is about is none for us, and never an error.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from bot.platforms.feishu.wire import Json, Read


class Kind(StrEnum):
    """The events that are acted on; all others are only acknowledged."""

    MESSAGE = "im.message.receive_v1"
    ADDED = "im.chat.member.bot.added_v1"
    REMOVED = "im.chat.member.bot.deleted_v1"
    DISBANDED = "im.chat.disbanded_v1"
    ENTERED = "im.chat.access_event.bot_p2p_chat_entered_v1"
    MENU = "application.bot.menu_v6"


CLICK = "card.action.trigger"
"""The callback for everything that people do with a card."""


def _known(value: object) -> object:
    return "" if value is None else str(value) if isinstance(value, int) else value


Words = Annotated[str, BeforeValidator(_known)]
"""A text that may be null; numbers of milliseconds come as texts here and as numbers there."""


class Header(Read):
    """What comes with every event. ``token`` is the verification token, a secret."""

    event_id: Words = ""
    event_type: Words = ""
    create_time: Words = ""
    tenant_key: Words = ""
    app_id: Words = ""
    token: Words = Field(default="", repr=False)


class Ids(Read):
    """A person, by the id that only our application knows them by."""

    open_id: Words = ""


class Mention(Read):
    """Somebody called by name; ``key`` is what stands for the name in the text."""

    key: Words = ""
    id: Ids = Ids()
    name: Words = ""


class Sender(Read):
    """Who has written a message: ``user``, or a ``bot``."""

    sender_id: Ids = Ids()
    sender_type: Words = ""
    tenant_key: Words = ""


class Message(Read):
    """A message. ``content`` is JSON in a text, ``create_time`` are milliseconds since 1970."""

    message_id: Words
    chat_id: Words
    chat_type: Words = ""
    message_type: Words = ""
    content: Words = ""
    create_time: Words = ""
    root_id: Words = ""
    parent_id: Words = ""
    thread_id: Words = ""
    user_agent: Words = ""
    mentions: tuple[Mention, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether nobody else reads it."""
        return self.chat_type == "p2p"


class Spoken(Read):
    """Somebody has written a message."""

    sender: Sender
    message: Message


class Moved(Read):
    """Something happened to a chat: we were added to it or removed, or it is no more."""

    chat_id: Words
    operator_id: Ids = Ids()
    operator_tenant_key: Words = ""


class Operator(Read):
    """Who has chosen something from the bot's menu."""

    operator_id: Ids = Ids()


class Chosen(Read):
    """Somebody has chosen something from the bot's menu; there is no chat in it."""

    operator: Operator
    event_key: Words = ""


class Clicker(Read):
    """Who has used a card."""

    open_id: Words
    tenant_key: Words = ""


class Action(Read):
    """What was used on a card, and what was filled in."""

    tag: Words = ""
    name: Words = ""
    value: object = None
    form_value: dict[str, object] = Field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, object]:
        """The value that we gave it, if it is an object as ours always are."""
        return self.value if isinstance(self.value, dict) else {}


class Context(Read):
    """Where a card is."""

    open_message_id: Words = ""
    open_chat_id: Words = ""


class Clicked(Read):
    """Somebody has used a card."""

    operator: Clicker
    action: Action = Action()
    context: Context = Context()


class Event(Read):
    """An event as it was delivered, whatever it tells."""

    header: Header = Header()
    event: dict[str, object] = Field(default_factory=dict)


_SHAPE = TypeVar("_SHAPE", bound=BaseModel)


def read(event: Event, shape: type[_SHAPE]) -> _SHAPE | None:
    """Return what an event tells, or nothing where it lacks what it is about."""
    try:
        return shape.model_validate(event.event)
    except ValidationError:
        return None


def opened(raw: Mapping[str, object]) -> Event | None:
    """Return an event of version 2.0; nothing for what is none."""
    try:
        found = Event.model_validate(raw)
    except ValidationError:
        return None
    return found if found.header.event_type else None


def without_secrets(raw: Mapping[str, object]) -> Json:
    """Return an event as it may be kept: without the verification token and a callback's token."""
    cleaned = {key: value for key, value in raw.items() if key != "token"}
    for part in ("header", "event"):
        inside = cleaned.get(part)
        if isinstance(inside, dict):
            cleaned[part] = {key: value for key, value in inside.items() if key != "token"}
    return cleaned
