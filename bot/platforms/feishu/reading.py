"""What a message says: its words without what only programs see, and the keys of its pictures. Fetching them: no.

The words come with placeholders for whoever is called by name (section 3). Ours is taken out, others become names.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.platforms.feishu.events import Mention, Message

MOST_PICTURES = 10
"""Pictures of one message that are looked at."""

_CALLED = re.compile(r"@_user_\d+|@_all")
_UNSEEN = re.compile(r"[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
"""Invisible blanks and what turns the reading direction. Joiners stay: emoji and Persian need them."""

_BLANKS = re.compile(r"[\u00a0\u2007\u202f\u3000]")
_SLASHES = "/／"
_LOCALE = re.compile(r"LarkLocale/([A-Za-z]{2,3}(?:[_-][A-Za-z]{2,4})?)")


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody has written. ``calls_us``: we are called by name. ``is_known``: it is a kind that can be read."""

    text: str = ""
    pictures: tuple[str, ...] = ()
    calls_us: bool = False
    is_known: bool = True


def read(message: Message, me: str) -> Written:
    """Return what a message says to us; ``me`` is the bot's open_id."""
    found = contents(message.message_type, message.content, message.mentions, me)
    called = any(mention.id.open_id == me for mention in message.mentions if me)
    return Written(found.text, found.pictures, called, found.is_known)


def contents(kind: str, content: str, mentions: Sequence[Mention] = (), me: str = "") -> Written:
    """Return what is in the content of a message of a kind; a broken one is empty."""
    body = _parsed(content)
    names = {m.key: "" if me and m.id.open_id == me else f"@{m.name}" for m in mentions}
    match kind:
        case "text":
            return Written(_clean(_words(body.get("text")), names))
        case "image":
            return Written("", tuple(filter(None, (_words(body.get("image_key")),))))
        case "post":
            rows = [list(row) for row in _rows(body)]
            lines = [line for line in (_clean(_said(row), names) for row in rows) if line]
            # A command below a title is still one.
            at = len(lines) if lines and lines[0][0] in _SLASHES else 0
            lines.insert(at, _clean(_words(body.get("title")), names))
            pictures = [_words(e.get("image_key")) for row in rows for e in row if e.get("tag") == "img"]
            return Written("\n".join(lines).strip(), tuple(filter(None, pictures))[:MOST_PICTURES])
        case _:
            return Written(is_known=False)


def locale_of(user_agent: str) -> str:
    """Return the language that a person's program speaks, such as ``en_US``; nothing where it does not say."""
    found = _LOCALE.search(user_agent)
    return found[1] if found else ""


def _parsed(content: str) -> Mapping[str, object]:
    try:
        body = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _rows(body: Mapping[str, object]) -> Iterator[Iterator[Mapping[str, object]]]:
    """Yield the rows of a post; one that we sent has them once for each language."""
    if "content" not in body:
        body = next((one for one in body.values() if isinstance(one, dict)), {})
    rows = body.get("content")
    for row in rows if isinstance(rows, list) else ():
        yield (element for element in (row if isinstance(row, list) else ()) if isinstance(element, dict))


def _said(row: Sequence[Mapping[str, object]]) -> str:
    return "".join(map(_element, row))


def _element(element: Mapping[str, object]) -> str:
    text = _words(element.get("text"))
    match element.get("tag"):
        case "text" | "md" | "code_block":
            return text
        case "a":
            href = _words(element.get("href"))
            return href if text in {"", href} else f"{text} {href}"
        case "at":
            # In a post the placeholder stands where the person's id would.
            return f" {_words(element.get('user_id'))} "
        case _:
            return ""


def _clean(text: str, names: Mapping[str, str]) -> str:
    text = _CALLED.sub(lambda found: names.get(found[0], "@all" if found[0] == "@_all" else ""), text)
    return _BLANKS.sub(" ", _UNSEEN.sub("", text)).strip()


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""
