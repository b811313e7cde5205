"""How ima2 words what went wrong: the five error shapes of the reference, section 1.4. When to refuse is not here."""

import json
from collections.abc import Mapping
from enum import Enum, auto

from aiohttp import web
from typing_extensions import override

from providers.sandbox.faults import Style

Json = Mapping[str, object]

CANCELED = 499
"""The status of what a client has stopped; no standard knows it."""

_DIAGNOSTICS = (
    *("upstreamCode", "upstreamType", "upstreamParam", "diagnosticReason", "retryKind", "initialEventCount"),
    *("hadReferences", "referencesDroppedOnRetry", "developerPromptDroppedOnRetry", "webSearchDroppedOnRetry"),
    *("eventCount", "eventTypes", "responseStatus", "toolCalls", "textChars", "refusal", "durationMs"),
)
_CODES = {
    401: ("LAN_TOKEN_REQUIRED", "LAN token required"),
    404: ("NOT_FOUND", "Route not found"),
    409: ("REQUEST_ID_IN_USE", "Request ID already in use"),
    413: ("INTERNAL_ERROR", "request entity too large"),
    429: ("TOO_MANY_JOBS", "Too many concurrent generation jobs"),
}
_LEAST_STATUS, _MOST_STATUS, _FIRST_TROUBLE = 400, 599, 500


class Shape(Enum):
    """How an error is told; the letters of the reference are A, B, C, D and E."""

    FLAT = auto()
    NESTED = auto()
    EVENT = auto()
    DIAGNOSTIC = auto()
    KEYS = auto()


class ServerGoneError(Exception):
    """The server process ended while somebody waited for it."""


class RefusedError(Exception):
    """A request or a job that failed. Without a ``code`` the answer has none; ``more`` stands beside it."""

    def __init__(self, status: int, code: str | None, words: str, shape: Shape = Shape.FLAT, /, **more: object) -> None:
        super().__init__(status, code, words)
        self.status = status
        self.code = code
        self.words = words
        self.shape = shape
        self.more = more

    def body(self, request_id: str, shape: Shape | None = None) -> dict[str, object]:
        """Return the body, in the error's own shape if no other is wanted."""
        coded = {} if self.code is None else {"code": self.code}
        match shape or self.shape:
            case Shape.FLAT:
                return {"error": self.words, **coded, **self.more}
            case Shape.NESTED:
                return {"error": {**coded, "message": self.words}, **self.more}
            case Shape.EVENT:
                return {"error": self.words, **coded, "status": self.status, "requestId": request_id, **self.more}
            case Shape.DIAGNOSTIC:
                unknown = dict.fromkeys(_DIAGNOSTICS)
                return {"error": self.words, **coded, **unknown, **self.more, "requestId": request_id}
            case Shape.KEYS:
                return {"ok": False, "error": self.words, **coded}

    def answer(self, request_id: str, shape: Shape | None = None) -> web.Response:
        """Return the HTTP answer; who is told to wait is told how long."""
        headers = {"Retry-After": "5"} if self.code == "TOO_MANY_JOBS" else {}
        return web.json_response(self.body(request_id, shape), status=self.status, headers=headers, dumps=dumps)


class Page(RefusedError):
    """What the older version answers to nonsense: a page of Express, in a later one JSON."""

    @override
    def answer(self, request_id: str, shape: Shape | None = None) -> web.Response:
        text = f"<!DOCTYPE html>\n<html><body><pre>{self.words}</pre></body></html>\n"
        return web.Response(text=text, content_type="text/html", status=self.status)


class Answers:
    """The dialect of ima2, for faults that were ordered as a number."""

    def refusal(self, code: int, words: str, told: Style) -> web.Response:
        """Refuse with an HTTP status; trouble has no body, as if something in front of the server had said it."""
        status = code if _LEAST_STATUS <= code <= _MOST_STATUS else 400
        if told is Style.BARE and status >= _FIRST_TROUBLE:
            return web.Response(status=status, text=words, content_type="text/plain")
        name, usual = _CODES.get(status, ("INTERNAL_ERROR", "Internal error"))
        shape = Shape.EVENT if status in {409, 429} else Shape.NESTED
        return RefusedError(status, name, words or usual, shape).answer("req_refused")

    def with_status(self, answer: web.Response) -> web.Response:
        """Return it as it is: errors have their status, but for frames of a stream, whose status is in their data."""
        return answer


def canceled() -> RefusedError:
    """Make the end of a job that was stopped."""
    return RefusedError(CANCELED, "GENERATION_CANCELED", "Generation canceled", Shape.EVENT)


def ok(body: Json, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.json_response(body, status=status, dumps=dumps)


def dumps(body: object) -> str:
    """Return compact JSON with every letter as itself."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
