"""Media that clients send: addresses, data URLs, bare base64. What a model takes of them is in ``rules``.

Nothing is fetched: an ``https`` address is believed, and says its length with ``?seconds=20`` where that matters.
"""

import base64
import binascii
import io
import struct
import wave
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from providers.sandbox.cdn import Cdn

UNREADABLE = "Invalid base64 data"
_USUAL_SECONDS = 5.0
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}
_SOUNDS = {
    b"RIFF": "audio/wav",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
}
_FILMS = {b"\x00\x00\x00": "video/mp4", b"\x1aE\xdf\xa3": "video/webm"}
_KINDS = {"image": _PICTURES, "audio": _SOUNDS, "video": _FILMS}


class RejectedError(Exception):
    """One item is rejected; the message is what its ``error`` says."""


@dataclass(frozen=True, slots=True)
class Given:
    """One input that can be read. ``address`` is where its bytes are, ``seconds`` how long it lasts."""

    address: str
    width: int = 0
    height: int = 0
    seconds: float = _USUAL_SECONDS


class Intake:
    """Takes inputs in for one sandbox; what came as bytes is stored with its CDN."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn

    def take(self, sent: object, kind: str) -> Given:
        """Read one input; ``kind`` is ``image``, ``audio`` or ``video``. Raises :class:`RejectedError`."""
        if not isinstance(sent, str) or not sent:
            raise RejectedError(UNREADABLE)
        if sent.startswith(("https://", "http://")):
            return self._addressed(sent)
        return self._embedded(sent, kind)

    def _addressed(self, url: str) -> Given:
        if self._cdn.is_ours(url):
            if not self._cdn.holds(url):
                raise RejectedError("The media could not be fetched")
            scene = self._cdn.scene_at(url)
            return Given(url, scene.width, scene.height, float(scene.seconds)) if scene else Given(url)
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise RejectedError(UNREADABLE)
        told = parse_qs(parts.query).get("seconds", [""])[0]
        return Given(url, seconds=float(told) if told.isdecimal() else _USUAL_SECONDS)

    def _embedded(self, sent: str, kind: str) -> Given:
        head, comma, body = sent.partition(",")
        if sent.startswith("data:"):
            if not comma or not head.startswith(f"data:{kind}/") or not head.endswith(";base64"):
                raise RejectedError(UNREADABLE)
            sent = body
        try:
            data = base64.b64decode(sent, validate=True)
        except (binascii.Error, ValueError):
            raise RejectedError(UNREADABLE) from None
        mime = next((mime for magic, mime in _KINDS[kind].items() if data.startswith(magic)), None)
        if mime is None:
            raise RejectedError(UNREADABLE)
        width, height = _size(data) if kind == "image" else (0, 0)
        seconds = _length(data) if mime == "audio/wav" else _USUAL_SECONDS
        return Given(self._cdn.keep(data, mime), width, height, seconds)


def _size(data: bytes) -> tuple[int, int]:
    """Read the size of a PNG or a JPEG; of anything else it is not known."""
    if data.startswith(b"\x89PNG") and len(data) >= 24:  # noqa: PLR2004 - where the IHDR's sizes end
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    place = 2
    while data.startswith(b"\xff\xd8") and place + 9 <= len(data):
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in {0xC0, 0xC1, 0xC2}:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return int(width), int(height)
        place += 2 + length
    return 0, 0


def _length(data: bytes) -> float:
    try:
        with wave.open(io.BytesIO(data)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        raise RejectedError(UNREADABLE) from None
