"""A plain client of ima2's protocol, written from the reference: it knows the wire and no adapter."""

import asyncio
import base64
import contextlib
import io
import json
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp

from providers.sandbox.clock import HandClock
from providers.sandbox.ima2.process import Process
from providers.sandbox.server import Sandbox

Json = Any


@dataclass(frozen=True)
class Event:
    """One server-sent event; a ping is called ``ping``."""

    name: str
    data: Json = None
    id: int | None = None

    @property
    def job(self) -> str | None:
        """Whose it is."""
        return None if self.data is None else self.data.get("jobId")


@dataclass
class Ear:
    """Reads one stream, event by event."""

    answer: aiohttp.ClientResponse
    buffer: bytes = b""
    heard: list[Event] = field(default_factory=list)

    async def next(self) -> Event:
        """Wait for the next event that is no ping. Raises ``EOFError`` where the stream ends."""
        while (event := await self.any()).name == "ping":
            pass
        self.heard.append(event)
        return event

    async def any(self) -> Event:
        """Wait for whatever comes next, be it a ping."""
        while b"\n\n" not in self.buffer:
            try:
                piece = await self.answer.content.readany()
            except aiohttp.ClientError as error:
                raise EOFError from error
            if not piece:
                raise EOFError
            self.buffer += piece
        raw, _, self.buffer = self.buffer.partition(b"\n\n")
        return parsed(raw.decode())

    async def until(self, name: str, job: str | None = None) -> Event:
        """Wait for an event of that name, of that job if one is named."""
        while True:
            event = await self.next()
            if event.name == name and (job is None or event.job == job):
                return event


@dataclass
class Ima2Client:
    """Speaks to one sandbox. ``clock`` is the sandbox's, moved by hand."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    clock: HandClock

    def url(self, path: str) -> str:
        """Return an address of the server."""
        return f"{self.sandbox.base_url}/ima2{path}"

    @property
    def process(self) -> Process:
        """The run that answers now."""
        assert self.sandbox.ima2.process is not None
        return self.sandbox.ima2.process

    async def call(self, method: str, path: str, body: Json = None, **headers: str) -> tuple[int, Json]:
        """Send anything and read JSON, or text where it is none."""
        # As a file: some of these bodies are large, and aiohttp warns of large ones.
        data = None if body is None else io.BytesIO(json.dumps(body).encode())
        kind = {} if body is None else {"Content-Type": "application/json"}
        async with self.session.request(method, self.url(path), data=data, headers={**kind, **headers}) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if answer.content_type == "application/json" else text

    async def get(self, path: str, **headers: str) -> Json:
        """GET what must be there."""
        status, body = await self.call("GET", path, **headers)
        assert status == 200, body
        return body

    async def generate(self, prompt: str = "a fox", **more: Any) -> tuple[int, Json]:
        """POST to the classic route."""
        return await self.call("POST", "/api/generate", {"prompt": prompt, **more})

    async def sent_away(self, path: str, request_id: str) -> tuple[int, Json]:
        """POST for later, whatever comes of it."""
        return await self.call("POST", path, {"prompt": "a fox", "requestId": request_id, "async": True})

    async def later(self, path: str, request_id: str, prompt: str = "a fox", **more: Any) -> None:
        """Begin a job that nobody waits for."""
        body = {"prompt": prompt, "requestId": request_id, "async": True, **more}
        status, answer = await self.call("POST", path, body)
        assert (status, answer["requestId"]) == (202, request_id), answer

    async def streamed(self, path: str, prompt: str = "a fox", **more: Any) -> list[Event]:
        """POST and read the stream that comes back, to its end."""
        async with self.session.post(self.url(path), json={"prompt": prompt, **more}) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            return [parsed(raw) for raw in (await answer.text()).split("\n\n") if raw]

    async def hung_up(self, path: str, body: Mapping[str, Any], seen: Callable[[], object]) -> None:
        """POST, and hang up as soon as something is so."""
        waiting = asyncio.create_task(self.call("POST", path, body))
        await until(seen)
        waiting.cancel()
        await asyncio.wait({waiting})

    @contextlib.asynccontextmanager
    async def listening(self, query: str = "", **headers: str) -> AsyncIterator[Ear]:
        """Open the bus."""
        async with self.session.get(self.url(f"/api/events{query}"), headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
            yield Ear(answer)

    async def operate(self, **order: Any) -> Json:
        """Turn the operator's switches."""
        async with self.session.post(f"{self.sandbox.base_url}/sandbox/ima2", json=order) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body

    async def found(self, request_id: str) -> list[Json]:
        """Return what the history has of a job."""
        return list((await self.get(f"/api/history?requestId={request_id}"))["items"])

    async def active(self) -> list[str]:
        """Return the ids on the in-flight list."""
        return [job["requestId"] for job in (await self.get("/api/inflight"))["jobs"]]

    @property
    def charges(self) -> list[tuple[str, Decimal]]:
        """Every debit so far: for which job, and how many generations."""
        return [(charge.task, charge.amount) for charge in self.sandbox.ledger.charges]


def parsed(raw: str) -> Event:
    """Read one frame."""
    if raw == ": ping":
        return Event("ping")
    fields = dict(line.split(": ", 1) for line in raw.split("\n"))
    number = int(fields["id"]) if "id" in fields else None
    return Event(fields["event"], json.loads(fields["data"]), number)


async def until(true: Callable[[], object]) -> None:
    """Let the loop turn until something is so."""
    for _ in range(1_000_000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never was")


async def refused(call: Awaitable[tuple[int, Json]]) -> tuple[int, str | None]:
    """Return status and code of a refusal, from whichever place it is told."""
    status, body = await call
    error = body["error"]
    return status, error.get("code") if isinstance(error, dict) else body.get("code")


def png(width: int = 8, height: int = 8, *, alpha: bool = False) -> str:
    """Return a PNG of that size as base64."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    pixels = zlib.compress((b"\0" + bytes((4 if alpha else 3) * width)) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()
