"""Every code and every text that the provider is known to answer has its own plain meaning."""

import pytest

from providers.errors import FailureCode, Sent
from providers.ima_studio.failures import code_of, code_of_words, facts_in, refusal
from providers.ima_studio.wire import Head
from providers.transport import Reply

C = FailureCode

CODES = [
    ("401", "", C.KEY_INVALID),
    ("401", "Unauthorized", C.KEY_INVALID),
    ("400", "unauthorized", C.KEY_INVALID),
    ("400", "Invalid API key", C.KEY_INVALID),
    ("400", "", C.SETTINGS_REFUSED),
    ("400", "Bad request", C.SETTINGS_REFUSED),
    ("400", "Parameter not supported", C.SETTINGS_REFUSED),
    ("4008", "Insufficient points", C.NO_POINTS),
    ("4008", "", C.NO_POINTS),
    ("9999", "Insufficient points", C.NO_POINTS),
    ("4014", "", C.SUBSCRIPTION_NEEDED),
    ("403", "This model requires a subscription", C.SUBSCRIPTION_NEEDED),
    ("403", "", C.KEY_INVALID),
    ("6006", "Credit does not match", C.PRICE_MISMATCH),
    ("6009", "", C.NO_SUCH_COMBINATION),
    ("6010", "Attribute ID does not match the calculated rule", C.MODEL_MISMATCH),
    ("500", "Attribute ID does not match the calculated rule", C.MODEL_MISMATCH),
    ("400", "Invalid product attribute", C.CATALOGUE_STALE),
    ("4008", "Invalid product attribute. Insufficient points", C.CATALOGUE_STALE),
    ("500", "", C.UNAVAILABLE),
    ("502", "", C.UNAVAILABLE),
    ("503", "", C.UNAVAILABLE),
    ("503", "Model not available", C.MODEL_UNAVAILABLE),
    ("500", "internal server error", C.UNAVAILABLE),
    ("429", "", C.BUSY),
    ("400", "Rate limit exceeded", C.BUSY),
    ("408", "", C.TIMED_OUT),
    ("504", "", C.TIMED_OUT),
    ("400", "Image upload error", C.PICTURE_REFUSED),
    ("400", "image cannot be read", C.PICTURE_REFUSED),
    ("400", "asset is not verified", C.PICTURE_REFUSED),
    ("400", "failed to download image", C.PICTURE_REFUSED),
    ("400", "failed to make an image: invalid style", C.SETTINGS_REFUSED),
    ("400", "Content policy violation", C.CONTENT_REFUSED),
    ("400", "提示词包含敏感内容", C.CONTENT_REFUSED),
    ("400", "image size must be at least 3686400 pixels", C.SIZE_TOO_SMALL),
    ("7777", "", C.UNKNOWN),
    ("", "something new", C.UNKNOWN),
]


@pytest.mark.parametrize("code,text,failure", CODES)
def test_refusals(code: str, text: str, failure: FailureCode) -> None:
    """The code decides where it is exact, the words where it is not (reference section 1.7)."""
    assert code_of(code, text) is failure


RUNS = [
    ("err_code=400017 err_msg=Invalid value for model", C.MODEL_MISMATCH),
    ("The Fusion feature is supported in model v4.5, v5, v5.5 and v5.6 only", C.MODEL_MISMATCH),
    ("The prompt was blocked by our content policy", C.CONTENT_REFUSED),
    ("blocked by the moderation system", C.CONTENT_REFUSED),
    ("NSFW content", C.CONTENT_REFUSED),
    ("pixels should be at least 921600", C.SIZE_TOO_SMALL),
    ("Task timed out", C.TIMED_OUT),
    ("Connection refused", C.UNREACHABLE),
    ("Model unavailable", C.MODEL_UNAVAILABLE),
    ("the file was deleted", C.RESULT_DELETED),
    ("generate failed, please try again later", None),
    ("", None),
]


@pytest.mark.parametrize("text,failure", RUNS)
def test_what_vendors_say_of_a_run(text: str, failure: FailureCode | None) -> None:
    """Words we do not know stay unknown rather than meaning the wrong thing."""
    assert code_of_words(text) is failure


@pytest.mark.parametrize(
    "text,data",
    [
        ("image size must be at least 3686400 pixels", {"pixels": 3686400}),
        ("pixels should be at least 921,600", {"pixels": 921600}),
        ("too few pixels", {}),
    ],
)
def test_the_least_size_is_a_figure(text: str, data: dict[str, int]) -> None:
    """A person can be told how large the picture has to be."""
    assert facts_in(C.SIZE_TOO_SMALL, text) == data
    assert facts_in(C.BUSY, text) == {}


def _refused(body: bytes, status: int = 200, **headers: str) -> tuple[FailureCode, dict[str, int | str], str]:
    reply = Reply(status, headers, body)
    error = refusal(reply, Head.read(body), sent=Sent.YES, redacted=lambda text: text.replace("secret", "***"))
    return error.code, dict(error.data), error.detail


def test_the_code_in_the_body_wins_over_the_http_status() -> None:
    """They are answered with any status (reference section 1.1)."""
    assert _refused(b'{"code":6006,"message":"x"}', 500)[0] is C.PRICE_MISMATCH
    assert _refused(b'{"code":"4008"}', 401)[0] is C.NO_POINTS
    assert _refused(b"<html>", 401)[0] is C.KEY_INVALID
    assert _refused(b'{"detail":"Rate limit exceeded"}', 400)[0] is C.BUSY


def test_how_long_to_wait_is_a_figure() -> None:
    """A person can be told when to try again, if the provider says it in seconds."""
    assert _refused(b"", 429, **{"Retry-After": "7"})[1] == {"retry_after": 7}
    assert _refused(b"", 429, **{"Retry-After": "Wed, 01 Apr 2026 12:00:00 GMT"})[1] == {}


def test_the_vendors_words_are_redacted() -> None:
    """A server that repeats our key does not get it into our log."""
    assert _refused(b'{"code":401,"message":"bad key secret"}')[2] == "HTTP 200, code 401: bad key ***"
