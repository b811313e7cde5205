"""Every status, code and shape of an error, and what it means for the person and the money (reference 1.4, 1.9)."""

import json

import pytest

from providers.errors import FailureCode, Rule, Sent
from providers.ima2 import failures, wire
from providers.outcomes import Refund
from providers.transport import Reply

F = FailureCode

EARLY = {
    F.SETTINGS_REFUSED: "INVALID_PROMPT PROMPT_REQUIRED PROMPT_TOO_LONG INVALID_COUNT INVALID_REASONING_EFFORT "
    "INVALID_MODERATION INVALID_VIDEO_RESOLUTION INVALID_VIDEO_ASPECT_RATIO INVALID_VIDEO_DURATION "
    "CONTEXT_MODE_UNSUPPORTED",
    F.MODEL_UNAVAILABLE: "INVALID_IMAGE_MODEL IMAGE_MODEL_UNSUPPORTED INVALID_GROK_IMAGE_MODEL "
    "INVALID_GEMINI_API_IMAGE_MODEL INVALID_GROK_VIDEO_MODEL VIDEO_PROVIDER_UNSUPPORTED AGY_VIDEO_UNSUPPORTED",
    F.PICTURE_REFUSED: "REF_NOT_ARRAY REF_NOT_STRING REF_EMPTY REF_TOO_LARGE REF_NOT_BASE64 "
    "INVALID_EDIT_IMAGE_BASE64 INVALID_EDIT_IMAGE_PNG",
}
RULES = {
    Rule.TOO_MANY_REFERENCES: "REF_TOO_MANY GROK_REF_TOO_MANY AGY_REF_TOO_MANY GROK_VIDEO_REF_TOO_MANY "
    "GROK_VIDEO_INVALID_MODE",
    Rule.MASK_UNFIT: "INVALID_EDIT_MASK INVALID_EDIT_MASK_BASE64 INVALID_EDIT_MASK_PNG EDIT_MASK_TOO_LARGE "
    "EDIT_MASK_NO_ALPHA EDIT_MASK_DIMENSION_MISMATCH",
    Rule.NO_MASK: "GROK_MASK_UNSUPPORTED AGY_MASK_UNSUPPORTED GEMINI_API_MASK_UNSUPPORTED",
}
OTHERS = [
    (400, "ENOENT", F.RESULT_DELETED, Refund.NOT_CHARGED),
    (404, "GROK_VIDEO_FRAME_FAILED", F.RESULT_DELETED, Refund.NOT_CHARGED),
    (404, "NODE_NOT_FOUND", F.RESULT_DELETED, Refund.NOT_CHARGED),
    (404, "ASSET_NOT_FOUND", F.RESULT_DELETED, Refund.NOT_CHARGED),
    (401, "API_KEY_REQUIRED", F.KEY_INVALID, Refund.NOT_CHARGED),
    (401, "GEMINI_API_KEY_MISSING", F.KEY_INVALID, Refund.NOT_CHARGED),
    (401, "LAN_TOKEN_REQUIRED", F.KEY_INVALID, Refund.NOT_CHARGED),
    (403, "APIKEY_DISABLED", F.KEY_INVALID, Refund.NOT_CHARGED),
    (503, "OAUTH_UNAVAILABLE", F.KEY_INVALID, Refund.NOT_CHARGED),
    (502, "AGY_PROCESS_ERROR", F.KEY_INVALID, Refund.NOT_CHARGED),
    (409, "REQUEST_ID_IN_USE", F.BUSY, Refund.NOT_CHARGED),
    (429, "TOO_MANY_JOBS", F.BUSY, Refund.NOT_CHARGED),
    (500, "ERR_HTTP_HEADERS_SENT", F.BUSY, Refund.NOT_CHARGED),
    (503, "SSE_CAPACITY", F.BUSY, Refund.NOT_CHARGED),
    (429, "INVALID_REQUEST", F.BUSY, Refund.NOT_CHARGED),
    (400, "INVALID_REQUEST", F.SETTINGS_REFUSED, Refund.NOT_CHARGED),
    (429, "RESPONSES_IMAGE_ERROR", F.BUSY, Refund.UNKNOWN),
    (502, "RESPONSES_IMAGE_ERROR", F.GENERATION_FAILED, Refund.UNKNOWN),
    (429, "GROK_RATE_LIMITED", F.BUSY, Refund.UNKNOWN),
    (429, "GROK_VIDEO_REQUEST_FAILED", F.BUSY, Refund.UNKNOWN),
    (400, "GROK_VIDEO_REQUEST_FAILED", F.SETTINGS_REFUSED, Refund.UNKNOWN),
    (429, "GEMINI_API_RATE_LIMITED", F.BUSY, Refund.NOT_CHARGED),
    (401, "AUTH_CHATGPT_EXPIRED", F.KEY_INVALID, Refund.NOT_CHARGED),
    (502, "GROK_AUTH_FAILED", F.KEY_INVALID, Refund.UNKNOWN),
    (429, "AUTH_API_KEY_INVALID", F.NO_POINTS, Refund.NOT_CHARGED),
    (429, "AGY_QUOTA_EXHAUSTED", F.NO_POINTS, Refund.NOT_CHARGED),
    (422, "SAFETY_REFUSAL", F.CONTENT_REFUSED, Refund.UNKNOWN),
    (400, "MODERATION_REFUSED", F.CONTENT_REFUSED, Refund.UNKNOWN),
    (502, "GROK_VIDEO_MODERATION_BLOCKED", F.CONTENT_REFUSED, Refund.UNKNOWN),
    (400, "GEMINI_API_SAFETY_BLOCKED", F.CONTENT_REFUSED, Refund.UNKNOWN),
    (400, "GROK_BAD_REQUEST", F.SETTINGS_REFUSED, Refund.UNKNOWN),
    (400, "GEMINI_API_BAD_REQUEST", F.SETTINGS_REFUSED, Refund.UNKNOWN),
    (500, "UPSTREAM_5XX", F.UNAVAILABLE, Refund.UNKNOWN),
    (502, "GROK_UPSTREAM_ERROR", F.UNAVAILABLE, Refund.UNKNOWN),
    (502, "GEMINI_API_UPSTREAM_ERROR", F.UNAVAILABLE, Refund.UNKNOWN),
    (502, "NETWORK_FAILED", F.UNREACHABLE, Refund.UNKNOWN),
    (502, "GROK_NETWORK_FAILED", F.UNREACHABLE, Refund.UNKNOWN),
    (502, "GROK_SEARCH_NETWORK_FAILED", F.UNREACHABLE, Refund.UNKNOWN),
    (502, "GEMINI_API_NETWORK_FAILED", F.UNREACHABLE, Refund.UNKNOWN),
    (502, "RESPONSES_STREAM_ERROR", F.BROKEN_OFF, Refund.UNKNOWN),
    (502, "GROK_VIDEO_DOWNLOAD_FAILED", F.BROKEN_OFF, Refund.UNKNOWN),
    (422, "IMAGE_TOOL_NOT_CALLED", F.GENERATION_FAILED, Refund.UNKNOWN),
    (422, "EMPTY_RESPONSE", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GROK_PLANNER_EMPTY_TOOL_CALL", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GROK_EMPTY_RESPONSE", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GROK_SEARCH_EMPTY_RESPONSE", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GEMINI_API_NO_IMAGE", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GROK_VIDEO_FAILED", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GROK_VIDEO_EXPIRED", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "GROK_VIDEO_EMPTY_RESPONSE", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "AGY_GENERATION_FAILED", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "AGY_PARSE_FAILED", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "AGY_ARTIFACT_NOT_FOUND", F.GENERATION_FAILED, Refund.UNKNOWN),
    (502, "AGY_PATH_REJECTED", F.GENERATION_FAILED, Refund.UNKNOWN),
    (504, "RESPONSES_IMAGE_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "GROK_SEARCH_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "GROK_PLANNER_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "GROK_IMAGE_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "GROK_VIDEO_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "VIDEO_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "AGY_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (504, "GENERATION_TIMEOUT", F.TIMED_OUT, Refund.UNKNOWN),
    (499, "GENERATION_CANCELED", F.STOPPED, Refund.UNKNOWN),
    (504, "SOMETHING_NEW", F.TIMED_OUT, Refund.UNKNOWN),
    (400, "SOMETHING_NEW", F.SETTINGS_REFUSED, Refund.UNKNOWN),
    (413, "INTERNAL_ERROR", F.PICTURE_REFUSED, Refund.NOT_CHARGED),
    (429, "SOMETHING_NEW", F.BUSY, Refund.UNKNOWN),
    (502, "SOMETHING_NEW", F.UNAVAILABLE, Refund.UNKNOWN),
    (0, "SOMETHING_NEW", F.GENERATION_FAILED, Refund.UNKNOWN),
    (400, "", F.SETTINGS_REFUSED, Refund.NOT_CHARGED),
]


def _reply(status: int, body: object) -> Reply:
    return Reply(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize("code, name", [(code, name) for code, names in EARLY.items() for name in names.split()])
def test_what_is_wrong_with_an_order_costs_nothing(code: FailureCode, name: str) -> None:
    """Said before anybody is asked: our code, and surely not charged."""
    found = failures.meaning(400, name)
    assert (found.code, found.refund, found.early) == (code, Refund.NOT_CHARGED, True)


@pytest.mark.parametrize("rule, name", [(rule, name) for rule, names in RULES.items() for name in names.split()])
def test_what_does_not_go_together_names_its_rule(rule: Rule, name: str) -> None:
    """The sentence of the rule says what to change."""
    error = failures.refusal(_reply(400, {"error": "no", "code": name}), paid=True, redacted=str)
    assert (error.code, error.rule, error.sent) == (FailureCode.RULE_BROKEN, rule, Sent.YES)


@pytest.mark.parametrize("status, name, code, refund", OTHERS)
def test_every_other_code(status: int, name: str, code: FailureCode, refund: Refund) -> None:
    """The status is read before the code; what may have been paid is never said to be free."""
    failed = failures.failed(status, name, "")
    assert (failed.code, failed.refund) == (code, refund)


def test_no_code_is_without_a_test() -> None:
    """A code that is added is added here too."""
    tested = {name for names in (*EARLY.values(), *RULES.values()) for name in names.split()}
    assert set(failures.names()) <= tested | {name for _, name, _, _ in OTHERS}


@pytest.mark.parametrize(
    "body, code, status",
    [
        ({"error": "references may not exceed 5 items", "code": "REF_TOO_MANY"}, "REF_TOO_MANY", 0),
        ({"error": "moderation must be one of: auto, low"}, "", 0),
        ({"error": {"code": "INVALID_PROMPT", "message": "Prompt must be"}}, "INVALID_PROMPT", 0),
        ({"error": {"code": "X", "message": "no"}, "parentNodeId": None, "status": 404}, "X", 404),
        ({"error": "no", "code": "PROMPT_REQUIRED", "status": 400, "requestId": "v"}, "PROMPT_REQUIRED", 400),
        ({"error": "limited", "code": "INVALID_REQUEST", "upstreamCode": "r", "retryKind": None}, "INVALID_REQUEST", 0),
        ({"ok": False, "error": "no", "code": "INVALID_KEY_FORMAT"}, "INVALID_KEY_FORMAT", 0),
    ],
)
def test_the_five_shapes(body: object, code: str, status: int) -> None:
    """Flat, flat without a code, nested, with a node, as an event, with diagnostics, of keys."""
    said = wire.trouble(json.dumps(body))
    assert (said.said, said.code, said.status) == (True, code, status)


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"[]", b'{"ok":true}', b"\xff\xfe"])
def test_what_is_no_error_says_nothing(body: bytes) -> None:
    """A gateway's page or a cut answer is no word of the server's: whether it was charged stays open."""
    assert not wire.trouble(body).said
    error = failures.refusal(_reply(502, body), paid=True, redacted=str)
    assert (error.code, error.sent) == (FailureCode.UNAVAILABLE, Sent.MAYBE)


def test_the_status_in_a_stream_counts() -> None:
    """A frame's own status wins over the 200 it came with (reference section 1.4)."""
    body = {"error": "no", "code": "PROMPT_REQUIRED", "status": 400, "requestId": "v"}
    error = failures.refusal(_reply(200, body), paid=True, redacted=str)
    assert (error.code, error.sent) == (FailureCode.SETTINGS_REFUSED, Sent.YES)


def test_a_failure_of_the_server_after_a_paid_call_is_doubtful() -> None:
    """A 5xx that names a failure of the work leaves it open whether somebody was paid."""
    error = failures.refusal(_reply(502, {"error": "x", "code": "NETWORK_FAILED"}), paid=True, redacted=str)
    assert (error.code, error.sent) == (FailureCode.UNREACHABLE, Sent.MAYBE)


def test_paths_of_the_server_stay_in_the_detail() -> None:
    """A missing file is told with the folder it was looked for in; a person is told that it is gone."""
    words = "ENOENT: no such file, open '/srv/ima2/generated/a.png'"
    error = failures.refusal(_reply(400, {"error": words, "code": "ENOENT"}), paid=True, redacted=str)
    assert (error.code, dict(error.data)) == (FailureCode.RESULT_DELETED, {})
    assert "/srv/ima2" in error.detail
