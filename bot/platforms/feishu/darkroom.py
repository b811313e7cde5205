"""Looks into media files and develops them anew where Feishu would not take them, with ffmpeg. What for: ``media``.

Every run is a process of its own with a time limit. A file is read as the format that its first bytes prove, and from
the disk alone: a playlist in disguise opens nothing.
"""

import asyncio
import contextlib
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.core.lark import Why
from providers.results import Fetched

log = structlog.get_logger(__name__)


class Missing(Exception):
    """A result cannot be shown in the chat, and why."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(f"{why.value}: {detail}")
        self.why = why


LOOK_SECONDS = 20.0
DEVELOP_SECONDS = 120.0
"""How long ffmpeg may look into a file, and how long it may work on one."""

LEAST_VIDEO_RATE = 500_000
AUDIO_RATE = 96_000
"""Bits a second; below the first a video is not worth looking at."""

COVER_WIDTH = 1280
_COVER_AT = 1.0
_AT_ONCE = 2
"""Runs at the same time: each takes a whole processor, and a long one must not hold up every cover."""

_READ_AS: Mapping[str, str] = {
    "image/png": "png_pipe",
    "image/jpeg": "jpeg_pipe",
    "image/webp": "webp_pipe",
    "image/gif": "gif",
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "audio/mp4": "mov",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
}
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_VIDEO = re.compile(r"Stream #\S+.*?: Video: (\w+).*?, (\d{2,5})x(\d{2,5})")
_AUDIO = re.compile(r"Stream #\S+.*?: Audio: (\w+)")


@dataclass(frozen=True, slots=True)
class Look:
    """What is in a file: its length in seconds, its size in pixels, and its codecs; 0 and empty for what it has not."""

    seconds: float = 0.0
    width: int = 0
    height: int = 0
    video: str = ""
    audio: str = ""


class Darkroom:
    """Runs ffmpeg. ``program`` is its path; without one the packaged ffmpeg is looked for at first use."""

    def __init__(self, program: str | None = None) -> None:
        self._program = program
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def look(self, file: Fetched) -> Look:
        """Return what is in a file; raises :class:`Missing`."""
        said = await self._run([*self._source(file)], LOOK_SECONDS, is_look=True)
        return read_look(said)

    async def cover(self, file: Fetched, look: Look, to: Path) -> Path:
        """Write a frame of a video as a JPEG and return its path; a grey one where there is no frame to be had."""
        at = min(_COVER_AT, look.seconds / 2)
        out = ["-frames:v", "1", "-vf", f"scale='min({COVER_WIDTH},iw)':-2", "-q:v", "4", "-f", "image2", str(to)]
        try:
            await self._run(["-ss", f"{at:.2f}", *self._source(file), *out], LOOK_SECONDS)
        except Missing as missing:
            if missing.why is Why.NO_TOOLS:
                raise
        if not await asyncio.to_thread(to.exists):
            grey = ["-f", "lavfi", "-i", "color=c=gray:s=1280x720", "-frames:v", "1", "-f", "image2", str(to)]
            await self._run(grey, LOOK_SECONDS)
        return to

    async def video(self, file: Fetched, look: Look, most: int, to: Path) -> Path:
        """Write a video as H.264 in an MP4 of at most so many bytes, or raise :class:`Missing`."""
        rate = int(0.9 * most * 8 / max(look.seconds, 1.0)) - (AUDIO_RATE if look.audio else 0)
        if rate < LEAST_VIDEO_RATE:
            raise Missing(Why.TOO_BIG, f"{look.seconds:.0f} s would get {rate} bit/s")
        rate = min(rate, 8_000_000)
        picture = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-crf", "23"]
        picture += ["-maxrate", str(rate), "-bufsize", str(rate), "-vf", "scale='min(1920,trunc(iw/2)*2)':-2"]
        sound = ["-c:a", "aac", "-b:a", str(AUDIO_RATE)] if look.audio else ["-an"]
        return await self._develop(file, [*picture, *sound, "-movflags", "+faststart", "-f", "mp4"], most, to)

    async def repacked(self, file: Fetched, most: int, to: Path) -> Path:
        """Write the same pictures and sound into an MP4, or raise :class:`Missing`."""
        return await self._develop(file, ["-c", "copy", "-movflags", "+faststart", "-f", "mp4"], most, to)

    async def picture(self, file: Fetched, widest: int, most: int, to: Path) -> Path:
        """Write a picture as a JPEG of at most so many pixels and bytes, or raise :class:`Missing`."""
        fit = f"scale='min({widest},iw)':'min({widest},ih)':force_original_aspect_ratio=decrease"
        return await self._develop(file, ["-frames:v", "1", "-vf", fit, "-q:v", "3", "-f", "image2"], most, to)

    async def sound(self, file: Fetched, most: int, to: Path) -> Path:
        """Write sound as Opus, or raise :class:`Missing`."""
        return await self._develop(file, ["-vn", "-c:a", "libopus", "-b:a", "64k", "-f", "ogg"], most, to)

    async def _develop(self, file: Fetched, how: list[str], most: int, to: Path) -> Path:
        await self._run([*self._source(file), *how, str(to)], DEVELOP_SECONDS)
        size = (await asyncio.to_thread(to.stat)).st_size
        if not 0 < size <= most:
            raise Missing(Why.TOO_BIG, f"{size} bytes after another encoding")
        return to

    def _source(self, file: Fetched) -> list[str]:
        if file.kind not in _READ_AS:
            raise Missing(Why.FORMAT, file.kind or "unknown")
        return ["-protocol_whitelist", "file", "-f", _READ_AS[file.kind], "-i", str(file.path)]

    async def _run(self, arguments: list[str], seconds: float, *, is_look: bool = False) -> str:
        """Run ffmpeg and return what it said; one that only looks always fails, because it has nothing to write."""
        program = await self._found()
        command = [program, "-hide_banner", "-nostdin", "-y", "-threads", "1", *arguments]
        async with self._turn:
            code, said = await _ended(command, seconds)
        if code and not is_look:
            # Its words can hold the paths of our temporary files and nothing else of ours.
            log.info("ffmpeg_failed", code=code, said=said[-300:])
            raise Missing(Why.FORMAT, f"ffmpeg ended with {code}")
        return said

    async def _found(self) -> str:
        if self._program is None:
            self._program = await asyncio.to_thread(find)
        if not self._program:
            raise Missing(Why.NO_TOOLS, "no ffmpeg")
        return self._program


def find() -> str:
    """Return the path of the packaged ffmpeg, or nothing."""
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - only where media are brought, and only if it is installed

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        log.error("ffmpeg_missing")  # noqa: TRY400 - the operator has to install it; where from is no use
        return ""


def read_look(said: str) -> Look:
    """Return what ffmpeg said about a file."""
    duration, video, audio = _DURATION.search(said), _VIDEO.search(said), _AUDIO.search(said)
    if not (video or audio):
        raise Missing(Why.FORMAT, "nothing to see or hear in it")
    seconds = 0.0
    if duration:
        hours, minutes, rest = duration.groups()
        seconds = int(hours) * 3600 + int(minutes) * 60 + float(rest)
    width, height = (int(video[2]), int(video[3])) if video else (0, 0)
    return Look(seconds, width, height, video[1] if video else "", audio[1] if audio else "")


async def _ended(command: list[str], seconds: float) -> tuple[int, str]:
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    except OSError as error:
        raise Missing(Why.NO_TOOLS, type(error).__name__) from None
    try:
        async with asyncio.timeout(seconds):
            _, said = await process.communicate()
    except TimeoutError:
        raise Missing(Why.FORMAT, f"ffmpeg took more than {seconds:.0f} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return process.returncode or 0, said.decode(errors="replace")
