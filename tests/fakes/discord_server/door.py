"""The REST door: a request is noted, may meet a fault, shows its token, is counted, and is answered by its route."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from tests.fakes.discord_server.buckets import Buckets
from tests.fakes.discord_server.calls import Call, Calls
from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.faults import Fault, Faults
from tests.fakes.discord_server.messages import Upload
from tests.fakes.discord_server.refusals import Json, Refusal, refuse, unauthorized

API = "/api/v10"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a route reads it. ``token`` is the interaction's, where the path has one."""

    where: Mapping[str, str]
    token: str
    payload: Any
    uploads: Mapping[int, Upload]
    query: Mapping[str, str]

    @property
    def form(self) -> Json:
        """Return the payload where it has to be an object."""
        if self.payload is None:
            return {}
        if not isinstance(self.payload, dict):
            refuse(50109)
        return self.payload


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers; nothing = 204."""

    body: Any
    status: int = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route. ``bucket`` is shared by routes with the same word; ``token_is_key`` = no bot token is needed."""

    name: str
    method: str
    path: str
    work: Callable[[Ask], Answer]
    bucket: str = ""
    token_is_key: bool = False


class Dropped(Exception):
    """The connection is gone on purpose."""


class Door:
    """Handles the requests of all endpoints."""

    def __init__(self, *, clock: Clock, calls: Calls, faults: Faults, buckets: Buckets, bot_token: str) -> None:
        self._clock = clock
        self._calls = calls
        self._faults = faults
        self._buckets = buckets
        self.bot_token = bot_token
        self.crashes: list[Exception] = []

    def join(self, application: web.Application, endpoints: tuple[Endpoint, ...]) -> None:
        """Serve these endpoints; every other path under the API is noted and not found."""
        for endpoint in endpoints:
            application.router.add_route(endpoint.method, API + endpoint.path, self._handler(endpoint))
        unknown = Endpoint("unknown", "*", "/{tail:.*}", _not_found)
        application.router.add_route("*", API + unknown.path, self._handler(unknown))

    def _handler(self, endpoint: Endpoint) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = _noted(endpoint, request, len(self._calls) + 1, self._clock.time())
            self._calls.note(call)
            try:
                return await self._handle(endpoint, request, call)
            except Dropped:
                self._calls.answered(call, 0)
                return web.Response()
            except web.HTTPException as error:
                self._calls.answered(call, error.status)
                raise
            except Exception as error:
                self._calls.answered(call, 500)
                self.crashes.append(error)
                raise

        return handle

    async def _handle(self, endpoint: Endpoint, request: web.Request, call: Call) -> web.StreamResponse:
        fault = self._faults.due(endpoint.name)
        headers: dict[str, str] = {}
        try:
            payload, uploads = await _body(request)
            call.payload, call.uploads = payload, uploads
            if fault is not None and not fault.after:
                await self._suffer(fault, request)
            response = self._work(endpoint, request, call, headers)
        except Refusal as refusal:
            response = self._refused(refusal, headers, call)
        if fault is not None and fault.after:
            try:
                await self._suffer(fault, request)
            except Refusal as refusal:
                response = self._refused(refusal, {}, call)
        self._calls.answered(call, response.status, call.code)
        return response

    def _work(self, endpoint: Endpoint, request: web.Request, call: Call, headers: dict[str, str]) -> web.Response:
        self._buckets.check_ban()
        if not endpoint.token_is_key and request.headers.get("Authorization") != f"Bot {self.bot_token}":
            raise unauthorized()
        token = request.match_info.get("token", "")
        if endpoint.bucket:
            major = token or call.where.get("channel", "")
            counted = not endpoint.token_is_key
            headers |= self._buckets.take(endpoint.bucket, major, counted_globally=counted)
        answer = endpoint.work(Ask(call.where, token, call.payload, call.uploads, call.query))
        return _response(204 if answer.body is None else answer.status, answer.body, headers)

    async def _suffer(self, fault: Fault, request: web.Request) -> None:
        if fault.hold is not None:
            await fault.hold.wait()
        if fault.seconds:
            await self._clock.sleep(fault.seconds)
        if fault.real:
            await asyncio.sleep(fault.real)
        if fault.drop:
            _hang_up(request, reset=fault.reset)
            raise Dropped
        if fault.refusal is not None:
            raise fault.refusal

    def _refused(self, refusal: Refusal, headers: Mapping[str, str], call: Call) -> web.Response:
        self._buckets.count_invalid(refusal.status, refusal.headers.get("X-RateLimit-Scope"))
        call.code = refusal.code
        told = {**headers, **refusal.headers}
        if refusal.body is not None:
            return web.Response(status=refusal.status, text=refusal.body, content_type="text/html", headers=told)
        return _response(refusal.status, refusal.json, told)


def _noted(endpoint: Endpoint, request: web.Request, number: int, now: float) -> Call:
    where = {key: value for key, value in request.match_info.items() if key != "token"}
    return Call(
        number=number,
        route=endpoint.name,
        method=request.method,
        where=where,
        at=now,
        as_bot="Authorization" in request.headers,
        query=dict(request.query),
        headers={key: value for key, value in request.headers.items() if key != "Authorization"},
    )


def _response(status: int, body: object, headers: Mapping[str, str]) -> web.Response:
    if status == 204:
        return web.Response(status=204, headers=headers)
    # The type must stand alone: with a charset behind it discord.py reads the body as text.
    told = {**headers, hdrs.CONTENT_TYPE: JSON}
    return web.Response(status=status, body=json.dumps(body, ensure_ascii=False).encode(), headers=told)


async def _body(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    kind = request.headers.get(hdrs.CONTENT_TYPE, "")
    if kind.startswith("multipart/form-data"):
        return await _multipart(request)
    data = await request.read()
    if not data:
        return None, {}
    if kind != JSON:
        refuse(50109)
    try:
        return json.loads(data), {}
    except ValueError:
        refuse(50109)


async def _multipart(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    payload: Any = None
    uploads: dict[int, Upload] = {}
    for name, part in (await request.post()).items():
        if name == "payload_json":
            payload = json.loads(part if isinstance(part, str) else "null")
        elif isinstance(part, web.FileField) and name.startswith("files["):
            uploads[int(name[6:-1])] = Upload(part.filename, part.file.read(), part.content_type)
    return payload, uploads


def _hang_up(request: web.Request, *, reset: bool) -> None:
    transport = request.transport
    if transport is None:
        return
    if reset:
        inner = transport.get_extra_info("socket")
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


def _not_found(_: Ask) -> Answer:
    raise Refusal(404, 0, "404: Not Found")
