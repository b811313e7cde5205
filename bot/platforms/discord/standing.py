"""How our application stands with Discord, read by the bot's own right. What to make of it is in ``verdicts``."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, RootModel

from bot.platforms.discord.permissions import Rule, permitted
from bot.platforms.discord.transport import GATEWAY, Call, NotTaken, Transport
from bot.platforms.discord.wire import Code, Gateway

PAGE = 200
"""Servers in one answer, the most there are."""

MOST_PAGES = 20
"""More servers than this many pages are not looked at one by one."""

ME = Call("GET", "me", "/users/@me")
APPLICATION = Call("GET", "application", "/applications/@me")

_THREADS = frozenset({10, 11, 12})


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class User(_Read):
    """An account."""

    id: str
    username: str = ""


class Application(_Read):
    """What stands in Discord's developer portal. ``integration_types_config`` has a key for each way to install it."""

    id: str
    name: str = ""
    flags: int = 0
    bot_public: bool = True
    bot_require_code_grant: bool = False
    interactions_endpoint_url: str | None = None
    integration_types_config: Mapping[str, object] | None = None


class Server(_Read):
    """A server that Limner is in; ``permissions`` is what it may do there, channels aside."""

    id: str
    name: str = ""
    permissions: int = 0


class _Servers(RootModel[tuple[Server, ...]]):
    pass


class _Commands(RootModel[tuple[dict[str, object], ...]]):
    pass


class _Role(_Read):
    id: str
    permissions: int = 0


class _Guild(_Read):
    roles: tuple[_Role, ...] = ()


class _Member(_Read):
    roles: tuple[str, ...] = ()


class _Overwrite(_Read):
    id: str
    type: int
    allow: int = 0
    deny: int = 0


class Channel(_Read):
    """A place. One without a ``guild_id`` is a DM; a thread has the rules of its ``parent_id``."""

    id: str
    type: int = 0
    name: str | None = None
    guild_id: str = ""
    parent_id: str | None = None
    permission_overwrites: tuple[_Overwrite, ...] = ()

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread."""
        return self.type in _THREADS


class Standing:
    """Reads. Every method raises :class:`NotTaken`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def me(self) -> User:
        """Return the bot's account."""
        return await self._transport.ask(ME, User)

    async def application(self) -> Application:
        """Return what stands in the portal."""
        return await self._transport.ask(APPLICATION, Application)

    async def gateway(self) -> Gateway:
        """Return where events come from, and how many sessions may still be started."""
        return await self._transport.ask(GATEWAY, Gateway)

    async def commands(self, application: str) -> Sequence[Mapping[str, object]]:
        """Return the commands that are registered, in every language."""
        path = f"/applications/{application}/commands?with_localizations=true"
        return (await self._transport.ask(Call("GET", "commands", path), _Commands)).root

    async def servers(self) -> Sequence[Server]:
        """Return the servers that Limner is in; of very many, the first ones."""
        found: list[Server] = []
        for _ in range(MOST_PAGES):
            after = f"&after={found[-1].id}" if found else ""
            call = Call("GET", "servers", f"/users/@me/guilds?limit={PAGE}{after}")
            page = (await self._transport.ask(call, _Servers)).root
            found += page
            if len(page) < PAGE:
                break
        return found

    async def channel(self, channel: str) -> Channel:
        """Return a place."""
        return await self._transport.ask(Call("GET", "channel", f"/channels/{channel}", channel), Channel)

    async def permitted(self, channel: Channel, me: str) -> int:
        """Return what the bot may do in a channel of a server, by its roles and the channel's rules."""
        server = channel.guild_id
        guild = await self._transport.ask(Call("GET", "server", f"/guilds/{server}", server), _Guild)
        member = await self._transport.ask(Call("GET", "member", f"/guilds/{server}/members/{me}", server), _Member)
        ruled = await self.channel(channel.parent_id) if channel.is_thread and channel.parent_id else channel
        roles = [(role.id, role.permissions) for role in guild.roles if role.id in {server, *member.roles}]
        rules = [Rule(o.id, o.type, o.allow, o.deny) for o in ruled.permission_overwrites]
        return permitted(server, me, roles, rules)


def is_absent(no: NotTaken) -> bool:
    """Return whether there is no such channel."""
    return no.status == 404  # noqa: PLR2004 - what a web server says of what is not there


def is_hidden(no: NotTaken) -> bool:
    """Return whether Limner may not see it."""
    return no.code == Code.MISSING_ACCESS
