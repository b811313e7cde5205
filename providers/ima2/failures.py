"""From ima2's statuses and codes to ours, and what is known about the money (reference sections 1.4 and 1.9).

The same cause has another code on every route, and one code means several things: the status is read first.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.ima2.wire import Trouble, trouble
from providers.outcomes import Failed, Refund
from providers.transport import Reply

TAKEN: Final = "REQUEST_ID_IN_USE"
"""Told under the id of a job that goes on (reference section 1.8)."""

_CANCELED: Final = 499
_TOO_MANY: Final = 429
_TOO_LONG: Final = 413
_NOT_IN: Final = 401
_SERVER_TROUBLE: Final = 500
_TIMEOUT: Final = 504
_LEAST_ERROR: Final = 400
_UNAVAILABLE: Final = frozenset({502, 503})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means. ``early``: it is told before anything is asked of whoever makes it, so nothing was spent."""

    code: FailureCode
    rule: Rule | None = None
    refund: Refund = Refund.UNKNOWN
    early: bool = False


def _early(code: FailureCode, names: str, rule: Rule | None = None) -> dict[str, Meaning]:
    return {name: Meaning(code, rule, Refund.NOT_CHARGED, early=True) for name in names.split()}


def _late(code: FailureCode, names: str, refund: Refund = Refund.UNKNOWN) -> dict[str, Meaning]:
    return {name: Meaning(code, refund=refund) for name in names.split()}


CODES: Final[Mapping[str, Meaning]] = {
    **_early(
        FailureCode.SETTINGS_REFUSED,
        "INVALID_PROMPT PROMPT_REQUIRED PROMPT_TOO_LONG INVALID_COUNT INVALID_REASONING_EFFORT INVALID_MODERATION "
        "INVALID_VIDEO_RESOLUTION INVALID_VIDEO_ASPECT_RATIO INVALID_VIDEO_DURATION CONTEXT_MODE_UNSUPPORTED",
    ),
    **_early(
        FailureCode.MODEL_UNAVAILABLE,
        "INVALID_IMAGE_MODEL IMAGE_MODEL_UNSUPPORTED INVALID_GROK_IMAGE_MODEL INVALID_GEMINI_API_IMAGE_MODEL "
        "INVALID_GROK_VIDEO_MODEL VIDEO_PROVIDER_UNSUPPORTED AGY_VIDEO_UNSUPPORTED",
    ),
    **_early(
        FailureCode.PICTURE_REFUSED,
        "REF_NOT_ARRAY REF_NOT_STRING REF_EMPTY REF_TOO_LARGE REF_NOT_BASE64 INVALID_EDIT_IMAGE_BASE64 "
        "INVALID_EDIT_IMAGE_PNG",
    ),
    **_early(
        FailureCode.RULE_BROKEN,
        "REF_TOO_MANY GROK_REF_TOO_MANY AGY_REF_TOO_MANY GROK_VIDEO_REF_TOO_MANY GROK_VIDEO_INVALID_MODE",
        Rule.TOO_MANY_REFERENCES,
    ),
    **_early(
        FailureCode.RULE_BROKEN,
        "INVALID_EDIT_MASK INVALID_EDIT_MASK_BASE64 INVALID_EDIT_MASK_PNG EDIT_MASK_TOO_LARGE EDIT_MASK_NO_ALPHA "
        "EDIT_MASK_DIMENSION_MISMATCH",
        Rule.MASK_UNFIT,
    ),
    **_early(
        FailureCode.RULE_BROKEN, "GROK_MASK_UNSUPPORTED AGY_MASK_UNSUPPORTED GEMINI_API_MASK_UNSUPPORTED", Rule.NO_MASK
    ),
    **_early(FailureCode.RESULT_DELETED, "ENOENT GROK_VIDEO_FRAME_FAILED NODE_NOT_FOUND ASSET_NOT_FOUND"),
    **_early(
        FailureCode.KEY_INVALID,
        "API_KEY_REQUIRED GEMINI_API_KEY_MISSING LAN_TOKEN_REQUIRED APIKEY_DISABLED AGY_PROCESS_ERROR "
        "OAUTH_UNAVAILABLE",
    ),
    **_early(FailureCode.BUSY, "TOO_MANY_JOBS ERR_HTTP_HEADERS_SENT SSE_CAPACITY"),
    **_early(FailureCode.BUSY, TAKEN),
    **_late(FailureCode.BUSY, "GEMINI_API_RATE_LIMITED", Refund.NOT_CHARGED),
    **_late(FailureCode.BUSY, "GROK_RATE_LIMITED"),
    **_late(FailureCode.NO_POINTS, "AUTH_API_KEY_INVALID AGY_QUOTA_EXHAUSTED", Refund.NOT_CHARGED),
    **_late(FailureCode.KEY_INVALID, "AUTH_CHATGPT_EXPIRED", Refund.NOT_CHARGED),
    **_late(FailureCode.KEY_INVALID, "GROK_AUTH_FAILED"),
    **_late(
        FailureCode.CONTENT_REFUSED,
        "SAFETY_REFUSAL MODERATION_REFUSED GROK_VIDEO_MODERATION_BLOCKED GEMINI_API_SAFETY_BLOCKED",
    ),
    **_late(FailureCode.SETTINGS_REFUSED, "INVALID_REQUEST", Refund.NOT_CHARGED),
    **_late(FailureCode.SETTINGS_REFUSED, "GROK_BAD_REQUEST GROK_VIDEO_REQUEST_FAILED GEMINI_API_BAD_REQUEST"),
    **_late(
        FailureCode.GENERATION_FAILED,
        "RESPONSES_IMAGE_ERROR IMAGE_TOOL_NOT_CALLED EMPTY_RESPONSE GROK_PLANNER_EMPTY_TOOL_CALL GROK_EMPTY_RESPONSE "
        "GROK_SEARCH_EMPTY_RESPONSE GEMINI_API_NO_IMAGE GROK_VIDEO_FAILED GROK_VIDEO_EXPIRED "
        "GROK_VIDEO_EMPTY_RESPONSE AGY_GENERATION_FAILED AGY_PARSE_FAILED AGY_ARTIFACT_NOT_FOUND AGY_PATH_REJECTED",
    ),
    **_late(FailureCode.BROKEN_OFF, "RESPONSES_STREAM_ERROR GROK_VIDEO_DOWNLOAD_FAILED"),
    **_late(FailureCode.UNAVAILABLE, "UPSTREAM_5XX GROK_UPSTREAM_ERROR GEMINI_API_UPSTREAM_ERROR"),
    **_late(
        FailureCode.UNREACHABLE,
        "NETWORK_FAILED GROK_NETWORK_FAILED GROK_SEARCH_NETWORK_FAILED GEMINI_API_NETWORK_FAILED",
    ),
    **_late(
        FailureCode.TIMED_OUT,
        "RESPONSES_IMAGE_TIMEOUT GROK_SEARCH_TIMEOUT GROK_PLANNER_TIMEOUT GROK_IMAGE_TIMEOUT GROK_VIDEO_TIMEOUT "
        "VIDEO_TIMEOUT AGY_TIMEOUT GENERATION_TIMEOUT",
    ),
    **_late(FailureCode.STOPPED, "GENERATION_CANCELED"),
}
"""Every code that was seen or documented."""

