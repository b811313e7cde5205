"""What the bot asks about itself: who it is, where the gateway is, its guilds, its commands. No message passes here."""

from collections.abc import Callable

from tests.fakes.discord_server.cdn import Cdn
from tests.fakes.discord_server.commands import Commands, Scope
from tests.fakes.discord_server.door import Answer, Ask
from tests.fakes.discord_server.payloads import (
    application_payload,
    channel_payload,
    guild_payload,
    member_payload,
    own_guild_payload,
    roles_of,
    user_payload,
)
from tests.fakes.discord_server.refusals import Form, Json, refuse
from tests.fakes.discord_server.world import Guild, World

_PAGE = 200


class ApplicationRoutes:
    """Answers what needs no channel.

    ``gateway`` tells where the gateway is and how many may start; ``portal`` is what was changed in the portal.
    """

    def __init__(
        self, world: World, commands: Commands, cdn: Cdn, application: int, gateway: Callable[[], Json], portal: Json
    ) -> None:
        self._portal = portal
        self._world = world
        self._commands = commands
        self._cdn = cdn
        self._application = application
        self._gateway = gateway

    def me(self, _: Ask) -> Answer:
        """Answer ``GET /users/@me``."""
        return Answer({**user_payload(self._world.bot), "verified": True, "mfa_enabled": True, "locale": "en-US"})

    def application(self, _: Ask) -> Answer:
        """Answer ``GET /oauth2/applications/@me``."""
        return Answer(application_payload(self._application, self._world.bot) | self._portal)

    def gateway_bot(self, _: Ask) -> Answer:
        """Answer ``GET /gateway/bot``."""
        return Answer(self._gateway())

    def user(self, ask: Ask) -> Answer:
        """Answer ``GET /users/{user}``."""
        user = self._world.users.get(_number(ask.where["user"]))
        if user is None:
            refuse(10013)
        return Answer(user_payload(user))

    def guilds(self, ask: Ask) -> Answer:
        """Answer ``GET /users/@me/guilds``: a page of at most 200, in the order of their ids, behind ``after``."""
        limit, after = ask.query.get("limit", str(_PAGE)), ask.query.get("after", "0")
        if not limit.isdecimal() or not 1 <= int(limit) <= _PAGE or not after.isdecimal():
            form = Form()
            form.wrong(("limit",), "NUMBER_TYPE_MAX", f"1 to {_PAGE}, after an id.")
            form.close()
        guilds = sorted(self._world.bot_guilds(), key=lambda guild: guild.id)
        page = [guild for guild in guilds if guild.id > int(after)][: int(limit)]
        return Answer([own_guild_payload(guild, self._world.bot) for guild in page])

    def guild(self, ask: Ask) -> Answer:
        """Answer ``GET /guilds/{guild}``."""
        payload = guild_payload(self._guild(ask), self._world.bot)
        return Answer({key: value for key, value in payload.items() if key not in {"channels", "members", "threads"}})

    def channels(self, ask: Ask) -> Answer:
        """Answer ``GET /guilds/{guild}/channels`` (threads are not among them)."""
        return Answer([channel_payload(c) for c in self._guild(ask).channels.values() if c.parent is None])

    def member(self, ask: Ask) -> Answer:
        """Answer ``GET /guilds/{guild}/members/{user}``."""
        member = self._guild(ask).members.get(_number(ask.where["user"]))
        if member is None:
            refuse(10007)
        return Answer(member_payload(member) | {"roles": roles_of(member, self._guild(ask))})

    def list_commands(self, ask: Ask) -> Answer:
        """Answer ``GET .../commands``."""
        localized = ask.query.get("with_localizations", "false").lower() in {"1", "true"}
        return Answer(self._commands.listed(self._scope(ask), localized=localized))

    def sync_commands(self, ask: Ask) -> Answer:
        """Answer ``PUT .../commands``."""
        return Answer(self._commands.replace_all(self._scope(ask), ask.payload))

    def add_command(self, ask: Ask) -> Answer:
        """Answer ``POST .../commands``."""
        return Answer(self._commands.put(self._scope(ask), ask.form), 201)

    def get_command(self, ask: Ask) -> Answer:
        """Answer ``GET .../commands/{command}``."""
        return Answer(self._commands.get(self._scope(ask), _number(ask.where["command"])))

    def change_command(self, ask: Ask) -> Answer:
        """Answer ``PATCH .../commands/{command}``."""
        return Answer(self._commands.change(self._scope(ask), _number(ask.where["command"]), ask.form))

    def delete_command(self, ask: Ask) -> Answer:
        """Answer ``DELETE .../commands/{command}``."""
        self._commands.delete(self._scope(ask), _number(ask.where["command"]))
        return Answer(None)

    def refresh(self, ask: Ask) -> Answer:
        """Answer ``POST /attachments/refresh-urls``."""
        return Answer(self._cdn.refreshed(ask.form.get("attachment_urls")))

    def _scope(self, ask: Ask) -> Scope:
        if ask.where["application"] != str(self._application):
            refuse(10002)
        return self._guild(ask).id if "guild" in ask.where else None

    def _guild(self, ask: Ask) -> Guild:
        guild = self._world.guilds.get(_number(ask.where["guild"]))
        if guild is None:
            refuse(10004)
        if not guild.with_bot:
            refuse(50001)
        return guild


def _number(name: str) -> int:
    return int(name) if name.isdigit() else -1
