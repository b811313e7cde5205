"""The one door to Discord's REST: one attempt per call, limits obeyed, answers read. What to do then is not here.

discord.py's own client repeats what got no clear answer, up to 25 seconds long and also where a repetition is a second
message (section 2). So it serves for the gateway and the commands, and everything we say goes through here.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError

from bot.engine.ports import Clock
from bot.platforms.discord.buckets import BAN, Buckets, Full
from bot.platforms.discord.wire import Complaint, File, Json
from providers.contract import Secret

log = structlog.get_logger(__name__)

API = "https://discord.com/api/v10"
USER_AGENT = "DiscordBot (limner, 1)"
SECONDS = 20.0
"""How long a call may take."""

SECONDS_WITH_FILES = 120.0
REPEATS = 4
"""How often a call is made again because Discord said when it may come back."""

LONGEST_WAIT = 60.0
"""Seconds to wait in place for that; a longer wait is the caller's."""

_READ = TypeVar("_READ", bound=BaseModel)
_TOO_MANY = 429
_REFUSING = frozenset({401, 403, _TOO_MANY})
_UNCLEAR_FROM = 500


class NotTaken(Exception):
    """Discord did not take something, or nobody knows. ``detail`` never holds a token.

    ``status`` is 0 where no answer came; ``retry_after`` is in seconds.
    """

    def __init__(self, status: int, code: int = 0, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{status}/{code}: {detail}")
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def unclear(self) -> bool:
        """Whether it may have been done all the same."""
        return self.status == 0 or self.status >= _UNCLEAR_FROM


class NoRoom(NotTaken):
    """There was no room for a call that did not want to wait: nothing was sent."""

    def __init__(self, route: str) -> None:
        super().__init__(_TOO_MANY, -1, f"{route}: no room", retry_after=1.0)


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask. ``route`` names the path's shape and ``major`` what its bucket counts by.

    ``keyed``: the path holds a token of its own, so the bot's is not shown.
    """

    method: str
    route: str
    path: str = field(repr=False)
    major: str = field(default="", repr=False)
    keyed: bool = False


def acknowledge(event: str, token: str) -> Call:
    """Return the first answer to an interaction."""
    path = f"/interactions/{event}/{token}/callback?with_response=true"
    return Call("POST", "callback", path, token, keyed=True)


def edit_answer(application: str, token: str, message: str = "@original") -> Call:
    """Return the edit of a message that a pass is good for."""
    return Call("PATCH", "answer", f"/webhooks/{application}/{token}/messages/{message}", token, keyed=True)


def read_answer(application: str, token: str, message: str) -> Call:
    """Return the reading of such a message."""
    return Call("GET", "answer-read", f"/webhooks/{application}/{token}/messages/{message}", token, keyed=True)


def drop_answer(application: str, token: str) -> Call:
    """Return the deletion of a pass's own message."""
    return Call("DELETE", "answer-drop", f"/webhooks/{application}/{token}/messages/@original", token, keyed=True)


def follow_up(application: str, token: str) -> Call:
    """Return a further message with a pass."""
    return Call("POST", "follow-up", f"/webhooks/{application}/{token}?wait=true", token, keyed=True)


def send(channel: str) -> Call:
    """Return a new message in a channel."""
    return Call("POST", "send", f"/channels/{channel}/messages", channel)


def edit(channel: str, message: str) -> Call:
    """Return the edit of a message of ours."""
    return Call("PATCH", "edit", f"/channels/{channel}/messages/{message}", channel)


def read(channel: str, message: str) -> Call:
    """Return the reading of a message."""
    return Call("GET", "read", f"/channels/{channel}/messages/{message}", channel)


OPEN_DM = Call("POST", "dm", "/users/@me/channels")
GATEWAY = Call("GET", "gateway", "/gateway/bot")


class Transport:
    """Calls Discord. ``base`` is where its API is; empty is Discord itself. Closed with :meth:`close`."""

    def __init__(self, token: Secret, clock: Clock, base: str = "", *, seconds: float = SECONDS) -> None:
        self._token = token
        self._base = base or API
        self._seconds = seconds
        self._buckets = Buckets(clock)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def close(self) -> None:
        """Close the connections; whoever calls after that is told that nobody answered."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        call: Call,
        answer: type[_READ],
        payload: Json | None = None,
        files: Sequence[File] = (),
        *,
        patient: bool = True,
    ) -> _READ:
        """Make a call and return what it answers; raises :class:`NotTaken`.

        Who is not ``patient`` gets that at once where there is no room for the call just now.
        """
        body = await self._make(call, payload, files, patient=patient)
        try:
            return answer.model_validate_json(body or "{}")
        except ValidationError:
            raise NotTaken(0, 0, f"{call.route}: an answer that cannot be read") from None

    async def tell(self, call: Call, payload: Json | None = None) -> None:
        """Make a call whose answer does not matter; raises :class:`NotTaken`."""
        await self._make(call, payload, (), patient=True)

    async def fetch(self, url: str, most: int, *, seconds: float = SECONDS_WITH_FILES) -> bytes:
        """Return the bytes at an address of Discord's, at most so many; raises :class:`NotTaken`."""
        data = bytearray()
        try:
            async with self._open().get(url, timeout=aiohttp.ClientTimeout(seconds)) as response:
                if response.status != 200:  # noqa: PLR2004 - the one good answer to a GET
                    raise NotTaken(response.status, 0, "fetch")
                async for chunk in response.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > most:
                        raise NotTaken(413, 0, f"fetch: more than {most} bytes")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise NotTaken(0, 0, f"fetch: {type(error).__name__}") from None
        return bytes(data)

    async def _make(self, call: Call, payload: Json | None, files: Sequence[File], *, patient: bool) -> str:
        left = REPEATS if patient else 0
        while True:
            try:
                return await self._once(call, payload, files, patient=patient)
            except NotTaken as no:
                waits = no.status == _TOO_MANY and not no.code and 0 <= (no.retry_after or -1) <= LONGEST_WAIT
                if not waits or not left:
                    raise
                # The bucket knows until when to wait: the next try enters it when it opens.
                left -= 1

    async def _once(self, call: Call, payload: Json | None, files: Sequence[File], *, patient: bool) -> str:
        if closed := self._buckets.closed_for():
            raise NotTaken(_TOO_MANY, -1, "nothing may be asked now", retry_after=closed)
        whole = not call.keyed
        try:
            await self._buckets.enter(call.route, call.major, whole=whole, patient=patient)
        except Full:
            raise NoRoom(call.route) from None
        headers: dict[str, str] = {}
        try:
            async with self._answer(call, payload, files) as response:
                headers.update(response.headers)
                body = await response.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotTaken(0, 0, f"{call.route}: {type(error).__name__}") from None
        finally:
            self._buckets.leave(call.route, call.major, headers, whole=whole)
        if response.ok:
            return body
        raise self._refused(call, response.status, headers, Complaint.read(body))

    def _refused(self, call: Call, status: int, headers: dict[str, str], why: Complaint) -> NotTaken:
        shared = headers.get("X-RateLimit-Scope") == "shared"
        if status in _REFUSING and not shared and self._buckets.count_refusal():
            log.error("discord_refuses_too_much", route=call.route, status=status)
        if status == _TOO_MANY and "Via" not in headers:
            self._buckets.close(BAN)
            log.error("discord_banned_us", route=call.route, minutes=BAN.total_seconds() / 60)
            return NotTaken(status, -1, "banned", retry_after=BAN.total_seconds())
        if status == _TOO_MANY and why.retry_after is not None and not why.code:
            everything = headers.get("X-RateLimit-Global", "") == "true"
            self._buckets.hold(call.route, call.major, why.retry_after, everything=everything)
        return NotTaken(status, why.code, f"{call.route}: {why.message}", retry_after=why.retry_after)

    @asynccontextmanager
    async def _answer(
        self, call: Call, payload: Json | None, files: Sequence[File]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"User-Agent": USER_AGENT}
        if not call.keyed:
            headers["Authorization"] = f"Bot {self._token.reveal()}"
        timeout = aiohttp.ClientTimeout(SECONDS_WITH_FILES if files else self._seconds)
        url = self._base + call.path
        if files:
            request = self._open().request(
                call.method, url, data=_form(payload or {}, files), headers=headers, timeout=timeout
            )
        else:
            request = self._open().request(call.method, url, json=payload, headers=headers, timeout=timeout)
        async with request as response:
            yield response

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise NotTaken(0, 0, "the service is being stopped")
        if self._session is None:
            # After a quiet time an acknowledgement has no time for a new connection (section 1.2). Nor has it for the
            # machine's list of passwords, which aiohttp would read in a thread before every request.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=300)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar, trust_env=False)
        return self._session


def _form(payload: Json, files: Sequence[File]) -> aiohttp.FormData:
    # A list replaces what the message has: an unfinished picture of before goes when a newer one comes.
    listed = [{"id": n, "filename": file.name} for n, file in enumerate(files)]
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps({**payload, "attachments": listed}))
    for n, file in enumerate(files):
        form.add_field(f"files[{n}]", file.data, filename=file.name, content_type=file.mime)
    return form
