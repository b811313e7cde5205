"""Bare HTTP to the pretend Feishu, for forms that no client library would send. No test lives here."""

import contextlib
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.feishu_server import Clock, FeishuServer
from tests.fakes.feishu_server.messages import Message

Json = dict[str, Any]
IM = "/open-apis/im/v1"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``body`` is None where it is no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]
    raw: bytes

    @property
    def code(self) -> int:
        """Return the platform's code."""
        return int(self.body["code"])

    @property
    def data(self) -> Json:
        """Return what was asked for. Raises ``AssertionError`` for a refusal."""
        assert self.code == 0, self.body
        found = self.body["data"]
        assert isinstance(found, dict)
        return found


@dataclass(slots=True)
class Rest:
    """A client with the application's token."""

    server: FeishuServer
    session: aiohttp.ClientSession
    token: str = ""
    number: int = field(default=0)

    async def call(
        self, method: str, path: str, form: Any = None, *, bearer: str | None = None, data: Any = None, **query: str
    ) -> Reply:
        """Ask, and return the answer whatever it is."""
        token = self.token if bearer is None else bearer
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if form is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(form, ensure_ascii=False).encode()
        url = self.server.domain + path
        async with self.session.request(method, url, data=data, params=query, headers=headers) as response:
            raw = await response.read()
            is_json = "application/json" in response.headers.get("Content-Type", "")
            return Reply(response.status, json.loads(raw) if is_json else None, response.headers, raw)

    async def login(self) -> Reply:
        """Fetch a token and keep it."""
        app = self.server.app
        form = {"app_id": app.app_id, "app_secret": app.secret}
        reply = await self.call("POST", "/open-apis/auth/v3/tenant_access_token/internal", form, bearer="")
        self.token = reply.body["tenant_access_token"]
        return reply

    async def create(self, kind: str, content: Any, to: str = "", *, by: str = "chat_id", **more: Any) -> Reply:
        """Write, into *Studio* unless it is said where."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        form = {"receive_id": to or self.server.studio.id, "msg_type": kind, "content": text, **more}
        return await self.call("POST", f"{IM}/messages", form, receive_id_type=by)

    async def sent(self, kind: str, content: Any, to: str = "", **more: Any) -> Message:
        """Write, and return the message."""
        self.number += 1
        reply = await self.create(kind, content, to, **{"uuid": f"u-{self.number}", **more})
        return self.server.board.all[reply.data["message_id"]]

    async def reply(self, parent: Message, kind: str, content: Any, **more: Any) -> Reply:
        """Answer a message."""
        form = {"msg_type": kind, "content": json.dumps(content, ensure_ascii=False), **more}
        return await self.call("POST", f"{IM}/messages/{parent.id}/reply", form)

    async def patch(self, message: Message, content: Any) -> Reply:
        """Replace a card."""
        form = {"content": json.dumps(content, ensure_ascii=False)}
        return await self.call("PATCH", f"{IM}/messages/{message.id}", form)

    async def put(self, message: Message, kind: str, content: Any) -> Reply:
        """Edit a text or post."""
        form = {"msg_type": kind, "content": json.dumps(content, ensure_ascii=False)}
        return await self.call("PUT", f"{IM}/messages/{message.id}", form)

    async def image(self, data: bytes) -> Reply:
        """Upload a picture."""
        form = aiohttp.FormData({"image_type": "message"})
        form.add_field("image", io.BytesIO(data), filename="a.png")
        return await self.call("POST", f"{IM}/images", data=form)

    async def file(self, data: bytes, kind: str = "mp4", name: str = "a.mp4", **more: str) -> Reply:
        """Upload a file."""
        form = aiohttp.FormData({"file_type": kind, "file_name": name, **more})
        form.add_field("file", io.BytesIO(data), filename="whatever")
        return await self.call("POST", f"{IM}/files", data=form)


@contextlib.asynccontextmanager
async def asking(clock: Clock | None = None, *, limited: bool = False) -> AsyncIterator[Rest]:
    """Start a server and a client with a token; without rate limits unless the test is about them."""
    async with FeishuServer(clock=clock) as server, aiohttp.ClientSession() as session:
        if not limited:
            server.quotas.off()
        rest = Rest(server, session)
        await rest.login()
        yield rest


def frozen() -> Clock:
    """Return a clock on which time passes only by ``advance``."""
    clock = Clock()
    clock.freeze()
    return clock
