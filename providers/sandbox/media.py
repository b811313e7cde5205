"""Makes the files of results when they are first asked for, each once. What they look like is not decided here.

The work is done by a child process (:mod:`providers.sandbox.drawing`), so that the image libraries cost the service no
memory and the drawing no time of its loop. A file is moved into place when it is whole: a kill leaves none behind
that is cut off.
"""

import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import structlog

from providers.sandbox.scene import Medium, Scene

_AT_ONCE = 2
_LONGEST = 120.0

_log = structlog.get_logger()


class MediaError(RuntimeError):
    """A file could not be made; the message is the last line of what the child process said."""


class Darkroom:
    """Develops scenes into files. A file that exists is never made again."""

    def __init__(self) -> None:
        self._busy: dict[Path, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._closed = False

    async def develop(self, scene: Scene, medium: Medium, path: Path) -> None:
        """Make ``path`` if it is not there; whoever asks meanwhile waits for the same work. Raises MediaError."""
        if self._closed:
            raise MediaError("closed")
        work = self._busy.get(path)
        if work is None:
            work = asyncio.create_task(self._make(scene, medium, path))
            self._busy[path] = work
            work.add_done_callback(lambda _: self._busy.pop(path, None))
        # One who hangs up must not stop the work that others wait for.
        await asyncio.shield(work)

    async def close(self) -> None:
        """Stop what is being made."""
        self._closed = True
        works = list(self._busy.values())
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    async def _make(self, scene: Scene, medium: Medium, path: Path) -> None:
        if await asyncio.to_thread(path.exists):
            return
        async with self._places:
            code, said = await _run(_order(scene, medium, path))
        if code:
            detail = said.strip().rpartition("\n")[2]
            _log.error("sandbox_media_failed", file=path.name, detail=detail)
            raise MediaError(detail)


def _order(scene: Scene, medium: Medium, path: Path) -> bytes:
    order = {**asdict(scene), "backdrop": str(scene.backdrop or ""), "medium": medium.value, "path": str(path)}
    return json.dumps(order).encode()


async def _run(order: bytes) -> tuple[int, str]:
    """Let a child process carry the order out; return its exit code and what it said on its error output."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "providers.sandbox.drawing",
        stdin=pipe,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=pipe,
    )
    try:
        _, said = await asyncio.wait_for(child.communicate(order), _LONGEST)
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return child.returncode or 0, said.decode(errors="replace")
