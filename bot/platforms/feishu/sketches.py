"""Unfinished pictures in the cards of running jobs: each is uploaded once, and not too often. Drawing is in ``render``.

Nothing of them is stored: after a restart the next one is uploaded anew, and a card's last form shows none.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.engine.ports import Clock
from bot.platforms.feishu.client import NotTaken
from bot.platforms.feishu.darkroom import Missing
from bot.platforms.feishu.media import Media
from providers.outcomes import Preview

log = structlog.get_logger(__name__)

BETWEEN = timedelta(seconds=10)
"""The least time between two uploads for one message; progress in words goes on meanwhile."""

_KEPT = 500


@dataclass(frozen=True, slots=True)
class _Sketch:
    number: int
    key: str
    at: datetime


class Sketches:
    """Which unfinished picture each message shows."""

    def __init__(self, media: Media, clock: Clock) -> None:
        self._media = media
        self._clock = clock
        self._shown: OrderedDict[str, _Sketch] = OrderedDict()

    async def of(self, message: str, preview: Preview | None) -> str:
        """Return the key of what a message shows next, uploading it where it is time for a new one; or nothing."""
        last, now = self._shown.get(message), self._clock.now()
        known = last.key if last is not None else ""
        if preview is None or (last is not None and (preview.number == last.number or now - last.at < BETWEEN)):
            return known
        # Noted before it is tried: what does not work is not tried again and again.
        self._note(message, _Sketch(preview.number, known, now))
        try:
            key = await self._media.preview(preview)
        except (NotTaken, Missing) as no:
            log.info("feishu_preview_not_shown", detail=str(no))
            return known
        self._note(message, _Sketch(preview.number, key, now))
        return key

    def forget(self, message: str) -> None:
        """Forget a message that has its last form."""
        self._shown.pop(message, None)

    def _note(self, message: str, sketch: _Sketch) -> None:
        self._shown[message] = sketch
        if len(self._shown) > _KEPT:
            self._shown.popitem(last=False)
