"""What Feishu takes in one message, checked before anything is sent (sections 5 and 6). Drawing is in ``render``.

Feishu refuses a card as a whole, also for one property that it does not know, and names the reason in words at most.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from bot.platforms.feishu.markup import tables

Json: TypeAlias = dict[str, object]

MOST_BODY = 30 * 1024
"""Bytes of the whole request with a card or a post in it."""

MOST_TEXT_BODY = 150 * 1024
"""Bytes of the whole request with a text in it."""

MOST_UUID = 50
MOST_COMPONENTS = 200
MOST_TABLES = 3
MOST_ELEMENT_ID = 20
MOST_TAGS = 3
"""Labels in a card's header."""

MOST_PICTURES = 6
"""Pictures in one grid."""


class Form(StrEnum):
    """A kind of message, by the name Feishu gives it."""

    CARD = "interactive"
    TEXT = "text"
    POST = "post"
    IMAGE = "image"
    MEDIA = "media"
    AUDIO = "audio"
    FILE = "file"


_TEXT = frozenset({"tag", "content", "i18n_content", "lines", "text_size", "text_align", "text_color", "element_id"})
_COMMON = frozenset({"tag", "element_id", "margin"})
_PROPERTIES: Mapping[str, frozenset[str]] = {
    "plain_text": _TEXT,
    "lark_md": _TEXT,
    "markdown": _COMMON | {"content", "i18n_content", "text_size", "text_align", "icon"},
    "div": _COMMON | {"text", "fields", "icon", "width"},
    "img": _COMMON | {"img_key", "i18n_img_key", "alt", "title", "preview", "scale_type", "size", "corner_radius"},
    "img_combination": _COMMON | {"combination_mode", "img_list", "corner_radius", "combination_transparent"},
    "hr": _COMMON,
    "button": _COMMON
    | {"text", "type", "size", "width", "icon", "hover_tips", "disabled", "disabled_tips", "confirm", "behaviors"}
    | {"name", "form_action_type", "required", "value_type"},
    "column_set": _COMMON
    | {
        "columns",
        "flex_mode",
        "background_style",
        "horizontal_spacing",
        "horizontal_align",
        "vertical_spacing",
        "action",
    },
    "column": _COMMON
    | {"elements", "width", "weight", "background_style", "vertical_spacing", "horizontal_spacing", "direction"}
    | {"vertical_align", "horizontal_align", "padding", "action"},
    "form": _COMMON
    | {"name", "elements", "direction", "padding", "vertical_spacing", "horizontal_spacing"}
    | {"vertical_align", "horizontal_align", "confirm"},
    "input": _COMMON
    | {"name", "required", "disabled", "placeholder", "default_value", "width", "max_length", "input_type", "rows"}
    | {"label", "label_position", "behaviors", "value", "confirm", "fallback", "auto_resize", "max_rows", "show_icon"},
    "select_static": _COMMON
    | {"name", "type", "required", "disabled", "placeholder", "options", "initial_index", "initial_option", "width"}
    | {"behaviors", "confirm"},
    "overflow": _COMMON | {"options", "width", "behaviors", "confirm", "value"},
    "collapsible_panel": _COMMON
    | {"expanded", "header", "elements", "border", "background_color", "padding", "vertical_spacing", "direction"},
}
"""The components that we draw, each with what it may carry: anything else is refused by Feishu (200621)."""

_CONFIG = frozenset(
    {"update_multi", "streaming_mode", "streaming_config", "summary", "locales", "enable_forward", "style"}
    | {"enable_forward_interaction", "width_mode", "use_custom_translation"}
)
_CONTROLS = frozenset({"input", "select_static", "button"})
_AT_ROOT = frozenset({"form", "table"})


def size(body: Mapping[str, object]) -> int:
    """Return how many bytes a request's body has as it is sent."""
    return len(json.dumps(body, ensure_ascii=False).encode(errors="replace"))


def problems(form: Form, content: Json, body: Mapping[str, object]) -> list[str]:
    """Return what Feishu would not take of a message; nothing for a good one."""
    found = [*_card(content)] if form is Form.CARD else []
    most = MOST_TEXT_BODY if form is Form.TEXT else MOST_BODY
    if (bytes_sent := size(body)) > most:
        found.append(f"{bytes_sent} bytes")
    uuid = body.get("uuid", "")
    if not isinstance(uuid, str) or len(uuid) > MOST_UUID:
        found.append("uuid too long")
    return found


