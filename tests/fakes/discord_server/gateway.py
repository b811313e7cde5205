"""The gateway: who is connected, what each is told, and what can be done to connections. Frames are elsewhere."""

from collections.abc import Callable

from aiohttp import web

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.connection import Connection
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.payloads import guild_payload, user_payload
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.sessions import (
    KNOWN_INTENTS,
    MESSAGE_CONTENT,
    MOST_GUILDS_PER_SHARD,
    PRIVILEGED,
    Identify,
    Session,
    StartLimits,
)
from tests.fakes.discord_server.world import World


class Gateway:
    """All sessions and connections. ``allowed_privileged`` are the privileged intents the portal has switched on."""

    def __init__(self, world: World, clock: Clock, application: int, token: Callable[[], str]) -> None:
        self._world = world
        self.clock = clock
        self._application = application
        self._token = token
        self._refusals: list[int] = []
        self.news = News()
        self.limits = StartLimits(clock)
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.opened = 0
        self.closed_with: list[int | None] = []
        self.allowed_privileged = 0
        self.heartbeat_ms = 41_250
        self.acknowledges_heartbeats = True
        self.url = ""
        self.on_token_reset: Callable[[], None] = lambda: None

    # What a test does with it.

    def refuse(self, status: int = 503, times: int = 1) -> None:
        """Answer the next connections with an HTTP error instead of a WebSocket."""
        self._refusals += [status] * times

    def close(self, code: int) -> None:
        """Close every connection with a code; sessions stay for a RESUME."""
        for connection in list(self.connections):
            connection.close(code)

    def abort(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self.connections):
            connection.abort()

    def reconnect(self) -> None:
        """Tell every client to reconnect (op 7)."""
        self._send_all({"op": 7, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid (op 9)."""
        if not resumable:
            self.forget()
        self._send_all({"op": 9, "d": resumable})

    def forget(self) -> None:
        """Forget every session, so that a RESUME is answered with op 9."""
        for session in self.sessions.values():
            session.alive, session.line = False, None

    def ask_heartbeat(self) -> None:
        """Ask every client for a heartbeat at once (op 1)."""
        self._send_all({"op": 1, "d": None})

    def send_raw(self, text: str) -> None:
        """Send a frame as it is, well formed or not."""
        for connection in self.connections:
            connection.send_raw(text)

    async def ready(self, count: int = 1) -> None:
        """Wait until so many sessions are connected and have got their READY."""
        await self.news.until(lambda: len(self.live) >= count, lambda: f"only {len(self.live)} sessions{self._ends()}")

    async def resumed(self, count: int = 1) -> None:
        """Wait until so many RESUMEs have succeeded."""
        await self.news.until(
            lambda: sum(session.resumed for session in self.sessions.values()) >= count,
            lambda: f"nobody resumed{self._ends()}",
        )

    async def identified(self, count: int) -> None:
        """Wait until there were so many IDENTIFYs in all."""
        await self.news.until(
            lambda: len(self.limits.identifies) >= count, lambda: f"only {len(self.limits.identifies)} IDENTIFYs"
        )

    async def gone(self) -> None:
        """Wait until nobody is connected."""
        await self.news.until(lambda: not self.connections, lambda: "the client is still connected")

    async def heartbeats(self, count: int) -> None:
        """Wait until so many heartbeats have come on the connections that are open."""
        await self.news.until(lambda: sum(c.heartbeats for c in self.connections) >= count, lambda: "no heartbeat came")

    @property
    def live(self) -> list[Session]:
        """Return the sessions that are connected."""
        return [session for session in self.sessions.values() if session.line is not None]

    def publish(self, event: str, data: Json, guild: int | None) -> int:
        """Dispatch an event to every session it belongs to; return how many that were.

        Two sessions of the same shard both get it. A session that is cut off gets it with its RESUME.
        """
        told = [session for session in self.sessions.values() if session.alive and session.cares_for(event, guild)]
        for session in told:
            session.dispatch(event, self._as_seen(session, event, data, guild))
        return len(told)

    # What connections ask.

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a connection."""
        if self._refusals:
            return web.Response(status=self._refusals.pop(0))
        self.opened += 1
        connection = Connection(self, request)
        self.connections.append(connection)
        try:
            return await connection.run()
        finally:
            self.connections.remove(connection)
            self.closed_with.append(connection.code)
            self._left(connection)
            self.news.tell()

    def identify(self, connection: Connection, data: Json) -> int | None:
        """Start a session and tell it everything, or return the close code. Raises nothing."""
        shard = tuple(data["shard"]) if data.get("shard") else None
        intents = int(data.get("intents", 0))
        if (code := self._wrong(data, shard, intents)) is not None:
            return code
        too_fast = self.limits.too_fast(shard)
        self.limits.identifies.append(Identify(self.clock.time(), shard, intents))
        if self.limits.remaining < 0:
            self.on_token_reset()
            return 4004
        if too_fast:
            connection.send({"op": 9, "d": False})
            self.news.tell()
            return None
        session = Session(f"session-{len(self.sessions) + 1}", shard, intents, connection)
        self.sessions[session.id] = connection.session = session
        self._greet(session)
        self.news.tell()
        return None

    def resume(self, connection: Connection, data: Json) -> int | None:
        """Replay what was missed, or answer op 9. Returns a close code if the token is wrong."""
        if data.get("token") != self._token():
            return 4004
        session = self.sessions.get(str(data.get("session_id")))
        missed = session.missed(int(data.get("seq") or 0)) if session is not None and session.alive else None
        if session is None or missed is None:
            connection.send({"op": 9, "d": False})
            return None
        session.line = connection.session = None
        for payload in missed:
            connection.send(payload)
        session.line, connection.session = connection, session
        session.resumed += 1
        session.dispatch("RESUMED", {"_trace": []})
        self.news.tell()
        return None

    def _ends(self) -> str:
        return f"; the last connections were closed with {self.closed_with[-8:]}"

    def _wrong(self, data: Json, shard: tuple[int, int] | None, intents: int) -> int | None:
        if data.get("token") != self._token():
            return 4004
        if shard is not None and not 0 <= shard[0] < shard[1]:
            return 4010
        if sum(1 for _ in self._world.bot_guilds()) > MOST_GUILDS_PER_SHARD * (shard or (0, 1))[1]:
            return 4011
        if "intents" not in data or intents & ~KNOWN_INTENTS:
            return 4013
        return 4014 if intents & PRIVILEGED & ~self.allowed_privileged else None

    def _greet(self, session: Session) -> None:
        guilds = [guild for guild in self._world.bot_guilds() if session.cares_for("READY", guild.id)]
        ready: Json = {
            "v": 10,
            "user": {**user_payload(self._world.bot), "verified": True, "mfa_enabled": True},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"{self.url}/resume",
            "application": {"id": str(self._application), "flags": 0},
            "_trace": [],
        }
        if session.shard is not None:
            ready["shard"] = list(session.shard)
        session.dispatch("READY", ready)
        for guild in guilds:
            session.dispatch("GUILD_CREATE", guild_payload(guild, self._world.bot))

    def _as_seen(self, session: Session, event: str, data: Json, guild: int | None) -> Json:
        """Without the message content intent what others write in guilds comes without words."""
        hidden = event in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and guild is not None
        if not hidden or session.intents & MESSAGE_CONTENT or data["author"]["bot"]:
            return data
        if any(user["id"] == str(self._world.bot.id) for user in data["mentions"]):
            return data
        return {**data, "content": "", "embeds": [], "attachments": [], "components": []}

    def _left(self, connection: Connection) -> None:
        session = connection.session
        if session is not None and session.line is connection:
            session.line = None
            session.alive = session.alive and not connection.said_goodbye

    def _send_all(self, payload: Json) -> None:
        for connection in list(self.connections):
            connection.send(payload)
