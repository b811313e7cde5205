"""The one door to Feishu's REST: one attempt per call, answers read, a dead token healed once. It decides nothing.

A call that is worth another try is tried again by whoever wants it done, under the same uuid, so that waiting is
theirs: the courier for what is owed, the inbox for what was received.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import BinaryIO, TypeVar

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from bot.engine.ports import Clock
from bot.platforms.feishu import wire
from bot.platforms.feishu.tokens import Tokens
from bot.platforms.feishu.wire import DEAD_TOKEN, Bot, BotInfo, Code, Endpoint, Envelope, TenantToken
from providers.contract import Secret
from providers.transport import is_safe, redact, silence_wire_logs, trusted

log = structlog.get_logger(__name__)

SECONDS = 20.0
"""How long a call may take."""

SECONDS_WITH_FILES = 180.0
MOST_ANSWER = 10 * 1024 * 1024
"""Bytes of an answer that are read."""

_CONNECT_SECONDS = 5.0
_CONNECTIONS = 64
_KEPT_WARM = 16
_LONGEST_DETAIL = 200
_LIMITED = 429
_TOO_LARGE = 413
_FIRST_ERROR = 400
_FIRST_UNCLEAR = 500
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_READ = TypeVar("_READ", bound=BaseModel)
_T = TypeVar("_T")


class NotTaken(Exception):
    """Feishu did not take something, or nobody knows. ``detail`` never holds a secret and is for logs only.

    ``code`` is 0 where the API itself said nothing, ``status`` where nobody did. ``retry_after`` is in seconds.
    ``unclear``: it may have been done all the same.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: int = 0,
        status: int = 0,
        retry_after: float | None = None,
        unclear: bool = False,
        log_id: str = "",
    ) -> None:
        super().__init__(f"{status}/{code}: {detail}" + (f" [{log_id}]" if log_id else ""))
        self.detail = detail
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.unclear = unclear
        self.log_id = log_id


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask. ``path`` is below the API, such as ``im/v1/messages``; with a leading slash below the domain."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """The bot's application. ``domain`` is where it is at home, such as ``https://open.feishu.cn``."""

    id: str
    secret: Secret
    domain: str


@dataclass(frozen=True, slots=True)
class _Answer:
    where: str
    status: int
    headers: httpx.Headers
    body: bytes

    def read(self, shape: type[_READ]) -> _READ:
        """Return the ``data``, or everything where there is none: the token and the bot have none (section 8)."""
        try:
            envelope = Envelope.model_validate_json(self.body)
            if envelope.code or self.status >= _FIRST_ERROR:
                raise self.refused(envelope)
            if envelope.data is None:
                return shape.model_validate_json(self.body)
            return shape.model_validate(envelope.data)
        except ValidationError:
            raise self._unreadable() from None

    def content(self) -> bytes:
        """Return the bytes that were asked for."""
        if self.status < _FIRST_ERROR and "json" not in self.headers.get("Content-Type", ""):
            return self.body
        try:
            raise self.refused(Envelope.model_validate_json(self.body))
        except ValidationError:
            raise self._unreadable() from None

    def refused(self, envelope: Envelope) -> NotTaken:
        """Return a refusal as what it means for the caller."""
        return NotTaken(
            f"{self.where}: {redact(envelope.msg)[:_LONGEST_DETAIL]}",
            code=envelope.code,
            status=self.status,
            retry_after=self._pause(envelope.code),
            unclear=self.status >= _FIRST_UNCLEAR,
            log_id=self.headers.get("X-Tt-Logid") or envelope.error.log_id,
        )

    def _unreadable(self) -> NotTaken:
        log_id = self.headers.get("X-Tt-Logid", "")
        is_clear = _FIRST_ERROR <= self.status < _FIRST_UNCLEAR
        return NotTaken(f"{self.where}: unreadable", status=self.status, unclear=not is_clear, log_id=log_id)

    def _pause(self, code: int) -> float | None:
        if self.status != _LIMITED and code != Code.LIMITED:
            return None
        try:
            return max(0.0, float(self.headers.get("x-ogw-ratelimit-reset", "")))
        except ValueError:
            return None


