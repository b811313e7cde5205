"""What each kind of order is sent as, and where (reference section 2.2). Prices and checks are in ``purchase``."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from providers.contract import Order, Picture, Role
from providers.imaginepro import catalogue, midjourney, paths, reference
from providers.imaginepro.buttons import MIDJOURNEY
from providers.imaginepro.form import sides
from providers.imaginepro.paths import Family
from providers.models import ParamValue, Task

Json = dict[str, object]

LONGEST: Final = 900
"""Seconds after which the service gives a job up: its usual and its highest limit."""

_PREFIX: Final = "Image creation: "
_USUAL_MOTION: Final = "smooth motion transition"
_STEPS: Final = 4
_LONG_SIDE: Final = 1024
_MULTIPLE: Final = 8
_SUFFIXES: Final = (".png", ".gif", ".webp", ".jpg", ".jpeg")
_LINKS_IN_FRONT: Final = re.compile(r"^(?:https?://\S+\s+)+")
_FIXED: Final[Mapping[str, str]] = {
    catalogue.FLUX: paths.FLUX,
    catalogue.LUMI: paths.LUMI,
    catalogue.BANANA: paths.UNIVERSAL,
    catalogue.VIDEO: paths.VIDEO,
    catalogue.UPSCALE: paths.FLUX_UPSCALE,
    catalogue.CUTOUT: paths.REMOVE_BACKGROUND,
}


def path(order: Order, family: Family) -> str:
    """Return where an order goes."""
    if order.task is Task.REWORK_IMAGE:
        return family.button
    if order.model == catalogue.DESCRIBE:
        return family.describe
    return _FIXED.get(order.model, family.imagine)


def body(order: Order, values: Mapping[str, ParamValue]) -> Json:
    """Return what is ordered, without what every order has."""
    if order.task is Task.REWORK_IMAGE:
        return {"messageId": reference.message_id(order.origin), "button": order.step}
    return _BODIES.get(order.model, _imagine)(order, values)


def _imagine(order: Order, values: Mapping[str, ParamValue]) -> Json:
    link = address(order.pictures[0]) if order.pictures else ""
    return {"prompt": midjourney.line(order.prompt, values, link=link)}


def _flux(order: Order, values: Mapping[str, ParamValue]) -> Json:
    return {"prompt": order.prompt, "n": order.count, **values}


def _lumi(order: Order, values: Mapping[str, ParamValue]) -> Json:
    width, height = size(str(values["aspect_ratio"]))
    return {"prompt": order.prompt, "steps": _STEPS, "width": width, "height": height}


def _banana(order: Order, _values: Mapping[str, ParamValue]) -> Json:
    shown = [{"type": "image", "url": address(picture)} for picture in order.pictures]
    return {"contents": [{"type": "text", "text": _PREFIX + order.prompt}, *shown], "model": catalogue.BANANA}


def _video(order: Order, _values: Mapping[str, ParamValue]) -> Json:
    first, last = _frames(order)
    return {"prompt": order.prompt.strip() or _USUAL_MOTION, "startFrameUrl": first, "endFrameUrl": last}


def _tool(order: Order, values: Mapping[str, ParamValue]) -> Json:
    return {"image": address(order.pictures[0]), **values}


def _describe(order: Order, _values: Mapping[str, ParamValue]) -> Json:
    return {"url": address(order.pictures[0])}


_BODIES: Final[Mapping[str, Callable[[Order, Mapping[str, ParamValue]], Json]]] = {
    catalogue.FLUX: _flux,
    catalogue.LUMI: _lumi,
    catalogue.BANANA: _banana,
    catalogue.VIDEO: _video,
    catalogue.UPSCALE: _tool,
    catalogue.CUTOUT: _tool,
    catalogue.DESCRIBE: _describe,
}


def said(order: Order, values: Mapping[str, ParamValue]) -> str:
    """Return the words by which the service's list tells an order, for :func:`plain` ones; empty where it has none."""
    if order.model in {catalogue.UPSCALE, catalogue.CUTOUT, catalogue.DESCRIBE} or order.task is Task.REWORK_IMAGE:
        return ""
    if order.model == MIDJOURNEY:
        return plain(midjourney.line(order.prompt, values))
    return plain(order.prompt if order.model != catalogue.VIDEO else order.prompt.strip() or _USUAL_MOTION)


def plain(prompt: str) -> str:
    """Return words of the list as they can be compared: without our prefix, addresses in front and spare blanks."""
    return " ".join(_LINKS_IN_FRONT.sub("", prompt.removeprefix(_PREFIX)).split())


def size(ratio: str) -> tuple[int, int]:
    """Return width and height: the long side 1024, the other floored to a multiple of 8 (reference section 2.2)."""
    wide, high = sides(ratio)
    other = max(_LONG_SIDE * min(wide, high) // max(wide, high) // _MULTIPLE * _MULTIPLE, _MULTIPLE)
    return (_LONG_SIDE, other) if wide >= high else (other, _LONG_SIDE)


def address(picture: Picture) -> str:
    """Return where the service can read a picture: a result of its own, else our public copy, if there is one."""
    return picture.url or picture.link


def fits_a_prompt(url: str) -> bool:
    """Whether an address can stand in front of a prompt: it has to lead to the file itself, and end as one."""
    return urlsplit(url).path.lower().endswith(_SUFFIXES) and not any(mark in url for mark in " \t\n")


def _frames(order: Order) -> tuple[str, str]:
    """Return the first and the last frame: by what each is for, else in their order."""
    first, last = order.pictures
    swapped = first.role is Role.LAST or last.role is Role.FIRST
    shown = (last, first) if swapped else (first, last)
    return address(shown[0]), address(shown[1])
