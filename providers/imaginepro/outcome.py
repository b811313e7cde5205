"""From a message to our outcome: results, buttons, how far it is. No asking here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from providers.errors import FailureCode
from providers.imaginepro import buttons
from providers.imaginepro.failures import failed
from providers.imaginepro.wire import Message
from providers.models import MediaKind
from providers.outcomes import Asset, Done, Failed, FollowUp, Outcome, Phase, Refund, Running

_LATE: Final = 3600.0
"""Seconds that a finished job is waited for whose addresses are missing: it was paid."""

_FOUR: Final = 4
_FILMS: Final = (".mp4", ".webm", ".mov")
_PHASES: Final = {"QUEUED": Phase.WAITING, "PENDING": Phase.WAITING, "PROCESSING": Phase.MAKING}


def read_outcome(message: Message, wanted: int, now: datetime, redacted: Callable[[str], str]) -> Outcome:
    """Return how a job is doing. ``wanted`` pictures were ordered, 0 where nobody knows.

    Only two states end it; whatever else is said means that it goes on (reference section 2.3).
    """
    state = message.status.upper()
    if state == "FAIL":
        return failed(message.error, redacted)
    if state != "DONE":
        # A job can say 0 until it is over: that is no progress and nothing to be told.
        return Running(percent=message.progress or None, phase=_PHASES.get(state))
    assets, lost = _results(message, wanted)
    if assets:
        return Done(assets, lost=lost, follow_ups=_follow_ups(message))
    if message.error:
        return Failed(FailureCode.GENERATION_FAILED, redacted(message.error), Refund.UNKNOWN)
    ended = message.updated_at or message.created_at
    if ended is None or (now - ended).total_seconds() < _LATE:
        return Running()
    return Failed(FailureCode.GENERATION_FAILED, "finished without a result", Refund.UNKNOWN)


def _results(message: Message, wanted: int) -> tuple[tuple[Asset, ...], int]:
    """Return everything that was made, and how much of it is missing."""
    films = _films(message)
    if films:
        return tuple(Asset(MediaKind.VIDEO, url) for url in films), 0
    images = _addresses(message.images)
    sheet = _addresses([message.uri])
    if _is_grid(message):
        pictures = (*sheet, *images)
        return tuple(Asset(MediaKind.IMAGE, url) for url in pictures), max(_FOUR - len(images), 0)
    if images:
        # One picture under two addresses is one picture.
        other = tuple(url for url in sheet if url not in images)
        first = Asset(MediaKind.IMAGE, images[0], others=other)
        rest = tuple(Asset(MediaKind.IMAGE, url) for url in images[1:])
        return (first, *rest), max(wanted - len(images), 0)
    if sheet:
        return (Asset(MediaKind.IMAGE, sheet[0]),), max(wanted - 1, 0)
    text = "\n\n".join(words.strip() for words in message.content if words.strip())
    return ((Asset(MediaKind.TEXT, "", text=text),) if text else ()), 0


def _films(message: Message) -> tuple[str, ...]:
    """Return the films, in whichever field they are: where they are told was never recorded (section 2.3)."""
    named = _addresses([message.video_url, *(clip.url for clip in message.results)])
    others = _addresses([message.uri, *message.images])
    return tuple(dict.fromkeys((*named, *(url for url in others if _path(url).endswith(_FILMS)))))


def _is_grid(message: Message) -> bool:
    """Whether ``uri`` is a sheet of the single pictures beside it (reference section 2.3)."""
    images = _addresses(message.images)
    return len(images) > 1 and bool(_addresses([message.uri])) and message.uri not in images


def _follow_ups(message: Message) -> tuple[FollowUp, ...]:
    told = message.buttons or (buttons.GRID if message.type == "imagine" or _is_grid(message) else ())
    return buttons.follow_ups(told)


def _addresses(urls: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for url in urls if _is_address(url)))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _path(url: str) -> str:
    return urlsplit(url).path.lower()