class Client:
    """Calls Feishu until :meth:`close`. Raises ``ValueError`` for a domain that would see the secret in the clear."""

    def __init__(self, app: Application, clock: Clock, *, seconds: float = SECONDS) -> None:
        if not is_safe(app.domain):
            raise ValueError("Feishu's address must start with https:// unless it is on this machine")
        silence_wire_logs()
        self._app = app
        self._seconds = seconds
        self._tokens = Tokens(self._fetch_token, clock)
        self._http: httpx.AsyncClient | None = None
        self._closed = False

    async def close(self) -> None:
        """Close the connections; whoever calls after that is told that nobody answered."""
        self._closed = True
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def ask(self, call: Call, shape: type[_READ]) -> _READ:
        """Make a call with the application's token and return the ``data`` of its answer; raises :class:`NotTaken`."""

        async def work(token: str) -> _READ:
            return (await self._send(self._request(call, token))).read(shape)

        return await self._with_token(work)

    async def upload(
        self, path: str, fields: Mapping[str, str], field: str, name: str, file: BinaryIO, shape: type[_READ]
    ) -> _READ:
        """Send a file as it is read, as the part ``field`` of a form; raises :class:`NotTaken`."""

        async def work(token: str) -> _READ:
            parts = {field: (name, file, "application/octet-stream")}
            request = self._open().build_request(
                "POST", self._url(path), data=dict(fields), files=parts, headers=_bearer(token)
            )
            return (await self._send(request, seconds=SECONDS_WITH_FILES)).read(shape)

        return await self._with_token(work)

    async def resource(self, message: str, key: str, kind: str, limit: int) -> bytes:
        """Return what somebody's message holds, at most ``limit`` bytes. ``kind`` is ``image`` or ``file``.

        Raises :class:`NotTaken`, with the status 413 where it is larger.
        """
        call = Call("GET", wire.resource(message, key), {"type": kind})

        async def work(token: str) -> bytes:
            answer = await self._send(self._request(call, token), seconds=SECONDS_WITH_FILES, limit=limit)
            return answer.content()

        return await self._with_token(work)

    async def bot(self) -> Bot:
        """Return who we are here; raises :class:`NotTaken`."""
        return (await self.ask(Call("GET", wire.BOT), BotInfo)).bot

    async def endpoint(self) -> Endpoint:
        """Return where the long connection is; raises :class:`NotTaken`."""
        body = {"AppID": self._app.id, "AppSecret": self._app.secret.reveal()}
        request = self._request(Call("POST", wire.ENDPOINT, body=body), "")
        request.headers["locale"] = "zh"
        return (await self._send(request)).read(Endpoint)

    async def _fetch_token(self) -> TenantToken:
        body = {"app_id": self._app.id, "app_secret": self._app.secret.reveal()}
        return (await self._send(self._request(Call("POST", wire.TOKEN, body=body), ""))).read(TenantToken)

    async def _with_token(self, work: Callable[[str], Awaitable[_T]]) -> _T:
        token = await self._tokens.current()
        try:
            return await work(token)
        except NotTaken as no:
            if no.code not in DEAD_TOKEN:
                raise
            # Refused before anything was done (section 8): once more is safe for any call.
            log.info("feishu_token_refused", code=no.code)
        self._tokens.drop(token)
        return await work(await self._tokens.current())

    def _request(self, call: Call, token: str) -> httpx.Request:
        headers, content = _bearer(token), None
        if call.body is not None:
            # Escapes would make Chinese twice as long, and the limits count bytes (section 5).
            content = json.dumps(call.body, ensure_ascii=False).encode(errors="replace")
            headers["Content-Type"] = "application/json; charset=utf-8"
        params = dict(call.params) or None
        return self._open().build_request(
            call.method, self._url(call.path), params=params, content=content, headers=headers
        )

    async def _send(self, request: httpx.Request, *, seconds: float = 0.0, limit: int = MOST_ANSWER) -> _Answer:
        http, where = self._open(), request.url.path
        try:
            async with asyncio.timeout(seconds or self._seconds):
                response = await http.send(request, stream=True)
                try:
                    body = await _bounded(response, where, limit)
                finally:
                    await response.aclose()
        except _NEVER_LEFT as problem:
            raise NotTaken(f"{where}: {type(problem).__name__}") from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as problem:
            raise NotTaken(f"{where}: {type(problem).__name__}", unclear=True) from None
        return _Answer(where, response.status_code, response.headers, body)

    def _url(self, path: str) -> str:
        return self._app.domain.rstrip("/") + (path if path.startswith("/") else wire.API + path)

    def _open(self) -> httpx.AsyncClient:
        if self._closed:
            raise NotTaken("the service is being stopped")
        if self._http is None:
            self._http = httpx.AsyncClient(
                verify=trusted(),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                headers={"User-Agent": "Limner"},
                timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS, pool=self._seconds),
                limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_KEPT_WARM),
                follow_redirects=False,
                trust_env=False,
            )
        return self._http


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


async def _bounded(response: httpx.Response, where: str, limit: int) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > limit:
            raise NotTaken(f"{where}: more than {limit} bytes", status=_TOO_LARGE)
    return bytes(data)
