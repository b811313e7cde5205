"""A plain client of Katana's protocol, written from the reference: it knows the wire and no adapter."""

import asyncio
import base64
import io
import json
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp

from providers.sandbox.clock import HandClock
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET, Sandbox

Json = Any

PICTURE = "https://example.com/fox.png"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="  # a PNG of one dot
SEEDANCE = {"type": "video", "model": "seedance-2-0-fast", "prompt": "a fox runs", "duration_seconds": 5}
PINK = {"type": "image", "model": "pink-image", "prompt": "a fox", "aspect_ratio": "1:1"}


@dataclass
class KatanaClient:
    """Speaks to one sandbox. ``clock`` is the sandbox's, moved by hand."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    clock: HandClock

    @property
    def headers(self) -> dict[str, str]:
        """The pair, as media requests send it."""
        return {"X-API-Key": KATANA_KEY, "X-API-Secret": KATANA_SECRET}

    def url(self, path: str) -> str:
        """Return an address of the API."""
        return f"{self.sandbox.base_url}/katana{path}"

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Json]:
        """GET and read JSON."""
        async with self.session.get(self.url(path), headers=self.headers if headers is None else headers) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: Json) -> tuple[int, Json]:
        """POST JSON with the pair and read JSON."""
        async with self.session.post(self.url(path), json=body, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def admin(self, path: str, body: Json = None) -> tuple[int, Json]:
        """Call the sandbox's own side."""
        url = f"{self.sandbox.base_url}/sandbox/{path}"
        method = "GET" if body is None else "POST"
        async with self.session.request(method, url, json=body) as answer:
            return answer.status, await answer.json()

    async def submit(self, *items: Mapping[str, Any], wait: str = "false") -> Json:
        """Send a batch and return the envelope."""
        status, body = await self.post(f"/v1/generation-requests?wait={wait}", {"requests": list(items)})
        assert status == 200, body
        return body

    async def poll(self, request_id: str) -> Json:
        """Ask how a request is doing."""
        status, body = await self.get(f"/v1/generation-requests/{request_id}")
        assert status == 200, body
        return body

    async def ended(self, *items: Mapping[str, Any], seconds: float = 400) -> Json:
        """Send a batch, let more time pass than any model needs, and ask."""
        envelope = await self.submit(*items)
        self.clock.advance(seconds)
        return await self.poll(envelope["request_id"])

    async def reason(self, item: Mapping[str, Any]) -> str:
        """Send one item that must be rejected, free, and return why."""
        envelope = await self.submit(item)
        response = envelope["responses"][0]
        assert (envelope["status"], response["status"]) == ("rejected", "rejected"), envelope
        assert self.charged == []
        return str(response["error"]["message"])

    async def accepted(self, item: Mapping[str, Any]) -> Json:
        """Send one item that must be taken."""
        envelope = await self.submit(item)
        assert envelope["status"] == "queued", envelope
        return envelope

    async def ask(self, question: str = "What is a fox?", path: str = "", **settings: Any) -> Json:
        """Ask a question and return the whole answer."""
        status, body = await self.post(f"/v1/chat/completions{path}", asking(question, **settings))
        assert status == 200, body
        return body

    async def stream(self, question: str = "What is a fox?", *, usage: bool = True, **settings: Any) -> list[Json]:
        """Ask for a stream and return its events; the last one is the text ``[DONE]``."""
        options = {"stream": True, "stream_options": {"include_usage": usage}, **settings}
        url = self.url("/v1/chat/completions")
        async with self.session.post(url, json=asking(question, **options), headers=self.headers) as answer:
            assert (answer.status, answer.content_type) == (200, "text/event-stream")
            return events(await answer.read())

    async def balance(self) -> Decimal:
        """Return the balance as the service tells it."""
        return Decimal((await self.get("/v1/me/balance"))[1]["credits"])

    @property
    def charged(self) -> list[Decimal]:
        """Every debit so far, in credits."""
        return [charge.amount for charge in self.sandbox.ledger.charges]

    @property
    def refunded(self) -> list[Decimal]:
        """Everything that came back so far, in credits."""
        return [refund.amount for refund in self.sandbox.ledger.refunds]


async def until(true: Callable[[], object]) -> None:
    """Let the loop turn until something is so."""
    for _ in range(1_000_000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never was")


def asking(question: str, *, model: str = "grok-4-3", **settings: Any) -> Json:
    """Return the body of a question."""
    return {"model": model, "messages": [{"role": "user", "content": question}], **settings}


def events(raw: bytes) -> list[Json]:
    """Read server-sent events."""
    lines = [line for line in raw.decode().split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    bodies = [line.removeprefix("data: ") for line in lines]
    return [body if body == "[DONE]" else json.loads(body) for body in bodies]


def said(stream: list[Json], name: str = "content") -> str:
    """Return what a stream said altogether."""
    chunks = (event for event in stream if event != "[DONE]" and event["choices"])
    return "".join(chunk["choices"][0]["delta"].get(name, "") for chunk in chunks)


def sound(seconds: int) -> str:
    """Return a silent WAV of so many seconds as a data URL."""
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(1)
        made.setframerate(100)
        made.writeframes(bytes(100 * seconds))
    return "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode()
