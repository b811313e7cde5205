"""From the state of an order as the provider tells it to our outcome. Asking for it is not here."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

from providers.errors import FailureCode
from providers.ima_studio.failures import code_of_words, facts_in
from providers.ima_studio.models import PACES
from providers.ima_studio.wire import Detail, Media
from providers.models import MediaKind, Task
from providers.outcomes import Asset, Done, Failed, Outcome, Running

_READY, _BROKEN, _DELETED = 1, 2, 3
_RUNNING: Final = Running()
_ENDPOINT: Final = re.compile(r"/(?:open|api)/(?:v\d+|rest)(?:/|$)")
_DURATION: Final = re.compile(r"\d+(?:\.\d+)?")
_FORMATS: Final[Mapping[str, MediaKind]] = {
    **dict.fromkeys(("mp4", "mov", "webm", "mkv"), MediaKind.VIDEO),
    **dict.fromkeys(("mp3", "wav", "m4a", "ogg", "flac", "aac"), MediaKind.AUDIO),
}


class _State(Enum):
    RUNNING = auto()
    READY = auto()
    FAILED = auto()
    DELETED = auto()


def read_outcome(detail: Detail, redacted: Callable[[str], str]) -> Outcome:
    """Return how an order is doing. It is finished only when every one of its results is (reference section 1.6)."""
    states = [_state(media, detail) for media in detail.medias]
    if _is_failed(detail.status):
        states = [_State.FAILED if state is _State.RUNNING else state for state in states] or [_State.FAILED]
    if not states or _State.RUNNING in states:
        return _RUNNING
    ready = [m for m, state in zip(detail.medias, states, strict=False) if state is _State.READY]
    if ready:
        return Done(tuple(_asset(media, detail) for media in ready), lost=len(states) - len(ready))
    return _failed(detail.medias, states, redacted)


def _state(media: Media, detail: Detail) -> _State:
    if media.resource_status == _DELETED:
        return _State.DELETED
    if media.resource_status == _BROKEN or _is_failed(media.status):
        return _State.FAILED
    # "Ready" is said before the address is there; a result without one is not finished.
    if media.resource_status == _READY and _addresses(media, _kind(media, detail)):
        return _State.READY
    return _State.RUNNING


def _is_failed(status: str) -> bool:
    return status.strip().lower() in {"failed", "fail", "error"}


def _failed(medias: Iterable[Media], states: list[_State], redacted: Callable[[str], str]) -> Failed:
    text = next((words for m in medias if (words := (m.error_msg or m.remark).strip())), "")
    usual = FailureCode.GENERATION_FAILED if _State.FAILED in states else FailureCode.RESULT_DELETED
    code = code_of_words(text) or usual
    return Failed(code, redacted(text), data=facts_in(code, text))


def _asset(media: Media, detail: Detail) -> Asset:
    kind = _kind(media, detail)
    url, *others = _addresses(media, kind)
    length = _DURATION.search(media.duration_str)
    return Asset(
        kind=kind,
        url=url,
        cover=next((c for c in (media.cover, media.cover_url) if _is_result(c)), ""),
        width=media.width or None,
        height=media.height or None,
        duration=float(length[0]) if length else None,
        others=tuple(others),
    )


def _kind(media: Media, detail: Detail) -> MediaKind:
    try:
        return PACES[Task(detail.task_type)].media
    except ValueError:
        ending = urlsplit(media.url).path.rpartition(".")[2].lower()
        return _FORMATS.get(media.format.lower()) or _FORMATS.get(ending, MediaKind.IMAGE)


def _addresses(media: Media, kind: MediaKind) -> list[str]:
    """Return every usable address, the one to show first; a sound's preview comes before its watermarked copy."""
    order = (media.url, media.watermark_url, media.preview_url)
    if kind is MediaKind.AUDIO:
        order = (media.url, media.preview_url, media.watermark_url)
    return list(dict.fromkeys(url for url in order if _is_result(url)))


def _is_result(url: str) -> bool:
    """Whether an address can be a result. Some answers name an endpoint of the API itself (reference section 1.9)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not _ENDPOINT.search(parts.path)
