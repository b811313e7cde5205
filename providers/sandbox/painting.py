"""Draws a scene: sky, a wandering sun, hills, and the prompt on a card. Encoding and files are not here.

Everything that stands still is drawn once; a frame only puts the layers together. Imported by the drawing process
alone, because it brings Pillow.
"""

import math
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from providers.sandbox.lettering import Lettering
from providers.sandbox.scene import Scene

Colour = tuple[int, int, int]
Frame = Image.Image


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one time of day."""

    zenith: Colour
    horizon: Colour
    sun: Colour
    far: Colour
    middle: Colour
    near: Colour


_PALETTES = (
    Palette((46, 44, 110), (247, 170, 122), (255, 236, 196), (150, 96, 140), (98, 64, 122), (52, 38, 84)),
    Palette((74, 150, 214), (255, 230, 200), (255, 250, 226), (150, 190, 172), (92, 150, 130), (48, 104, 92)),
    Palette((12, 20, 56), (86, 108, 172), (240, 240, 226), (62, 82, 140), (38, 54, 104), (20, 30, 66)),
    Palette((118, 62, 122), (255, 200, 170), (255, 243, 214), (190, 112, 146), (136, 70, 116), (82, 40, 82)),
    Palette((16, 92, 122), (196, 236, 226), (255, 251, 224), (94, 176, 182), (44, 134, 148), (18, 84, 102)),
)
_HILL_PAN = 0.12
"""How far the nearest hills move during a film, as a share of the width; farther ones move less."""

_SKYLINE = 0.70
_ZOOM = 0.10


class Painter:
    """Paints the frames of one scene."""

    def __init__(self, scene: Scene) -> None:
        luck = sha256(scene.seed.encode()).digest()
        self._size = (scene.width, scene.height)
        self._palette = _PALETTES[luck[0] % len(_PALETTES)]
        self._picture = _picture(scene.backdrop, self._size)
        self._sky = self._paint_sky()
        self._glow, self._disc = self._paint_sun()
        self._hills = [self._paint_hill(depth, luck[1 + depth]) for depth in range(3)]
        self._card = Lettering(scene).card()

    def frame(self, at: float) -> Frame:
        """Return the frame at a share of the film, from 0 to 1."""
        made = self._zoomed(self._picture, at) if self._picture else self._landscape(at)
        made.paste(self._card, (0, 0), self._card)
        return made

    def _landscape(self, at: float) -> Frame:
        width, height = self._size
        made = self._sky.copy()
        x = round(width * (0.16 + 0.68 * at))
        y = round(height * (0.40 - 0.18 * math.sin(math.pi * at)))
        for mask in (self._glow, self._disc):
            made.paste(self._palette.sun, (x - mask.width // 2, y - mask.height // 2), mask)
        colours = (self._palette.far, self._palette.middle, self._palette.near)
        for depth, (hill, colour) in enumerate(zip(self._hills, colours, strict=True)):
            left = round(-width * _HILL_PAN * (depth + 1) / 3 * at)
            made.paste(colour, (left, 0), hill)
        return made

    def _zoomed(self, picture: Frame, at: float) -> Frame:
        """Move slowly into an uploaded picture."""
        width, height = self._size
        cut_x, cut_y = width * _ZOOM * at / 2, height * _ZOOM * at / 2
        box = (cut_x, cut_y, width - cut_x, height - cut_y)
        return picture.resize(self._size, Image.Resampling.BILINEAR, box=box)

    def _paint_sky(self) -> Frame:
        width, height = self._size
        fade = Image.new("L", self._size, 255)
        fade.paste(Image.linear_gradient("L").resize((width, round(height * _SKYLINE)), Image.Resampling.BICUBIC))
        return ImageOps.colorize(fade, black=self._palette.zenith, white=self._palette.horizon)

    def _paint_sun(self) -> tuple[Frame, Frame]:
        short = min(self._size)
        wide = round(short * 1.5)
        # Pillow's gradient is 181 and not 255 in the middle of its edges; the light must end before them.
        fade = Image.radial_gradient("L").point(lambda dark: max(0, 181 - dark) ** 2 // 200)
        glow = fade.resize((wide, wide), Image.Resampling.BICUBIC)
        large = Image.new("L", (short, short))
        ImageDraw.Draw(large).ellipse((4, 4, short - 5, short - 5), fill=255)
        disc = large.resize((round(short * 0.24),) * 2, Image.Resampling.LANCZOS)
        return glow, disc

    def _paint_hill(self, depth: int, luck: int) -> Frame:
        """Return the shape of one ridge, a little wider than the frame so that it can pan."""
        width, height = round(self._size[0] * (1 + _HILL_PAN)) + 2, self._size[1]
        base, rise = height * (0.62 + 0.11 * depth), height * (0.09 - 0.015 * depth)
        # Drawn at twice the size and shrunk, which is how Pillow gets smooth edges.
        edge = [(x, 2 * (base - rise * _ridge(x / 2 / self._size[0], depth, luck))) for x in range(0, 2 * width + 4, 4)]
        large = Image.new("L", (width * 2, height * 2))
        ImageDraw.Draw(large).polygon([(0, 2 * height), *edge, (edge[-1][0], 2 * height)], fill=255)
        return large.resize((width, height), Image.Resampling.LANCZOS)


def _ridge(x: float, depth: int, luck: int) -> float:
    """Return the height of a ridge, about -1 to 1, at a share of the width."""
    turn = luck / 40
    return math.sin((2.4 + depth * 0.8) * x + turn) + 0.45 * math.sin((5.8 + depth * 1.7) * x + 2.3 * turn)


def _picture(path: Path | None, size: tuple[int, int]) -> Frame | None:
    """Return an uploaded picture cut to size; anything that is no picture is as good as none."""
    if path is None:
        return None
    try:
        with Image.open(path) as opened:
            return ImageOps.fit(ImageOps.exif_transpose(opened).convert("RGB"), size)
    except (OSError, Image.DecompressionBombError):
        return None
