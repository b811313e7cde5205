"""The one HTTP server of a process: its life, its health, and who may come in. What it serves is added by the rooms.

A request passes five questions before a room sees it: is it for one of our names (DNS rebinding), does it come from
a link on another site, does it carry the access cookie where one is needed, and, if it can change something, does it
come from our own page (``Origin``) and from a page that we drew (the page token, sent back in a header).
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.engine.ports import Ids
from bot.errors import SettingsProblem
from providers.contract import Secret

ACCESS_COOKIE = "limner_access"
PAGE_COOKIE = "limner_page"
PAGE_HEADER = "X-Limner-Page"
SHORTEST_TOKEN = 16
"""Characters an access token has at least."""

MAX_BODY = 1024 * 1024
"""The longest body that is read whole, in bytes; a room that takes more counts for itself."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_READING = frozenset({"GET", "HEAD"})
_NAME = re.compile(r"[0-9a-f]{32}")
_COME_AGAIN = '<!doctype html><meta charset="utf-8"><title>Limner</title><meta http-equiv="refresh" content="0">'
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

_log = structlog.get_logger()


class Why(StrEnum):
    """Why a request is turned away at the door."""

    HOST = "host_not_ours"
    ACCESS = "access_needed"
    ORIGIN = "origin_not_ours"
    PAGE = "page_out_of_date"


STATUS: Mapping[Why, int] = {Why.HOST: 421, Why.ACCESS: 401, Why.ORIGIN: 403, Why.PAGE: 403}
"""The HTTP status of each reason."""

Explain = Callable[[web.Request, Why], Awaitable[web.StreamResponse]]
"""How a room tells a person that the door stays shut."""


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Where to listen and for whom.

    ``port`` 0 takes any free one. ``hosts`` are the names people reach us by, without a port. ``https`` says that a
    proxy in front speaks TLS with the browsers, so that our cookies are only sent over it.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: Secret = field(default_factory=Secret)
    hosts: tuple[str, ...] = ()
    https: bool = False

    def check(self) -> None:
        """Raise ``SettingsProblem`` where a stranger could come in."""
        length = len(self.token.reveal())
        if length == 0 and not _is_loopback(self.host):
            raise SettingsProblem(
                f"listener.token: must be set (at least {SHORTEST_TOKEN} characters) because listener.host is "
                f"{self.host}, which other machines can reach; or set listener.host to 127.0.0.1"
            )
        if 0 < length < SHORTEST_TOKEN:
            raise SettingsProblem(f"listener.token: must have at least {SHORTEST_TOKEN} characters")
        if _is_wildcard(self.host) and not self.hosts:
            raise SettingsProblem(
                f"listener.hosts: must list the names or addresses people type, because listener.host is {self.host}"
            )

    @property
    def names(self) -> frozenset[str]:
        """The host names that are ours."""
        bound = set() if _is_wildcard(self.host) else {self.host.strip("[]").lower()}
        return _LOOPBACK_NAMES | bound | {name.strip("[]").lower() for name in self.hosts}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return not host


class Door:
    """Who may come in. It answers with a reason or with nothing; how that looks is for the room."""

    def __init__(self, settings: ListenerSettings, ids: Ids) -> None:
        self._names = settings.names
        self._token = settings.token
        self._https = settings.https
        self._ids = ids
        # The cookie is made from the token, so that it survives a restart and a new token ends every visit.
        self._pass = hmac.new(settings.token.reveal().encode(), b"limner access", hashlib.sha256).hexdigest()

    def turned_away(self, request: web.Request, *, is_open: bool) -> Why | None:
        """Return why this request may not come in; ``is_open`` asks for no access cookie."""
        if not self._is_ours(request):
            return Why.HOST
        if not is_open and not self._may_enter(request):
            return Why.ACCESS
        if request.method in _READING:
            return None
        if not _same_origin(request):
            return Why.ORIGIN
        return None if self._has_page_token(request) else Why.PAGE

    def unlock(self, token: str, response: web.StreamResponse) -> bool:
        """Give the access cookie to whoever knows the token."""
        if not self._token or not _same(token, self._token.reveal()):
            return False
        self.set_cookie(response, ACCESS_COOKIE, self._pass)
        return True

    def page_token(self, request: web.Request) -> str:
        """Return the token a page sends back with every change; the page's response sets it as ``PAGE_COOKIE``."""
        token = request.cookies.get(PAGE_COOKIE, "")
        return token if _NAME.fullmatch(token) else self._ids.new()

    def set_cookie(self, response: web.StreamResponse, name: str, value: str) -> None:
        """Set a cookie that no script and no other site can use."""
        year = 365 * 24 * 3600
        response.set_cookie(name, value, max_age=year, httponly=True, samesite="Strict", secure=self._https, path="/")

    def _is_ours(self, request: web.Request) -> bool:
        try:
            asked = urlsplit(f"//{request.host}")
            name = asked.hostname or ""
        except ValueError:
            return False
        return asked.netloc == request.host and "@" not in asked.netloc and name in self._names

    def _may_enter(self, request: web.Request) -> bool:
        return not self._token or _same(request.cookies.get(ACCESS_COOKIE, ""), self._pass)

    def _has_page_token(self, request: web.Request) -> bool:
        token = request.cookies.get(PAGE_COOKIE, "")
        return _NAME.fullmatch(token) is not None and _same(request.headers.get(PAGE_HEADER, ""), token)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode(errors="replace"))


