"""One long connection, from its address to its end: frames in, acknowledgements out. When to connect: ``connection``.

The library's own client stops its loop for whole seconds and goes deaf after one bad answer (section 1.4), so this is
ours. An event is acknowledged when :data:`Accept` has returned, which is when it is safe in the database; one that
takes too long or breaks is refused, and Feishu sends it again.
"""

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import structlog
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from bot.engine.ports import Clock
from bot.errors import StoreTrouble
from bot.platforms.feishu import frames
from bot.platforms.feishu.client import NotTaken
from bot.platforms.feishu.frames import Frame, Malformed, Method
from bot.platforms.feishu.parts import Parts
from bot.platforms.feishu.wire import ClientConfig, Endpoint, Json
from providers.transport import is_safe, trusted

log = structlog.get_logger(__name__)

Accept = Callable[[Mapping[str, object]], Awaitable[Json | None]]
"""Takes an event durably and returns what a callback is answered with. Whatever it raises: not taken."""

WITHIN = 2.5
"""Real seconds for that; Feishu waits three."""

PING_EVERY = 120.0
"""Seconds between two pings until Feishu says otherwise (section 1.1)."""

SILENCE = 2.5
"""After so many intervals without a single frame the connection is given up: pongs may stop while the socket lives."""

FINISH = 3.0
"""Real seconds that acknowledgements on their way may take when the service stops."""

MOST_BYTES = 16 * 1024 * 1024
_OPENING = 10.0
_KEEPALIVE = 20.0
_CLOSING = 1.0
_GOOD, _BAD = 200, 500


class Lost(Exception):
    """A connection is over, and not because we wanted it."""


@dataclass(slots=True)
class Pulse:
    """What the other side was last heard to say, and how often we ping it."""

    heard: datetime
    ponged: datetime | None = None
    interval: float = PING_EVERY

    def is_weak(self, clock: Clock, intervals: float = SILENCE) -> bool:
        """Whether nothing was heard for so many intervals."""
        return clock.elapsed(self.heard) > intervals * self.interval


class Watcher(Protocol):
    """Whoever wants to know that a connection stands."""

    def connected(self, pulse: Pulse) -> None:
        """Take note of it."""
        ...


