"""The pretend Discord as one loopback server: REST, gateway and CDN on one port. What each of them does is not here."""

import base64
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.discord_server.application_routes import ApplicationRoutes
from tests.fakes.discord_server.buckets import Buckets
from tests.fakes.discord_server.calls import Calls
from tests.fakes.discord_server.cdn import Cdn
from tests.fakes.discord_server.channel_routes import ChannelRoutes
from tests.fakes.discord_server.clock import Clock, Snowflakes
from tests.fakes.discord_server.commands import Commands
from tests.fakes.discord_server.door import API, Door
from tests.fakes.discord_server.faults import Faults
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.interactions import Interactions, Terms
from tests.fakes.discord_server.messages import Board
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.payloads import channel_payload, guild_payload
from tests.fakes.discord_server.person import Person
from tests.fakes.discord_server.posts import Posts
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.routes import endpoints
from tests.fakes.discord_server.sender import Sender
from tests.fakes.discord_server.webhook_routes import WebhookRoutes
from tests.fakes.discord_server.world import Channel, Guild, World

HOST = "127.0.0.1"
_LARGEST_REQUEST = 64 * 1024 * 1024


class DiscordServer:
    """Discord with one application and its bot. It starts with a guild *Studio* and a channel *general*.

    ``clock`` decides what time it is; ``token`` is what the bot must show; ``port`` 0 = any free one. ``portal`` holds
    the fields of the application that were changed in the developer portal.
    """

    def __init__(self, *, clock: Clock | None = None, port: int = 0, token: str = "", bot_name: str = "limner") -> None:
        self._port = port
        self._runner: web.AppRunner | None = None
        self._extra: list[web.RouteDef] = []
        self.clock = clock or Clock()
        self.ids = Snowflakes(self.clock)
        self.news = News()
        self.application = self.ids.new()
        self.terms = Terms()
        self.portal: Json = {}
        self.calls, self.faults, self.buckets = Calls(), Faults(), Buckets(self.clock)
        self.board, self.cdn = Board(), Cdn(self.clock, self.ids)
        self.interactions = Interactions(self.clock, self.ids, self.terms, self.news)
        self.commands = Commands(self.application, self.clock, self.ids)
        self.world = World(self.ids, bot_name, self._tell)
        self.gateway = Gateway(self.world, self.clock, self.application, lambda: self._door.bot_token)
        self.gateway.on_token_reset = self._reset_token
        self._door = Door(
            clock=self.clock,
            calls=self.calls,
            faults=self.faults,
            buckets=self.buckets,
            bot_token=token or _token(self.application),
        )
        self._posts = Posts(
            world=self.world,
            board=self.board,
            cdn=self.cdn,
            clock=self.clock,
            ids=self.ids,
            terms=self.terms,
            news=self.news,
            application=self.application,
            publish=self.gateway.publish,
        )
        self._sender = Sender(
            posts=self._posts,
            interactions=self.interactions,
            gateway=self.gateway,
            clock=self.clock,
            terms=self.terms,
            news=self.news,
            calls=self.calls,
            application=self.application,
        )
        self.studio = self.world.add_guild("Studio")
        self.general = self.world.add_channel(self.studio, "general")

    @property
    def token(self) -> str:
        """Return the bot's token."""
        return self._door.bot_token

    @property
    def api_base(self) -> str:
        """Return the base of the REST routes; only known once it is started."""
        return self.cdn.base_url + API

    @property
    def gateway_url(self) -> str:
        """Return the address of the gateway."""
        return f"{self.gateway.url}/gateway"

    @property
    def secrets(self) -> list[str]:
        """Return what must never be in a log: the bot's token and every interaction's."""
        return [self.token, *self.interactions.tokens]

    def person(
        self,
        name: str,
        *,
        locale: str = "en-US",
        guild: Guild | None = None,
        home: Channel | None = None,
        member: bool = True,
        installed: bool = False,
    ) -> Person:
        """Bring in a person: by default a member of *Studio* who sits in *general*."""
        user = self.world.add_user(name, locale=locale, installed=installed)
        place = home or self.general
        if member and (where := guild or place.guild) is not None:
            self.world.join(user, where)
        return Person(user, place, self._sender, self.commands)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if kind is None and self._door.crashes:
            raise ExceptionGroup("the pretend Discord itself went wrong", self._door.crashes)

    def also_serve(self, routes: Iterable[web.RouteDef]) -> None:
        """Serve more routes on the same port; call it before :meth:`start`."""
        self._extra += routes

    async def start(self) -> None:
        """Listen."""
        # No access log: interaction tokens are in the paths.
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        port = self._runner.addresses[0][1]
        self.cdn.base_url = f"http://{HOST}:{port}"
        self.gateway.url = f"ws://{HOST}:{port}"

    async def close(self) -> None:
        """Let go what is held and stop listening. Safe to repeat."""
        self.faults.clear()
        self.gateway.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        application.add_routes(self._extra)
        application.router.add_get("/gateway", self.gateway.serve)
        application.router.add_get("/gateway/", self.gateway.serve)
        application.router.add_get("/resume", self.gateway.serve)
        for folder in ("attachments", "ephemeral-attachments"):
            application.router.add_get(f"/{folder}/{{place}}/{{file}}/{{name}}", self.cdn.serve)
        about = ApplicationRoutes(
            self.world, self.commands, self.cdn, self.application, self._gateway_payload, self.portal
        )
        channels = ChannelRoutes(self._posts, self.buckets)
        webhooks = WebhookRoutes(self._posts, self.interactions)
        self._door.join(application, endpoints(about, channels, webhooks))
        return application

    def _gateway_payload(self) -> Json:
        return {"url": self.gateway_url, "shards": 1, "session_start_limit": self.gateway.limits.payload()}

    def _tell(self, event: str, what: Guild | Channel, guild: Guild | None) -> None:
        if guild is None or (not guild.with_bot and event != "GUILD_DELETE"):
            return
        if isinstance(what, Guild):
            data = {"id": str(what.id)} if event == "GUILD_DELETE" else guild_payload(what, self.world.bot)
        else:
            data = channel_payload(what)
        self.gateway.publish(event, data, guild.id)

    def _reset_token(self) -> None:
        self._door.bot_token = _token(self.ids.new())


def _token(number: int) -> str:
    owner = base64.b64encode(str(number).encode()).decode().rstrip("=")
    return f"{owner}.GpretE.nd_bot_token_{number % 99_991:05d}_of_the_fake"
