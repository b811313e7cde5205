"""A bare receiver of events on a long connection that can be told to misbehave. No test lives here."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

from tests.fakes.feishu.rest import Rest, asking
from tests.fakes.feishu_server import Clock
from tests.fakes.feishu_server.frames import CONTROL, DATA, Frame, decode, encode

Json = dict[str, Any]


def accept(event: Json) -> Any:
    """Answer every event with 200."""
    return {"code": 200}


class Receiver:
    """One connection. ``script`` returns the payload of the acknowledgement; None = there is none."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._parts: dict[str, dict[int, bytes]] = {}
        self.script: Callable[[Json], Any] = accept
        self.bend: Callable[[Frame], Frame] = lambda frame: frame
        self.events: list[Json] = []
        self.pongs: list[bytes] = []

    async def endpoint(self) -> Json:
        """Ask where to connect."""
        app = self._rest.server.app
        form = {"AppID": app.app_id, "AppSecret": app.secret}
        reply = await self._rest.call("POST", "/callback/ws/endpoint", form, bearer="")
        body: Json = reply.body
        return body

    async def open(self, url: str = "") -> None:
        """Connect."""
        address = url or (await self.endpoint())["data"]["URL"]
        self.socket = await self._rest.session.ws_connect(address, autoping=True, max_msg_size=16 << 20)
        self._reading = asyncio.create_task(self._read(self.socket))

    async def close(self) -> None:
        """Say good-bye, and wait until nothing is read any more."""
        if self.socket is not None and self._reading is not None:
            await self.socket.close()
            await self._reading

    async def send(self, data: bytes) -> None:
        """Send bytes, frame or not."""
        assert self.socket is not None
        await self.socket.send_bytes(data)

    async def ping(self, service: int | None = None) -> None:
        """Send a ping."""
        number = self._rest.server.lines.open[0].service if service is None else service
        await self.send(encode(Frame(CONTROL, service=number, headers=[("type", "ping")])))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frame = decode(message.data)
            if frame.method == CONTROL:
                self.pongs.append(frame.payload)
            elif frame.method == DATA and (payload := self._whole(frame)) is not None:
                await self._obey(frame, json.loads(payload))
            self._rest.server.news.tell()

    def _whole(self, frame: Frame) -> bytes | None:
        parts = self._parts.setdefault(frame.header("message_id") or "", {})
        parts[int(frame.header("seq") or 0)] = frame.payload
        total = int(frame.header("sum") or 1)
        return b"".join(parts[index] for index in range(total)) if len(parts) == total else None

    async def _obey(self, frame: Frame, event: Json) -> None:
        self.events.append(event)
        answer = self.script(event)
        if answer is not None:
            frame.payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            frame.headers.append(("biz_rt", "1"))
            await self.send(encode(self.bend(frame)))


def answering(**answer: Any) -> Callable[[Json], Json]:
    """Return a script that answers callbacks with this."""
    data = base64.b64encode(json.dumps(answer).encode()).decode()
    return lambda _: {"code": 200, "data": data}


async def heard(rest: Rest, receiver: Receiver, count: int = 1) -> Json:
    """Wait for the n-th event and return what is in it."""
    await rest.server.news.until(lambda: len(receiver.events) >= count, lambda: f"only {len(receiver.events)} events")
    event: Json = receiver.events[count - 1]["event"]
    return event


@contextlib.asynccontextmanager
async def receiving(clock: Clock | None = None) -> AsyncIterator[tuple[Rest, Receiver]]:
    """Start a server and a receiver that is connected to it."""
    async with asking(clock) as rest:
        receiver = Receiver(rest)
        await receiver.open()
        await rest.server.lines.connected()
        try:
            yield rest, receiver
        finally:
            await receiver.close()
