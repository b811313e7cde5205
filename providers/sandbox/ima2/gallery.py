"""The files under ``/generated``, drawn when somebody first looks. Which results there are is known to the shelf."""

import re
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from providers.sandbox.cdn import Cdn
from providers.sandbox.faults import without_markers
from providers.sandbox.ima2.answers import RefusedError, Shape
from providers.sandbox.ima2.order import Family, Order
from providers.sandbox.ima2.shelf import Made, Shelf
from providers.sandbox.media import Darkroom, MediaError
from providers.sandbox.scene import Medium, Scene

_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
}
_LONGEST = 640
"""Pixels; real results are larger, and nobody needs that here."""

_SIZE = re.compile(r"(\d{2,5})\s*[x:]\s*(\d{2,5})|(\d{1,2}):(\d{1,2})")


class Gallery:
    """Draws and shows the results of one ima2."""

    def __init__(self, *, home: Path, cdn: Cdn, shelf: Shelf) -> None:
        self._folder = home / "made" / "ima2"
        self._cdn = cdn
        self._shelf = shelf
        self._darkroom = Darkroom()

    async def close(self) -> None:
        """Stop drawing."""
        await self._darkroom.close()

    async def show(self, filename: str) -> web.StreamResponse:
        """Answer with a file. What is beside a result as ``.json`` is nobody's business."""
        if filename.endswith(".json"):
            return web.Response(status=404, text="Generated metadata is not public")
        made = self._shelf.file(filename)
        if made is None or made.picture.get("lost"):
            raise RefusedError(404, "NOT_FOUND", "Route not found", Shape.NESTED)
        headers = {
            "Content-Type": _TYPES.get(filename.rpartition(".")[2], "application/octet-stream"),
            "Cache-Control": "public, max-age=31536000, immutable",
        }
        return web.FileResponse(await self._path(made), headers=headers)

    async def frame(self, filename: str, at: float) -> bytes:
        """Return one moment of a clip as a PNG; ``at`` is from 0 to 1."""
        made = self._shelf.file(filename)
        if made is None:
            raise RefusedError(404, None, "no such file")
        path = self._folder / "frames" / f"{filename}-{at:.3f}.png"
        await self._develop(replace(await self._scene(made), at=at), Medium.PICTURE, path)
        return path.read_bytes()

    async def _path(self, made: Made) -> Path:
        path = self._folder / made.filename
        await self._develop(await self._scene(made), Medium(str(made.picture["medium"])), path)
        return path

    async def _develop(self, scene: Scene, medium: Medium, path: Path) -> None:
        try:
            await self._darkroom.develop(scene, medium, path)
        except MediaError:
            raise RefusedError(500, "INTERNAL_ERROR", "ffmpeg failed", Shape.NESTED) from None

    async def _scene(self, made: Made) -> Scene:
        shown = made.picture
        return Scene(
            prompt=str(shown["prompt"]),
            model=str(shown["model"]),
            seed=made.filename,
            width=int(str(shown["width"])),
            height=int(str(shown["height"])),
            seconds=made.seconds,
            backdrop=await self._backdrop(shown.get("backdrop")),
        )

    async def _backdrop(self, source: object) -> Path | None:
        """Find the picture to draw on: something that was sent, or an earlier result, itself drawn first."""
        if not isinstance(source, str):
            return None
        if source.startswith("/cdn/"):
            return self._cdn.upload_at(source)
        made = self._shelf.file(source)
        if made is None:
            return None
        if not made.seconds:
            return await self._path(made)
        await self.frame(source, 1.0)
        return self._folder / "frames" / f"{source}-1.000.png"


def picture_of(order: Order, *, lost: bool) -> dict[str, object]:
    """Return what is on a result of an order; ``lost`` is one whose file is not there."""
    film = order.film
    width, height = _sized(order.size if film is None else film.aspect, film is not None)
    medium = Medium.VIDEO if film else Medium.PICTURE if order.family is Family.OPENAI else Medium.COVER
    return {
        "prompt": without_markers(order.prompt),
        "model": order.model,
        "width": width,
        "height": height,
        "seconds": film.seconds if film else 0,
        "backdrop": next(iter(order.references), order.backdrop),
        "medium": medium.value,
        "lost": lost,
    }


def _sized(told: str, wide: bool) -> tuple[int, int]:  # noqa: FBT001 - read where it is called
    found = _SIZE.fullmatch(told)
    numbers = [int(part) for part in found.groups() if part] if found else [16, 9] if wide else [1, 1]
    scale = _LONGEST / max(numbers)
    width, height = (max(2, round(number * scale / 2) * 2) for number in numbers)
    return width, height
