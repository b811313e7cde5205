"""The kinds of value in a card and what is wrong with one. Which component takes which is in ``card_parts.py``."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from tests.fakes.feishu_server.refusals import Json, bad_card
from tests.fakes.feishu_server.world import LOCALES

BROKEN, BAD_IMAGE, NO_SUCH_TAG, TOO_MUCH, NO_NAME = 200621, 200570, 200861, 11310, 200530
"""Codes inside the message of 230099 (and 200530, which clients show)."""

Kind = Callable[[Any, str], str | None]
"""Says what is wrong with a value at a path; None = nothing."""

_PIXELS = re.compile(r"-?\d{1,4}px( -?\d{1,4}px){0,3}")
_ELEMENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ICON = re.compile(r"[a-z0-9-]+_(outlined|filled|colorful)")
LONGEST_ELEMENT_ID = 20


def broken(path: str, words: str) -> NoReturn:
    """Refuse a card for its form."""
    bad_card(BROKEN, f"parse card json err; ErrorValue: {words}; ErrorPath: {path}")


def of(*types: type) -> Kind:
    """Return a kind that is one of these types; True is no number."""

    def check(value: Any, path: str) -> str | None:
        fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if fits else f"{type(value).__name__} instead of {types[0].__name__}"

    return check


def one_of(*values: str) -> Kind:
    """Return a kind that is one of these words."""
    return lambda value, path: None if value in values else f"{value!r} is none of {values}"


def between(least: int, most: int) -> Kind:
    """Return a kind that is a whole number within bounds."""

    def check(value: Any, path: str) -> str | None:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if fits else f"{value!r} is not between {least} and {most}"

    return check


def text_of(most: int) -> Kind:
    """Return a kind that is a text of at most so many characters."""
    return lambda value, path: None if isinstance(value, str) and len(value) <= most else f"more than {most}"


def only(value: Any, path: str, known: Mapping[str, Kind], required: Iterable[str] = ()) -> Json:
    """Return an object whose properties are all known, right and complete. Refused otherwise."""
    if not isinstance(value, dict):
        broken(path, f"{type(value).__name__} instead of an object")
    if extra := sorted(set(value) - set(known)):
        broken(path, f"unknown property, property: {extra[0]}")
    for key in required:
        if value.get(key) in (None, ""):
            broken(path, f"{key} is required")
    for key, one in value.items():
        if (problem := known[key](one, f"{path} -> {key}")) is not None:
            broken(f"{path} -> {key}", problem)
    found: Json = value
    return found


def record(known: Mapping[str, Kind], *required: str) -> Kind:
    """Return a kind that is an object with these properties."""

    def check(value: Any, path: str) -> str | None:
        only(value, path, known, required)
        return None

    return check


def many(kind: Kind, most: int | None = None, least: int = 0) -> Kind:
    """Return a kind that is a list of a kind."""

    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, list):
            return f"{type(value).__name__} instead of a list"
        if len(value) < least or (most is not None and len(value) > most):
            return f"{len(value)} are not between {least} and {most}"
        for index, one in enumerate(value):
            if (problem := kind(one, f"{path} -> [{index}]")) is not None:
                broken(f"{path} -> [{index}]", problem)
        return None

    return check


def anything(value: Any, path: str) -> str | None:
    """Take whatever it is."""
    return None


def pixels(value: Any, path: str) -> str | None:
    """Check ``12px`` or four of them."""
    return None if isinstance(value, str) and _PIXELS.fullmatch(value) else f"{value!r} are no pixels"


def spacing(value: Any, path: str) -> str | None:
    """Check a distance between components."""
    return None if value in {"small", "medium", "large", "extra_large"} else pixels(value, path)


def width(*words: str) -> Kind:
    """Return a kind that is one of these words or pixels."""
    return lambda value, path: None if value in words else pixels(value, path)


def element_id(value: Any, path: str) -> str | None:
    """Check a name that elements are changed by."""
    if not isinstance(value, str) or len(value) > LONGEST_ELEMENT_ID:
        return f"element_id is longer than {LONGEST_ELEMENT_ID}"
    return None if _ELEMENT_ID.fullmatch(value) else "element_id is letters, digits and _, a letter first"


def translated(value: Any, path: str) -> str | None:
    """Check texts per language."""
    if not isinstance(value, dict):
        return "a map of languages"
    if extra := set(value) - set(LOCALES):
        return f"unknown languages {sorted(extra)}"
    return None if all(isinstance(one, str) for one in value.values()) else "texts per language"


def languages(value: Any, path: str) -> str | None:
    """Check a list of languages."""
    return None if isinstance(value, list) and set(value) <= set(LOCALES) else f"{value!r} are no languages"


def behaviors(value: Any, path: str) -> str | None:
    """Check what a press does; the value of a callback is an object."""
    if not isinstance(value, list) or not value:
        return "behaviors is a list of at least one"
    for index, one in enumerate(value):
        kinds = _BEHAVIORS.get(one.get("type") if isinstance(one, dict) else None)
        if kinds is None:
            return f"unknown behavior {one!r:.60}"
        only(one, f"{path} -> [{index}]", kinds, ("type", "value" if "value" in kinds else "default_url"))
    return None


def icon(value: Any, path: str) -> str | None:
    """Check an icon from the list or a picture of one's own."""
    if not isinstance(value, dict) or value.get("tag") not in {"standard_icon", "custom_icon"}:
        return "an icon is a standard_icon or a custom_icon"
    if value["tag"] == "custom_icon":
        only(value, path, {"tag": anything, "img_key": STRING, "size": STRING}, ("img_key",))
        return None
    only(value, path, {"tag": anything, "token": STRING, "color": STRING, "size": STRING}, ("token",))
    return None if _ICON.fullmatch(value["token"]) else f"{value['token']!r} is not in the list of icons"


def _text(*tags: str) -> Kind:
    def check(value: Any, path: str) -> str | None:
        if not isinstance(value, dict) or value.get("tag") not in tags:
            return f"a text element is one of {tags}"
        only(value, path, _TEXT, ("tag",))
        return None if isinstance(value.get("content"), str) else "a text has a content"

    return check


STRING, BOOL, NUMBER, OBJECT = of(str), of(bool), of(int, float), of(dict)
_TEXT: Mapping[str, Kind] = {
    "tag": STRING,
    "content": STRING,
    "i18n_content": translated,
    "text_size": STRING,
    "text_color": STRING,
    "text_align": one_of("left", "center", "right"),
    "lines": between(1, 100),
    "element_id": element_id,
}
_URLS: Mapping[str, Kind] = dict.fromkeys(("default_url", "android_url", "ios_url", "pc_url"), STRING)
_BEHAVIORS: Mapping[Any, Mapping[str, Kind]] = {
    "callback": {"type": STRING, "value": OBJECT},
    "open_url": {"type": STRING, **_URLS},
}
PLAIN = _text("plain_text")
RICH = _text("plain_text", "lark_md")
TITLE = _text("plain_text", "lark_md", "markdown")
CONFIRM = record({"title": PLAIN, "text": PLAIN}, "title", "text")
LINK = record({"url": STRING, "android_url": STRING, "ios_url": STRING, "pc_url": STRING})
ALIGN = one_of("left", "center", "right")
VERTICAL = one_of("top", "center", "bottom")
