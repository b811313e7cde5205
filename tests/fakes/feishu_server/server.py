"""The pretend Feishu as one loopback server: REST, long connections, webhooks. What each of them does is not here."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.about_routes import AboutRoutes
from tests.fakes.feishu_server.calls import Calls
from tests.fakes.feishu_server.cardkit_routes import CardkitRoutes
from tests.fakes.feishu_server.clicks import Clicks
from tests.fakes.feishu_server.deliveries import Carrier, Deliveries, Delivery
from tests.fakes.feishu_server.door import Door
from tests.fakes.feishu_server.entities import Entities
from tests.fakes.feishu_server.events import Events
from tests.fakes.feishu_server.faults import Faults
from tests.fakes.feishu_server.lines import Lines
from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.message_routes import MessageRoutes
from tests.fakes.feishu_server.messages import Board, Message
from tests.fakes.feishu_server.person import Person
from tests.fakes.feishu_server.posts import Posts
from tests.fakes.feishu_server.quotas import Quotas
from tests.fakes.feishu_server.registration import Registration
from tests.fakes.feishu_server.routes import endpoints
from tests.fakes.feishu_server.talk import Talk
from tests.fakes.feishu_server.tokens import Tokens
from tests.fakes.feishu_server.webhook import Webhook
from tests.fakes.feishu_server.world import App, Chat, Ids, World

HOST = "127.0.0.1"
SECRET = "pretend-app-secret-of-the-fake"
_LARGEST_REQUEST = 128 * 1024 * 1024


class FeishuServer:
    """Feishu with one self-built application and its bot. It starts with a group *Studio* that the bot is in.

    ``clock`` decides what time it is; ``port`` 0 = any free one; ``seed`` decides ids and which connection gets what.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        port: int = 0,
        seed: int = 7,
        app_id: str = "cli_a1b2c3d4e5f6",
        secret: str = SECRET,
        bot_name: str = "Limner",
    ) -> None:
        self._port = port
        self._runner: web.AppRunner | None = None
        self._extra: list[web.RouteDef] = []
        self.domain = ""
        self.clock, self.news, self.ids = clock or Clock(), News(), Ids(seed)
        self.app = App(app_id, secret, self.ids.new("ou_"), bot_name, verification_token="pretend-verification-token")
        self.world = World(self.ids, self.app)
        self.calls, self.faults, self.quotas = Calls(self.news), Faults(), Quotas(self.clock)
        self.tokens = Tokens(self.app, self.clock)
        self.board, self.media = Board(self.news), Media(self.world, self.ids)
        self.entities = Entities(self.clock, self.ids)
        self.events = Events(self.app, self.clock, self.ids)
        self.lines = Lines(self.app, self.clock, self.news, self.ids, seed)
        self.registration = Registration(self.app, self.clock, self.ids)
        self.webhook = Webhook(self.app, self.clock, self.news, self.ids)
        self.deliveries = Deliveries(self.clock, self.news, self._carrier)
        self.posts = Posts(
            world=self.world,
            board=self.board,
            media=self.media,
            entities=self.entities,
            clock=self.clock,
            ids=self.ids,
            quotas=self.quotas,
        )
        self.clicks = Clicks(
            app=self.app,
            clock=self.clock,
            ids=self.ids,
            news=self.news,
            events=self.events,
            deliveries=self.deliveries,
            posts=self.posts,
            media=self.media,
            all=[],
        )
        self.talk = Talk(
            world=self.world,
            board=self.board,
            posts=self.posts,
            media=self.media,
            events=self.events,
            deliveries=self.deliveries,
            clicks=self.clicks,
            clock=self.clock,
            ids=self.ids,
            news=self.news,
        )
        self._door = Door(
            app=self.app,
            clock=self.clock,
            calls=self.calls,
            faults=self.faults,
            quotas=self.quotas,
            tokens=self.tokens,
        )
        self.studio = self.world.add_group("Studio")

    @property
    def secrets(self) -> list[str]:
        """Return what must never be in a log: the application's secret, its keys and every token."""
        app = self.app
        kept = [app.secret, app.encrypt_key, app.verification_token, *self.tokens.all]
        return [secret for secret in (*kept, *(click.token for click in self.clicks.all)) if secret]

    def person(self, name: str, *, locale: str = "en_us", member: bool = True, home: Chat | None = None) -> Person:
        """Bring in a person who sits in their chat with the bot and, as a ``member``, is in the group *Studio*."""
        user = self.world.add_user(name, locale=locale)
        if member:
            self.studio.people.append(user)
        if home is not None and user not in home.people:
            home.people.append(user)
        return Person(user, home or self.world.dm(user), self.talk)

    def delivery(self, message: Message) -> Delivery:
        """Return how a person's message reached the bot."""
        for delivery in self.deliveries.all:
            if delivery.event.get("event", {}).get("message", {}).get("message_id") == message.id:
                return delivery
        raise AssertionError("the bot was never told of this message")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        crashes = [*self._door.crashes, *self.deliveries.crashes]
        if kind is None and crashes:
            raise BaseExceptionGroup("the pretend Feishu itself went wrong", crashes)

    def also_serve(self, routes: Iterable[web.RouteDef]) -> None:
        """Serve more routes on the same port; call it before :meth:`start`."""
        self._extra += routes

    async def start(self) -> None:
        """Listen."""
        # No access log: tickets are in the queries.
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        port = self._runner.addresses[0][1]
        self.domain = f"http://{HOST}:{port}"
        self.lines.url = f"ws://{HOST}:{port}/ws"

    async def close(self) -> None:
        """Let go what is held and stop listening. Safe to repeat."""
        self.faults.clear()
        self.deliveries.close()
        self.lines.drop()
        await self.webhook.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _carrier(self) -> Carrier:
        return self.webhook if self.webhook.url else self.lines

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        application.add_routes(self._extra)
        application.router.add_get("/ws", self._door.guard("ws.handshake", self.lines.serve))
        about = AboutRoutes(
            app=self.app,
            world=self.world,
            tokens=self.tokens,
            lines=self.lines,
            media=self.media,
            posts=self.posts,
            clicks=self.clicks,
        )
        messages = MessageRoutes(
            app=self.app,
            world=self.world,
            posts=self.posts,
            board=self.board,
            events=self.events,
            clock=self.clock,
            ids=self.ids,
        )
        cardkit = CardkitRoutes(
            entities=self.entities, media=self.media, board=self.board, clock=self.clock, quotas=self.quotas
        )
        self._door.join(application, endpoints(about, messages, cardkit, self.registration))
        return application
