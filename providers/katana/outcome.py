"""From an order as Katana tells it to our outcome: results, their other addresses, cost, receipt. No asking here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from providers.errors import FailureCode
from providers.katana.failures import failed
from providers.katana.wire import Item, Order, OutputAsset, Usage
from providers.models import MediaKind, Privacy
from providers.outcomes import Asset, Done, Extra, ExtraKind, Failed, Outcome, Receipt, Refund, Running

_OVER: Final = frozenset({"completed", "partial_failure", "failed", "rejected"})
_SOON, _OFTEN, _RARELY = 300.0, 30.0, 60.0
_LATE: Final = 600.0  # seconds that finished results wait for one whose address is missing
_ALONE: Final = 3600.0  # and that such a one is waited for where there is no other
_LEAST_WAIT, _LONGEST_WAIT = 1.0, 300.0
_KINDS: Final[Mapping[str, MediaKind]] = {kind.value: kind for kind in MediaKind}
_PRIVACY: Final = (("e2ee", Privacy.SEALED), ("anonym", Privacy.ANONYMIZED), ("private", Privacy.PRIVATE))


def read_outcome(order: Order, now: datetime, redacted: Callable[[str], str]) -> Outcome:
    """Return how an order is doing. It is over when it says so, or when each of its items does."""
    if not is_over(order) or _is_late(order, now):
        return Running(poll_after=_pause(order, now))
    made = [item for item in order.responses if _assets(item)]
    if made:
        count = max(len(order.requests), len(order.responses))
        return Done(
            tuple(asset for item in made for asset in _assets(item)),
            cost=_cost(made),
            lost=count - len(made),
            receipt=_receipt(order, made),
        )
    return _failed(order, redacted)


def is_over(order: Order) -> bool:
    """Whether nothing more will happen. The order's own status has been seen to stay behind (reference section 2.3)."""
    if order.status.lower() in _OVER:
        return True
    ended = [item for item in order.responses if item.status.lower() in _OVER]
    return bool(ended) and len(ended) >= max(len(order.requests), len(order.responses))


def _is_late(order: Order, now: datetime) -> bool:
    """Whether a result is said to be there and its address is not yet.

    One blank address is usual, all of a finished result's are not: it was paid, so it is waited for a while.
    """
    blank = any(
        asset.kind != MediaKind.TEXT and _asset(asset) is None for i in order.responses for asset in i.output_assets
    )
    ended = order.updated_at or order.created_at
    longest = _LATE if any(_assets(item) for item in order.responses) else _ALONE
    return blank and (ended is None or (now - ended).total_seconds() < longest)


def is_rejected(order: Order) -> bool:
    """Whether nothing of it was taken, so that nothing was charged."""
    if order.status.lower() == "rejected":
        return True
    return bool(order.responses) and all(item.status.lower() == "rejected" for item in order.responses)


def privacy_of(said: str) -> Privacy | None:
    """Return the privacy class that a bill names."""
    return next((privacy for words, privacy in _PRIVACY if words in said.lower()), None)


def receipt_of(reference: str, usage: Usage | None, promised: Privacy | None = None) -> Receipt:
    """Return the receipt of an order. The bill says who could read it, else it is as was promised."""
    return Receipt(
        reference=reference,
        privacy=(privacy_of(usage.imgnai.privacy_mode) if usage else None) or promised,
        tokens_in=usage.prompt_tokens if usage else None,
        tokens_out=usage.completion_tokens if usage else None,
    )


def _pause(order: Order, now: datetime) -> float:
    """Return when to look again: as asked, else every 30 s for five minutes and every 60 s then (the page's rule)."""
    if order.poll_after_seconds is not None and order.poll_after_seconds > 0:
        return min(max(order.poll_after_seconds, _LEAST_WAIT), _LONGEST_WAIT)
    age = (now - order.created_at).total_seconds() if order.created_at else 0.0
    return _OFTEN if age < _SOON else _RARELY


def _failed(order: Order, redacted: Callable[[str], str]) -> Failed:
    problem = next((item.error for item in order.responses if item.error), order.error)
    outcome = failed(problem, redacted, rejected=is_rejected(order))
    # Called finished and yet nothing is there: whether that was charged is not said anywhere.
    silent = problem is None and order.status.lower() == "completed"
    return Failed(FailureCode.GENERATION_FAILED, "no results", Refund.UNKNOWN) if silent else outcome


def _cost(items: Sequence[Item]) -> Decimal | None:
    """Return what was really spent, ``None`` unless every item says it."""
    spent = [
        item.metadata.credits_spent if item.metadata.credits_spent is not None else _charged(item) for item in items
    ]
    return None if None in spent else sum((amount for amount in spent if amount is not None), Decimal(0))


def _charged(item: Item) -> Decimal | None:
    usage = _usage(item)
    return usage.imgnai.credits_charged if usage else None


def _usage(item: Item) -> Usage | None:
    return item.metadata.usage or next((a.metadata.usage for a in item.output_assets if a.metadata.usage), None)


def _receipt(order: Order, made: Sequence[Item]) -> Receipt:
    usage = next((usage for item in made if (usage := _usage(item))), None)
    privacy = next((item.metadata.privacy_mode for item in made if item.metadata.privacy_mode), "")
    return receipt_of(order.request_id, usage, privacy_of(privacy))


def _assets(item: Item) -> tuple[Asset, ...]:
    return tuple(asset for written in item.output_assets if (asset := _asset(written)) is not None)


def _asset(written: OutputAsset) -> Asset | None:
    if written.content:
        return Asset(MediaKind.TEXT, "", text=written.content)
    urls = [url for url in (written.original_data_url, written.url) if _is_address(url)]
    if not urls:
        return None
    thumbnail = written.thumbnail_image_url if _is_address(written.thumbnail_image_url) else ""
    extras = (
        (ExtraKind.THUMBNAIL, thumbnail),
        (ExtraKind.PREVIEW, written.thumbnail_silent_video_mp4_url),
        (ExtraKind.FINAL_FRAME, written.final_frame_image_url),
        (ExtraKind.SMALLER, written.url if written.url != urls[0] else ""),
    )
    return Asset(
        kind=_kind(written),
        url=urls[0],
        cover=thumbnail,
        width=written.width or None,
        height=written.height or None,
        duration=written.duration_seconds,
        expires_at=written.expires_at,
        extras=tuple(Extra(kind, url) for kind, url in extras if _is_address(url)),
    )


def _is_address(url: str) -> bool:
    """Whether something can be a result's address; what cannot be had is a blank string."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _kind(written: OutputAsset) -> MediaKind:
    family = written.mime_type.partition("/")[0].lower()
    return _KINDS.get(written.kind.lower()) or _KINDS.get(family, MediaKind.IMAGE)
