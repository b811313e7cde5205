"""IMA Studio's envelope: success codes that alternate, refusals with a code in the body. When to refuse is not here."""

import json
from collections.abc import Callable
from itertools import cycle

from aiohttp import web

from providers.sandbox.faults import Style

_WORDS = {
    400: "invalid parameter",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    429: "too many requests",
    500: "internal server error",
    503: "service unavailable",
    4008: "Insufficient points",
    4014: "This model requires a subscription",
    6006: "Credit does not match the product attribute",
    6009: "No matching credit rule: missing or invalid attribute",
    6010: "Attribute ID does not match the calculated rule",
}
# Which status goes with a business code is recorded for 4014 only; the others are a guess.
_STATUS = {4008: 402, 4014: 403}
_LEAST_STATUS, _MOST_STATUS = 400, 599
_DEFAULT_STATUS = 400


class Answers:
    """Makes the answers of one IMA Studio; ``base_url`` is where this sandbox is reached."""

    def __init__(self, base_url: Callable[[], str]) -> None:
        self.base_url = base_url
        self._codes = cycle((0, 200))

    def ok(self, data: object) -> web.Response:
        """Answer with data. The code is 0 and 200 in turn: clients have to know both."""
        return _json({"code": next(self._codes), "message": "success", "data": data})

    def refused(self, code: int, words: str = "") -> web.Response:
        """Refuse with a code in the body and HTTP 200."""
        return _json({"code": code, "message": words or _WORDS.get(code, "error"), "data": None})

    def refusal(self, code: int, words: str, told: Style) -> web.Response:
        """Refuse as a fault wants it."""
        match told:
            case Style.BODY:
                return self.refused(code, words)
            case Style.HTTP:
                return self.with_status(self.refused(code, words))
            case Style.BARE:
                return web.Response(status=_status(code), text=words, content_type="text/plain")

    def with_status(self, answer: web.Response) -> web.Response:
        """Give an error answer the HTTP status that fits its code."""
        body: object = json.loads(answer.text or "null")
        code = body.get("code") if isinstance(body, dict) else None
        if isinstance(code, int) and code not in {0, 200}:
            answer.set_status(_status(code))
        return answer


def _status(code: int) -> int:
    return code if _LEAST_STATUS <= code <= _MOST_STATUS else _STATUS.get(code, _DEFAULT_STATUS)


def _json(body: object) -> web.Response:
    return web.json_response(body, dumps=_dumps)


def _dumps(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
