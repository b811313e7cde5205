"""Small real media files, made once by the packaged ffmpeg. No test is here."""

import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import imageio_ffmpeg

_PICTURE = ("-f", "lavfi", "-i", "testsrc=d=1:s=128x72:r=5")
_SOUND = ("-f", "lavfi", "-i", "sine=d=1")


@cache
def _made(name: str, *how: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", *how, str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return path.read_bytes()


def mp4() -> bytes:
    """Return one second of H.264 with sound."""
    return _made("a.mp4", *_PICTURE, *_SOUND, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac")


def webm() -> bytes:
    """Return one second of VP8."""
    return _made("a.webm", *_PICTURE, "-c:v", "libvpx")


def mov() -> bytes:
    """Return one second of H.264 in a QuickTime file."""
    return _made("a.mov", *_PICTURE, "-c:v", "libx264", "-pix_fmt", "yuv420p")


def odd() -> bytes:
    """Return an MP4 with a codec that chat programs do not play."""
    return _made("odd.mp4", *_PICTURE, "-c:v", "mpeg4")


def mp3() -> bytes:
    """Return one second of sound."""
    return _made("a.mp3", *_SOUND)


def png() -> bytes:
    """Return a small picture."""
    return _made("a.png", *_PICTURE, "-frames:v", "1")


def padded_mp4(size: int) -> bytes:
    """Return a short video in a file of at least so many bytes: most of it is a box that says nothing."""
    return mp4() + struct.pack(">I4s", size, b"free") + bytes(size - 8)


def padded_png(size: int) -> bytes:
    """Return a small picture in a large file."""
    return png() + bytes(size)