_PLAN_USED_UP: Final = frozenset({"AUTH_API_KEY_INVALID", "AGY_QUOTA_EXHAUSTED"})


def meaning(status: int, code: str) -> Meaning:
    """Return what a status and a code mean; 0 is a status that nobody told."""
    known = CODES.get(code)
    if status == _CANCELED:
        return CODES["GENERATION_CANCELED"]
    if status == _TOO_MANY:
        # A plan that is used up is told as 429 with the name of a key error, a rate limit as a bad request.
        refund = Refund.UNKNOWN if known is None else known.refund
        used_up = code in _PLAN_USED_UP
        early = known is not None and known.early
        return Meaning(FailureCode.NO_POINTS if used_up else FailureCode.BUSY, refund=refund, early=early)
    if status == _NOT_IN:
        return (
            known if known is not None and known.early else Meaning(FailureCode.KEY_INVALID, None, Refund.NOT_CHARGED)
        )
    if status == _TOO_LONG:
        return Meaning(FailureCode.PICTURE_REFUSED, None, Refund.NOT_CHARGED, early=True)
    return known or _by_class(status, code)


def _by_class(status: int, code: str) -> Meaning:
    if status == _TIMEOUT or code.endswith("_TIMEOUT"):
        return Meaning(FailureCode.TIMED_OUT)
    if _LEAST_ERROR <= status < _SERVER_TROUBLE:
        # Without a code it is the server's own look at the order (reference section 1.4, shape A).
        return Meaning(
            FailureCode.SETTINGS_REFUSED, refund=Refund.UNKNOWN if code else Refund.NOT_CHARGED, early=not code
        )
    return Meaning(FailureCode.UNAVAILABLE if status in _UNAVAILABLE else FailureCode.GENERATION_FAILED)


def failed(status: int, code: str, detail: str) -> Failed:
    """Return a job that ended without a result."""
    found = meaning(status, code)
    return Failed(found.code, detail, found.refund)


def told(said: Trouble, status: int, redacted: Callable[[str], str]) -> str:
    """Return an error for the log."""
    return redacted(f"HTTP {status}, code {said.code!r}: {said.words}")


def refusal(reply: Reply, *, paid: bool, redacted: Callable[[str], str]) -> ProviderError:
    """Return the error that an answer is. After a paid call ``sent`` says whether it is a certain no.

    It is one below 500, and above where the server says in so many words what it did not even begin.
    """
    said = trouble(reply.body)
    status = said.status or reply.status
    found = meaning(status, said.code)
    certain = _LEAST_ERROR <= status < _SERVER_TROUBLE or (said.said and found.early)
    code = found.code if certain or said.said else _wordless(status)
    sent = Sent.NO if not paid else Sent.YES if certain else Sent.MAYBE
    rule = found.rule if code is FailureCode.RULE_BROKEN else None
    return ProviderError(code, told(said, status, redacted), sent=sent, data=waiting(reply), rule=rule)


def ended(reply: Reply, redacted: Callable[[str], str]) -> Failed | None:
    """Return how a job ended whose call was held, ``None`` where the answer says nothing of a job."""
    said = trouble(reply.body)
    status = said.status or reply.status
    if not said.said or meaning(status, said.code).early:
        return None
    late = said.code in CODES or status >= _SERVER_TROUBLE or status == _CANCELED
    return failed(status, said.code, told(said, status, redacted)) if late else None


def waiting(reply: Reply) -> dict[str, int | str]:
    """Return how long a busy server asks to wait, where it says it in seconds."""
    asked = reply.headers.get("Retry-After", "")
    return {"retry_after": int(asked)} if asked.isdecimal() else {}


def names() -> Iterable[str]:
    """Return every code that is known."""
    return CODES.keys()


def _wordless(status: int) -> FailureCode:
    if status == _TIMEOUT:
        return FailureCode.TIMED_OUT
    return FailureCode.UNAVAILABLE if status >= _SERVER_TROUBLE else FailureCode.UNREADABLE
