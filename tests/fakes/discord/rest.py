"""Bare HTTP to the pretend Discord, for forms that discord.py would not even send. No test lives here."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.fakes.discord_server import Clock, DiscordServer, Exchange, Person, Upload

Json = dict[str, Any]

MAKE: Json = {
    "name": "make",
    "description": "Make a picture",
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
    "options": [{"type": 3, "name": "model", "description": "Which", "autocomplete": True}],
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        """Return Discord's code, 0 without one."""
        return int(self.body.get("code", 0)) if isinstance(self.body, dict) else 0

    @property
    def wrong(self) -> set[str]:
        """Return the places of the mistakes in a form, with their codes: ``content=BASE_TYPE_MAX_LENGTH``."""
        found: set[str] = set()

        def walk(place: Json, path: tuple[str, ...]) -> None:
            for key, value in place.items():
                if key == "_errors":
                    found.update(f"{'.'.join(path)}={error['code']}" for error in value)
                else:
                    walk(value, (*path, key))

        walk(self.body.get("errors", {}), ())
        return found


@dataclass(slots=True)
class Rest:
    """A client with the bot's token, and an interaction's where a path has ``{token}``."""

    server: DiscordServer
    session: aiohttp.ClientSession

    async def call(
        self, method: str, path: str, payload: Any = None, *files: Upload, token: str | None = None
    ) -> Reply:
        """Ask, and return the answer whatever it is."""
        headers = {"Authorization": f"Bot {token or self.server.token}"}
        data: Any = None
        if files:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(payload or {}))
            for index, file in enumerate(files):
                data.add_field(f"files[{index}]", file.data, filename=file.filename, content_type=file.content_type)
        elif payload is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(payload).encode()
        async with self.session.request(method, self.server.api_base + path, data=data, headers=headers) as response:
            text = await response.text()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Reply(response.status, json.loads(text) if is_json else text, response.headers)

    async def send(self, payload: Json, *files: Upload) -> Reply:
        """Post in *general*."""
        return await self.call("POST", f"/channels/{self.server.general.id}/messages", payload, *files)

    async def edit(self, message: str, payload: Json, *files: Upload) -> Reply:
        """Edit in *general*."""
        return await self.call("PATCH", f"/channels/{self.server.general.id}/messages/{message}", payload, *files)

    async def ask(self, person: Person | None = None) -> Exchange:
        """Let a person run ``/make`` without anybody connected."""
        if not self.server.commands.all():
            self.server.commands.put(None, MAKE)
        return await (person or self.server.person("ann")).slash("make")

    async def answer(self, exchange: Exchange, kind: int, data: Json | None = None) -> Reply:
        """Answer an interaction."""
        interaction = exchange.interaction
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=1"
        return await self.call("POST", path, {"type": kind} | ({} if data is None else {"data": data}))

    async def hook(
        self, exchange: Exchange, method: str, payload: Json | None = None, *files: Upload, message: str = "@original"
    ) -> Reply:
        """Use an interaction's token; POST sends a followup, everything else is about a message."""
        path = f"/webhooks/{self.server.application}/{exchange.interaction.token}"
        return await self.call(method, path if method == "POST" else f"{path}/messages/{message}", payload, *files)


@contextlib.asynccontextmanager
async def asking(clock: Clock | None = None, *, limited: bool = False) -> AsyncIterator[Rest]:
    """Start a server and a client; without rate limits unless the test is about them."""
    async with DiscordServer(clock=clock) as server, aiohttp.ClientSession() as session:
        if not limited:
            server.buckets.off()
        yield Rest(server, session)
