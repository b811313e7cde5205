"""The long connections: where to connect, who is connected, and what can be done to them. One socket is elsewhere."""

import random
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.deliveries import Attempt, Delivery
from tests.fakes.feishu_server.line import Line
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.world import App, Ids

MOST_LINES = 50
TICKET_SECONDS = 60.0
OVER_LIMIT = 1000040350
NO_CREDENTIAL = 1000040344
SERVICE = 33554678


@dataclass(slots=True)
class Framing:
    """How events are cut into frames. ``order`` names the parts in the order they are sent; ``type`` event or card."""

    parts: int = 1
    order: tuple[int, ...] = ()
    type: str = "event"


@dataclass(slots=True)
class ClientConfig:
    """What a client is told about its own patience, in seconds."""

    reconnect_count: int = -1
    reconnect_interval: int = 120
    reconnect_nonce: int = 30
    ping_interval: int = 120

    def payload(self) -> Json:
        """Return it as the endpoint writes it."""
        return {
            "ReconnectCount": self.reconnect_count,
            "ReconnectInterval": self.reconnect_interval,
            "ReconnectNonce": self.reconnect_nonce,
            "PingInterval": self.ping_interval,
        }


@dataclass(frozen=True, slots=True)
class Turned:
    """A handshake that is turned down by headers."""

    status: int
    words: str
    code: int | None = None


@dataclass(slots=True)
class Manners:
    """How the platform behaves on every connection.

    ``pongs`` = pings are answered; ``pong_config`` is sent with a pong (it may be partial).
    """

    pongs: bool = True
    pong_config: Json | None = None
    framing: Framing = field(default_factory=Framing)


class Lines:
    """All long connections of the application. Each event goes to one of them, by a seeded chance."""

    def __init__(self, app: App, clock: Clock, news: News, ids: Ids, seed: int) -> None:
        self._app = app
        self._random = random.Random(seed)
        self._ids = ids
        self._tickets: dict[str, float] = {}
        self._refused: deque[int] = deque()
        self._turned: deque[Turned] = deque()
        self._clock = clock
        self.news = news
        self.config = ClientConfig()
        self.manners = Manners()
        self.open: list[Line] = []
        self.opened = 0
        self.discovered = 0
        self.most = MOST_LINES
        self.violations: list[str] = []
        self.url = ""

    # What a test does with them.

    def refuse(self, code: int, times: int = 1) -> None:
        """Answer the next questions for an endpoint with this code."""
        self._refused.extend([code] * times)

    def turn_down(self, status: int, words: str = "turned down", *, code: int | None = None, times: int = 1) -> None:
        """Turn the next handshakes down by headers (403; 514 with its ``code``)."""
        self._turned.extend([Turned(status, words, code)] * times)

    def drop(self) -> None:
        """Cut every connection without a word."""
        for line in list(self.open):
            line.abort()

    def close(self, code: int = 1000) -> None:
        """Close every connection properly, as the server does when it restarts."""
        for line in list(self.open):
            line.close(code)

    def go_silent(self) -> None:
        """Leave the connections half-open: nothing is read, answered or sent any more, and no FIN ever comes."""
        for line in self.open:
            line.silent = True

    def send_raw(self, data: bytes) -> None:
        """Send bytes to everybody, frame or not."""
        for line in self.open:
            line.send_raw(data)

    async def connected(self, count: int = 1) -> Line:
        """Wait until so many connections are open, and return the last."""
        await self.news.until(lambda: len(self.live) >= count, lambda: f"{len(self.live)} lines, {self.opened} in all")
        return self.live[-1]

    async def reopened(self, opened: int) -> Line:
        """Wait until so many connections were opened in all and one of them is live, and return it."""
        await self.news.until(
            lambda: self.opened >= opened and bool(self.live), lambda: f"only {self.opened} connections"
        )
        return self.live[-1]

    async def gone(self) -> None:
        """Wait until nobody is connected."""
        await self.news.until(lambda: not self.open, lambda: "the client is still connected")

    async def pinged(self, count: int = 1) -> None:
        """Wait until so many pings have come on open connections."""
        await self.news.until(lambda: sum(line.pings for line in self.open) >= count, lambda: "no ping came")

    @property
    def live(self) -> list[Line]:
        """Return the connections that answer."""
        return [line for line in self.open if not line.silent]

    # What the server asks.

    def endpoint(self, form: Json) -> Json:
        """Answer where to connect."""
        self.discovered += 1
        code = self._refused.popleft() if self._refused else self._wrong(form)
        if code:
            return {"code": code, "msg": "endpoint refused", "data": None}
        ticket = self._ids.new("")
        self._tickets[ticket] = self._clock.time() + TICKET_SECONDS
        query = f"device_id={self._ids.new('')[:19]}&service_id={SERVICE}&access_key={self._app.app_id}&ticket={ticket}"
        return {"code": 0, "msg": "", "data": {"URL": f"{self.url}?{query}", "ClientConfig": self.config.payload()}}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a handshake and keep the line until it ends."""
        if (turned := self._turned_down(request)) is not None:
            return _handshake_failure(turned)
        line = Line(self, request)
        self.open.append(line)
        self.opened += 1
        try:
            return await line.run()
        finally:
            self.open.remove(line)
            self.news.tell()

    async def carry(self, delivery: Delivery, attempt: Attempt) -> None:
        """Push an event down one connection and wait for its acknowledgement."""
        if not self.open:
            attempt.problem = "nobody is connected"
            return
        await self._random.choice(self.open).push(delivery, attempt, self.clock, self.manners.framing)

    @property
    def clock(self) -> Clock:
        """Return the fake's clock."""
        return self._clock

    def new_id(self) -> str:
        """Return an id for a frame."""
        return self._ids.new("")

    def violated(self, words: str) -> None:
        """Note that a client did what no client may."""
        self.violations.append(words)
        self.news.tell()

    def _wrong(self, form: Json) -> int:
        if not form.get("AppID") or not form.get("AppSecret"):
            return NO_CREDENTIAL
        if form["AppID"] != self._app.app_id:
            return 10015
        if form["AppSecret"] != self._app.secret:
            return 10014
        if not self._app.enabled:
            return 403
        return OVER_LIMIT if len(self.open) >= self.most else 0

    def _turned_down(self, request: web.Request) -> Turned | None:
        if self._turned:
            return self._turned.popleft()
        end = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if end <= self._clock.time():
            return Turned(514, "the ticket is unknown, used or too old", 1000040346)
        return Turned(514, "too many connections", OVER_LIMIT) if len(self.open) >= self.most else None


def _handshake_failure(turned: Turned) -> web.Response:
    headers = {"handshake-status": str(turned.status), "handshake-msg": turned.words}
    if turned.code is not None:
        headers["handshake-autherrcode"] = str(turned.code)
    return web.Response(status=400, headers=headers)
