"""One WebSocket of the gateway: frames, compression, heartbeats, close codes. What a session is, the gateway knows."""

import asyncio
import contextlib
import json
import zlib
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.sessions import Session

if TYPE_CHECKING:
    from tests.fakes.discord_server.gateway import Gateway

MOST_FRAMES, FRAME_SECONDS = 120, 60.0
_HEARTBEAT, _IDENTIFY, _PRESENCE, _VOICE, _RESUME, _MEMBERS = 1, 2, 3, 4, 6, 8
_HANG_UP = None


class Connection:
    """A client's connection. ``code`` is what it was closed with, by either side."""

    def __init__(self, gateway: "Gateway", request: web.Request) -> None:
        self._gateway = gateway
        self._request = request
        self._socket = web.WebSocketResponse(autoping=True, max_msg_size=1 << 20)
        self._out: asyncio.Queue[str | int | None] = asyncio.Queue()
        self.compressed = request.query.get("compress") == "zlib-stream"
        self._deflate = zlib.compressobj() if self.compressed else None
        self._frames: deque[float] = deque()
        self.path = request.path
        self.session: Session | None = None
        self.code: int | None = None
        self.said_goodbye = False
        self.heartbeats = 0

    async def run(self) -> web.StreamResponse:
        """Talk until one side closes."""
        await self._socket.prepare(self._request)
        if self._request.query.get("v") != "10":
            self.close(4012)
        self.send({"op": 10, "d": {"heartbeat_interval": self._gateway.heartbeat_ms, "_trace": []}})
        writer = asyncio.create_task(self._write())
        try:
            async for frame in self._socket:
                if frame.type is not WSMsgType.TEXT or self.code is not None:
                    break
                self._receive(frame.data)
        finally:
            if self.code is None:
                self.code = self._socket.close_code
                # A client that leaves with one of these does not come back to its session.
                self.said_goodbye = self.code in {1000, 1001}
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return self._socket

    def send(self, payload: Json) -> None:
        """Send a payload, after those that wait."""
        self._out.put_nowait(json.dumps(payload, ensure_ascii=False))

    def send_raw(self, text: str) -> None:
        """Send a frame as it is."""
        self._out.put_nowait(text)

    def close(self, code: int) -> None:
        """Close with a code, after what waits."""
        self._out.put_nowait(code)

    def abort(self) -> None:
        """Cut the connection."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while (item := await self._out.get()) is not _HANG_UP:
                if isinstance(item, int):
                    self.code = item
                    await self._socket.close(code=item)
                    return
                if self._deflate is None:
                    await self._socket.send_str(item)
                else:
                    # One context for the whole connection; each message ends with a flush.
                    # Half of a two-part character, which people's programs do send, travels as its escape.
                    wire = item.encode(errors="backslashreplace")
                    data = self._deflate.compress(wire) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(data)

    def _receive(self, text: str) -> None:
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            self.close(4002)
            return
        code = 4008 if self._too_many() else self._obey(op, data)
        if code is not None:
            self.close(code)

    def _obey(self, op: int, data: Any) -> int | None:
        if op == _HEARTBEAT:
            self._beat()
        elif op in {_IDENTIFY, _RESUME}:
            if self.session is not None:
                return 4005
            return self._gateway.identify(self, data) if op == _IDENTIFY else self._gateway.resume(self, data)
        elif op not in {_PRESENCE, _VOICE, _MEMBERS}:
            return 4001
        elif self.session is None:
            return 4003
        return None

    def _beat(self) -> None:
        self.heartbeats += 1
        if self._gateway.acknowledges_heartbeats:
            self.send({"op": 11, "d": None})
        self._gateway.news.tell()

    def _too_many(self) -> bool:
        now = self._gateway.clock.time()
        self._frames.append(now)
        while self._frames[0] <= now - FRAME_SECONDS:
            self._frames.popleft()
        return len(self._frames) > MOST_FRAMES
