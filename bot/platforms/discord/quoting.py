"""How words that are not ours become harmless in Discord's markdown (section 1.7). Which words there are is not here.

``discord.utils.escape_markdown`` leaves lists, mentions and time stamps alone, so it is not enough.
"""

import re

from bot.platforms.discord.limits import length

MOST_QUOTED = 300
"""Characters of a person's own words that are repeated to them."""

LONGEST_BARE_LINK = 1900
"""Characters of an address that still fits into a message beside its sentence; a longer one goes as a file."""

MOST_LINES = 12
"""Lines of a person's own words that are repeated to them."""

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
"""Controls, invisible blanks and what turns the reading direction. Joiners stay: emoji and Persian need them."""

_ADDRESS = re.compile(r"https?://[^\s<>]+")
_MARKS = re.compile(r"[\\*_~|`<\[\]]")
_CALLS = re.compile(r"<(?=@|#|/|a?:|t:|id:)")
_LINE_STARTS = re.compile(r"^([^\S\n]*)([#>+-])|^([^\S\n]*\d+)([.)])(?=\s)", re.MULTILINE)


def visible(text: str) -> str:
    """Return a text without what cannot be seen; half of a two-part character becomes a question mark."""
    return _UNSEEN.sub("", text.encode(errors="replace").decode())


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters; one that was cut ends with an ellipsis."""
    if length(text) <= most:
        return text
    kept = text[:most]
    while length(kept) > most - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def fenced(words: str, most: int = MOST_QUOTED) -> str:
    """Return a person's words in a code block: nobody is called, nothing unfurls, nothing is formatted."""
    seen = visible(words).strip()
    lines = seen.splitlines()
    seen = seen if len(lines) <= MOST_LINES else "\n".join([*lines[: MOST_LINES - 1], "…"])
    shown = shortened(seen, most).replace("`", "\u02cb")
    return f"```\n{shown}\n```" if shown else ""


def escaped(text: str) -> str:
    """Return a sentence that reads as it is written; addresses stay whole, because a backslash would become part."""
    shown, kept, at = visible(text), "", 0
    for address in _ADDRESS.finditer(shown):
        kept += _escaped(shown[at : address.start()]) + address[0]
        at = address.end()
    return kept + _escaped(shown[at:])


def harmless(text: str) -> str:
    """Return a written answer with its markup, in which nothing looks as if it called somebody or were a command."""
    parts = visible(text).strip().split("```")
    closed = len(parts) - 1 - (len(parts) - 1) % 2  # a block that never ends is none
    return "```".join(part if n % 2 and n < closed else _CALLS.sub(r"\\<", part) for n, part in enumerate(parts))


def without_previews(text: str) -> str:
    """Return a text whose addresses can be followed and show no preview."""
    return _ADDRESS.sub(lambda address: f"<{address[0]}>", text)


def _escaped(text: str) -> str:
    marked = _MARKS.sub(lambda mark: f"\\{mark[0]}", text)
    return _LINE_STARTS.sub(lambda m: f"{m[1] or m[3] or ''}\\{m[2] or m[4]}", marked)
