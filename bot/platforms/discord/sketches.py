"""Unfinished pictures in the notices of running jobs: each is uploaded once, and not too often. Nothing is sent here.

An edit that names no files leaves those of the message as they are: progress without a new picture shows
the last one again and uploads nothing. The last edit of a notice names none to stay, so the picture goes.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.platforms.discord.wire import File
from providers.intake import sniff
from providers.outcomes import Preview

BETWEEN = timedelta(seconds=10)
"""The least time between two pictures in one message; progress in words goes on meanwhile."""

MOST = 8 * 1024 * 1024
"""Bytes of an unfinished picture that is shown at all."""

_KEPT = 500
_ENDINGS: Mapping[str, str] = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture in a message, by its name there; ``file`` is what has to be uploaded for it, if anything."""

    number: int
    name: str
    at: datetime
    file: File | None = None


class Sketches:
    """Which unfinished picture each message shows."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, Sketch] = OrderedDict()

    def of(self, message: str, preview: Preview | None, now: datetime) -> Sketch | None:
        """Return what a message shows next: a new picture where it is time for one, else the last one, if any."""
        last = self._shown.get(message)
        if preview is None or (last is not None and (preview.number == last.number or now - last.at < BETWEEN)):
            return last
        kind = sniff(preview.data)
        if kind is None or len(preview.data) > MOST:
            return last
        name = f"preview-{preview.number}{_ENDINGS[kind]}"
        return Sketch(preview.number, name, now, File(name, preview.data, kind))

    def note(self, message: str, sketch: Sketch | None) -> None:
        """Remember what a message shows now, without its bytes."""
        if sketch is None or sketch.file is None:
            return
        self._shown[message] = Sketch(sketch.number, sketch.name, sketch.at)
        if len(self._shown) > _KEPT:
            self._shown.popitem(last=False)

    def forget(self, message: str) -> None:
        """Forget a message: its picture is gone or nobody knows."""
        self._shown.pop(message, None)
