"""From ImaginePro's statuses and words to our closed set of failures. The sentences people read are not here."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.wire import Refusal, read
from providers.outcomes import Failed, Refund
from providers.transport import Reply

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
_GOOD: Final = range(200, 300)
_NO: Final = range(400, 500)
_GAVE_UP: Final = 408  # somebody on the way stopped listening: what the service did is not said
_SERVER_TROUBLE: Final = 500

_CREDITS: Final = re.compile(r"credit|balance|quota|insufficient|not enough|top.?up", re.IGNORECASE)
_WORDS: Final = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"banned|moderat|content polic|prohibited|nsfw|sensitive|not allowed by", FailureCode.CONTENT_REFUSED),
        (r"image denied|invalid link|(?:image|picture).{0,40}(?:denied|fetch|download)", FailureCode.PICTURE_REFUSED),
        (r"(?:invalid|unrecogni[sz]ed) (?:parameter|value)", FailureCode.SETTINGS_REFUSED),
        (r"time[d -]{0,2}out|time limit", FailureCode.TIMED_OUT),
    )
)
"""The words of other sellers of the same models (reference section 2.6): analogies, none of them was recorded here."""


def refusal(reply: Reply, *, paid: bool, redacted: Callable[[str], str]) -> ProviderError:
    """Return the error that an answer is. After a paid call its ``sent`` says whether it is a certain no.

    4xx is. 401 is a bad key or an empty account, and only its words tell which (reference section 2.6).
    """
    body = read(Refusal, reply.body)
    words = body.words if body else ""
    certain = reply.status in _NO and reply.status != _GAVE_UP
    sent = Sent.NO if not paid else Sent.YES if certain else Sent.MAYBE
    detail = redacted(f"HTTP {reply.status}: {words}")
    return ProviderError(_code(reply.status, words), detail, sent=sent, data=waiting(reply))


def declined(words: str, redacted: Callable[[str], str], *, sent: Sent) -> ProviderError:
    """Return the error of an order that was answered with ``success: false``."""
    code = FailureCode.NO_POINTS if _CREDITS.search(words) else _meant(words, FailureCode.SETTINGS_REFUSED)
    return ProviderError(code, redacted(f"not taken: {words}"), sent=sent)


def waiting(reply: Reply) -> dict[str, int | str]:
    """Return how long a busy server asks to wait, where it says it in seconds."""
    said = reply.headers.get("Retry-After", "")
    return {"retry_after": int(said)} if said.isdecimal() else {}


def failed(words: str, redacted: Callable[[str], str]) -> Failed:
    """Return a run that ended without a result. Whether its credits come back nobody says (reference section 2.6)."""
    return Failed(_meant(words, FailureCode.GENERATION_FAILED), redacted(words), Refund.UNKNOWN)


def _code(status: int, words: str) -> FailureCode:
    if status in _GOOD or status not in _NO:
        return FailureCode.UNAVAILABLE if status >= _SERVER_TROUBLE else FailureCode.UNREADABLE
    usual = _STATUSES.get(status, FailureCode.UNKNOWN)
    if usual is FailureCode.KEY_INVALID and _CREDITS.search(words):
        return FailureCode.NO_POINTS
    return _meant(words, usual) if usual is FailureCode.SETTINGS_REFUSED else usual


def _meant(words: str, usual: FailureCode) -> FailureCode:
    return next((code for shape, code in _WORDS if shape.search(words)), usual)
