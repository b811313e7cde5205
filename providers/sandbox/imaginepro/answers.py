"""How ImaginePro words what went wrong: HTTP statuses with ``message``, ``error``, ``statusCode``, as NestJS does.

When to refuse is not here.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web

from providers.sandbox.faults import Style

NO_KEY, BAD_KEY, NO_CREDITS = "Missing API key.", "Invalid API key.", "Insufficient credits."
UNKNOWN = "Message not found."

# Only the shape is recorded (reference section 2.6); "Prompt is required." is the one recorded sentence.
_WORDS = {401: BAD_KEY, 404: UNKNOWN, 429: "Too many requests.", 500: "Internal server error"}
_LEAST_STATUS, _MOST_STATUS = 400, 599


class RefusedError(Exception):
    """A request is refused with an HTTP status; ``message`` is a sentence, or several where much is wrong."""

    def __init__(self, status: int, message: str | Sequence[str]) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class Answers:
    """The dialect of ImaginePro."""

    def refusal(self, code: int, words: str, told: Style) -> web.Response:
        """Refuse as a fault wants it; a number that is no error status is told as 400."""
        status = code if _LEAST_STATUS <= code <= _MOST_STATUS else 400
        if told is Style.BARE:
            return web.Response(status=status, text=words, content_type="text/plain")
        return refused(status, words or _WORDS.get(status, _title(status)))

    def with_status(self, answer: web.Response) -> web.Response:
        """Return it as it is: errors always have their status."""
        return answer


def ok(body: Mapping[str, object]) -> web.Response:
    """Answer a GET."""
    return web.json_response(body, dumps=_dumps)


def taken(body: Mapping[str, object]) -> web.Response:
    """Answer a POST: 201, which is what this framework says unless it is told otherwise."""
    return web.json_response(body, status=201, dumps=_dumps)


def refused(status: int, message: str | Sequence[str]) -> web.Response:
    """Refuse with a status."""
    body = {"message": message, "error": _title(status), "statusCode": status}
    return web.json_response(body, status=status, dumps=_dumps)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _dumps(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