def _card(card: Json) -> Iterator[str]:
    if card.get("schema") != "2.0":
        yield "not a card of schema 2.0"
    yield from _unknown("card", card, frozenset({"schema", "config", "header", "body"}))
    config = card.get("config")
    if not isinstance(config, dict) or config.get("update_multi") is not True:
        yield "update_multi is not true"
    else:
        yield from _unknown("config", config, _CONFIG)
    yield from _header(card.get("header"))
    body = card.get("body")
    elements = body.get("elements") if isinstance(body, dict) else None
    if not isinstance(elements, list) or not elements:
        yield "no elements"
        return
    components = [*walk(elements)]
    if len(components) > MOST_COMPONENTS:
        yield f"{len(components)} components"
    for component in components:
        yield from _component(component)
    for inner in (c for c in components if c not in elements):
        if inner.get("tag") in _AT_ROOT:
            yield f"{inner.get('tag')} inside something else"
    ids = [c["element_id"] for c in components if "element_id" in c]
    if len(set(map(str, ids))) < len(ids):
        yield "two elements with one id"


def walk(node: object) -> Iterator[Json]:
    """Yield everything below that has a tag and is a component, not a text."""
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
    elif isinstance(node, dict):
        if node.get("tag") not in {None, "plain_text", "lark_md", "standard_icon", "custom_icon"}:
            yield node
        for item in node.values():
            yield from walk(item)


def _header(header: object) -> Iterator[str]:
    if header is None:
        return
    if not isinstance(header, dict) or "title" not in header:
        yield "a header without a title"
        return
    yield from _unknown(
        "header", header, frozenset({"title", "subtitle", "text_tag_list", "template", "icon", "padding"})
    )
    if len(_listed(header.get("text_tag_list"))) > MOST_TAGS:
        yield "too many labels in the header"


def _component(component: Json) -> Iterator[str]:
    tag = str(component.get("tag"))
    if tag not in _PROPERTIES:
        yield f"{tag}: no such component here"
        return
    yield from _unknown(tag, component, _PROPERTIES[tag])
    if len(str(component.get("element_id", ""))) > MOST_ELEMENT_ID:
        yield f"{tag}: element_id too long"
    if tag == "markdown":
        yield from _markdown(component)
    elif tag == "img" and not component.get("img_key"):
        yield "img: no key"
    elif tag == "img_combination" and not 1 < len(_listed(component.get("img_list"))) <= MOST_PICTURES:
        yield "img_combination: needs 2 to 6 pictures"
    elif tag == "button":
        yield from _button(component)
    elif tag == "form":
        yield from _form(component)


def _markdown(component: Json) -> Iterator[str]:
    texts = [component.get("content")]
    others = component.get("i18n_content")
    texts += list(others.values()) if isinstance(others, dict) else []
    for text in texts:
        if not isinstance(text, str) or not text:
            yield "markdown: no text"
        elif tables(text) > MOST_TABLES:
            yield f"markdown: {tables(text)} tables"


def _button(button: Json) -> Iterator[str]:
    if button.get("form_action_type"):
        return
    behaviors = _listed(button.get("behaviors"))
    if not behaviors:
        yield "button: does nothing"
    for behavior in behaviors:
        if not isinstance(behavior, dict) or behavior.get("type") not in {"callback", "open_url"}:
            yield "button: unknown behavior"
        elif behavior["type"] == "callback" and not isinstance(behavior.get("value"), dict):
            yield "button: its value is not an object"


def _form(form: Json) -> Iterator[str]:
    controls = [c for c in walk(form.get("elements")) if c.get("tag") in _CONTROLS]
    yield from ("form: a control without a name" for c in controls if not c.get("name"))
    if not form.get("name"):
        yield "form: no name"
    if not any(c.get("form_action_type") == "submit" for c in controls):
        yield "form: nothing submits it"


def _unknown(where: str, node: Mapping[str, object], known: frozenset[str]) -> Iterator[str]:
    yield from (f"{where}: {name} is not known" for name in node if name not in known)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
