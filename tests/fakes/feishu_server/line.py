"""One long connection: frames in and out, pings, acknowledgements. Where a client connects and who gets what: no."""

import asyncio
import base64
import binascii
import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import WSMessage, WSMsgType, web

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.deliveries import Attempt, Delivery, until
from tests.fakes.feishu_server.frames import CONTROL, DATA, Frame, MalformedFrame, decode, encode
from tests.fakes.feishu_server.refusals import Json

if TYPE_CHECKING:
    from tests.fakes.feishu_server.lines import Framing, Lines

_LARGEST = 16 << 20
_ENDS = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


@dataclass(slots=True)
class _Waiting:
    """A push that waits for its acknowledgement, with the headers that have to come back."""

    frames: list[Frame]
    future: "asyncio.Future[Json]"


class Line:
    """A client's connection. ``silent`` = half-open from now on."""

    def __init__(self, lines: "Lines", request: web.Request) -> None:
        self._lines = lines
        self._request = request
        self._socket = web.WebSocketResponse(autoping=False, autoclose=False, max_msg_size=_LARGEST)
        self._out: asyncio.Queue[bytes | int] = asyncio.Queue()
        self._waiting: dict[str, _Waiting] = {}
        self.device = request.query.get("device_id", "")
        self.service = int(request.query.get("service_id", "0"))
        self._released = asyncio.Event()
        self.silent = False
        self.pings = 0
        self.close_code: int | None = None

    async def run(self) -> web.StreamResponse:
        """Talk until one side closes."""
        await self._socket.prepare(self._request)
        writer = asyncio.create_task(self._write())
        self._lines.news.tell()
        try:
            await self._read()
        finally:
            self.close_code = self._socket.close_code
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            for waiting in self._waiting.values():
                waiting.future.cancel()
        return self._socket

    def close(self, code: int) -> None:
        """Close properly, after what waits."""
        self._out.put_nowait(code)

    def abort(self) -> None:
        """Cut the connection."""
        self.silent = True
        self._released.set()
        if self._request.transport is not None:
            self._request.transport.abort()

    def send_raw(self, data: bytes) -> None:
        """Send bytes, frame or not."""
        self._out.put_nowait(data)

    async def push(self, delivery: Delivery, attempt: Attempt, clock: Clock, framing: "Framing") -> None:
        """Send an event and wait for its acknowledgement; fills in the attempt."""
        attempt.line = self.device
        payload = json.dumps(delivery.event, ensure_ascii=False).encode()
        frames = self._cut(payload, framing)
        number = frames[0].header("message_id") or ""
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Waiting(frames, future)
        for index in framing.order or range(len(frames)):
            self.send_raw(encode(frames[index]))
        try:
            answer = await until(clock, attempt.due, _settled(future))
        finally:
            self._waiting.pop(number, None)
        self._judge(attempt, answer, lost=future.cancelled())

    def _judge(self, attempt: Attempt, answer: Json | None, *, lost: bool) -> None:
        if answer is None:
            attempt.problem = "the connection was lost" if lost else "no acknowledgement in time"
            return
        attempt.code = answer["code"]
        if "data" not in answer or answer["data"] is None:
            return
        try:
            attempt.answer = json.loads(base64.b64decode(answer["data"], validate=True))
        except (ValueError, TypeError, binascii.Error):
            attempt.problem = "the data of the acknowledgement is no base64 of JSON"
            self._lines.violated(attempt.problem)

    def _cut(self, payload: bytes, framing: "Framing") -> list[Frame]:
        number, size = self._lines.new_id(), -(-len(payload) // framing.parts)
        headers = {"type": framing.type, "message_id": number, "sum": str(framing.parts), "trace_id": number[:16]}
        return [
            Frame(
                DATA,
                service=self.service,
                seq_id=index + 1,
                log_id=int(number[:12], 16),
                headers=[*headers.items(), ("seq", str(index))],
                payload=payload[index * size : (index + 1) * size],
            )
            for index in range(framing.parts)
        ]

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                item = await self._out.get()
                if self.silent:
                    continue
                if isinstance(item, int):
                    await self._socket.close(code=item)
                    return
                await self._socket.send_bytes(item)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message.type is WSMsgType.CLOSE and self.silent:
                # Half-open: not even a good-bye is answered.
                await self._released.wait()
            if message.type in _ENDS:
                await self._socket.close()
                return
            if not self.silent and not await self._heard(message):
                return

    async def _heard(self, message: WSMessage) -> bool:
        if message.type is WSMsgType.PING:
            await self._socket.pong(message.data)
        elif message.type is not WSMsgType.BINARY and message.type is not WSMsgType.PONG:
            self._lines.violated(f"a message of type {message.type.name}")
            return False
        elif message.type is WSMsgType.BINARY:
            try:
                self._obey(decode(message.data))
            except MalformedFrame as error:
                self._lines.violated(f"malformed frame: {error}")
                return False
        return True

    def _obey(self, frame: Frame) -> None:
        if frame.method == CONTROL:
            self._control(frame)
        elif frame.method == DATA:
            self._acknowledged(frame)
        else:
            self._lines.violated(f"method {frame.method}")

    def _control(self, frame: Frame) -> None:
        if frame.header("type") != "ping" or frame.service != self.service:
            self._lines.violated(f"a control frame that is no ping of ours: {frame}")
            return
        self.pings += 1
        manners = self._lines.manners
        if manners.pongs:
            config = b"" if manners.pong_config is None else json.dumps(manners.pong_config).encode()
            headers = [("type", "pong")]
            self.send_raw(encode(Frame(CONTROL, service=self.service, headers=headers, payload=config)))
        self._lines.news.tell()

    def _acknowledged(self, frame: Frame) -> None:
        waiting = self._waiting.get(frame.header("message_id") or "")
        if waiting is None:
            # Too late, or a second acknowledgement: the platform has gone on.
            return
        if not any(_echoes(sent, frame) for sent in waiting.frames):
            self._lines.violated(f"an acknowledgement that does not echo its frame: {frame.headers}")
            return
        answer = _parsed(frame.payload)
        if answer is None:
            self._lines.violated(f"an acknowledgement without a code: {frame.payload[:80]!r}")
        elif not waiting.future.done():
            waiting.future.set_result(answer)


def _echoes(sent: Frame, answer: Frame) -> bool:
    same = (sent.service, sent.seq_id, sent.log_id) == (answer.service, answer.seq_id, answer.log_id)
    return same and set(sent.headers) <= set(answer.headers)


def _parsed(payload: bytes) -> Json | None:
    try:
        answer: Any = json.loads(payload)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("code"), int) else None


async def _settled(future: "asyncio.Future[Json]") -> Json | None:
    await asyncio.wait([future])
    return None if future.cancelled() else future.result()
