"""Long answers in several messages: where to cut, so that code and sentences stay whole. What is said is elsewhere."""

import re

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})(?P<language>[^`\n]*)$", re.MULTILINE)
_CUTS = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", ", ", " ")
"""Where a text may be cut, the best first; what cuts stays with the part before."""

_LEAST = 0.5
"""A part is at least half full, so that one early paragraph does not make dozens of messages."""

_CLOSING = 16
"""Characters kept free in a part for the fence that closes a cut block of code."""


def split_answer(text: str, longest: int) -> list[str]:
    """Return the text in parts of at most ``longest`` characters; nothing is lost but white space around a cut.

    A block of code that does not fit is closed at the end of a part and opened again, in its language, in the next.
    """
    parts: list[str] = []
    rest, opening = text.strip("\n"), ""
    while rest.strip():
        room = longest - (len(opening) + 1 if opening else 0)
        if len(rest) <= room:
            parts.append(_opened(opening, rest))
            break
        at = _cut(rest, room - _CLOSING)
        part, rest = rest[:at].rstrip(), rest[at:].lstrip("\n")
        whole = _opened(opening, part)
        opening = _open_fence(whole)
        parts.append(f"{whole}\n{_fence_of(opening)}" if opening else whole)
        if not opening:
            rest = rest.lstrip()
    return parts


def _opened(opening: str, part: str) -> str:
    return f"{opening}\n{part}" if opening else part


def _cut(text: str, room: int) -> int:
    """Return where to cut a text that is longer than ``room``."""
    for mark in _CUTS:
        at = text.rfind(mark, int(room * _LEAST), room)
        if at >= 0:
            return at + len(mark)
    return room


def _open_fence(part: str) -> str:
    """Return the line that opened the block of code in which a part ends, or nothing."""
    opening = ""
    for line in _FENCE.finditer(part):
        if not opening:
            opening = line[0]
        elif line["fence"].startswith(_fence_of(opening)) and not line["language"].strip():
            opening = ""
    return opening


def _fence_of(opening: str) -> str:
    found = _FENCE.match(opening)
    return found["fence"] if found else ""
