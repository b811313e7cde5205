"""Who and what there is: people, guilds, channels, threads, DMs and what each may do. No message and no wire format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from tests.fakes.discord_server.clock import Snowflakes
from tests.fakes.discord_server.refusals import refuse


class Permission(IntFlag):
    """The permissions that decide anything here."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


NOTHING = Permission(0)
EVERYTHING = ~NOTHING
ORDINARY = EVERYTHING & ~(Permission.ADMINISTRATOR | Permission.MANAGE_GUILD | Permission.MENTION_EVERYONE)
"""What a member has unless a test says otherwise, and what the bot was invited with."""

FOREIGN = Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.USE_EXTERNAL_EMOJIS
"""What an app may do in a channel it is not a member of."""


class ChannelKind(IntEnum):
    """The kinds of channel, by their number on the wire."""

    TEXT = 0
    DM = 1
    GROUP = 3
    THREAD = 11


@dataclass(slots=True, eq=False)
class User:
    """An account. ``installed`` = has the app as a user; ``pings`` are the ids of messages that rang for them."""

    id: int
    name: str
    locale: str = "en-US"
    bot: bool = False
    dms_open: bool = True
    installed: bool = False
    pings: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild, with the ids of their roles."""

    user: User
    permissions: Permission = ORDINARY
    roles: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class Guild:
    """A server. ``blocked`` are the words its AutoMod stops; ``file_limit`` overrides the usual largest file."""

    id: int
    name: str
    owner: User
    bot: User
    locale: str = "en-US"
    file_limit: int | None = None
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, "Channel"] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)

    @property
    def with_bot(self) -> bool:
        """Tell whether the bot is a member."""
        return self.bot.id in self.members

    def blocks(self, text: str) -> bool:
        """Tell whether AutoMod stops this text."""
        return any(word in text for word in self.blocked)


@dataclass(slots=True, eq=False)
class Channel:
    """A place for messages. ``guild`` is None for a DM, ``parent`` is set for a thread."""

    id: int
    kind: ChannelKind
    name: str = ""
    guild: Guild | None = None
    parent: "Channel | None" = None
    people: tuple[User, ...] = ()
    denied: dict[int, Permission] = field(default_factory=dict)
    granted: dict[int, Permission] = field(default_factory=dict)
    nsfw: bool = False
    archived: bool = False
    deleted: bool = False
    typing: list[float] = field(default_factory=list)

    def deny(self, whom: User | Guild, permissions: Permission) -> None:
        """Take permissions away in this channel (and its threads), from one or, with the guild, from everybody."""
        self.denied[whom.id] = self.denied.get(whom.id, NOTHING) | permissions

    def grant(self, user: User, permissions: Permission) -> None:
        """Give one permissions in this channel (and its threads) that everybody else may lack."""
        self.granted[user.id] = self.granted.get(user.id, NOTHING) | permissions

    def allow(self, user: User) -> None:
        """Give back what :meth:`deny` took."""
        self.denied.pop(user.id, None)

    def permissions(self, user: User) -> Permission:
        """Return what this user may do here."""
        if self.guild is None:
            return ORDINARY if user in self.people else NOTHING
        member = self.guild.members.get(user.id)
        if member is None:
            return NOTHING
        if Permission.ADMINISTRATOR in member.permissions or self.guild.owner is user:
            return EVERYTHING
        may = member.permissions
        for place in (self.parent or self, self):
            may &= ~place.denied.get(self.guild.id, NOTHING)
            may = may & ~place.denied.get(user.id, NOTHING) | place.granted.get(user.id, NOTHING)
        return may


Change = Callable[[str, "Guild | Channel", Guild | None], None]
"""What is told: the event's name, what changed, and the guild it belongs to."""


class World:
    """Everything that is there, and the only place where it changes. ``told`` hears each change."""

    def __init__(self, ids: Snowflakes, bot_name: str, told: Change) -> None:
        self._ids = ids
        self._told = told
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.bot = self.add_user(bot_name, bot=True)

    def add_user(self, name: str, *, locale: str = "en-US", bot: bool = False, installed: bool = False) -> User:
        """Create an account."""
        user = User(self._ids.new(), name, locale=locale, bot=bot, installed=installed)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, locale: str = "en-US", with_bot: bool = True) -> Guild:
        """Create a server; its owner is a person nobody else is."""
        guild = Guild(self._ids.new(), name, self.add_user(f"owner of {name}"), self.bot, locale=locale)
        self.guilds[guild.id] = guild
        self.join(guild.owner, guild)
        if with_bot:
            self.join(self.bot, guild)
        return guild

    def add_channel(self, guild: Guild, name: str, *, nsfw: bool = False) -> Channel:
        """Create a text channel."""
        channel = Channel(self._ids.new(), ChannelKind.TEXT, name, guild, nsfw=nsfw)
        return self._place(channel, "CHANNEL_CREATE")

    def add_thread(self, parent: Channel, name: str) -> Channel:
        """Create a public thread in a text channel."""
        thread = Channel(self._ids.new(), ChannelKind.THREAD, name, parent.guild, parent)
        return self._place(thread, "THREAD_CREATE")

    def dm(self, *people: User) -> Channel:
        """Return the DM between two, or the group DM of more; it is created the first time."""
        for channel in self.channels.values():
            if channel.guild is None and set(channel.people) == set(people):
                return channel
        kind = ChannelKind.DM if len(people) <= 2 else ChannelKind.GROUP
        channel = Channel(self._ids.new(), kind, people=people)
        self.channels[channel.id] = channel
        return channel

    def join(self, user: User, guild: Guild, permissions: Permission = ORDINARY) -> Member:
        """Make a user a member; for the bot, that is inviting it."""
        member = Member(user, permissions)
        guild.members[user.id] = member
        if user is self.bot:
            self._told("GUILD_CREATE", guild, guild)
        return member

    def kick_bot(self, guild: Guild) -> None:
        """Throw the bot out."""
        guild.members.pop(self.bot.id, None)
        self._told("GUILD_DELETE", guild, guild)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with everything in it."""
        channel.deleted = True
        if channel.guild is not None:
            channel.guild.channels.pop(channel.id, None)
            name = "THREAD_DELETE" if channel.kind is ChannelKind.THREAD else "CHANNEL_DELETE"
            self._told(name, channel, channel.guild)

    def bot_guilds(self) -> Iterator[Guild]:
        """Return the guilds the bot is in."""
        return (guild for guild in self.guilds.values() if guild.with_bot)

    def known_channel(self, snowflake: str) -> Channel:
        """Return a channel the bot can reach. Refused as Discord does it (10003, 50001)."""
        channel = self.channels.get(int(snowflake)) if snowflake.isdigit() else None
        if channel is None or channel.deleted:
            refuse(10003)
        if Permission.VIEW_CHANNEL not in channel.permissions(self.bot):
            refuse(50001)
        return channel

    def can_be_written_to(self, user: User) -> bool:
        """Tell whether the bot may write this user a DM."""
        shared = any(user.id in guild.members for guild in self.bot_guilds())
        return user.dms_open and not user.bot and (shared or user.installed)

    def _place(self, channel: Channel, event: str) -> Channel:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel
            self._told(event, channel, channel.guild)
        return channel
