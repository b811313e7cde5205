"""From what ima2 says of a job to results, follow-ups and notes. Failures are in ``failures``, waiting in ``board``."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from providers.errors import FailureCode, PictureError
from providers.ima2 import known
from providers.ima2.ticket import Kind, Links, Ticket, is_file
from providers.ima2.wire import Job, Made, Row, codes
from providers.intake import checked_url, sniff
from providers.models import MediaKind, Task
from providers.outcomes import (
    Asset,
    Deed,
    Done,
    Extra,
    ExtraKind,
    Failed,
    FollowUp,
    Note,
    NoteKind,
    PastWork,
    Phase,
    Preview,
    Refund,
    Running,
)

VARY: Final = "vary"
LONGER: Final = "longer"
DESCRIBE: Final = "describe"

_BETWEEN: Final = ":"
_HEAD: Final = 64
_LARGEST_PREVIEW: Final = 8 * 1024 * 1024
_PROMPT_ONLY: Final = "prompt_only"
_PHASES: Final = {"queued": Phase.WAITING, "planning": Phase.PLANNING}


def finished(ticket: Ticket, made: Made, links: Links) -> Done | Failed:
    """Return a job whose ``done`` was heard, or whose call was answered."""
    if ticket.kind is Kind.WORDS:
        if not made.analysis.strip():
            return Failed(FailureCode.GENERATION_FAILED, "no words in it")
        return Done((Asset(MediaKind.TEXT, "", text=made.analysis),))
    names = [picture.filename for picture in made.images] or [made.filename]
    length = made.video.duration if made.video is not None else made.duration
    elsewhere = made.provider_url or made.source_url
    assets = tuple(_asset(name, links, length, elsewhere) for name in names if is_file(name))
    return _done(ticket, assets, (*_notes(ticket, made), *_length_notes(ticket, length)))


def recovered(ticket: Ticket, rows: Sequence[Row], links: Links) -> Done | Failed:
    """Return a job as the history has it: less is said there than in its ``done``."""
    ordered = sorted(rows, key=lambda row: (row.created_at.timestamp() if row.created_at else 0.0, row.filename))
    assets = tuple(_asset(row.filename, links, _length(row), row.provider_url) for row in ordered)
    return _done(ticket, assets, tuple(_length_notes(ticket, _length(ordered[0]))))


def past(row: Row, links: Links) -> PastWork | None:
    """Return one line of the history, if it can be told."""
    if row.created_at is None or not is_file(row.filename):
        return None
    asset = _asset(row.filename, links, _length(row), row.provider_url)
    model = f"{row.provider}/{row.model}" if row.provider else row.model
    return PastWork(asset.kind, row.user_prompt or row.prompt, model, row.created_at, row.request_id, asset)


def running(job: Job) -> Running:
    """Return a job that is on the in-flight list."""
    return Running(phase=_PHASES.get(job.phase, Phase.MAKING))


def preview(image: str, number: int) -> Preview | None:
    """Return an unfinished picture of a data URL; ``None`` for none, or for one that nobody could be shown."""
    data = _decoded(image) if len(image) <= _LARGEST_PREVIEW else b""
    mime = sniff(data)
    return None if mime is None else Preview(mime, data, number)


def step_of(word: str) -> str:
    """Return the name of the file that a chosen step is about, or nothing."""
    name = word.partition(_BETWEEN)[2]
    return name if is_file(name) else ""


def _done(ticket: Ticket, assets: tuple[Asset, ...], notes: tuple[Note, ...]) -> Done | Failed:
    if not assets:
        return Failed(FailureCode.GENERATION_FAILED, "done without a file", Refund.UNKNOWN)
    lost = max(0, ticket.count - len(assets))
    return Done(assets, lost=lost, follow_ups=tuple(_follow_ups(ticket, assets)), notes=notes)


def _asset(name: str, links: Links, length: int | None, elsewhere: str) -> Asset:
    others = (elsewhere,) if _is_public(elsewhere) else ()
    if not name.endswith(".mp4"):
        return Asset(MediaKind.IMAGE, links.file(name), others=others, held=True)
    frame = Extra(ExtraKind.FINAL_FRAME, links.frame(name))
    seconds = None if length is None else float(length)
    return Asset(MediaKind.VIDEO, links.file(name), duration=seconds, others=others, extras=(frame,), held=True)


def _is_public(address: str) -> bool:
    try:
        checked_url(address)
    except PictureError:
        return False
    return True


def _follow_ups(ticket: Ticket, assets: Iterable[Asset]) -> Iterator[FollowUp]:
    """Return what can be made of each result. The word names its file: an edited clip has no id of ours in the list."""
    made = tuple(assets)
    for number, asset in enumerate(made, 1 if len(made) > 1 else 0):
        name = asset.url.rpartition("/")[2]
        if asset.kind is MediaKind.IMAGE and ticket.lane in known.REWORKING:
            yield FollowUp(Deed.VARY, Task.REWORK_IMAGE, ticket.model, f"{VARY}{_BETWEEN}{name}", number)
        elif asset.kind is MediaKind.VIDEO and ticket.lane == known.GROK:
            longer, describe = (f"{verb}{_BETWEEN}{name}" for verb in (LONGER, DESCRIBE))
            yield FollowUp(Deed.LONGER, Task.EXTEND_VIDEO, known.BASE_VIDEO, longer, number)
            yield FollowUp(Deed.DESCRIBE, Task.VIDEO_TO_TEXT, known.DESCRIBER, describe, number)


def _notes(ticket: Ticket, made: Made) -> Iterator[Note]:
    if made.model_fallback is not None and made.model_fallback.to:
        yield Note(NoteKind.MODEL, {"model": known.name_of(made.model_fallback.to)})
    if made.references_dropped_on_retry:
        yield Note(NoteKind.REFERENCES_IGNORED)
    elif made.retry_kind.startswith(_PROMPT_ONLY):
        yield Note(NoteKind.PROMPT_ONLY)
    if "QUALITY_DEFAULTED" in codes(made.warnings):
        yield Note(NoteKind.SETTING, {"setting": "quality", "value": "medium"})
    kind = _kind(made)
    if ticket.form and kind and kind != ticket.form:
        yield Note(NoteKind.FILE_KIND, {"kind": kind})


def _length_notes(ticket: Ticket, length: int | None) -> Iterator[Note]:
    if ticket.seconds and length is not None and length != ticket.seconds:
        yield Note(NoteKind.DURATION, {"duration": length})


def _kind(made: Made) -> str:
    """Return what the first picture really is: the server names a file as it was asked to (reference section 1.7)."""
    image = next((picture.image for picture in made.images), made.image)
    mime = sniff(_decoded(image[: image.find(",") + 1 + _HEAD]))
    return "" if mime is None else mime.rpartition("/")[2]


def _length(row: Row) -> int | None:
    return None if row.video is None else row.video.duration


def _decoded(image: str) -> bytes:
    try:
        return base64.b64decode(image.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return b""
