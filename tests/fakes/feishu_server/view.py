"""What is on a person's screen: text in their language, buttons, fields, pictures. Nothing is changed here."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.feishu_server.contents import elements, without_tags
from tests.fakes.feishu_server.media import Media, Medium
from tests.fakes.feishu_server.messages import CARD, Message
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.world import User

NESTED = ("elements", "columns", "actions")
FIELDS = frozenset({"input", "date_picker", "picker_time", "picker_datetime"})
MENUS = frozenset({"select_static", "multi_select_static", "select_person", "multi_select_person"})


@dataclass(frozen=True, slots=True)
class Control:
    """Something to press, choose or fill in. ``label`` is as this person reads it; ``form`` the form it is in."""

    label: str
    element: Json
    form: str = ""

    @property
    def name(self) -> str:
        """Return its name."""
        return str(self.element.get("name", ""))

    @property
    def enabled(self) -> bool:
        """Tell whether it can be used."""
        return self.element.get("disabled") is not True

    @property
    def links(self) -> list[str]:
        """Return the addresses it opens."""
        found = self.element.get("behaviors") or []
        return [str(one.get("default_url")) for one in found if one.get("type") == "open_url"]


@dataclass(slots=True)
class View:
    """A message as one person sees it. ``lines`` in reading order; ``colour`` of a card's header."""

    lines: list[str] = field(default_factory=list)
    title: str = ""
    colour: str = ""
    summary: str = ""
    buttons: list[Control] = field(default_factory=list)
    menus: list[Control] = field(default_factory=list)
    fields: list[Control] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return everything that can be read, title first."""
        return "\n".join([self.title, *self.lines] if self.title else self.lines)

    def button(self, wanted: str) -> Control:
        """Return a button by its label, its name or its element_id."""
        return pick(self.buttons, wanted, "button")

    def menu(self, wanted: str) -> Control:
        """Return a menu by its placeholder, its name or its element_id."""
        return pick(self.menus, wanted, "menu")


def view(message: Message, user: User, media: Media) -> View:
    """Return what a person sees of a message."""
    found = View()
    content = message.seen_by(user).content
    if message.gone:
        found.lines.append("[recalled]")
    elif message.kind == CARD:
        _Reader(found, user.locale).card(content)
    elif message.kind == "text":
        found.lines.append(_named(message, without_tags(str(content.get("text", "")))))
    elif message.kind == "post":
        _post(found, content, user.locale, media)
    else:
        _file(found, message.kind, content, media)
    return found


def said(text: Any, locale: str) -> str:
    """Return a text element (or a bare map with ``content``) in a language."""
    if not isinstance(text, dict):
        return str(text or "")
    translated = text.get("i18n_content") or text.get("i18n") or {}
    return str(translated.get(locale) or text.get("content") or "")


def _named(message: Message, text: str) -> str:
    """Put the names of those who are mentioned in place of the placeholders."""
    for mention in message.mentions:
        text = text.replace(str(mention["key"]), f"@{mention['name']}")
    return text.replace("@_all", "@all")


class _Reader:
    """Reads a card."""

    def __init__(self, found: View, locale: str) -> None:
        self._found = found
        self._locale = locale

    def card(self, card: Json) -> None:
        header = card.get("header") or {}
        found = self._found
        found.title, found.colour = said(header.get("title"), self._locale), str(header.get("template", ""))
        found.summary = said((card.get("config") or {}).get("summary"), self._locale)
        for text in (header.get("subtitle"), *(tag.get("text") for tag in header.get("text_tag_list") or [])):
            self._line(said(text, self._locale))
        self._all((card.get("body") or card).get("elements") or [], "")

    def _all(self, children: Iterable[Json], form: str) -> None:
        for element in children:
            self._element(element, form)

    def _element(self, element: Json, form: str) -> None:
        tag = element.get("tag")
        if tag in {"markdown", "plain_text", "lark_md"}:
            self._line(said(element, self._locale))
        elif tag == "div":
            self._div(element)
        elif tag == "img":
            keys = element.get("i18n_img_key") or {}
            self._found.images.append(str(keys.get(self._locale) or element["img_key"]))
        elif tag == "img_combination":
            self._found.images += [str(one["img_key"]) for one in element["img_list"]]
        elif tag == "table":
            self._table(element)
        elif not self._control(str(tag), element, form):
            self._container(element, str(element.get("name", "")) if tag == "form" else form)

    def _control(self, tag: str, element: Json, form: str) -> bool:
        found = self._found
        if tag == "button":
            found.buttons.append(Control(said(element.get("text"), self._locale), element, form))
        elif tag == "overflow":
            for option in element.get("options") or []:
                found.buttons.append(
                    Control(said(option.get("text"), self._locale), {**element, "option": option}, form)
                )
        elif tag in MENUS or tag == "checker":
            label = element.get("placeholder") or element.get("text")
            found.menus.append(Control(said(label, self._locale), element, form))
        elif tag in FIELDS:
            label = element.get("label") or element.get("placeholder")
            found.fields.append(Control(said(label, self._locale), element, form))
        else:
            return False
        return True

    def _container(self, element: Json, form: str) -> None:
        self._line(said((element.get("header") or {}).get("title"), self._locale))
        for key in NESTED:
            self._all(element.get(key) or [], form)

    def _div(self, element: Json) -> None:
        self._line(said(element.get("text"), self._locale))
        for one in element.get("fields") or []:
            self._line(said(one.get("text"), self._locale))

    def _table(self, element: Json) -> None:
        columns = element.get("columns") or []
        self._line(" | ".join(str(column.get("display_name", column.get("name"))) for column in columns))
        for row in element.get("rows") or []:
            self._line(" | ".join(str(row.get(column.get("name"), "")) for column in columns))

    def _line(self, text: str) -> None:
        if text:
            self._found.lines.append(text)


def _post(found: View, content: Json, locale: str, media: Media) -> None:
    # What people write comes without languages, what the bot writes is a map of them.
    body = content if "content" in content else content.get(locale) or next(iter(content.values()))
    found.title = str(body.get("title") or "")
    for element in elements(body):
        tag = element["tag"]
        if tag == "img":
            found.images.append(element["image_key"])
        elif tag == "media":
            _file(found, "media", element, media)
        elif tag == "at":
            found.lines.append(f"@{element.get('user_name') or element.get('user_id')}")
        elif tag == "a":
            found.lines.append(f"{element['text']} ({element['href']})")
        elif element.get("text"):
            found.lines.append(str(element["text"]))


def _file(found: View, kind: str, content: Json, media: Media) -> None:
    medium = media.all.get(str(content.get("file_key")))
    if kind == "image":
        found.images.append(str(content["image_key"]))
        found.lines.append("[image]")
    elif medium is None:
        found.lines.append(f"[{kind} {json.dumps(content, ensure_ascii=False)}]")
    elif kind == "media":
        found.videos.append(medium.key)
        found.lines.append(_tile(medium, content))
    else:
        found.lines.append(f"[{kind} {medium.name}]")


def _tile(video: Medium, content: Json) -> str:
    """Return how a video looks before it plays."""
    if not video.plays:
        return f"[video that does not play: {video.sniffed}]"
    length = f"{video.duration / 1000:g} s" if video.duration else "no length"
    return f"[video {length}, {'cover' if content.get('image_key') else 'grey tile'}]"


def pick(controls: Sequence[Control], wanted: str, what: str) -> Control:
    """Return the one control of this label, name or element_id. Raises ``AssertionError`` when there is none."""
    for control in controls:
        if wanted in {control.label, control.name, control.element.get("element_id")}:
            return control
    raise AssertionError(
        f"there is no {what} {wanted!r}, only {[control.label or control.name for control in controls]}"
    )
