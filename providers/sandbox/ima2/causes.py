"""What upstreams do to a job, and how each route tells it (reference section 1.9). When it happens is not here."""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.sandbox.ima2.answers import RefusedError, Shape
from providers.sandbox.ima2.order import Family, Kind, Order

_Told = tuple[int, str]

_MAYBE_PAID = frozenset({"lost", "stream", "timeout", "download", "expired"})
"""Causes after which the money may be gone; here it is."""

_LIKE = {
    "lost": "network",
    "banned": "policy",
    "denied": "policy",
    "credits": "quota",
    "pixverse": "upstream",
    "fusion": "parameter",
    "pixels": "parameter",
}
"""Other providers' reasons, and losses on the way, which look like no network."""

_UPSTREAM = {
    "rate": {"upstreamCode": "rate_limit_exceeded", "upstreamType": "rate_limit"},
    "quota": {"upstreamCode": "insufficient_quota", "upstreamType": "insufficient_quota"},
    "parameter": {
        "upstreamCode": "invalid_value",
        "upstreamType": "image_generation_user_error",
        "upstreamParam": "size",
    },
}

_CLASSIC: Mapping[str, _Told] = {
    "rate": (429, "INVALID_REQUEST"),
    "session": (401, "AUTH_CHATGPT_EXPIRED"),
    "quota": (429, "AUTH_API_KEY_INVALID"),
    "policy": (422, "SAFETY_REFUSAL"),
    "parameter": (400, "INVALID_REQUEST"),
    "upstream": (500, "UPSTREAM_5XX"),
    "network": (502, "NETWORK_FAILED"),
    "stream": (502, "RESPONSES_STREAM_ERROR"),
    "words": (422, "IMAGE_TOOL_NOT_CALLED"),
    "empty": (422, "EMPTY_RESPONSE"),
    "timeout": (504, "RESPONSES_IMAGE_TIMEOUT"),
}
_SEQUENCE: Mapping[str, _Told] = {
    **_CLASSIC,
    "rate": (429, "RESPONSES_IMAGE_ERROR"),
    "policy": (400, "MODERATION_REFUSED"),
    "parameter": (400, "RESPONSES_IMAGE_ERROR"),
    "upstream": (502, "RESPONSES_IMAGE_ERROR"),
}
_GROK: Mapping[str, _Told] = {
    "rate": (429, "GROK_RATE_LIMITED"),
    "session": (502, "GROK_AUTH_FAILED"),
    "quota": (429, "GROK_RATE_LIMITED"),
    "policy": (400, "GROK_BAD_REQUEST"),
    "parameter": (400, "GROK_BAD_REQUEST"),
    "upstream": (502, "GROK_UPSTREAM_ERROR"),
    "network": (502, "GROK_NETWORK_FAILED"),
    "stream": (502, "GROK_NETWORK_FAILED"),
    "words": (502, "GROK_PLANNER_EMPTY_TOOL_CALL"),
    "empty": (502, "GROK_EMPTY_RESPONSE"),
    "timeout": (504, "GROK_IMAGE_TIMEOUT"),
}
_VIDEO: Mapping[str, _Told] = {
    **_GROK,
    "rate": (429, "GROK_VIDEO_REQUEST_FAILED"),
    "policy": (502, "GROK_VIDEO_MODERATION_BLOCKED"),
    "parameter": (400, "GROK_VIDEO_REQUEST_FAILED"),
    "upstream": (502, "GROK_VIDEO_FAILED"),
    "network": (502, "GROK_SEARCH_NETWORK_FAILED"),
    "empty": (502, "GROK_VIDEO_EMPTY_RESPONSE"),
    "timeout": (504, "GROK_VIDEO_TIMEOUT"),
    "download": (502, "GROK_VIDEO_DOWNLOAD_FAILED"),
    "expired": (502, "GROK_VIDEO_EXPIRED"),
}
_GEMINI: Mapping[str, _Told] = {
    "rate": (429, "GEMINI_API_RATE_LIMITED"),
    "quota": (429, "GEMINI_API_RATE_LIMITED"),
    "policy": (400, "GEMINI_API_SAFETY_BLOCKED"),
    "parameter": (400, "GEMINI_API_BAD_REQUEST"),
    "words": (502, "GEMINI_API_NO_IMAGE"),
    "empty": (502, "GEMINI_API_NO_IMAGE"),
}
_AGY: Mapping[str, _Told] = {
    "rate": (429, "AGY_QUOTA_EXHAUSTED"),
    "quota": (429, "AGY_QUOTA_EXHAUSTED"),
    "session": (502, "AGY_PROCESS_ERROR"),
    "timeout": (504, "AGY_TIMEOUT"),
    "words": (502, "AGY_PARSE_FAILED"),
}
_REST: Mapping[Family, _Told] = {
    Family.GEMINI: (502, "GEMINI_API_UPSTREAM_ERROR"),
    Family.AGY: (502, "AGY_GENERATION_FAILED"),
}
_FAMILIES: Mapping[Family, Mapping[str, _Told]] = {Family.GROK: _GROK, Family.GEMINI: _GEMINI, Family.AGY: _AGY}
_SHAPES = {Kind.CLASSIC: Shape.DIAGNOSTIC, Kind.EDIT: Shape.DIAGNOSTIC, Kind.NODE: Shape.NESTED}


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that went wrong upstream. ``words`` are the vendor's; ``paid`` tells whether it took the money."""

    name: str
    words: str = ""

    @property
    def paid(self) -> bool:
        """Tell whether the upstream had done its work."""
        return self.name in _MAYBE_PAID

    def error(self, order: Order) -> RefusedError:
        """Return it as this order's route tells it."""
        told = _LIKE.get(self.name, self.name)
        usual = _REST.get(order.family) or _table(order)["upstream"]
        status, code = _table(order).get(told, usual)
        shape = _SHAPES.get(order.kind, Shape.EVENT)
        more: dict[str, object] = {}
        if shape is Shape.DIAGNOSTIC:
            more = {**_UPSTREAM.get(told, {}), "hadReferences": bool(order.references)}
        elif shape is Shape.NESTED:
            more = {"parentNodeId": order.parent, "status": status}
        return RefusedError(status, code, self.words or f"The upstream failed: {told}", shape, **more)


def _table(order: Order) -> Mapping[str, _Told]:
    if order.kind is Kind.VIDEO:
        return _VIDEO
    if order.family is Family.OPENAI:
        return _CLASSIC if order.kind is Kind.CLASSIC else _SEQUENCE
    return _FAMILIES[order.family]
