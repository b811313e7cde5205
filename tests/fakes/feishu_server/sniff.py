"""What a file really is, by its first bytes, and how large a picture is. No codec is asked and nothing is decoded."""

import struct

IMAGES = frozenset({"jpeg", "png", "webp", "gif", "bmp", "ico", "tiff", "heic"})
_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"OggS", "opus"),
    (b"%PDF", "pdf"),
    (b"\x1aE\xdf\xa3", "webm"),
)


def sniff(data: bytes) -> str:
    """Return the kind of file: one of ``IMAGES``, mp4, mov, webm, opus, pdf or ``unknown``."""
    if data[4:8] == b"ftyp":
        return _by_brand(data[8:12])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for sign, kind in _SIGNS if data.startswith(sign)), "unknown")


def resolution(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that a PNG, GIF, BMP or JPEG says it has; None = not known."""
    kind = sniff(data)
    if kind == "png" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if kind == "gif" and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    if kind == "bmp" and len(data) >= 26:
        return struct.unpack("<II", data[18:26])
    return _jpeg(data) if kind == "jpeg" else None


def _by_brand(brand: bytes) -> str:
    if brand in {b"heic", b"heix", b"mif1", b"msf1"}:
        return "heic"
    return "mov" if brand == b"qt  " else "mp4"


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
