"""What every request passes: it is counted, and the faults that are due happen to it. Protocols are not known here."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from aiohttp import web

from providers.sandbox.faults import LONGEST_DELAY, Fault, Faults, MarkerError, Style

Handler = Callable[[web.Request, Sequence[Fault]], Awaitable[web.StreamResponse]]
"""Carries a request out; the faults are fates for the task it begins."""

_log = structlog.get_logger()

_DROPS = 20
"""Bytes of an answer that drips."""

_BLANKS = b" " * (12 * 1024 * 1024)
_INSIDE = "http://10.0.0.7/admin"
_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Dialect(Protocol):
    """How one provider words what went wrong."""

    def refusal(self, code: int, words: str, told: Style) -> web.Response:
        """Refuse with a code; without words the provider's usual ones."""
        ...

    def with_status(self, answer: web.Response) -> web.Response:
        """Give an error answer the HTTP status that fits its body."""
        ...


async def no_prompt(_request: web.Request) -> str:
    """Stand in for endpoints whose requests have no prompt."""
    return ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One door of a provider: ``name`` is how faults and counters call it, ``prompt`` finds markers."""

    name: str
    method: str
    path: str
    handler: Handler
    dialect: Dialect
    prompt: Callable[[web.Request], Awaitable[str]] = no_prompt


class Gate:
    """Counts requests and lets faults happen."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._closing = asyncio.Event()
        self.requests: Counter[str] = Counter()

    def close(self) -> None:
        """Let slow answers go at once."""
        self._closing.set()

    def route(self, endpoint: Endpoint) -> web.RouteDef:
        """Return the aiohttp route of an endpoint."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(endpoint, request)

        return web.route(endpoint.method, endpoint.path, answer)

    async def _answer(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        self.requests[endpoint.name] += 1
        try:
            due = self._faults.due(endpoint.name, await endpoint.prompt(request))
        except MarkerError as error:
            return endpoint.dialect.refusal(400, str(error), Style.BODY)
        fates = [fault for fault in due if fault.is_fate]
        fault = next((fault for fault in due if not fault.is_fate), None)
        if fault is None:
            return await endpoint.handler(request, fates)
        _log.info("sandbox_fault", endpoint=endpoint.name, fault=fault.fault, work_done=fault.does_the_work)
        if fault.fault == "slow" and not fault.does_the_work:
            await self._wait(fault)
            return await endpoint.handler(request, fates)
        done = await endpoint.handler(request, fates) if fault.does_the_work else web.Response()
        if fault.fault == "slow":
            await self._wait(fault)
            return done
        if fault.fault == "drip":
            return await self._drip(fault, request, done)
        return _spoiled(fault, endpoint.dialect, request, done)

    async def _wait(self, fault: Fault, share: float = 1.0) -> None:
        seconds = 5.0 if fault.lasting is None else fault.lasting
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), min(seconds, LONGEST_DELAY) * share)

    async def _drip(self, fault: Fault, request: web.Request, done: web.StreamResponse) -> web.StreamResponse:
        """Give the answer so slowly that it is never over, then hang up."""
        body = _body(done) or b"{"
        answer = web.StreamResponse(status=done.status, headers={"Content-Type": done.content_type})
        answer.content_length = len(body) + _DROPS
        with contextlib.suppress(ConnectionError):
            await answer.prepare(request)
            for drop in body[:_DROPS]:
                await answer.write(bytes([drop]))
                await self._wait(fault, 1 / _DROPS)
        if request.transport is not None:
            request.transport.abort()
        return answer


def _spoiled(fault: Fault, dialect: Dialect, request: web.Request, done: web.StreamResponse) -> web.StreamResponse:
    if fault.code is not None:
        return _refusal(fault, fault.code, dialect)
    match fault.fault:
        case "lost-request" | "lost-answer":
            if request.transport is not None:
                request.transport.abort()
        case "wrong-type":
            done.content_type = "text/plain"
        case "http-status" if isinstance(done, web.Response):
            return dialect.with_status(done)
        case _:
            return _replaced(fault, done)
    return done


def _replaced(fault: Fault, done: web.StreamResponse) -> web.StreamResponse:
    """Return another answer than the one that was due."""
    body, kind = _body(done), done.content_type
    replacements = {
        "html": lambda: web.Response(text=_GATEWAY_PAGE, content_type="text/html", status=fault.status),
        "truncated": lambda: web.Response(body=body[: len(body) * 2 // 3], content_type="application/json"),
        "too-big": lambda: web.Response(body=body + _BLANKS, content_type="application/json"),
        "elsewhere": lambda: web.Response(status=web.HTTPFound.status_code, headers={"Location": _INSIDE}),
        "empty": lambda: web.Response(content_type=kind),
        "lying": lambda: web.Response(text=_GATEWAY_PAGE, content_type=kind),
    }
    return replacements[fault.fault]() if fault.fault in replacements else done


def _refusal(fault: Fault, code: int, dialect: Dialect) -> web.Response:
    answer = dialect.refusal(code, fault.words, fault.told)
    if code == web.HTTPTooManyRequests.status_code:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _body(answer: web.StreamResponse) -> bytes:
    """Return the answer's bytes; a file that would be streamed counts as empty."""
    body = answer.body if isinstance(answer, web.Response) else None
    return body if isinstance(body, bytes) else b""
