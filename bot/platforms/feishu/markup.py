"""Text inside Feishu's markdown, so that nothing in it is markup, rings or loads anything. Cards are in ``render``.

Feishu has no backslash escapes; it reads HTML entities, so those stand for every sign that means something to it.
"""

import re

_SIGNS = re.compile(r"[&<>*_~`\[\]\\]|:(?=\w+:)")
"""What means something in the middle of a line; a colon only as the first of an emoji's name (``:OK:``)."""

_RINGS_OR_LOADS = re.compile(r"<|!(?=\[)")
_TAG_OR_LINK = re.compile(r"<(?=[a-zA-Z/])|\]\(")
_TABLE = re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(\|[ \t]*:?-{3,}:?[ \t]*)*\|?[ \t]*$", re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return a text without control characters, half characters and what turns the writing direction around."""
    return _UNSEEN.sub("", text.encode(errors="replace").decode())


def escaped(text: str) -> str:
    """Return a text as markdown that shows it as it is, on one line."""
    return _SIGNS.sub(_entity, " ".join(visible(text).split()))


def tamed(text: str) -> str:
    """Return somebody's markdown with its looks, but without tags (``<at>``) and pictures."""
    return _RINGS_OR_LOADS.sub(_entity, visible(text))


def flat(text: str) -> str:
    """Return a text for a plain message, where Feishu reads some tags and links all the same, without any of them."""
    return _TAG_OR_LINK.sub(lambda found: found[0][0] + " " + found[0][1:], visible(text))


def bare(address: str) -> str:
    """Return an address to copy, in which what would be a tag is written as addresses write it."""
    return visible(address).replace("<", "%3C").replace(">", "%3E")


def tables(text: str) -> int:
    """Return how many tables there are in a markdown text."""
    return len(_TABLE.findall(text))


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters, with a sign where it was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
