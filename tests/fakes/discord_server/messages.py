"""The messages, with every version each of them ever had, and what a reader gets to see. Who may write is not here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntFlag

from tests.fakes.discord_server.components import LINK_STYLE, Kind, everything
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.world import Channel, User


class Flag(IntFlag):
    """Message flags."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SILENT = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = Flag(0)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to Discord."""

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file Discord keeps. ``folder`` is its place on the CDN."""

    id: int
    folder: str
    upload: Upload


@dataclass(frozen=True, slots=True)
class Version:
    """A message as it was from ``at`` (seconds since 1970) on."""

    at: float
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    files: tuple[StoredFile, ...] = ()
    flags: Flag = NO_FLAGS

    @property
    def text(self) -> str:
        """Return all its words: content, text displays and embeds, line by line."""
        shown = [str(c["content"]) for c in everything(self.components) if c.get("type") == Kind.TEXT]
        embedded = [str(embed[key]) for embed in self.embeds for key in ("title", "description") if embed.get(key)]
        return "\n".join(part for part in (self.content, *shown, *embedded) if part)

    @property
    def buttons(self) -> tuple[Json, ...]:
        """Return the buttons that are no links."""
        found = (c for c in everything(self.components) if c.get("type") == Kind.BUTTON)
        return tuple(button for button in found if button.get("style") != LINK_STYLE)

    @property
    def links(self) -> dict[str, str]:
        """Return the link buttons: their labels and addresses."""
        found = (c for c in everything(self.components) if c.get("type") == Kind.BUTTON)
        return {str(b.get("label")): str(b["url"]) for b in found if b.get("style") == LINK_STYLE}

    @property
    def media(self) -> tuple[str, ...]:
        """Return the addresses of the pictures and videos in its galleries."""
        galleries = (c for c in everything(self.components) if c.get("type") == Kind.GALLERY)
        return tuple(str(item["media"]["url"]) for gallery in galleries for item in gallery["items"])

    @property
    def unfurls(self) -> tuple[str, ...]:
        """Return the addresses of which Discord shows a preview."""
        if self.flags & (Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2):
            return ()
        return tuple(dict.fromkeys(_ADDRESS.findall(_HIDDEN.sub(" ", _without_code(self.content)))))


_CODE = re.compile(r"```.*?```|``.+?``|`[^`]+`", re.DOTALL)
_HIDDEN = re.compile(r"<https?://[^\s>]+>")
_ADDRESS = re.compile(r"https?://[^\s<>]+")
_MENTION = re.compile(r"<@!?(\d+)>")


def _without_code(text: str) -> str:
    return _CODE.sub(" ", text)


@dataclass(slots=True, eq=False)
class Message:
    """A message. ``private_to`` = ephemeral, only this person sees it; ``token`` = the interaction it answers."""

    id: int
    channel: Channel
    author: User
    versions: list[Version]
    private_to: User | None = None
    interaction: Json | None = None
    nonce: str | None = None
    reply_to: int | None = None
    pinged: tuple[User, ...] = ()
    everyone: bool = False
    deleted_at: float | None = None

    @property
    def now(self) -> Version:
        """Return the message as it is."""
        return self.versions[-1]

    @property
    def text(self) -> str:
        """Return all its words as they are now."""
        return self.now.text

    @property
    def content(self) -> str:
        """Return its plain content as it is now."""
        return self.now.content

    @property
    def flags(self) -> Flag:
        """Return its flags as they are now."""
        return self.now.flags

    @property
    def thinking(self) -> bool:
        """Tell whether the person still reads *... is thinking*."""
        return Flag.LOADING in self.flags

    @property
    def deleted(self) -> bool:
        """Tell whether it is gone, by itself or with its channel."""
        return self.deleted_at is not None or self.channel.deleted

    @property
    def history(self) -> tuple[str, ...]:
        """Return the words of every version."""
        return tuple(version.text for version in self.versions)

    def button(self, name: str) -> Json:
        """Return the button with this label or custom id. Raises ``AssertionError`` where a person would find none."""
        for button in self.now.buttons:
            if name in {button.get("label"), button.get("custom_id")}:
                assert not button.get("disabled"), f"the button {name!r} is greyed out"
                return button
        labels = [button.get("label") for button in self.now.buttons]
        raise AssertionError(f"there is no button {name!r} on this message, only {labels}")

    def menu(self, name: str) -> Json:
        """Return the select menu with this placeholder or custom id. Raises ``AssertionError`` if there is none."""
        for component in everything(self.now.components):
            if component.get("type") in {3, 5, 6, 7, 8} and name in {
                component.get("placeholder"),
                component.get("custom_id"),
            }:
                assert not component.get("disabled"), f"the menu {name!r} is greyed out"
                return component
        raise AssertionError(f"there is no menu {name!r} on this message")


@dataclass(slots=True)
class Board:
    """All messages, in the order they were written."""

    all: dict[int, Message] = field(default_factory=dict)
    _by_nonce: dict[tuple[int, str], Message] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """Keep a message, and let it ring for those it mentions."""
        self.all[message.id] = message
        if message.nonce is not None:
            self._by_nonce[message.channel.id, message.nonce] = message
        for user in message.pinged:
            user.pings.append(message.id)

    def find(self, message: int, channel: Channel | None = None) -> Message | None:
        """Return a message that is still there."""
        found = self.all.get(message)
        if found is None or found.deleted or (channel is not None and found.channel is not channel):
            return None
        return found

    def twin(self, channel: Channel, nonce: str, since: float) -> Message | None:
        """Return the message that was sent with this nonce after that moment."""
        found = self._by_nonce.get((channel.id, nonce))
        return found if found is not None and found.versions[0].at >= since else None

    def inside(self, channel: Channel, *, reader: User | None = None) -> Iterator[Message]:
        """Return what is in a channel; ephemeral messages only for the one who may see them."""
        for message in self.all.values():
            if message.channel is channel and not message.deleted and message.private_to in {None, reader}:
                yield message


def rings_for(text: str, allowed: Json | None, people: dict[int, User], replied: User | None) -> tuple[User, ...]:
    """Return who is notified by a new message. Mentions inside code do not ring."""
    rules: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True} if allowed is None else allowed
    named = [people[int(i)] for i in _MENTION.findall(_without_code(text)) if int(i) in people]
    if "users" not in rules.get("parse", ()):
        listed = {int(user) for user in rules.get("users", ())}
        named = [user for user in named if user.id in listed]
    if replied is not None and rules.get("replied_user"):
        named.append(replied)
    return tuple(dict.fromkeys(user for user in named if not user.bot))


def rings_everyone(text: str, allowed: Json | None) -> bool:
    """Tell whether a new message rings for everyone in the channel."""
    parse = ["everyone"] if allowed is None else allowed.get("parse", ())
    return "everyone" in parse and re.search(r"@(everyone|here)", _without_code(text)) is not None
