"""The process that makes one file: an order as JSON comes in, a file comes out. How pictures look is not decided here.

Run as ``python -m providers.sandbox.drawing``. The order is a scene with ``medium`` and ``path``.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import imageio_ffmpeg
from PIL import Image
from pydantic import BaseModel

from providers.sandbox.melody import RATE, tune
from providers.sandbox.painting import Painter
from providers.sandbox.scene import Medium, Scene

_FRAMES_PER_SECOND = 15
_VIDEO = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
_SAMPLES = ("-f", "s16le", "-ar", str(RATE), "-ac", "1")
_SOUND = ("-c:a", "libmp3lame", "-b:a", "96k")


class DrawingOrder(BaseModel):
    """What to draw, and where to put it."""

    prompt: str
    model: str
    seed: str
    width: int
    height: int
    seconds: int
    backdrop: str
    at: float | None
    sounds: bool
    tiles: tuple[str, ...] = ()
    medium: Medium
    path: Path

    def scene(self) -> Scene:
        """Return the scene without the file."""
        backdrop = Path(self.backdrop) if self.backdrop else None
        scene = Scene(self.prompt, self.model, self.seed, self.width, self.height, self.seconds, backdrop, self.at)
        return replace(scene, tiles=self.tiles)


def draw(order: DrawingOrder) -> None:
    """Make the file; it appears under its name only when it is whole."""
    order.path.parent.mkdir(parents=True, exist_ok=True)
    part = order.path.with_name(f"{order.path.name}.part")
    scene = order.scene()
    match order.medium:
        case Medium.PICTURE:
            _still(scene, 0.35).save(part, "PNG")
        case Medium.WEBP:
            _still(scene, 0.35).save(part, "WEBP", quality=88)
        case Medium.COVER:
            # The real covers are the first frame.
            _still(scene, 0.0).save(part, "JPEG", quality=88)
        case Medium.VIDEO:
            raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{scene.width}x{scene.height}")
            film = [*raw, "-r", str(_FRAMES_PER_SECOND), "-i", "-"]
            with _track(order) as sound:
                _encode([*film, *sound], [*_VIDEO, "-f", "mp4"], _frames(scene), part)
        case Medium.SOUND:
            _encode([*_SAMPLES, "-i", "-"], [*_SOUND, "-f", "mp3"], [tune(scene.seed, scene.seconds)], part)
    part.replace(order.path)


def _still(scene: Scene, usual: float) -> Image.Image:
    at = usual if scene.at is None else scene.at
    return _sheet(scene, at) if scene.tiles else Painter(scene).frame(at)


def _sheet(scene: Scene, at: float) -> Image.Image:
    """Put four pictures on one, two and two, each as it looks alone."""
    made = Image.new("RGB", (scene.width, scene.height))
    width, height = scene.width // 2, scene.height // 2
    for number, seed in enumerate(scene.tiles):
        tile = replace(scene, seed=seed, tiles=(), width=width, height=height)
        made.paste(Painter(tile).frame(at), (number % 2 * width, number // 2 * height))
    return made


@contextmanager
def _track(order: DrawingOrder) -> Iterator[Sequence[str]]:
    """Give ffmpeg a second input with the film's tune, if it has one."""
    if not order.sounds:
        yield ()
        return
    with NamedTemporaryFile(suffix=".pcm") as file:
        file.write(tune(order.seed, order.seconds))
        file.flush()
        yield (*_SAMPLES, "-i", file.name, "-c:a", "aac", "-b:a", "96k", "-shortest")


def _frames(scene: Scene) -> Iterator[bytes]:
    painter = Painter(scene)
    count = max(2, scene.seconds * _FRAMES_PER_SECOND)
    for number in range(count):
        yield painter.frame(number / (count - 1)).tobytes()


def _encode(raw: list[str], wanted: list[str], pieces: Iterable[bytes], path: Path) -> None:
    """Pipe raw pictures or sound through ffmpeg."""
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-threads", "1"]
    command = [*program, *raw, *wanted, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:  # noqa: S603 - no shell, and every word is ours
        if encoder.stdin is not None:
            for piece in pieces:
                encoder.stdin.write(piece)
    if encoder.returncode:
        raise subprocess.CalledProcessError(encoder.returncode, "ffmpeg")


if __name__ == "__main__":
    draw(DrawingOrder.model_validate_json(sys.stdin.buffer.read()))
