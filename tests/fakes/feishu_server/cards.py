"""Whether a card is one (reference section 6): properties, places, names, counts, pictures. What people see: no."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu_server.card_frame import CARD, FIRST_VERSION
from tests.fakes.feishu_server.card_kinds import (
    BAD_IMAGE,
    NO_NAME,
    NO_SUCH_TAG,
    TOO_MUCH,
    broken,
    only,
)
from tests.fakes.feishu_server.card_parts import PARTS, Part
from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.refusals import Json, Refusal, bad_card

MOST_COMPONENTS = 200
MOST_TABLES = 3
MOST_NESTING = 5
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)*\|?\s*$", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_TEXTS = frozenset({"plain_text", "lark_md"})


def check_card(card: Json, media: Media) -> None:
    """Refuse a card that is none: 230099 with the reason inside."""
    if card.get("type") == "template":
        bad_card(200380, "template does not exist or is not published")
    if schema_of(card) == 1:
        _first_version(card)
        return
    only(card, "ROOT", CARD, ("schema", "body"))
    config = card.get("config") or {}
    if config.get("update_multi", True) is not True:
        broken("ROOT -> config -> update_multi", "only true is possible")
    _Walk(media).body(card)


def schema_of(card: Json) -> int:
    """Return the card's version, 1 or 2."""
    return 1 if "schema" not in card else 2


def is_shared(card: Json) -> bool:
    """Tell whether a card may be replaced for everybody."""
    return (card.get("config") or {}).get("update_multi") is True


@dataclass(slots=True)
class _Walk:
    """One look at one card."""

    media: Media
    ids: set[str] = field(default_factory=set)
    count: int = 0
    tables: int = 0

    def body(self, card: Json) -> None:
        for index, element in enumerate(card["body"]["elements"]):
            self._element(element, f"ROOT -> body -> elements -> [{index}]", ())
        for text in _texts(card):
            self._pictures_in(text)
        if self.count > MOST_COMPONENTS:
            bad_card(TOO_MUCH, f"the card has {self.count} components, more than {MOST_COMPONENTS} (300305)")
        if self.tables > MOST_TABLES:
            bad_card(TOO_MUCH, f"card table number over limit: {self.tables}")

    def _element(self, element: Json, path: str, inside: tuple[str, ...]) -> None:
        self.count += 1
        tag = element.get("tag")
        part = PARTS.get(tag) if isinstance(tag, str) else None
        if part is None:
            bad_card(NO_SUCH_TAG, f"not support tag: {tag}; ErrorPath: {path}")
        path = f"{path}({tag})"
        only(element, path, part.properties, part.required)
        self._place(str(tag), part, path, inside)
        self._name(element, part, path, inside)
        self._unique(element, path)
        self._about(str(tag), element)
        self._children(str(tag), element, path, inside)

    def _place(self, tag: str, part: Part, path: str, inside: tuple[str, ...]) -> None:
        if part.root and inside:
            broken(path, f"{tag} stands only in the body")
        if part.inside == "column_set" and inside[-1:] != ("column_set",):
            broken(path, "a column stands only in a column_set")
        if part.inside == "form" and "form" not in inside:
            broken(path, f"{tag} stands only in a form")
        if tag != "column" and inside[-1:] == ("column_set",):
            broken(path, "a column_set has only columns")
        if tag == "column_set" and inside.count(tag) >= MOST_NESTING:
            broken(path, "nested too deeply")

    def _name(self, element: Json, part: Part, path: str, inside: tuple[str, ...]) -> None:
        in_form = "form" in inside
        if part.named and in_form and not element.get("name"):
            raise Refusal(230099, f"Failed to create card content, ext=ErrCode: {NO_NAME}; ErrMsg: no name; {path}")
        if element.get("form_action_type") and not in_form:
            broken(path, "form_action_type only inside a form")

    def _unique(self, element: Json, path: str) -> None:
        for key in ("element_id", "name"):
            if value := element.get(key):
                known = f"{key}={value}"
                if known in self.ids:
                    broken(path, f"{key} {value!r} is there twice")
                self.ids.add(known)

    def _about(self, tag: str, element: Json) -> None:
        if tag == "form" and not any(one.get("form_action_type") == "submit" for one in _inside(element)):
            broken("form", "a form has a submit button")
        if tag == "table":
            self.tables += 1
        if tag == "markdown":
            texts = [element["content"], *(element.get("i18n_content") or {}).values()]
            self.tables += max(len(_TABLE_RULE.findall(text)) for text in texts)
        keys = [element.get("img_key"), *(element.get("i18n_img_key") or {}).values()]
        keys += [one["img_key"] for one in element.get("img_list") or []] if tag == "img_combination" else []
        for key in keys:
            if key is not None:
                self._picture(key)

    def _children(self, tag: str, element: Json, path: str, inside: tuple[str, ...]) -> None:
        key = "columns" if tag == "column_set" else "elements"
        if tag == "table":
            return
        for index, child in enumerate(element.get(key) or []):
            self._element(child, f"{path} -> {key} -> [{index}]", (*inside, tag))

    def _pictures_in(self, text: str) -> None:
        for found in _PICTURE.finditer(text):
            self._picture(found[1])

    def _picture(self, key: str) -> None:
        try:
            self.media.image(key)
        except Refusal:
            bad_card(BAD_IMAGE, f"invalid image keys: {key}")


def _inside(element: Json) -> Iterator[Json]:
    for key in ("elements", "columns"):
        for child in element.get(key) or []:
            if isinstance(child, dict):
                yield child
                yield from _inside(child)


def _texts(value: Any) -> Iterator[str]:
    """Return every text of markdown in a card; pictures may hide in them."""
    if isinstance(value, dict):
        if value.get("tag") in {"markdown", "lark_md"}:
            yield str(value.get("content", ""))
            yield from (value.get("i18n_content") or {}).values()
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _first_version(card: Json) -> None:
    only(card, "ROOT", FIRST_VERSION)
    if not (card.get("elements") or card.get("i18n_elements")):
        broken("ROOT", "elements is required")
    for element in _inside(card):
        if not isinstance(element.get("tag"), str):
            broken("ROOT -> elements", "an element has a tag")
