"""How Discord says no: a status, a code and, for a bad form, the place of each mistake. When it says so is not here."""

from collections.abc import Mapping
from typing import Any, NoReturn

Json = dict[str, Any]
"""An object on the wire."""

Path = tuple[str | int, ...]
"""Where in a form something is."""

INVALID_FORM = 50035


class Refusal(Exception):
    """An answer with an error. ``body`` replaces the JSON, as in front of Discord's own servers."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}")
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.body = body
        self.json: Json = {"message": message, "code": code, **(extra or {})}
        if errors is not None:
            self.json["errors"] = errors


_WORDS: Mapping[int, tuple[int, str]] = {
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30032: (400, "Maximum number of application commands reached"),
    30034: (429, "Max number of daily application command creates has been reached (200)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "Maximum number of follow-up messages reached for this interaction"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    200000: (400, "Message was blocked by automatic moderation"),
}


def refuse(code: int) -> NoReturn:
    """Say no with a code of the table."""
    status, message = _WORDS[code]
    raise Refusal(status, code, message)


def unauthorized() -> Refusal:
    """Return the answer to a wrong or missing bot token."""
    return Refusal(401, 0, "401: Unauthorized")


class Form:
    """Collects every mistake of a form before it is refused as a whole."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def wrong(self, path: Path, code: str, message: str) -> None:
        """Note a mistake at a place."""
        place = self._errors
        for step in path:
            place = place.setdefault(str(step), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: Path, value: object, most: int, least: int = 0) -> None:
        """Note a text that is none, or is too short or too long."""
        if not isinstance(value, str):
            self.wrong(path, "BASE_TYPE_STRING", "Only a string is a string.")
        elif not least <= len(value) <= most:
            code = "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH"
            self.wrong(path, code, f"Must be between {least} and {most} in length.")

    def count(self, path: Path, value: object, most: int, least: int = 0) -> None:
        """Note a list that is none, or has too few or too many."""
        if not isinstance(value, list):
            self.wrong(path, "BASE_TYPE_LIST", "Only a list is a list.")
        elif not least <= len(value) <= most:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def close(self) -> None:
        """Refuse the form if there was a mistake."""
        if self._errors:
            raise Refusal(400, INVALID_FORM, "Invalid Form Body", errors=self._errors)
