"""The REST door: a request is noted, may meet a fault, shows its token, is counted, and is answered by its route."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, hdrs, web

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.calls import Call, Calls, Upload
from tests.fakes.feishu_server.faults import Fault, Faults
from tests.fakes.feishu_server.quotas import Quotas
from tests.fakes.feishu_server.refusals import Json, Refusal, refuse
from tests.fakes.feishu_server.tokens import Tokens
from tests.fakes.feishu_server.world import App

LOG_ID = "X-Tt-Logid"
_JSON = "application/json; charset=utf-8"
_FILES = frozenset({"image", "file"})
_HIDDEN = frozenset({"Authorization", "Cookie"})


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a route reads it. ``size`` is the length of its body in bytes."""

    where: Mapping[str, str]
    query: Mapping[str, str]
    payload: Any
    uploads: Mapping[str, Upload]
    headers: Mapping[str, str]
    size: int

    @property
    def form(self) -> Json:
        """Return the payload where it has to be an object."""
        if not isinstance(self.payload, dict):
            refuse(230001, "the body is no JSON object")
        return self.payload


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers: an envelope with ``data``, or a whole ``body`` of its own, or bytes."""

    data: Any = None
    body: Json | None = None
    raw: bytes | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def envelope(self) -> Json:
        """Return the JSON."""
        if self.body is not None:
            return self.body
        return {"code": 0, "msg": "success", "data": {} if self.data is None else self.data}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route. ``scopes``: one of them is needed. Not ``bearer`` = no token is asked for and nothing is counted."""

    name: str
    method: str
    path: str
    work: Callable[[Ask], Answer]
    scopes: tuple[str, ...] = ()
    bearer: bool = True


class Dropped(Exception):
    """The connection is gone on purpose."""


class Door:
    """Handles the requests of all endpoints. ``crashes`` are mistakes of the fake itself."""

    def __init__(self, *, app: App, clock: Clock, calls: Calls, faults: Faults, quotas: Quotas, tokens: Tokens) -> None:
        self._app = app
        self._clock = clock
        self._calls = calls
        self._faults = faults
        self._quotas = quotas
        self._tokens = tokens
        self.crashes: list[Exception] = []

    def join(self, application: web.Application, endpoints: Iterable[Endpoint]) -> None:
        """Serve these endpoints; every other path under the API is noted and not found."""
        for endpoint in endpoints:
            application.router.add_route(endpoint.method, endpoint.path, self._handler(endpoint))
        unknown = Endpoint("unknown", "*", "/open-apis/{tail:.*}", _not_found, bearer=False)
        application.router.add_route("*", unknown.path, self._handler(unknown))

    def guard(self, name: str, work: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        """Return a handler that is no REST route (a handshake) but is noted and meets faults as one."""

        async def handle(request: web.Request) -> web.StreamResponse:
            call = self._noted(name, request)
            fault = self._faults.due(call)
            try:
                if fault is not None:
                    await self._suffer(fault, request)
            except Dropped:
                self._calls.answered(call, 0)
                return web.Response()
            except Refusal as refusal:
                return self._refused(refusal, {}, call)
            self._calls.answered(call, 101)
            response: web.StreamResponse = await work(request)
            return response

        return handle

    def _handler(self, endpoint: Endpoint) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = self._noted(endpoint.name, request)
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
        headers: dict[str, str] = {}
        fault: Fault | None = None
        try:
            await _read_body(request, call)
            fault = self._faults.due(call)
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
        if endpoint.bearer:
            self._tokens.check(request.headers.get("Authorization"))
            headers |= self._quotas.count(endpoint.name)
            self._check_scopes(endpoint.scopes)
        answer = endpoint.work(Ask(call.where, call.query, call.payload, call.uploads, call.headers, call.size))
        told = {**headers, **answer.headers, LOG_ID: call.log_id}
        if answer.raw is not None:
            return web.Response(status=answer.status, body=answer.raw, headers=told)
        body = answer.envelope()
        call.code = int(body.get("code", 0))
        return _json(answer.status, body, told)

    def _check_scopes(self, scopes: tuple[str, ...]) -> None:
        if not scopes or self._app.scopes & set(scopes):
            return
        raise Refusal(
            99991672,
            f"Access denied. One of the following scopes is required: [{', '.join(scopes)}].",
            error={"permission_violations": [{"type": "action_scope_required", "subject": name} for name in scopes]},
        )

    async def _suffer(self, fault: Fault, request: web.Request) -> None:
        if fault.revoke:
            self._tokens.revoke()
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
        call.code = refusal.code
        told = {**headers, **refusal.headers, LOG_ID: call.log_id}
        if refusal.raw is not None:
            return web.Response(status=refusal.status, body=refusal.raw, content_type="text/html", headers=told)
        return _json(refusal.status, refusal.body(call.log_id), told)

    def _noted(self, name: str, request: web.Request) -> Call:
        number = len(self._calls) + 1
        call = Call(
            number=number,
            route=name,
            method=request.method,
            path=request.path,
            where=dict(request.match_info),
            at=self._clock.time(),
            query={key: value for key, value in request.query.items() if key != "ticket"},
            headers={key: value for key, value in request.headers.items() if key not in _HIDDEN},
            log_id=f"{int(self._clock.time() * 1000):d}0A{number:08X}",
        )
        self._calls.note(call)
        return call


def _json(status: int, body: Json, headers: Mapping[str, str]) -> web.Response:
    told = {**headers, hdrs.CONTENT_TYPE: _JSON}
    return web.Response(status=status, body=json.dumps(body, ensure_ascii=False).encode(), headers=told)


async def _read_body(request: web.Request, call: Call) -> None:
    if request.headers.get(hdrs.CONTENT_TYPE, "").startswith("multipart/form-data"):
        call.payload, call.uploads = await _multipart(request)
        return
    data = await request.read()
    call.size = len(data)
    if not data:
        return
    if request.content_type == "application/x-www-form-urlencoded":
        call.payload = dict(parse_qsl(data.decode()))
        return
    try:
        call.payload = json.loads(data)
    except ValueError:
        refuse(230001, "the body is no JSON")


async def _multipart(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    fields: Json = {}
    uploads: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            refuse(234001)
        data = bytes(await part.read())
        # The official client names no file: it is one by the name of its field.
        if part.filename is not None or part.name in _FILES:
            uploads[part.name] = Upload(part.filename or "", data)
        else:
            fields[part.name] = data.decode()
    return fields, uploads


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
    raise Refusal(0, status=404, raw=b"404 page not found")