class Session:
    """A connection to one address. ``within`` is how many real seconds an event may take."""

    def __init__(self, endpoint: Endpoint, accept: Accept, clock: Clock, *, within: float = WITHIN) -> None:
        self._url = endpoint.url
        self._accept = accept
        self._clock = clock
        self._within = within
        self._parts = Parts(clock)
        self._acking: set[asyncio.Task[None]] = set()
        self._service = _service(endpoint.url)
        self.pulse = Pulse(clock.now(), interval=endpoint.config.ping_interval or PING_EVERY)

    async def run(self, watcher: Watcher) -> None:
        """Receive until the connection is lost. Raises :class:`NotTaken`, :class:`Lost`, or a group with such.

        Who cancels it waits until what was received is acknowledged.
        """
        socket = await _open(self._url)
        try:
            self.pulse.heard = self._clock.now()
            watcher.connected(self.pulse)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ping(socket))
                group.create_task(self._watch())
                group.create_task(self._read(socket))
        finally:
            await self._finish(socket)

    async def _finish(self, socket: ClientConnection) -> None:
        if self._acking:
            await asyncio.wait(tuple(self._acking), timeout=FINISH)
        for task in tuple(self._acking):
            task.cancel()
        if not self.pulse.is_weak(self._clock):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await socket.close()
        socket.transport.abort()  # nobody answers a good-bye on a half-open connection

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                self.pulse.heard = self._clock.now()
                self._take(socket, data if isinstance(data, bytes) else data.encode())
        except ConnectionClosed as closed:
            raise Lost(f"closed: {closed}") from None
        raise Lost(f"closed by the other side ({socket.close_code})")

    async def _ping(self, socket: ClientConnection) -> None:
        while True:
            try:
                await socket.send(frames.encode(frames.ping(self._service)))
            except ConnectionClosed as closed:
                raise Lost(f"closed: {closed}") from None
            await self._clock.sleep(self.pulse.interval)

    async def _watch(self) -> None:
        while not self.pulse.is_weak(self._clock):
            await self._clock.sleep(self.pulse.interval / 2)
        raise Lost("nothing was heard any more")

    def _take(self, socket: ClientConnection, data: bytes) -> None:
        try:
            frame = frames.decode(data)
        except Malformed as problem:
            log.warning("feishu_frame_malformed", detail=str(problem), size=len(data))
            return
        if frame.method == Method.CONTROL:
            self._control(frame)
        elif frame.method == Method.DATA:
            payload = self._parts.add(frame)
            if payload is not None:
                task = asyncio.create_task(self._answer(socket, frame, payload))
                self._acking.add(task)
                task.add_done_callback(self._acking.discard)

    def _control(self, frame: Frame) -> None:
        if frame.header("type") != "pong":
            return
        self.pulse.ponged = self._clock.now()
        if frame.payload:
            with contextlib.suppress(ValidationError):
                config = ClientConfig.model_validate_json(frame.payload)
                self.pulse.interval = config.ping_interval or self.pulse.interval

    async def _answer(self, socket: ClientConnection, frame: Frame, payload: bytes) -> None:
        began = asyncio.get_running_loop().time()
        told = await self._accepted(payload)
        took = round((asyncio.get_running_loop().time() - began) * 1000)
        headers = [("biz_rt", str(took))] if told["code"] == _GOOD else []
        with contextlib.suppress(ConnectionClosed):  # Feishu sends it again, and we know it already then
            await socket.send(frames.encode(frame.answered(json.dumps(told).encode(), *headers)))

    async def _accepted(self, payload: bytes) -> Json:
        try:
            async with asyncio.timeout(self._within):
                answer = await self._accept(read_event(payload))
        except (TimeoutError, StoreTrouble, ValueError) as problem:
            log.warning("feishu_event_refused", problem=type(problem).__name__, detail=str(problem)[:200])
            return {"code": _BAD}
        except Exception:
            # Whatever broke: what is refused comes again (section 1.3).
            log.exception("feishu_event_broke")
            return {"code": _BAD}
        if answer is None:
            return {"code": _GOOD}
        return {"code": _GOOD, "data": base64.b64encode(json.dumps(answer, ensure_ascii=False).encode()).decode()}


def read_event(payload: bytes) -> Mapping[str, object]:
    """Return an event as it was sent; raises ``ValueError``."""
    try:
        event = json.loads(payload)
    except RecursionError:
        raise ValueError("an event of too many brackets") from None
    if not isinstance(event, dict):
        raise ValueError("an event that is no object")  # noqa: TRY004 - to whoever reads it, it is all one
    return event


async def _open(url: str) -> ClientConnection:
    """Return an open connection; raises :class:`NotTaken`. The address holds a ticket and stays out of every log."""
    if not is_safe(url.replace("ws", "http", 1)):
        raise NotTaken("the long connection's address is not wss://")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    try:
        return await connect(
            url,
            ssl=trusted() if url.startswith("wss:") else None,
            open_timeout=_OPENING,
            ping_interval=_KEEPALIVE,
            ping_timeout=_KEEPALIVE,
            close_timeout=_CLOSING,
            max_size=MOST_BYTES,
            proxy=None,
        )
    except InvalidStatus as refused:
        raise _turned_down(refused) from None
    except (InvalidHandshake, OSError, TimeoutError) as problem:
        raise NotTaken(f"handshake: {type(problem).__name__}") from None


def _turned_down(refused: InvalidStatus) -> NotTaken:
    """Return why a handshake failed: the reason is in headers of Feishu's own (section 1.1)."""
    headers = refused.response.headers
    reasons = (headers.get("handshake-autherrcode", ""), headers.get("handshake-status", ""))
    codes = [int(reason) for reason in reasons if reason.isascii() and reason.isdecimal()]
    words = headers.get("handshake-msg", "")[:100]
    return NotTaken(f"handshake: {words}", code=next(iter(codes), 0), status=refused.response.status_code)


def _service(url: str) -> int:
    found = parse_qs(urlsplit(url).query).get("service_id", ["0"])[0]
    return int(found) if found.isascii() and found.isdecimal() else 0
