"""How Feishu says no: an HTTP status, a code and technical words (reference sections 8 and 9). When it does: no."""

from collections.abc import Mapping
from typing import Any, NoReturn

Json = dict[str, Any]
"""An object on the wire."""

INVALID_FIELD = 99992402
RATE_LIMITED = 99991400
TOO_OFTEN_HERE = 230020
BAD_CARD = 230099


class Refusal(Exception):
    """An answer with an error. ``raw`` replaces the JSON, as from a proxy in front of the platform."""

    def __init__(
        self,
        code: int,
        words: str = "",
        *,
        status: int | None = None,
        error: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> None:
        known_status, known_words = _WORDS.get(code, (400, "request refused"))
        self.code = code
        self.status = known_status if status is None else status
        self.words = words or known_words
        self.error = dict(error or {})
        self.headers = dict(headers or {})
        self.raw = raw
        super().__init__(f"{self.status} {code}: {self.words}")

    def body(self, log_id: str) -> Json:
        """Return the JSON of the answer."""
        return {"code": self.code, "msg": self.words, "error": {"log_id": log_id, **self.error}}


def refuse(code: int, words: str = "") -> NoReturn:
    """Say no with a code of the table."""
    raise Refusal(code, words)


def invalid(field: str, words: str) -> NoReturn:
    """Say that a field of the request does not pass validation."""
    violation = {"field": field, "value": "", "description": words}
    raise Refusal(INVALID_FIELD, f"field validation failed: {field} {words}", error={"field_violations": [violation]})


def bad_card(sub_code: int, words: str) -> NoReturn:
    """Say that a card is wrong; the reason is a code inside the message."""
    raise Refusal(BAD_CARD, f"Failed to create card content, ext=ErrCode: {sub_code}; ErrMsg: {words}; ")


_WORDS: Mapping[int, tuple[int, str]] = {
    2200: (500, "Internal Error"),
    10003: (200, "invalid param"),
    10014: (200, "app secret invalid"),
    10015: (200, "app_id or app_secret invalid"),
    230001: (400, "Your request contains an invalid request parameter."),
    230002: (400, "The bot can not be outside the group."),
    230006: (400, "Bot ability is not activated."),
    230011: (400, "The message was withdrawn."),
    230013: (400, "Bot has NO availability to this user."),
    230017: (400, "Bot is NOT the owner of the resource."),
    230018: (400, "These operations are NOT allowed at current group settings."),
    230019: (400, "The topic does NOT exist."),
    TOO_OFTEN_HERE: (400, "This operation triggers the frequency limit."),
    230022: (400, "The content of the message contains sensitive information."),
    230025: (400, "The length of the message content reaches its limit."),
    230027: (400, "Lack of necessary permissions."),
    230028: (400, "The messages do NOT pass the audit."),
    230031: (400, "The message exceeds the modifiable period."),
    230034: (400, "The receive_id is invalid."),
    230035: (400, "Send Message Permission deny."),
    230049: (400, "The message is being sent."),
    230050: (400, "The message is invisible to the operator."),
    230053: (400, "The user has stopped the bot from sending messages."),
    230054: (400, "This message type does not support the operation."),
    230055: (400, "The type of file upload does not match the type of message being sent."),
    230071: (400, "The group does not support reply in thread."),
    230072: (400, "The message has reached the number of times it can be edited."),
    230075: (400, "The message cannot be edited."),
    BAD_CARD: (400, "Failed to create card content"),
    230110: (400, "Action unavailable as the message has been deleted."),
    231001: (400, "reaction type is invalid."),
    231003: (400, "The message is not found."),
    231007: (400, "No permission to delete this reaction."),
    232009: (400, "Your request specifies a chat which has already been dissolved."),
    234001: (400, "Invalid request param."),
    234003: (400, "File not in msg."),
    234004: (400, "App not in chat."),
    234006: (400, "The file size exceed the max value."),
    234010: (400, "File's size can't be 0."),
    234011: (400, "Can't regonnize the image format."),
    234037: (400, "Downloaded file size exceeds limit."),
    234039: (400, "Image resolution exceeds limit."),
    234043: (400, "Unsupported message type."),
    300020: (200, "the card update token is invalid or was used too often"),
    300030: (200, "the card update token has expired"),
    300040: (200, "the card was not answered yet"),
    99991400: (429, "request trigger frequency limit"),
    99991661: (400, "Missing access token for authorization."),
    99991662: (400, "the app status is unavailable"),
    99991663: (400, "Invalid access token for authorization."),
    99991668: (400, "Invalid access token for authorization."),
    99991671: (400, "Invalid access token: it must start with t- or u-."),
    99991672: (400, "Access denied. One of the following scopes is required."),
    99992361: (400, "open_id cross app"),
    INVALID_FIELD: (400, "field validation failed"),
}
