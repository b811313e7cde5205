"""The way in for those who have a public address: Feishu's requests, proved before anything in them is believed.

Nobody who cannot prove it learns more than a status: every refusal is empty, and one line in the log.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot.engine.ports import Clock
from bot.errors import StoreTrouble
from bot.platforms.feishu import crypto
from bot.platforms.feishu.receiver import WITHIN, Accept, read_event
from providers.contract import Secret

log = structlog.get_logger(__name__)

PATH = "/feishu/events"
"""Where Feishu is told to send its events, and its callbacks too."""

OLD, TOO_OLD = 300.0, 24 * 3600.0
"""Seconds after which a request is noted, and after which it is refused. What comes again is found in the inbox."""

_SIGNATURE, _TIMESTAMP, _NONCE = "X-Lark-Signature", "X-Lark-Request-Timestamp", "X-Lark-Request-Nonce"
_UNPROVED, _UNREADABLE, _TOO_LARGE, _NOT_TAKEN = 401, 400, 413, 500


class _Refused(Exception):
    """A request that is answered with nothing but a status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Keys:
    """What the console shows under Encryption Strategy. Without a ``token`` only the encryption proves a request."""

    encrypt: Secret
    token: Secret


class Webhook:
    """Answers Feishu's requests. ``within`` is how many real seconds an event may take; Feishu waits three."""

    def __init__(self, accept: Accept, keys: Keys, clock: Clock, *, within: float = WITHIN) -> None:
        if not keys.encrypt:
            raise ValueError("a webhook needs an Encrypt Key")
        self._accept = accept
        self._keys = keys
        self._clock = clock
        self._within = within

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request, whoever has sent it."""
        try:
            event = self._believed(request.headers, await request.read())
            if event.get("type") == "url_verification":
                return web.json_response({"challenge": event.get("challenge")})
            return web.json_response(await self._taken(event) or {})
        except web.HTTPRequestEntityTooLarge:
            refused = _Refused(_TOO_LARGE, "too large")
        except _Refused as problem:
            refused = problem
        log.warning("feishu_request_refused", status=refused.status, why=str(refused))
        return web.Response(status=refused.status)

    def _believed(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, object]:
        """Return what a request says once it is proved to come from Feishu."""
        is_signed = self._is_signed(headers, body)
        try:
            outer = read_event(body)
        except ValueError:
            raise _Refused(_UNREADABLE, "no JSON object") from None
        encrypted = outer.get("encrypt")
        if not isinstance(encrypted, str):
            return self._asks_who_we_are(outer, "not encrypted")
        if not is_signed:
            return self._asks_who_we_are(self._opened(encrypted), "not signed")
        event = self._opened(encrypted)
        if not self._has_token(event):
            raise _Refused(_UNPROVED, "another verification token")
        return event

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether there is a signature; one that is wrong is refused."""
        given = headers.get(_SIGNATURE)
        if given is None:
            return False
        stamp = headers.get(_TIMESTAMP, "")
        right = crypto.signature(stamp, headers.get(_NONCE, ""), self._keys.encrypt.reveal(), body)
        if not crypto.same(given, right):
            raise _Refused(_UNPROVED, "another signature")
        age = abs(self._clock.now().timestamp() - int(stamp)) if stamp.isascii() and stamp.isdecimal() else TOO_OLD + 1
        if age > TOO_OLD:
            raise _Refused(_UNPROVED, "from another time")
        if age > OLD:
            log.info("feishu_request_old", seconds=round(age))
        return True

    def _opened(self, encrypted: str) -> Mapping[str, object]:
        try:
            return read_event(crypto.decrypt(encrypted, self._keys.encrypt.reveal()))
        except ValueError:
            raise _Refused(_UNPROVED, "encrypted with another key") from None

    def _asks_who_we_are(self, event: Mapping[str, object], why: str) -> Mapping[str, object]:
        """Let the console's question pass that comes before there is a signature, and nothing else."""
        token = self._keys.token.reveal()
        is_known = bool(token) and crypto.same(str(event.get("token", "")), token)
        if event.get("type") != "url_verification" or not (is_known or (not token and why == "not signed")):
            raise _Refused(_UNPROVED, why)
        return event

    def _has_token(self, event: Mapping[str, object]) -> bool:
        header = event.get("header")
        given = header.get("token", "") if isinstance(header, dict) else event.get("token", "")
        return not self._keys.token or crypto.same(str(given), self._keys.token.reveal())

    async def _taken(self, event: Mapping[str, object]) -> Mapping[str, object] | None:
        try:
            async with asyncio.timeout(self._within):
                return await self._accept(event)
        except (TimeoutError, StoreTrouble) as problem:
            raise _Refused(_NOT_TAKEN, type(problem).__name__) from problem
        except Exception as problem:
            # Whatever broke: what is not taken comes again (section 1.3).
            log.exception("feishu_event_broke")
            raise _Refused(_NOT_TAKEN, type(problem).__name__) from problem


def routes(webhook: Webhook) -> list[web.RouteDef]:
    """Return where the listener has to serve it."""
    return [web.post(PATH, webhook.handle)]
