"""Pictures that come inside a body: references, an image to edit, its mask. What is made of them is not here.

What a route takes is in ``stills`` and ``films``; what came is kept with the CDN under an address.
"""

import base64
import binascii
import struct
from collections.abc import Mapping

from providers.sandbox.cdn import Cdn
from providers.sandbox.ima2.answers import RefusedError
from providers.sandbox.ima2.catalogue import LARGEST_REFERENCE, MOST_GROK_REFERENCES, MOST_REFERENCES
from providers.sandbox.ima2.order import Family

Body = Mapping[str, object]

_PNG = b"\x89PNG\r\n\x1a\n"
_TYPES = {_PNG[:4]: "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}
_LARGEST_MASK = 16 * 1024 * 1024
_ALPHA = {4, 6}
_HEADER = 26
_TOO_MANY = {Family.AGY: "AGY_REF_TOO_MANY"}
_NO_MASKS = {
    Family.GROK: "GROK_MASK_UNSUPPORTED",
    Family.AGY: "AGY_MASK_UNSUPPORTED",
    Family.GEMINI: "GEMINI_API_MASK_UNSUPPORTED",
}


class Intake:
    """Takes pictures in for one sandbox."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn

    def references(self, sent: object, family: Family, beside: int = 0) -> tuple[str, ...]:
        """Keep references and return their addresses; ``beside`` counts other pictures that go along."""
        if not isinstance(sent, list):
            raise RefusedError(400, "REF_NOT_ARRAY", "references must be an array")
        if len(sent) > MOST_REFERENCES:
            raise RefusedError(400, "REF_TOO_MANY", f"references may not exceed {MOST_REFERENCES} items")
        read = [self._reference(one) for one in sent]
        if family is not Family.OPENAI and len(read) + beside > MOST_GROK_REFERENCES:
            code = _TOO_MANY.get(family, "GROK_REF_TOO_MANY")
            raise RefusedError(400, code, f"no more than {MOST_GROK_REFERENCES} pictures are supported here")
        return tuple(self.keep(data) for data in read)

    def image(self, sent: object, mask: object, family: Family) -> str:
        """Keep the picture of an edit and return its address, after a look at the mask."""
        if not isinstance(sent, str):
            raise RefusedError(400, "INVALID_EDIT_IMAGE_BASE64", "image must be base64")
        image = _decoded(sent)
        if not image:
            raise RefusedError(400, "INVALID_EDIT_IMAGE_BASE64", "image must be base64")
        if mask is not None:
            self._check_mask(mask, image, family)
        return self.keep(image)

    def clip_image(self, sent: object) -> str:
        """Keep a picture for a clip; the real server looks at nothing here and leaves it to the upstream."""
        data = _decoded(sent) if isinstance(sent, str) else b""
        return self.keep(data or b"")

    def keep(self, data: bytes) -> str:
        """Keep bytes and return their address."""
        kind = next((kind for start, kind in _TYPES.items() if data.startswith(start)), "application/octet-stream")
        return self._cdn.keep(data, kind)

    def _reference(self, sent: object) -> bytes:
        if not isinstance(sent, str):
            raise RefusedError(400, "REF_NOT_STRING", "each reference must be a string")
        if not sent:
            raise RefusedError(400, "REF_EMPTY", "a reference is empty")
        if len(sent.partition(",")[2] or sent) > LARGEST_REFERENCE:
            raise RefusedError(400, "REF_TOO_LARGE", "a reference is too large")
        data = _decoded(sent)
        if not data:
            raise RefusedError(400, "REF_NOT_BASE64", "a reference is not base64")
        return data

    def _check_mask(self, sent: object, image: bytes, family: Family) -> None:
        if family is not Family.OPENAI:
            raise RefusedError(400, _NO_MASKS[family], "masks are not supported by this provider")
        if not isinstance(sent, str):
            raise RefusedError(400, "INVALID_EDIT_MASK", "mask must be a string")
        mask = _decoded(sent)
        if not mask:
            raise RefusedError(400, "INVALID_EDIT_MASK_BASE64", "mask must be base64")
        if len(mask) > _LARGEST_MASK:
            raise RefusedError(400, "EDIT_MASK_TOO_LARGE", "mask is too large")
        if not mask.startswith(_PNG):
            raise RefusedError(400, "INVALID_EDIT_MASK_PNG", "mask must be a PNG")
        if not image.startswith(_PNG):
            raise RefusedError(400, "INVALID_EDIT_IMAGE_PNG", "with a mask the image must be a PNG")
        if _colour(mask) not in _ALPHA:
            raise RefusedError(400, "EDIT_MASK_NO_ALPHA", "mask must have an alpha channel")
        if _size(mask) != _size(image):
            raise RefusedError(400, "EDIT_MASK_DIMENSION_MISMATCH", "mask and image must be of one size")


def _decoded(sent: str) -> bytes | None:
    """Read base64 or a data URL; ``None`` for anything else, an address for instance."""
    text = sent.partition(",")[2] if sent.startswith("data:") else sent
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _size(png: bytes) -> tuple[int, int]:
    if len(png) < _HEADER:
        return 0, 0
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def _colour(png: bytes) -> int:
    return png[25] if len(png) >= _HEADER else 0
