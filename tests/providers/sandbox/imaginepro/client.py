"""A plain client of ImaginePro's protocol, written from the reference: it knows the wire and no adapter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from providers.sandbox.clock import HandClock
from providers.sandbox.server import IMAGINEPRO_KEY, Sandbox

Json = Any

FRAME = "https://example.com/fox.png"
FILM = {"prompt": "a fox runs", "startFrameUrl": FRAME, "endFrameUrl": FRAME}
BANANA = {
    "contents": [{"type": "text", "text": "Image creation: a fox in this dress"}, {"type": "image", "url": FRAME}],
    "model": "nano-banana-2",
}
PROVIDER = "imaginepro"
GRID = ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]


@dataclass
class ProClient:
    """Speaks to one sandbox. ``clock`` is the sandbox's, moved by hand."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    clock: HandClock
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": f"Bearer {IMAGINEPRO_KEY}"})

    def url(self, path: str) -> str:
        """Return an address of the API."""
        return f"{self.sandbox.base_url}/imaginepro/api/v1/{path}"

    async def get(self, path: str, **headers: str) -> tuple[int, Json]:
        """GET and read JSON."""
        async with self.session.get(self.url(path), headers={**self.headers, **headers}) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: Json) -> tuple[int, Json]:
        """POST JSON as soon as the account may, and read JSON."""
        self.clock.advance(3)
        return await self.at_once(path, body)

    async def at_once(self, path: str, body: Json) -> tuple[int, Json]:
        """POST JSON without waiting for anything, and read JSON."""
        async with self.session.post(self.url(path), json=body, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def admin(self, path: str, body: Json) -> tuple[int, Json]:
        """Call the sandbox's own side."""
        async with self.session.post(f"{self.sandbox.base_url}/sandbox/{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def submit(self, path: str, body: Mapping[str, Any]) -> str:
        """Order something that must be taken; return its id."""
        status, receipt = await self.post(path, body)
        assert (status, receipt.get("success")) == (201, True), receipt
        assert set(receipt) == {"success", "messageId", "createdAt"}
        return str(receipt["messageId"])

    async def imagine(self, prompt: str = "a fox", **more: Any) -> str:
        """Order a picture of Midjourney."""
        return await self.submit("midjourney/imagine", {"prompt": prompt, **more})

    async def click(self, parent: str, button: str, **more: Any) -> str:
        """Press a button that must be there."""
        return await self.submit("midjourney/button", {"messageId": parent, "button": button, **more})

    async def message(self, message_id: str) -> Json:
        """Read a message that must be there."""
        status, body = await self.get(f"midjourney/message/{message_id}")
        assert status == 200, body
        return body

    async def ended(self, message_id: str, seconds: float = 900) -> Json:
        """Let more time pass than any job may take, and read its message."""
        self.clock.advance(seconds)
        return await self.message(message_id)

    async def walk(self, message_id: str, step: float = 1.0) -> list[Json]:
        """Read a message again and again until it is over."""
        seen: list[Json] = []
        while not seen or seen[-1]["status"] not in {"DONE", "FAIL"}:
            self.clock.advance(step)
            seen.append(await self.message(message_id))
        return seen

    async def reason(self, path: str, body: Json) -> Json:
        """Order something that must be refused for free; return why."""
        before = self.charged
        status, told = await self.post(path, body)
        assert (status, told["error"], told["statusCode"]) == (400, "Bad Request", 400), told
        assert self.charged == before
        return told["message"]

    async def credits(self) -> int:
        """Return what the account says can be spent."""
        _, account = await self.get("subscription/account-info")
        return int(account["credits"] + account["creditsExtra"])

    async def listed(self, query: str = "") -> list[Json]:
        """Return a page of the last day's jobs."""
        status, body = await self.get(f"midjourney/images{query}")
        assert status == 200, body
        return list(body["images"])

    @property
    def charged(self) -> list[int]:
        """Every debit so far, in credits."""
        return [int(charge.amount) for charge in self.sandbox.ledger.charges if charge.provider == PROVIDER]

    @property
    def refunded(self) -> list[int]:
        """Everything that came back so far, in credits."""
        return [int(refund.amount) for refund in self.sandbox.ledger.refunds if refund.provider == PROVIDER]


@dataclass
class Inbox:
    """Somebody who listens for webhooks."""

    url: str = ""
    posts: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen on loopback."""
        application = web.Application()
        application.add_routes([web.post("/hook", self._take)])
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.posts.append(await request.json())
        self.headers.append(dict(request.headers))
        return web.Response()
