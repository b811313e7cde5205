"""The only door to the providers' servers: free reads, uploads, and the paid call. What is said over it is not here.

Free calls go over one pooled session, paid calls over a connection of their own. Nothing is retried, no redirect is
followed, no proxy setting of the machine is used, and no address, key or body ever reaches a log.
"""

import asyncio
import contextlib
import functools
import ipaddress
import logging
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, urlsplit

import aiohttp
import httpx

from providers.errors import FailureCode, ProviderError, Sent

MAX_BODY = 10 * 1024 * 1024
"""The longest answer that is read, in bytes; the recorded catalogues are below 100 kB."""

READ_SECONDS = 30.0
PAY_SECONDS = 90.0
"""A paid call waits longer than a read: giving up early turns a certain answer into a doubtful one."""

_POOL = 64  # enough for 10,000 jobs polled every 8 s at 50 ms (reference engine section 3.3)
_KEEP_SECONDS = 75.0
_LISTEN_BYTES = 1 << 20
_OK = 200
_CONNECT_SECONDS = 10.0
_MASK = "***"
_QUERY = re.compile(r"(https?://[^\s?#\"'<>]+)[?#][^\s\"'<>]*")
_BEARER = re.compile(r"(?i)\b(bearer)\s+[^\s\"',)]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``headers`` are looked up without regard to case; ``body`` is at most ``MAX_BODY`` long."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` without the secrets (plain or percent-encoded), bearer tokens and queries of addresses."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _MASK).replace(quote(secret, safe=""), _MASK)
    return _BEARER.sub(rf"\1 {_MASK}", _QUERY.sub(rf"\1?{_MASK}", text))


def silence_wire_logs() -> None:
    """Keep the HTTP libraries from logging: httpx writes every full address, query included, at INFO."""
    for name in ("httpx", "httpcore", "aiohttp.client", "aiohttp.internal"):
        logging.getLogger(name).setLevel(logging.WARNING)


@functools.cache
def trusted() -> ssl.SSLContext:
    """Return the one TLS context of the process; reading the certificates costs about 20 ms and some megabytes."""
    return httpx.create_ssl_context()


def is_safe(url: str) -> bool:
    """Whether an address may carry a key: https, or http to this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Transport:
    """The calls to one server.

    ``base_url`` goes before every path, ``headers`` go with every call except :meth:`put`. ``secrets`` are kept out
    of every error. Raises ``ValueError`` for an address that would send the key in the clear.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        secrets: Iterable[str] = (),
        tls: ssl.SSLContext | None = None,
        read_seconds: float = READ_SECONDS,
        pay_seconds: float = PAY_SECONDS,
    ) -> None:
        if not is_safe(base_url):
            raise ValueError("a provider's address must start with https:// unless it is on this machine")
        silence_wire_logs()
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._secrets = tuple(secrets)
        self._tls = tls
        self._read_timeout = aiohttp.ClientTimeout(total=read_seconds, sock_connect=_CONNECT_SECONDS)
        self._pay_seconds = pay_seconds
        self._reader: aiohttp.ClientSession | None = None
        self._putter: aiohttp.ClientSession | None = None
        self._payer: httpx.AsyncClient | None = None
        self._closed = False

    def redacted(self, text: str) -> str:
        """Return a server's words fit for our log: without secrets, at most 300 characters."""
        return redact(text, self._secrets)[:300]

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Reply:
        """Read. Free, so every error is ``sent: no``."""
        return await self._free(self._session(), "GET", self._base + path, params=params)

    async def post(self, path: str, body: bytes, *, seconds: float | None = None) -> Reply:
        """Read by POST, which costs nothing at the provider. ``seconds`` replaces the usual time limit."""
        limits = None if seconds is None else aiohttp.ClientTimeout(total=seconds)
        return await self._free(self._session(), "POST", self._base + path, body=body, limits=limits)

    async def delete(self, path: str) -> Reply:
        """Take something back, which costs nothing. Every error is ``sent: no``."""
        return await self._free(self._session(), "DELETE", self._base + path)

    async def listen(
        self, path: str, headers: Mapping[str, str], *, stall_seconds: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield what a stream of events brings, for as long as it lasts; an empty piece says that it is open.

        Free. Raises with ``sent: no`` where it does not open, breaks off or is silent for so long.
        """
        limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=stall_seconds)
        where = f"GET {urlsplit(path).path}"
        try:
            async with self._session().get(
                self._base + path, headers=headers, timeout=limits, allow_redirects=False, read_bufsize=_LISTEN_BYTES
            ) as answer:
                if answer.status != _OK:
                    raise ProviderError(FailureCode.UNAVAILABLE, f"{where}: {answer.status}", sent=Sent.NO)
                yield b""
                async for piece in answer.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise ProviderError(_read_code(exc), f"{where}: {type(exc).__name__}", sent=Sent.NO) from None

    async def put(self, url: str, data: bytes, content_type: str) -> Reply:
        """Upload to an address that a server gave us. None of our own headers goes along."""
        if not is_safe(url):
            raise ProviderError(FailureCode.UNREADABLE, "upload address is not https", sent=Sent.NO)
        limits = aiohttp.ClientTimeout(total=2 * READ_SECONDS)
        self._putter = self._putter or self._new_session({})
        headers = {"Content-Type": content_type}
        return await self._free(self._putter, "PUT", url, body=data, limits=limits, headers=headers)

    async def pay(self, path: str, body: bytes, *, seconds: float | None = None, most: int | None = None) -> Reply:
        """Send a paid order: one attempt over a fresh connection.

        ``seconds`` replaces the usual time limit, for an answer that comes only with the result, and ``most`` the usual
        length. Raises with ``sent: no`` only where no byte of the request can have left (reference engine section 5.3).
        """
        where = f"POST {urlsplit(path).path}"
        client, patience = self._paying_client(), seconds or self._pay_seconds
        limits = httpx.Timeout(patience, connect=_CONNECT_SECONDS)
        try:
            async with (
                asyncio.timeout(patience),
                client.stream("POST", path, content=body, timeout=limits) as answer,
            ):
                data = await _bounded(answer.aiter_bytes(), MAX_BODY if most is None else most)
                return Reply(answer.status_code, answer.headers, data)
        except _TooLongError:
            raise ProviderError(FailureCode.UNREADABLE, f"{where}: too long", sent=Sent.MAYBE) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            raise paid_error(exc, where) from None

    async def pay_stream(self, path: str, body: bytes, *, stall_seconds: float) -> "Flow":
        """Send a paid order whose answer arrives bit by bit: one attempt over a fresh connection.

        Returns as soon as the answer has begun, whatever its status. Raises as :meth:`pay` does until then; silence of
        ``stall_seconds`` afterwards ends the flow.
        """
        where = f"POST {urlsplit(path).path}"
        client = self._paying_client()
        limits = httpx.Timeout(self._pay_seconds, connect=_CONNECT_SECONDS, read=stall_seconds)
        try:
            async with asyncio.timeout(self._pay_seconds):
                request = client.build_request("POST", path, content=body, timeout=limits)
                return Flow(await client.send(request, stream=True), where)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as exc:
            raise paid_error(exc, where) from None

    async def close(self) -> None:
        """Close every connection; a second call does nothing, a later request is refused."""
        self._closed = True
        sessions, self._reader, self._putter = (self._reader, self._putter), None, None
        payer, self._payer = self._payer, None
        for session in sessions:
            if session is not None:
                await session.close()
        if payer is not None:
            await payer.aclose()

    async def _free(
        self,
        session: aiohttp.ClientSession,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limits: aiohttp.ClientTimeout | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        try:
            async with session.request(
                method,
                url,
                params=params,
                data=body,
                headers=headers,
                timeout=limits or self._read_timeout,
                allow_redirects=False,
            ) as answer:
                return Reply(answer.status, answer.headers, await _bounded(answer.content.iter_any()))
        except _TooLongError:
            raise ProviderError(FailureCode.UNREADABLE, f"{method}: too long", sent=Sent.NO) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            where = f"{method} {urlsplit(url).path}"
            raise ProviderError(_read_code(exc), f"{where}: {type(exc).__name__}", sent=Sent.NO) from None

    def _session(self) -> aiohttp.ClientSession:
        if self._reader is None:
            self._reader = self._new_session(self._headers)
        return self._reader

    def _new_session(self, headers: Mapping[str, str]) -> aiohttp.ClientSession:
        self._check_open()
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_POOL, keepalive_timeout=_KEEP_SECONDS, ssl=self._tls or trusted()),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            trust_env=False,
        )

    def _paying_client(self) -> httpx.AsyncClient:
        if self._payer is None:
            self._check_open()
            self._payer = httpx.AsyncClient(
                base_url=self._base,
                headers=self._headers,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                timeout=httpx.Timeout(self._pay_seconds, connect=_CONNECT_SECONDS),
                transport=httpx.AsyncHTTPTransport(
                    verify=self._tls or trusted(),
                    http2=False,
                    retries=0,
                    trust_env=False,
                    # A connection that was used before can die under the request: was it read or not?
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                ),
                follow_redirects=False,
                trust_env=False,
            )
        return self._payer

    def _check_open(self) -> None:
        if self._closed:
            raise ProviderError(FailureCode.UNREACHABLE, "closed", sent=Sent.NO)


class Flow:
    """An answer to a paid call that is still arriving. It has to be closed."""

    def __init__(self, answer: httpx.Response, where: str) -> None:
        self._answer = answer
        self._where = where
        self.status = answer.status_code
        self.headers: Mapping[str, str] = answer.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, at most ``MAX_BODY`` of it. Raises with ``sent: yes`` where it breaks off."""
        room = MAX_BODY
        try:
            async for chunk in self._answer.aiter_bytes():
                room -= len(chunk)
                if room < 0:
                    raise ProviderError(FailureCode.UNREADABLE, f"{self._where}: too long")
                yield chunk
        except (httpx.HTTPError, httpx.StreamError, OSError) as exc:
            detail = f"{self._where}: {type(exc).__name__} in the middle"
            raise ProviderError(FailureCode.BROKEN_OFF, detail) from None

    async def whole(self) -> Reply:
        """Return all of it, for an answer that turned out to be none; what is missing of it stays missing."""
        body = b""
        with contextlib.suppress(ProviderError):
            async for chunk in self.chunks():
                body += chunk
        return Reply(self.status, self.headers, body)

    async def close(self) -> None:
        """Hang up. Safe to repeat."""
        await self._answer.aclose()


class _TooLongError(Exception):
    """The answer is longer than is read."""


async def _bounded(chunks: AsyncIterator[bytes], room: int = MAX_BODY) -> bytes:
    parts: list[bytes] = []
    async for chunk in chunks:
        room -= len(chunk)
        if room < 0:
            raise _TooLongError
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def paid_error(exc: Exception, where: str) -> ProviderError:
    """Return what an exception of the paying client means for the money."""
    never_left = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    )
    sent = Sent.NO if isinstance(exc, never_left) else Sent.MAYBE
    if isinstance(exc, httpx.TimeoutException | TimeoutError):
        code = FailureCode.TIMED_OUT
    elif isinstance(exc, httpx.DecodingError):
        code = FailureCode.UNREADABLE
    else:
        code = FailureCode.UNREACHABLE
    return ProviderError(code, f"{where}: {type(exc).__name__}", sent=sent)


def _read_code(exc: Exception) -> FailureCode:
    if isinstance(exc, TimeoutError):
        return FailureCode.TIMED_OUT
    if isinstance(exc, aiohttp.ClientPayloadError):
        return FailureCode.UNREADABLE
    return FailureCode.UNREACHABLE
