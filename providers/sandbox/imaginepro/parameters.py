"""Midjourney's parameters at the end of a prompt: what they mean here, and which are wrong. Bodies are not read here.

A wrong parameter is found by Midjourney and not at the door, so it costs like any other run (reference section 2.6).
The list and its limits are Midjourney's own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Check = Callable[[str], bool]

_PARAMETER = re.compile(r"(?<!\S)--(\S*)")
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
_SUFFIXES = (".png", ".gif", ".webp", ".jpg", ".jpeg")
_BANNED = frozenset({"flesh", "naked", "kill", "blood", "sexy"})
_MOST_SEED, _WIDEST = 4_294_967_295, 14
_OLD_UPSCALES = "5"
"""Version 5 enlarges by 2x and 4x, later ones subtly or creatively. Which names belong to which is a guess."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a prompt asks of Midjourney. ``doom`` is why it will turn it down, empty where it will not."""

    text: str
    aspect: tuple[int, int] = (1, 1)
    relaxed: bool = False
    old_upscales: bool = False
    picture: str = ""
    doom: str = ""


def read(prompt: str) -> Wish:
    """Read a prompt, its parameters and the picture in front of it."""
    start = _PARAMETER.search(prompt)
    text = (prompt[: start.start()] if start else prompt).strip()
    found = dict(_parameters(prompt))
    doom = next((words for name, value in found.items() if (words := _wrong(name, value))), "")
    return Wish(
        text=text,
        aspect=aspect(prompt) or (1, 1),
        relaxed="relax" in found,
        old_upscales=found.get("v", found.get("version", "")).startswith(_OLD_UPSCALES),
        picture=text.partition(" ")[0] if text.lower().startswith("http") else "",
        doom=doom or _denied(text),
    )


def aspect(prompt: str) -> tuple[int, int] | None:
    """Return the proportions that ``--ar`` or ``--aspect`` asks for, if they are any."""
    found = dict(_parameters(prompt))
    wide, _, high = found.get("ar", found.get("aspect", "")).partition(":")
    if wide.isdecimal() and high.isdecimal() and int(wide) and int(high):
        return int(wide), int(high)
    return None


def _parameters(prompt: str) -> Iterator[tuple[str, str]]:
    places = list(_PARAMETER.finditer(prompt))
    ends = [*(place.start() for place in places[1:]), len(prompt)][: len(places)]
    for place, end in zip(places, ends, strict=True):
        yield place.group(1).lower(), prompt[place.end() : end].strip()


def _wrong(name: str, value: str) -> str:
    check = _KNOWN.get(name)
    if check is None:
        return f"[Invalid parameter] Unrecognized parameter: --{name}"
    return "" if check(value) else f"[Invalid parameter] Invalid value for --{name}: {value}"


def _denied(text: str) -> str:
    banned = _BANNED & set(re.findall(r"[a-z]+", text.lower()))
    if banned:
        return f"[Banned prompt detected] {min(banned)}"
    links = _LINK.findall(text)
    front = text.lower().startswith("http")
    if links and (len(links) > 1 or not front or not links[0].partition("?")[0].lower().endswith(_SUFFIXES)):
        return "[Invalid link] A picture must be one direct link in front of the prompt"
    return ""


def _whole(least: int, most: int) -> Check:
    return lambda value: value.isdecimal() and least <= int(value) <= most


def _number(least: float, most: float) -> Check:
    def fits(value: str) -> bool:
        try:
            return least <= float(value) <= most
        except ValueError:
            return False

    return fits


def _proportions(value: str) -> bool:
    wide, colon, high = value.partition(":")
    if not (colon and wide.isdecimal() and high.isdecimal() and int(wide) and int(high)):
        return False
    return max(int(wide), int(high)) <= _WIDEST * min(int(wide), int(high))


def _flag(value: str) -> bool:
    return not value


def _words(value: str) -> bool:
    return bool(value)


def _links(value: str) -> bool:
    return bool(value) and all(link.startswith("http") for link in value.split())


_KNOWN: Mapping[str, Check] = {
    **dict.fromkeys(("ar", "aspect"), _proportions),
    **dict.fromkeys(("chaos", "c"), _whole(0, 100)),
    **dict.fromkeys(("stylize", "s"), _whole(0, 1000)),
    **dict.fromkeys(("weird", "w"), _whole(0, 3000)),
    **dict.fromkeys(("quality", "q"), frozenset({".25", "0.25", ".5", "0.5", "1", "2", "4"}).__contains__),
    **dict.fromkeys(("v", "version"), _number(1, 8)),
    **dict.fromkeys(("relax", "fast", "turbo", "tile", "raw", "draft"), _flag),
    **dict.fromkeys(("cref", "sref", "oref"), _links),
    **dict.fromkeys(("cw", "exp"), _whole(0, 100)),
    **dict.fromkeys(("sw", "ow"), _whole(0, 1000)),
    "no": _words,
    "style": lambda value: value.isalnum(),
    "seed": _whole(0, _MOST_SEED),
    "stop": _whole(10, 100),
    "iw": _number(0, 3),
    "niji": frozenset({"", "5", "6"}).__contains__,
    "p": lambda value: " " not in value,
}
