"""Names: of an order, so that it can be checked after a restart, and of files at the server.

A person's order may name nothing there but such a file. Nothing is asked here.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

_BETWEEN: Final = "~"
_PARTS: Final = 7
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_MILLISECONDS: Final = 1000


class Kind(StrEnum):
    """By which route an order went, which decides how it can be found again."""

    PICTURE = "picture"
    SEQUENCE = "sequence"
    NODE = "node"
    VIDEO = "video"
    EDIT = "edit"  # the call is held until the picture is there; the server lists it all the same
    FILM = "film"  # the call is held, and what it stops being held for is lost
    WORDS = "words"  # the same, for a description
    UNKNOWN = "unknown"  # not one of our names


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it is remembered. ``token`` is its ``requestId``; ``seconds`` and ``form`` are what was asked for."""

    kind: Kind
    model: str
    token: str
    started: datetime
    count: int = 1
    seconds: int = 0
    form: str = ""

    @property
    def ref(self) -> str:
        """The name it is checked by."""
        started = round(self.started.timestamp() * _MILLISECONDS)
        parts = (self.kind, self.model, self.count, self.seconds, self.form, started, self.token)
        return _BETWEEN.join(str(part) for part in parts)

    @property
    def lane(self) -> str:
        """Whose plan or key it goes by."""
        return self.model.partition("/")[0]

    def named(self, token: str) -> "Ticket":
        """Return it under the id that the server gave it."""
        return replace(self, token=token)

    @classmethod
    def read(cls, ref: str, now: datetime) -> "Ticket":
        """Return the order of a name; a strange one is taken for a token of an order that began now."""
        parts = ref.split(_BETWEEN, _PARTS - 1)
        try:
            kind, model, count, seconds, form, started, token = parts
            began = datetime.fromtimestamp(int(started) / _MILLISECONDS, UTC)
            return cls(Kind(kind), model, token, began, int(count), int(seconds), form)
        except ValueError:
            return cls(Kind.UNKNOWN, "", ref, now)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses at the server whose own address is ``base``, there and back."""

    base: str

    @property
    def origin(self) -> str:
        """Where results are fetched from."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    def file(self, name: str) -> str:
        """Return where a result is."""
        return f"{self.base}/generated/{quote(name)}"

    def frame(self, name: str) -> str:
        """Return where the last frame of a clip is."""
        return f"{self.base}/api/video/frame?file={quote(name)}&position=last"

    def named(self, url: str) -> str:
        """Return the name of the result that an address of ours leads to, or nothing."""
        name = url.removeprefix(f"{self.base}/generated/")
        return name if name != url and is_file(name) else ""

    def framed(self, url: str) -> str:
        """Return the name of the clip whose last frame an address of ours leads to, or nothing."""
        if not url.startswith(f"{self.base}/api/video/frame?"):
            return ""
        asked = parse_qs(urlsplit(url).query)
        name = asked.get("file", [""])[0]
        return name if is_file(name) and asked.get("position") == ["last"] else ""


def is_file(name: str) -> bool:
    """Tell whether it is a plain name of a file, and no path."""
    return _FILE.fullmatch(name) is not None and ".." not in name and not name.endswith(".json")
