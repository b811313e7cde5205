"""The answer that submit and poll share (reference section 2.3): states, assets, errors. When is in ``piece``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pydantic import TypeAdapter

from providers.sandbox.cdn import Cdn, made_path
from providers.sandbox.clock import SandboxClock, moment_of
from providers.sandbox.katana import frame
from providers.sandbox.katana.piece import Kind, Piece, Status, share
from providers.sandbox.katana.shelf import number
from providers.sandbox.scene import Medium

Json = dict[str, object]

LIFE = timedelta(hours=72)
"""How long the address of a result is good after it was made."""

_PACES = (2, 3, 5, 5, 8, 10)
_BUCKET = 4.0
_MIMES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "mp4": "video/mp4"}
_TAGS = ("sky", "hills", "sunlight", "landscape", "painting", "horizon")


@dataclass(frozen=True, slots=True)
class Work:
    """One request with all its items."""

    id: str
    created_at: datetime
    pieces: tuple[Piece, ...]


_WORKS = TypeAdapter(Work)


def to_json(work: Work) -> Json:
    """Return the request as it is kept."""
    kept: Json = _WORKS.dump_python(work, mode="json", exclude_defaults=True)
    return kept


def from_json(kept: Mapping[str, object]) -> Work:
    """Read a kept request back."""
    return _WORKS.validate_python(kept)


def overall(work: Work, elapsed: float) -> str:
    """Return the state of the whole request."""
    states = {piece.status(elapsed) for piece in work.pieces}
    if states & {Status.QUEUED, Status.PROCESSING}:
        return Status.QUEUED if states <= {Status.QUEUED, Status.REJECTED} else Status.PROCESSING
    if len(states) == 1:
        return next(iter(states))
    return "partial_failure" if Status.COMPLETED in states else Status.FAILED


class Envelopes:
    """Writes the answers of one Katana."""

    def __init__(self, *, clock: SandboxClock, cdn: Cdn, base_url: Callable[[], str]) -> None:
        self._clock = clock
        self._cdn = cdn
        self._base_url = base_url

    def of(self, work: Work) -> Json:
        """Return what is said about a request now."""
        elapsed = self._clock.elapsed(work.created_at)
        ended = max((piece.ends for piece in work.pieces if piece.ends <= elapsed), default=0.0)
        return {
            "request_id": work.id,
            "status": overall(work, elapsed),
            "poll_after_seconds": _pace(work, elapsed),
            "created_at": _stamp(work.created_at),
            "updated_at": _stamp(self._when(work, ended)),
            "requests": [_request(piece) for piece in work.pieces],
            "responses": [self._response(work, number, elapsed) for number in range(len(work.pieces))],
        }

    def _when(self, work: Work, seconds: float) -> datetime:
        return moment_of(self._clock, work.created_at, seconds)

    def _response(self, work: Work, place: int, elapsed: float) -> Json:
        piece = work.pieces[place]
        status = piece.status(elapsed)
        status = Status.PROCESSING if status is Status.QUEUED else status
        ended = status is not Status.PROCESSING
        metadata: Json = {"model": piece.model}
        if status in {Status.COMPLETED, Status.FAILED}:
            metadata["credits_spent"] = number(_spent(piece))
        return {
            "id": piece.label,
            "status": status,
            "started_at": None if piece.rejected else _stamp(work.created_at),
            "completed_at": _stamp(self._when(work, piece.ends)) if ended else None,
            "metadata": metadata,
            "error": _error(piece, status),
            "output_assets": self._assets(work, place, elapsed) if status is Status.COMPLETED else [],
        }

    def _assets(self, work: Work, place: int, elapsed: float) -> list[Json]:
        piece = work.pieces[place]
        if piece.fate("deleted", "failed-quietly"):
            return []
        if piece.kind is Kind.TEXT:
            usage = {} if piece.fate("no-usage") else {"usage": piece.usage}
            asset: Json = {"kind": "text", "mime_type": "text/plain", "content": piece.answer, "metadata": usage}
            return [{**asset, "reasoning_content": piece.reasoning} if piece.reasoning else asset]
        expires_at = self._when(work, piece.ends) + LIFE
        made = {
            "kind": piece.kind.value,
            "mime_type": _MIMES[piece.format],
            "width": piece.width,
            "height": piece.height,
            "expires_at": _stamp(expires_at),
            "metadata": {"tags": _tags(work, place)} if piece.house else {},
        }
        if piece.kind is Kind.VIDEO:
            made["duration_seconds"] = piece.seconds
        names = addresses(piece)
        urls = {name: self._url(work, place, file, expires_at) for name, file in names.items()}
        return [{**made, **(urls if piece.shows(elapsed) else dict.fromkeys(names, ""))}]

    def _url(self, work: Work, place: int, file: tuple[int, Medium] | None, expires_at: datetime) -> str:
        if file is None:
            return ""
        path = made_path("katana", f"{work.id}-{place}", *file)
        return self._base_url() + self._cdn.signed(path, expires_at)


def addresses(piece: Piece) -> dict[str, tuple[int, Medium] | None]:
    """Return which file each address field leads to: its number and its type, ``None`` where there is none."""
    film = piece.kind is Kind.VIDEO
    return {
        "original_data_url": (0, Medium(piece.format)),
        "url": (1, Medium.VIDEO if film else Medium.COVER),
        "thumbnail_image_url": (2, Medium.COVER),
        "thumbnail_silent_video_mp4_url": (3, Medium.VIDEO) if film else None,
        # The older models, which make silent films, give no last frame either.
        "final_frame_image_url": (4, Medium.PICTURE) if film and piece.sounds else None,
    }


def _request(piece: Piece) -> Json:
    said: Json = {"id": piece.label, "type": piece.kind.value, "model": piece.model}
    if piece.width:
        said["width"], said["height"] = frame.preview(piece.width, piece.height)
    return said


def _pace(work: Work, elapsed: float) -> int | None:
    """Say when to ask again: now sooner, now later, and not at all when there is nothing to wait for."""
    waiting = overall(work, elapsed) in {Status.QUEUED, Status.PROCESSING}
    if not waiting or any(piece.fate("no-pace") for piece in work.pieces):
        return None
    return _PACES[int(share(f"{work.id}:{elapsed // _BUCKET}") * len(_PACES))]


def _spent(piece: Piece) -> Decimal:
    if piece.fate("failed", "failed-at-once", "failed-quietly"):
        return piece.credits if piece.refund is None else Decimal(0)
    return piece.credits if piece.spent is None else piece.spent


def _error(piece: Piece, status: Status) -> object:
    if status is Status.REJECTED:
        return _told("validation_error", piece.rejected)
    failing = piece.fate("failed", "failed-at-once", "failed-quietly")
    if failing is None or status is Status.PROCESSING:
        return None
    words = failing.words or "The generation failed"
    match failing.reason:
        case "policy":
            return words
        case "timeout":
            return _told("generation_timed_out", words, retryable=True, details={"timeout_seconds": piece.limit})
        case "upstream":
            return _told("upstream_error", words)
        case _:
            return _told("generation_failed", words)


def _told(code: str, words: str, *, retryable: bool = False, details: Json | None = None) -> Json:
    return {"code": code, "message": words, "retryable": retryable, "details": details or {}}


def _tags(work: Work, place: int) -> list[Json]:
    first = int(share(f"{work.id}:{place}:tags") * len(_TAGS))
    chosen = [_TAGS[(first + step) % len(_TAGS)] for step in range(3)]
    return [{"tag": tag, "confidence": round(0.94 - 0.11 * place, 2)} for place, tag in enumerate(chosen)]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
