"""From IMA Studio's codes and words to our closed set of failures. The sentences people read are not here."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.wire import Head
from providers.transport import Reply

_EXACT: Final[Mapping[str, FailureCode]] = {
    "401": FailureCode.KEY_INVALID,
    "429": FailureCode.BUSY,
    "4008": FailureCode.NO_POINTS,
    "4014": FailureCode.SUBSCRIPTION_NEEDED,
    "6006": FailureCode.PRICE_MISMATCH,
    "6009": FailureCode.NO_SUCH_COMBINATION,
    "6010": FailureCode.MODEL_MISMATCH,
}
"""Codes that mean one thing whatever the text beside them says."""

_GENERAL: Final[Mapping[str, FailureCode]] = {
    "400": FailureCode.SETTINGS_REFUSED,
    "402": FailureCode.NO_POINTS,
    "403": FailureCode.KEY_INVALID,
    "408": FailureCode.TIMED_OUT,
    "413": FailureCode.PICTURE_REFUSED,
    "422": FailureCode.SETTINGS_REFUSED,
    "503": FailureCode.UNAVAILABLE,
    "504": FailureCode.TIMED_OUT,
}
"""Codes, and HTTP statuses, that the text may narrow down."""

_STALE: Final = re.compile(r"invalid product attribute", re.IGNORECASE)
_PIXELS: Final = re.compile(r"at least\s+([\d,]+)(?:\s*(?:pixels|px))?", re.IGNORECASE)

_WORDS: Final[tuple[tuple[re.Pattern[str], FailureCode], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"unauthori[sz]ed|invalid (?:api )?(?:key|token)|api key .*invalid", FailureCode.KEY_INVALID),
        (r"insufficient (?:points|credit|balance)", FailureCode.NO_POINTS),
        (r"subscription", FailureCode.SUBSCRIPTION_NEEDED),
        (r"attribute id does not match", FailureCode.MODEL_MISMATCH),
        (r"err_code=400017|invalid value for model|fusion feature", FailureCode.MODEL_MISMATCH),
        (r"pixels?\b.*at least|at least\s+[\d,]+\s*(?:pixels|px)", FailureCode.SIZE_TOO_SMALL),
        (
            r"content policy|moderation|(?<![-\w])sensitive|nsfw|inappropriate|prohibited|copyright|celebrit|safety|"
            r"violat(?:es|ed|ion)|敏感|违规|审核",
            FailureCode.CONTENT_REFUSED,
        ),
        (r"rate limit|too many requests", FailureCode.BUSY),
        (
            r"\b(?:image|picture|asset)s? (?:upload|download|format|url|cannot be read|is not verified|must be public)|"
            r"\b(?:upload|download|read|invalid|unreadable|unsupported) (?:the )?(?:input )?(?:image|picture|asset)",
            FailureCode.PICTURE_REFUSED,
        ),
        (r"model (?:is )?(?:not available|unavailable|not found|offline)", FailureCode.MODEL_UNAVAILABLE),
        (r"service unavailable|internal (?:server )?error", FailureCode.UNAVAILABLE),
        (r"not supported|unsupported|bad request|invalid parameter", FailureCode.SETTINGS_REFUSED),
        (r"timed? ?out", FailureCode.TIMED_OUT),
        (r"network error|connection (?:refused|reset)", FailureCode.UNREACHABLE),
        (r"deleted", FailureCode.RESULT_DELETED),
    )
)


def code_of(code: str, text: str) -> FailureCode:
    """Return what a code and the words beside it mean."""
    # Said together with "insufficient points", but the points are not what is wrong.
    if _STALE.search(text):
        return FailureCode.CATALOGUE_STALE
    found = _EXACT.get(code) or code_of_words(text) or _GENERAL.get(code)
    if found is None and code.isdecimal() and 500 <= int(code) <= 599:  # noqa: PLR2004 - the server's own errors
        return FailureCode.UNAVAILABLE
    return found or FailureCode.UNKNOWN


def code_of_words(text: str) -> FailureCode | None:
    """Return what the words alone mean, ``None`` where they say nothing we know."""
    if _STALE.search(text):
        return FailureCode.CATALOGUE_STALE
    return next((code for words, code in _WORDS if words.search(text)), None)


def facts_in(code: FailureCode, text: str) -> dict[str, int | str]:
    """Return the figures that the sentence for a failure names."""
    found = _PIXELS.search(text) if code is FailureCode.SIZE_TOO_SMALL else None
    digits = found[1].replace(",", "") if found else ""
    return {"pixels": int(digits)} if digits else {}


def refusal(reply: Reply, head: Head | None, *, sent: Sent, redacted: Callable[[str], str]) -> ProviderError:
    """Return the error that an answer is: by its own code, whatever the HTTP status, else by the status."""
    text = head.message if head else ""
    code = head.code if head and head.code else str(reply.status)
    failure = code_of(code, text)
    data = facts_in(failure, text)
    wait = reply.headers.get("Retry-After", "")
    if failure is FailureCode.BUSY and wait.isdecimal():
        data["retry_after"] = int(wait)
    detail = redacted(f"HTTP {reply.status}, code {head.code if head else None}: {text}")
    return ProviderError(failure, detail, sent=sent, data=data)
