"""What ima2 does not take together, checked before anything is sent. Settings are checked in ``form``."""

import struct
from collections.abc import Sequence
from typing import Final

from providers.contract import Order, Picture, Role
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.ima2.catalogue import Product
from providers.ima2.outcome import step_of
from providers.ima2.ticket import Links
from providers.models import Task

LARGEST_PICTURE: Final = 7_340_032 * 3 // 4
"""Bytes of a picture; as base64 it may have 7,340,032 characters (reference section 1.9)."""

_LARGEST_MASK: Final = 16 * 1024 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = 26
_WITH_ALPHA: Final = frozenset({4, 6})
_STEPS: Final = frozenset({Task.REWORK_IMAGE, Task.EXTEND_VIDEO, Task.VIDEO_TO_TEXT})


def check(order: Order, product: Product, links: Links) -> None:
    """Raise ``RULE_BROKEN`` with the rule; an order to be priced may have pictures without bytes."""
    if order.sounds:
        raise broken(Rule.NO_SOUNDS)
    masks = [picture for picture in order.pictures if picture.role is Role.MASK]
    others = [picture for picture in order.pictures if picture.role is not Role.MASK]
    _check_roles(others)
    if len(others) > product.spec.max_inputs:
        raise broken(Rule.TOO_MANY_REFERENCES, most=product.spec.max_inputs)
    if masks:
        _check_mask(masks, others, product)
        if order.count > 1:
            raise ProviderError(
                FailureCode.NO_SUCH_COMBINATION, "one result", sent=Sent.NO, data={"setting": "count", "most": 1}
            )
    _check_videos(order, product, links)


def broken(rule: Rule, **data: int | str) -> ProviderError:
    """Return the error of a rule."""
    return ProviderError(FailureCode.RULE_BROKEN, rule.value, sent=Sent.NO, data=data, rule=rule)


def _check_roles(pictures: Sequence[Picture]) -> None:
    roles = {picture.role for picture in pictures}
    if Role.LAST in roles:
        raise broken(Rule.NO_LAST_FRAME)
    if Role.MIDDLE in roles:
        raise broken(Rule.NO_MIDDLE_FRAME)


def _check_mask(masks: Sequence[Picture], others: Sequence[Picture], product: Product) -> None:
    if not product.spec.takes_mask:
        raise broken(Rule.NO_MASK)
    if len(masks) > 1 or len(others) != 1:
        raise broken(Rule.MASK_ALONE)
    mask, picture = masks[0].data, others[0].data
    if not mask or not picture:
        return
    fits = mask.startswith(_PNG) and picture.startswith(_PNG) and len(mask) <= _LARGEST_MASK
    # The header says both: the size, and whether there is anything transparent (PNG specification, IHDR).
    if not fits or _head(mask)[:2] != _head(picture)[:2] or _head(mask)[2] not in _WITH_ALPHA:
        raise broken(Rule.MASK_UNFIT)


def _head(png: bytes) -> tuple[int, int, int]:
    if len(png) < _HEADER:
        return 0, 0, 0
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height), png[25]


def _check_videos(order: Order, product: Product, links: Links) -> None:
    if not product.spec.max_videos:
        if order.videos:
            raise broken(Rule.NO_VIDEOS)
        return
    if len(order.videos) > product.spec.max_videos:
        raise broken(Rule.TOO_MANY_VIDEOS, most=product.spec.max_videos)
    if not order.videos and not order.origin and not step_of(order.step):
        raise broken(Rule.VIDEO_NEEDED)
    for clip in order.videos:
        if clip.start is not None or clip.end is not None:
            raise broken(Rule.NO_PART_OF_A_VIDEO)
        if links.named(clip.url):
            continue
        if order.task in _STEPS:
            raise broken(Rule.OWN_VIDEO_ONLY)
        if not clip.url.startswith("https://"):
            raise broken(Rule.NOT_HTTPS)
