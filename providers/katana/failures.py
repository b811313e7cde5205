"""From Katana's codes, statuses and words to our closed set of failures. The sentences people read are not here."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.katana.wire import Problem, Refusal, read
from providers.outcomes import Failed, Refund
from providers.transport import Reply

_CODES: Final[Mapping[str, FailureCode]] = {
    "generation_timed_out": FailureCode.TIMED_OUT,
    "upstream_error": FailureCode.GENERATION_FAILED,
    "rate_limit_exceeded": FailureCode.BUSY,
}
"""The codes that are documented (reference section 2.3), and the one every such API has."""

_STATUSES: Final[Mapping[int, FailureCode]] = {
    400: FailureCode.SETTINGS_REFUSED,
    401: FailureCode.KEY_INVALID,
    402: FailureCode.NO_POINTS,
    403: FailureCode.KEY_INVALID,
    404: FailureCode.MODEL_UNAVAILABLE,
    408: FailureCode.TIMED_OUT,
    413: FailureCode.PICTURE_REFUSED,
    422: FailureCode.SETTINGS_REFUSED,
    429: FailureCode.BUSY,
}
_CERTAIN: Final = frozenset({401, 402, 429})
"""Statuses that mean one thing whatever the words beside them say."""

_SERVER_TROUBLE: Final = 500

_WORDS: Final = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"(?:missing|invalid) api credentials", FailureCode.KEY_INVALID),
        (r"insufficient|not enough credits|balance (?:is )?too low", FailureCode.NO_POINTS),
        (r"premium|subscription|upgrade your plan", FailureCode.SUBSCRIPTION_NEEDED),
        (
            r"content polic|content safety|moderat|terms of (?:service|use)|\btos\b|nsfw|prohibited|blocked|"
            r"violat(?:es|ed|ion)|not allowed by",
            FailureCode.CONTENT_REFUSED,
        ),
        (r"no such model|unknown model|model .{0,60}(?:not found|unavailable|disabled)", FailureCode.MODEL_UNAVAILABLE),
        (r"rate limit|too many requests", FailureCode.BUSY),
        (
            r"invalid base64|(?:image|picture) .{0,40}(?:invalid|unreadable|too large|download)",
            FailureCode.PICTURE_REFUSED,
        ),
        (r"timed? ?out", FailureCode.TIMED_OUT),
    )
)


def code_of(problem: Problem, usual: FailureCode) -> FailureCode:
    """Return what a problem means: by its code, else by its words, else ``usual``."""
    said = _CODES.get(problem.code.strip().lower())
    # A moderated run is told under a general code: the words know better (reference section 2.3).
    words = next((code for shape, code in _WORDS if shape.search(f"{problem.code} {problem.message}")), None)
    if words is FailureCode.CONTENT_REFUSED:
        return words
    return said or words or usual


def refusal(reply: Reply, *, paid: bool, redacted: Callable[[str], str]) -> ProviderError:
    """Return the error that an answer is. After a paid call its ``sent`` says whether it is a certain no.

    4xx is; so is an error of the server's that has a code of the provider's own. Anything else leaves it open.
    """
    body = read(Refusal, reply.body)
    problem = body.problem if body else Problem()
    trouble = reply.status >= _SERVER_TROUBLE
    usual = _STATUSES.get(reply.status, FailureCode.UNAVAILABLE if trouble else FailureCode.UNKNOWN)
    code = usual if reply.status in _CERTAIN else code_of(problem, usual)
    certain = 400 <= reply.status < _SERVER_TROUBLE or (trouble and bool(problem.code))  # noqa: PLR2004 - HTTP
    if not certain and not trouble:
        code = FailureCode.UNREADABLE
    sent = Sent.NO if not paid else Sent.YES if certain else Sent.MAYBE
    detail = redacted(f"HTTP {reply.status}, code {problem.code!r}: {problem.message}")
    return ProviderError(code, detail, sent=sent, data=waiting(reply))


def waiting(reply: Reply) -> dict[str, int | str]:
    """Return how long a busy server asks to wait, where it says it in seconds."""
    said = reply.headers.get("Retry-After", "")
    return {"retry_after": int(said)} if said.isdecimal() else {}


def failed(problem: Problem | None, redacted: Callable[[str], str], *, rejected: bool = False) -> Failed:
    """Return a run that ended without a result, and what is known about its money.

    Credits of a failed run come back within five minutes, unless it broke the provider's terms; what was rejected
    was never charged (the provider's page, and reference section 2.3).
    """
    usual = FailureCode.SETTINGS_REFUSED if rejected else FailureCode.GENERATION_FAILED
    said = problem or Problem()
    code = code_of(said, usual)
    refund = Refund.UNKNOWN if code is FailureCode.CONTENT_REFUSED else Refund.COMING
    return Failed(code, redacted(f"{said.code} {said.message}".strip()), Refund.NOT_CHARGED if rejected else refund)
