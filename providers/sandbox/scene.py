"""What a pretend result shows, decided when the task is taken. Nothing is drawn here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Medium(StrEnum):
    """The kinds of file there are; the value is the file's suffix."""

    PICTURE = "png"
    VIDEO = "mp4"
    COVER = "jpg"
    WEBP = "webp"
    SOUND = "mp3"


@dataclass(frozen=True, slots=True)
class Scene:
    """One result: its size in pixels, its length in seconds, and what is written on it.

    ``seed`` decides colours and notes; ``backdrop`` is an uploaded picture to draw on. ``at`` is the moment of the film
    that a picture shows, from 0 to 1, and ``sounds`` tells whether a film is heard. A cover shows the beginning unless
    ``at`` says otherwise. ``tiles`` are the seeds of four pictures where the result is a sheet of them.
    """

    prompt: str
    model: str
    seed: str
    width: int
    height: int
    seconds: int
    backdrop: Path | None = None
    at: float | None = None
    sounds: bool = False
    tiles: tuple[str, ...] = ()


Gallery = Callable[[str, int, Medium], Scene | None]
"""Finds the scene of a task's n-th result, ``None`` where there is no such finished file."""
