"""The words on a pretend result: model, prompt and the mark that it is one. Landscapes are not here."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from providers.sandbox.scene import Scene

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/arial.ttf",
)
"""Where systems keep fonts with many letters; Pillow's own has only the Latin ones."""

_FIRST_IDEOGRAPH = "\u2e80"
_NO_LETTER = "\U0010fffd"
_MOST_LINES = 4
_INK, _FAINT, _PAPER = (255, 255, 255, 255), (255, 255, 255, 190), (16, 16, 32, 140)


class Lettering:
    """Writes on one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        short = min(scene.width, scene.height)
        self._margin = max(6, short // 20)
        self._large = max(11, short // 17)
        self._small = max(9, short // 26)

    def card(self) -> Image.Image:
        """Return a see-through layer of the frame's size with everything that is written."""
        layer = Image.new("RGBA", (self._scene.width, self._scene.height))
        draw = ImageDraw.Draw(layer)
        self._write_prompt(draw)
        self._write_mark(draw)
        return layer

    def _write_prompt(self, draw: ImageDraw.ImageDraw) -> None:
        text = " ".join(self._scene.prompt.split())
        font, small = font_for(text, self._large), font_for(self._scene.model, self._small)
        text = " ".join(legible(text, font).split())
        margin, pad, step = self._margin, self._margin * 2 // 3, round(self._large * 1.35)
        lines = wrapped(text, font, self._scene.width - 2 * (margin + pad))
        wide = max([small.getlength(self._scene.model), *(font.getlength(line) for line in lines)])
        high = round(self._small * 1.6) + step * len(lines)
        top = self._scene.height - margin - 2 * pad - high
        box = (margin, top, margin + 2 * pad + wide, self._scene.height - margin)
        draw.rounded_rectangle(box, radius=pad, fill=_PAPER)
        draw.text((margin + pad, top + pad), self._scene.model, font=small, fill=_FAINT)
        for number, line in enumerate(lines):
            place = (margin + pad, top + pad + round(self._small * 1.6) + step * number)
            draw.text(place, line, font=font, fill=_INK)

    def _write_mark(self, draw: ImageDraw.ImageDraw) -> None:
        font = font_for("sandbox", self._small)
        pad = self._small // 2
        left = self._scene.width - self._margin - 2 * pad - font.getlength("sandbox")
        box = (left, self._margin, self._scene.width - self._margin, self._margin + self._small + 2 * pad)
        draw.rounded_rectangle(box, radius=pad + self._small // 2, fill=_PAPER)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        anchor = "mm" if isinstance(font, ImageFont.FreeTypeFont) else None
        draw.text(middle, "sandbox", font=font, fill=_FAINT, anchor=anchor)


def font_for(text: str, size: int) -> Font:
    """Return the first font of this machine that has every letter, else the one that has the most."""
    best, most = ImageFont.load_default(size), -1
    for font in _fonts(size):
        count = len(legible(text, font))
        if count == len(text):
            return font
        if count > most:
            best, most = font, count
    return best


def legible(text: str, font: Font) -> str:
    """Return the text without the letters that would come out as empty boxes."""
    box = bytes(font.getmask(_NO_LETTER))
    has = {letter: bytes(font.getmask(letter)) != box for letter in set(text)}
    return "".join(letter for letter in text if has[letter])


def _fonts(size: int) -> Iterator[Font]:
    yield ImageFont.load_default(size)
    for path in _FONTS:
        if Path(path).exists():
            yield ImageFont.truetype(path, size)


def wrapped(text: str, font: Font, width: float) -> list[str]:
    """Break a text into at most four lines; what is too long ends in an ellipsis."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, font, width):
        if line and font.getlength((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    lines.append(line.rstrip())
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1].rstrip(".,; ") + "..."]
    return [line for line in lines if line]


def _pieces(text: str, font: Font, width: float) -> list[str]:
    """Split where a line may break: after a space, around every ideograph, and within a word that fills a line."""
    pieces: list[str] = []
    for letter in text:
        last = pieces[-1] if pieces else " "
        breaks = last.endswith(" ") or letter >= _FIRST_IDEOGRAPH or last >= _FIRST_IDEOGRAPH
        if breaks or font.getlength(last + letter) > width:
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces
