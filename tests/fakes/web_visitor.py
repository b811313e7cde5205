"""A person at the web chat without a browser: cookies, the page's token, and the event stream. No test lives here."""

import asyncio
import contextlib
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

PATIENCE = 20.0
"""Seconds after which something that never comes fails a test instead of hanging it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    id: str
    kind: str
    data: Any


class Stream:
    """An open event stream."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def next(self, *kinds: str) -> Event:
        """Return the next event of one of these kinds; raises ``EOFError`` at the end of the stream."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event = await self._read()
                if event.kind in kinds:
                    return event

    async def messages(self, count: int) -> list[str]:
        """Return the ids of the next messages."""
        return [(await self.next("message")).data["id"] for _ in range(count)]

    async def _read(self) -> Event:
        fields: dict[str, str] = {}
        while True:
            raw = await self._answer.content.readline()
            if not raw:
                raise EOFError
            text = raw.decode().rstrip("\n")
            if not text:
                data = fields.get("data", "null")
                return Event(fields.get("id", ""), fields.get("event", ""), json.loads(data))
            name, _, value = text.partition(":")
            fields[name or "event"] = value.strip() if name else "comment"


class WebVisitor:
    """A person. ``page`` is what the last loaded page was told."""

    def __init__(self, url: str, language: str = "en") -> None:
        self.url = url
        self.page: dict[str, Any] = {}
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Accept-Language": language},
            read_bufsize=2**20,
        )

    @property
    def id(self) -> str:
        """Who they are."""
        return str(self.page["me"]["id"])

    async def load(self, channel: str = "studio") -> str:
        """Load the page and return its HTML."""
        async with self.session.get(f"{self.url}/c/{channel}", headers={"Accept": "text/html"}) as answer:
            html = await answer.text()
        found = re.search(r'<script type="application/json" id="page">(.*?)</script>', html, re.DOTALL)
        assert found is not None, html
        self.page = json.loads(found[1])
        return html

    async def post(
        self, path: str, body: object, headers: Mapping[str, str | None] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Post JSON, bytes or a form as the page does; ``headers`` changes or leaves out some."""
        sent: dict[str, str | None] = {"Origin": self.url, "X-Limner-Page": self.page.get("token", "")}
        if not isinstance(body, aiohttp.FormData | bytes):
            body = json.dumps(body).encode()
        if isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        kept = {name: value for name, value in sent.items() if value is not None}
        data = io.BytesIO(body) if isinstance(body, bytes) else body
        async with self.session.post(f"{self.url}{path}", data=data, headers=kept) as answer:
            return answer.status, await answer.json(content_type=None)

    async def type(self, text: str, event: str = "a" * 32, channel: str = "studio") -> tuple[int, dict[str, Any]]:
        """Send a message."""
        return await self.post(f"/c/{channel}/messages", {"event": event, "text": text})

    @contextlib.asynccontextmanager
    async def listen(self, after: str = "", channel: str = "studio") -> AsyncIterator[Stream]:
        """Open the event stream."""
        headers = {"Last-Event-ID": after} if after else {}
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.session.get(f"{self.url}/c/{channel}/events", headers=headers, timeout=timeout) as answer:
            assert answer.status == 200, await answer.text()
            yield Stream(answer)


@contextlib.asynccontextmanager
async def visiting(url: str, language: str = "en", channel: str = "studio") -> AsyncIterator[WebVisitor]:
    """A person with the page open."""
    visitor = WebVisitor(url, language)
    try:
        await visitor.load(channel)
        yield visitor
    finally:
        await visitor.session.close()