def _same_origin(request: web.Request) -> bool:
    try:
        origin = urlsplit(request.headers.get("Origin", ""))
    except ValueError:
        return False
    return origin.scheme in {"http", "https"} and origin.netloc.lower() == request.host.lower()


def _from_elsewhere(request: web.Request) -> bool:
    """Whether a person followed a link on another site: the browser then keeps our strict cookies back."""
    asked = request.headers
    followed = asked.get("Sec-Fetch-Site") == "cross-site" and asked.get("Sec-Fetch-Mode") == "navigate"
    return followed and request.method == "GET"


class Listener:
    """The server. Rooms add their routes before :meth:`start`; :meth:`close` ends streams first, then connections."""

    def __init__(self, settings: ListenerSettings, ids: Ids) -> None:
        settings.check()
        self._settings = settings
        self.door = Door(settings, ids)
        self._explain: Explain = _plainly
        self._open: set[str] = {"/health"}
        self._proven: set[str] = set()
        self._health: dict[str, Callable[[], bool]] = {}
        self._details: dict[str, Callable[[], Mapping[str, object]]] = {}
        self._closing: list[Callable[[], None]] = []
        self._app = web.Application(middlewares=[self._guard], client_max_size=MAX_BODY)
        self._app.on_response_prepare.append(_harden)
        self._app.on_shutdown.append(self._end_streams)
        self._app.router.add_get("/health", self._tell_health)
        self._runner: web.AppRunner | None = None
        self._port = settings.port

    @property
    def port(self) -> int:
        """The port, known once the server listens."""
        return self._port

    @property
    def url(self) -> str:
        """The address on this machine."""
        host = "127.0.0.1" if _is_wildcard(self._settings.host) else self._settings.host.strip("[]")
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    def add(self, routes: Iterable[web.RouteDef], *, needs_access: bool = True) -> None:
        """Serve these routes; without ``needs_access`` they are for everybody who reaches us."""
        for route in self._app.router.add_routes(routes):
            if not needs_access and route.resource is not None:
                self._open.add(route.resource.canonical)

    def add_proven(self, routes: Iterable[web.RouteDef]) -> None:
        """Serve these routes for other programs: the door asks nothing, because each request has to prove itself."""
        for route in self._app.router.add_routes(routes):
            if route.resource is not None:
                self._proven.add(route.resource.canonical)

    def explain_with(self, explain: Explain) -> None:
        """Let a room say why a request was turned away."""
        self._explain = explain

    def watch(
        self, name: str, is_well: Callable[[], bool], details: Callable[[], Mapping[str, object]] | None = None
    ) -> None:
        """Count this part in ``/health``; ``details`` are read by everybody who reaches us, so they hold no secret."""
        self._health[name] = is_well
        if details is not None:
            self._details[name] = details

    def on_closing(self, end: Callable[[], None]) -> None:
        """Call this when the server starts to close, so that streams end by themselves."""
        self._closing.append(end)

    async def start(self) -> None:
        """Listen. Raises ``SettingsProblem`` where the address cannot be had."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=10.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host.strip("[]") or None, self._settings.port)
        try:
            await site.start()
        except OSError as exc:
            await self.close()
            where = f"{self._settings.host}:{self._settings.port}"
            raise SettingsProblem(f"listener.port: cannot listen on {where} ({exc.strerror})") from None
        self._port = self._runner.addresses[0][1]
        _log.info("listening", url=self.url)

    async def close(self) -> None:
        """Stop listening and close every connection. Safe to repeat."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else ""
        if path == "/health" or path in self._proven:
            return await handler(request)
        why = self.door.turned_away(request, is_open=path in self._open)
        if why is not Why.HOST and _from_elsewhere(request):
            # Our own page asking again is not "another site" any more: now the cookies come along.
            return web.Response(text=_COME_AGAIN, content_type="text/html")
        if why is None:
            return await handler(request)
        _log.info("turned_away", why=why.value, method=request.method, path=path, host=request.host[:100])
        return await self._explain(request, why)

    async def _tell_health(self, _request: web.Request) -> web.Response:
        parts: Mapping[str, bool] = {name: is_well() for name, is_well in self._health.items()}
        body: dict[str, object] = {"status": "ok" if all(parts.values()) else "trouble", "parts": parts}
        if self._details:
            body["details"] = {name: tell() for name, tell in self._details.items()}
        return web.json_response(body, status=200 if all(parts.values()) else 503)

    async def _end_streams(self, _app: web.Application) -> None:
        for end in self._closing:
            end()


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


async def _plainly(_request: web.Request, why: Why) -> web.StreamResponse:
    return web.json_response({"why": why.value}, status=STATUS[why])
