"""A small chart of bars as a PNG, drawn without a library: what was spent day by day. Its figures are in ``usage``."""

import base64
import struct
import zlib
from collections.abc import Sequence
from decimal import Decimal

from bot.core.cards import OWN_PICTURE, Medium
from providers.models import MediaKind

WIDTH, HEIGHT = 640, 240
_SIDE, _TOP, _BOTTOM = 16, 36, 36
_SCALE = 3
"""Pixels of one dot of a sign."""

_ADVANCE, _DOTS = 4, 5
"""Dots from one sign to the next, and rows of dots of a sign."""

_PALETTE = b"\xf7\xf7\xfb\x5b\x5f\xd6\x50\x54\x60\xc8\xc8\xd4"
_PAPER, _BAR, _INK, _RULE = range(4)

_SIGNS = {
    "0": "111 101 101 101 111",
    "1": "010 110 010 010 111",
    "2": "111 001 111 100 111",
    "3": "111 001 111 001 111",
    "4": "101 101 111 001 001",
    "5": "111 100 111 001 111",
    "6": "111 100 111 101 111",
    "7": "111 001 001 010 010",
    "8": "111 101 111 101 111",
    "9": "111 101 111 001 111",
    ".": "000 000 000 000 010",
}
"""Each sign in rows of dots."""


class Sheet:
    """A picture of few colours, one byte for each pixel."""

    def __init__(self) -> None:
        self._rows = [bytearray([_PAPER]) * WIDTH for _ in range(HEIGHT)]

    def fill(self, left: int, top: int, right: int, bottom: int, colour: int) -> None:
        """Fill a box; what lies outside of the sheet is left out."""
        left, right = max(left, 0), min(right, WIDTH)
        for row in self._rows[max(top, 0) : max(bottom, 0)]:
            row[left:right] = bytes([colour]) * max(right - left, 0)

    def write(self, text: str, left: int, top: int) -> None:
        """Write digits and points."""
        for n, sign in enumerate(text):
            for y, dots in enumerate(_SIGNS.get(sign, "").split()):
                for x, dot in enumerate(dots):
                    if dot == "1":
                        at = left + (n * _ADVANCE + x) * _SCALE
                        self.fill(at, top + y * _SCALE, at + _SCALE, top + (y + 1) * _SCALE, _INK)

    def png(self) -> bytes:
        """Return the sheet as a PNG."""
        header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in self._rows), 9)
        parts = ((b"IHDR", header), (b"PLTE", _PALETTE), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def width_of(text: str) -> int:
    """Return how many pixels a text takes."""
    return (len(text) * _ADVANCE - 1) * _SCALE


def bars(values: Sequence[Decimal], labels: Sequence[str]) -> bytes:
    """Return a chart with a bar for each value, its label below, and the highest value above its bar.

    Labels that would touch the one before are left out. Values below nothing are drawn as nothing.
    """
    sheet, floor = Sheet(), HEIGHT - _BOTTOM
    sheet.fill(_SIDE, floor, WIDTH - _SIDE, floor + 2, _RULE)
    highest, step = max((*values, Decimal(0))), (WIDTH - 2 * _SIDE) / max(len(values), 1)
    free_from = 0
    for n, (value, label) in enumerate(zip(values, labels, strict=True)):
        left, right = round(_SIDE + n * step), round(_SIDE + (n + 1) * step)
        middle = (left + right - width_of(label)) // 2
        if middle >= free_from:
            sheet.write(label, middle, floor + 10)
            free_from = middle + width_of(label) + 2 * _ADVANCE
        if value > 0:
            top = floor - max(2, int((floor - _TOP) * value / highest))
            sheet.fill(left + 1, top, right - 1, floor, _BAR)
            if value == highest:
                _name_highest(sheet, value, (left + right) // 2, top)
    return sheet.png()


def _name_highest(sheet: Sheet, value: Decimal, middle: int, top: int) -> None:
    said = f"{value:.2f}".rstrip("0").rstrip(".")
    left = min(max(middle - width_of(said) // 2, 2), WIDTH - width_of(said) - 2)
    sheet.write(said, left, top - _DOTS * _SCALE - 6)


def medium(values: Sequence[Decimal], labels: Sequence[str]) -> Medium:
    """Return the same as something that a card shows in place."""
    data = base64.b64encode(bars(values, labels)).decode("ascii")
    return Medium(MediaKind.IMAGE, f"{OWN_PICTURE}{data}", width=WIDTH, height=HEIGHT)
