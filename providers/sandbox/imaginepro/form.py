"""A request's body, read field by field; all that is wrong is collected. What a body must hold is in ``orders``."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from aiohttp import web

from providers.sandbox.imaginepro.answers import RefusedError

Json = Mapping[str, object]


class Form:
    """One body. Every reader notes what is wrong and returns something harmless; :meth:`check` raises."""

    def __init__(self, body: Json) -> None:
        self.body = body
        self._wrong: list[str] = []

    def refuse(self, words: str) -> None:
        """Note that something is wrong."""
        self._wrong.append(words)

    def check(self) -> None:
        """Raise :class:`RefusedError` with 400 if anything was wrong: one sentence, or a list of them."""
        if self._wrong:
            raise RefusedError(400, self._wrong[0] if len(self._wrong) == 1 else self._wrong)

    def text(self, name: str, usual: str = "", *, needed: bool = False) -> str:
        """Read a text."""
        value = self.body.get(name)
        if value is None or value == "":
            if needed:
                self.refuse(f"{name[:1].upper()}{name[1:]} is required.")
            return usual
        if not isinstance(value, str) or not value.strip():
            self.refuse(f"{name} must be a string.")
            return usual
        return value

    def link(self, name: str, *, needed: bool = False) -> str:
        """Read an address on the web."""
        value = self.text(name, needed=needed)
        if value and not is_link(value):
            self.refuse(f"{name} must be a URL address.")
        return value

    def number(self, name: str, usual: int | None, least: int, most: int, step: int = 1) -> int:
        """Read a whole number; without a usual one it is needed."""
        value = self.body.get(name, usual)
        if type(value) is not int or not least <= value <= most:
            self.refuse(f"{name} must be a whole number from {least} to {most}.")
            return least
        if value % step:
            self.refuse(f"{name} must be divisible by {step}.")
        return value

    def choice(self, name: str, choices: Sequence[str], usual: str = "") -> str:
        """Read one of several words."""
        value = self.text(name, usual, needed=not usual)
        if value and value not in choices:
            self.refuse(f"{name} must be one of: {', '.join(choices)}.")
        return value

    def picture(self, name: str) -> bool:
        """Tell whether a field holds a picture in base64; what is there and is none is noted."""
        value = self.text(name)
        if not value:
            return False
        try:
            data = base64.b64decode(value.rpartition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if not data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF")):
            self.refuse(f"{name} must be a base64 image.")
        return True


def is_link(value: object) -> bool:
    """Tell whether something is an address on the web."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


async def body_of(request: web.Request) -> Json:
    """Read a body; what is not called JSON counts as empty, as it does in this framework."""
    raw = await request.read()
    if request.content_type != "application/json" or not raw:
        return {}
    try:
        body: object = json.loads(raw)
    except ValueError:
        raise RefusedError(400, "Unexpected token in JSON") from None
    return body if isinstance(body, dict) else {}
