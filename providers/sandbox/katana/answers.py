"""How Katana words what went wrong: HTTP statuses with a ``detail``, as FastAPI does. When to refuse is not here."""

import json
from collections.abc import Mapping

from aiohttp import web

from providers.sandbox.faults import Style

MISSING, INVALID = "Missing API credentials", "Invalid API credentials"
SHORT = "Insufficient credits"

# Only the two 401s are recorded (reference section 2.1); the other words are ours.
_WORDS = {
    400: "Bad request",
    401: INVALID,
    402: SHORT,
    403: "Forbidden",
    404: "Not Found",
    422: "Unprocessable Entity",
    429: "Too many requests",
}
_TROUBLE = "Internal Server Error"
_LEAST_STATUS, _MOST_STATUS = 400, 599


class RefusedError(Exception):
    """The whole request is refused with an HTTP status."""

    def __init__(self, status: int, detail: object) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class UpstreamError(Exception):
    """The vendor behind Katana failed after the money was set aside."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Answers:
    """The dialect of Katana."""

    def refusal(self, code: int, words: str, told: Style) -> web.Response:
        """Refuse as a fault wants it; a number that is no error status is told as 400."""
        status = code if _LEAST_STATUS <= code <= _MOST_STATUS else 400
        if told is Style.BARE:
            return web.Response(status=status, text=words, content_type="text/plain")
        return refused(status, words or _WORDS.get(status, _TROUBLE))

    def with_status(self, answer: web.Response) -> web.Response:
        """Return it as it is: errors always have their status."""
        return answer


def ok(body: Mapping[str, object]) -> web.Response:
    """Answer with JSON."""
    return web.json_response(body, dumps=dumps)


def refused(status: int, detail: object) -> web.Response:
    """Refuse with a status and its detail."""
    return web.json_response({"detail": detail}, status=status, dumps=dumps)


def upstream_failed(words: str) -> web.Response:
    """Pass a vendor's failure on."""
    error = {"code": "upstream_error", "message": words, "retryable": False}
    return web.json_response({"error": error}, status=502, dumps=dumps)


def invalid(place: str, words: str) -> RefusedError:
    """Make the refusal of a body that has the wrong shape."""
    return RefusedError(422, [{"type": "value_error", "loc": ["body", place], "msg": words}])


def dumps(body: object) -> str:
    """Return compact JSON with every letter as itself."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
