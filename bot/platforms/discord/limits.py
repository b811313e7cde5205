"""What Discord takes in one message, checked before anything is sent (section 1.4). Drawing is in ``render``.

discord.py checks hardly any of this, and Discord refuses a message as a whole.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from bot.platforms.discord.wire import Flag, Kind, walk

MOST_COMPONENTS = 40
MOST_TEXT = 4000
"""Characters over all texts of a message of components."""

MOST_CONTENT = 2000
MOST_GALLERY = 10
MOST_DESCRIPTION = 1024
MOST_ROWS = 5
MOST_BUTTONS = 5
MOST_LABEL = 80
MOST_CUSTOM_ID = 100
MOST_LINK = 512
"""Characters of a link button's address; signed addresses of media are often longer."""

MOST_ADDRESS = 2048
"""Characters of the address of a medium in a gallery."""

MOST_NONCE = 25
MOST_MODAL_TITLE = 45
MOST_MODAL_LABEL = 45
MOST_MODAL_DESCRIPTION = 100
MOST_CHOICES = 25
MOST_OPTIONS = 25
MOST_OPTION = 100
MOST_PLACEHOLDER = 150
MOST_CHOICE = 100
MOST_DESCRIPTION_OF_COMMAND = 100
MOST_NAME = 32

_LINK_STYLE = 5
_SCHEMES = frozenset({"http", "https", "attachment"})
_NOT_WITH_V2 = ("content", "embeds", "poll", "sticker_ids")


def length(text: str) -> int:
    """Return how long a text is for Discord at most: its own programs count UTF-16 units."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def problems(payload: Mapping[str, object]) -> list[str]:
    """Return what Discord would not take of a message; nothing for a good one."""
    flags = payload.get("flags")
    is_v2 = isinstance(flags, int) and bool(flags & Flag.COMPONENTS_V2)
    found = [*_v2(payload)] if is_v2 else [*_classic(payload)]
    found += _buttons(payload)
    nonce = payload.get("nonce")
    if isinstance(nonce, str) and not 1 <= length(nonce) <= MOST_NONCE:
        found.append(f"nonce: {length(nonce)} characters")
    return found


def modal_problems(modal: Mapping[str, object]) -> list[str]:
    """Return what Discord would not take of a modal."""
    found = [*_between("title", modal.get("title"), 1, MOST_MODAL_TITLE)]
    found += _between("custom_id", modal.get("custom_id"), 1, MOST_CUSTOM_ID)
    labels = [c for c in walk(modal.get("components")) if c.get("type") == Kind.LABEL]
    if not 1 <= len(labels) <= MOST_ROWS:
        found.append(f"{len(labels)} fields")
    for label in labels:
        found += _between("label", label.get("label"), 1, MOST_MODAL_LABEL)
        found += _between("description", label.get("description", ""), 0, MOST_MODAL_DESCRIPTION)
    return found


def _v2(payload: Mapping[str, object]) -> Iterator[str]:
    components = [*walk(payload.get("components"))]
    if not 1 <= len(components) <= MOST_COMPONENTS:
        yield f"{len(components)} components"
    yield from (f"{field} beside components" for field in _NOT_WITH_V2 if payload.get(field))
    texts = [c.get("content") for c in components if c.get("type") == Kind.TEXT]
    for text in texts:
        yield from _between("text", text, 1, MOST_TEXT)
    total = sum(length(text) for text in texts if isinstance(text, str))
    if total > MOST_TEXT:
        yield f"{total} characters of text"
    for component in components:
        if component.get("type") == Kind.GALLERY:
            yield from _gallery(component)


def _classic(payload: Mapping[str, object]) -> Iterator[str]:
    content, rows = payload.get("content"), payload.get("components")
    yield from _between("content", content or "", 0, MOST_CONTENT)
    if not content and not payload.get("embeds") and not payload.get("attachments") and not rows:
        yield "nothing at all"
    if isinstance(rows, list):
        if len(rows) > MOST_ROWS:
            yield f"{len(rows)} rows"
        yield from ("a component outside a row" for row in rows if row.get("type") != Kind.ROW)


def _gallery(gallery: Mapping[str, object]) -> Iterator[str]:
    items = gallery.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_GALLERY:
        yield "a gallery needs 1 to 10 items"
        return
    for item in items:
        url = item["media"]["url"]
        yield from _between("address", url, 1, MOST_ADDRESS)
        if urlsplit(url).scheme not in _SCHEMES:
            yield "an address in a gallery that is not http(s)"
        yield from _between("description", item.get("description") or "", 0, MOST_DESCRIPTION)


def _buttons(payload: Mapping[str, object]) -> Iterator[str]:
    components = [*walk(payload.get("components"))]
    for row in components:
        held = row.get("components")
        if row.get("type") == Kind.ROW and not (isinstance(held, list) and 1 <= len(held) <= MOST_BUTTONS):
            yield "a row needs 1 to 5 buttons"
    menus = [c for c in components if c.get("type") == Kind.MENU]
    for menu in menus:
        yield from _menu(menu)
    buttons = [c for c in components if c.get("type") == Kind.BUTTON]
    for button in buttons:
        yield from _between("label", button.get("label"), 1, MOST_LABEL)
        if button.get("style") == _LINK_STYLE:
            yield from _between("link", button.get("url"), 1, MOST_LINK)
        else:
            yield from _between("custom_id", button.get("custom_id"), 1, MOST_CUSTOM_ID)
    names = [b.get("custom_id") for b in buttons if "custom_id" in b]
    if len(set(names)) < len(names):
        yield "two buttons with one custom_id"


def _menu(menu: Mapping[str, object]) -> Iterator[str]:
    yield from _between("placeholder", menu.get("placeholder"), 1, MOST_PLACEHOLDER)
    options = menu.get("options")
    if not isinstance(options, list) or not 1 <= len(options) <= MOST_OPTIONS:
        yield "a menu needs 1 to 25 options"
        return
    for option in options:
        yield from _between("option", option.get("label"), 1, MOST_OPTION)
        yield from _between("value", option.get("value"), 1, MOST_OPTION)


def _between(what: str, text: object, least: int, most: int) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{what}: no text"
    elif not least <= length(text) <= most:
        yield f"{what}: {length(text)} characters"
