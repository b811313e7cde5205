"""Real files for thousands of results without drawing each: one of a kind is drawn, the others are copies of it."""

import asyncio
from pathlib import Path

from typing_extensions import override

from providers.sandbox.media import Darkroom
from providers.sandbox.scene import Medium, Scene

_drawn: dict[tuple[object, ...], bytes] = {}
"""What this process has drawn already; a few dozen small files."""


class Album(Darkroom):
    """A darkroom that draws each kind of file once in a process."""

    @override
    async def develop(self, scene: Scene, medium: Medium, path: Path) -> None:
        kind = (medium, scene.width, scene.height, scene.seconds, scene.sounds)
        if kind not in _drawn:
            await super().develop(scene, medium, path)
            _drawn[kind] = await asyncio.to_thread(path.read_bytes)
        await asyncio.to_thread(_put, path, _drawn[kind])


def _put(path: Path, data: bytes) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
