"""What Discord accepts as the components of a message (reference section 1.4). Modals and the message around them: no.

The figures are written here once more on purpose: a mistake in the service's own validator must not be made twice.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.discord_server.refusals import Form, Json, Path

MOST_COMPONENTS = 40
MOST_TEXT = 4000
MOST_ROWS = 5
MOST_LINK = 512
MOST_ADDRESS = 2048


class Kind(IntEnum):
    """Kinds of component, by their number on the wire."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


LINK_STYLE = 5
PREMIUM_STYLE = 6
SELECTS = frozenset({3, 5, 6, 7, 8})
_IN_CONTAINER = frozenset({Kind.ROW, Kind.SECTION, Kind.TEXT, Kind.GALLERY, Kind.FILE, Kind.SEPARATOR})
_TOP = _IN_CONTAINER | {Kind.CONTAINER}
_VIDEO = (".mp4", ".mov", ".webm", ".m4v", ".mkv")
_MEDIA_SCHEMES = frozenset({"http", "https", "attachment"})


def everything(components: object) -> Iterator[Json]:
    """Return each component with all it holds, parents first."""
    for component in components if isinstance(components, list | tuple) else ():
        if isinstance(component, dict):
            yield component
            yield from everything(component.get("components"))
            yield from everything([component.get(key) for key in ("accessory", "component")])


def needs_v2(components: object) -> bool:
    """Tell whether any of it exists only in Components V2."""
    return any(component.get("type") in {9, 10, 11, 12, 13, 14, 17} for component in everything(components))


class Layout:
    """Checks the components of one message. ``files`` are the names that ``attachment://`` may point to."""

    def __init__(self, form: Form, files: frozenset[str]) -> None:
        self._form = form
        self._files = files
        self._names: set[str] = set()
        self._numbers: set[int] = set()
        self._text = 0
        self._rules: Mapping[int, Callable[[Json, Path], None]] = {
            Kind.ROW: self._row,
            Kind.BUTTON: self._button,
            Kind.SECTION: self._section,
            Kind.TEXT: self._text_display,
            Kind.THUMBNAIL: self._thumbnail,
            Kind.GALLERY: self._gallery,
            Kind.FILE: self._file,
            Kind.SEPARATOR: self._separator,
            Kind.CONTAINER: self._container,
            **dict.fromkeys(SELECTS, self._select),
        }

    def check(self, components: object, *, v2: bool) -> None:
        """Note every mistake."""
        path: Path = ("components",)
        if v2:
            total = sum(1 for _ in everything(components))
            if total > MOST_COMPONENTS:
                self._form.wrong(path, "BASE_TYPE_BAD_LENGTH", f"{total} components, the most is {MOST_COMPONENTS}.")
            self._children(components, path, _TOP, most=MOST_COMPONENTS)
            if self._text > MOST_TEXT:
                self._form.wrong(path, "COMPONENT_MAX_TOTAL_TEXT", f"{self._text} characters, the most is {MOST_TEXT}.")
        else:
            self._children(components, path, frozenset({Kind.ROW}), most=MOST_ROWS)

    def _children(self, children: object, path: Path, allowed: frozenset[Kind], *, most: int, least: int = 0) -> None:
        self._form.count(path, children, most, least)
        for index, child in enumerate(children if isinstance(children, list) else ()):
            self._one(child, (*path, index), allowed)

    def _one(self, component: object, path: Path, allowed: frozenset[Kind] | frozenset[int]) -> None:
        if not isinstance(component, dict) or component.get("type") not in allowed:
            choices = ", ".join(str(int(kind)) for kind in sorted(allowed))
            self._form.wrong(
                (*path, "type"), "UNION_TYPE_CHOICES", f"Value of field 'type' must be one of ({choices})."
            )
            return
        number = component.get("id") or 0
        if number in self._numbers:
            self._form.wrong((*path, "id"), "COMPONENT_DUPLICATED_ID", "This id is used twice.")
        if number:
            self._numbers.add(number)
        self._rules[component["type"]](component, path)

    def _row(self, row: Json, path: Path) -> None:
        children = row.get("components")
        kinds = [child.get("type") for child in children or () if isinstance(child, dict)]
        place = (*path, "components")
        if any(kind in SELECTS for kind in kinds):
            self._children(children, place, frozenset(map(Kind, SELECTS)), most=1, least=1)
        else:
            self._children(children, place, frozenset({Kind.BUTTON}), most=5, least=1)

    def _button(self, button: Json, path: Path) -> None:
        style = button.get("style")
        if style not in range(1, 7):
            self._form.wrong((*path, "style"), "BASE_TYPE_CHOICES", "Must be one of (1, 2, 3, 4, 5, 6).")
        if style == LINK_STYLE:
            self._link(button, path)
        elif style == PREMIUM_STYLE:
            self._form.length((*path, "sku_id"), button.get("sku_id"), 20, 1)
        else:
            self._custom_id(button, path)
            if "url" in button:
                self._form.wrong((*path, "url"), "BUTTON_COMPONENT_URL_FORBIDDEN", "Only a link button has a URL.")
        if style != PREMIUM_STYLE and not button.get("label") and not button.get("emoji"):
            self._form.wrong(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI", "A button needs a label or an emoji.")
        if button.get("label") is not None:
            self._form.length((*path, "label"), button["label"], 80)

    def _link(self, button: Json, path: Path) -> None:
        self._form.length((*path, "url"), button.get("url"), MOST_LINK, 1)
        if urlsplit(str(button.get("url"))).scheme not in {"http", "https", "discord"}:
            self._form.wrong((*path, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme must be one of (http, https, discord).")
        if "custom_id" in button:
            self._form.wrong((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_FORBIDDEN", "A link button has none.")

    def _custom_id(self, component: Json, path: Path) -> None:
        name = component.get("custom_id")
        self._form.length((*path, "custom_id"), name, 100, 1)
        if name in self._names:
            self._form.wrong(
                (*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id is used twice."
            )
        self._names.add(str(name))

    def _select(self, select: Json, path: Path) -> None:
        self._custom_id(select, path)
        check_select(self._form, select, path)

    def _section(self, section: Json, path: Path) -> None:
        self._children(section.get("components"), (*path, "components"), frozenset({Kind.TEXT}), most=3, least=1)
        self._one(section.get("accessory"), (*path, "accessory"), frozenset({Kind.BUTTON, Kind.THUMBNAIL}))

    def _text_display(self, display: Json, path: Path) -> None:
        content = display.get("content")
        self._form.length((*path, "content"), content, MOST_TEXT, 1)
        self._text += len(content) if isinstance(content, str) else 0

    def _thumbnail(self, thumbnail: Json, path: Path) -> None:
        self._media(thumbnail.get("media"), (*path, "media"))
        self._description(thumbnail, path)
        address = str((thumbnail.get("media") or {}).get("url", ""))
        if urlsplit(address).path.lower().endswith(_VIDEO):
            self._form.wrong((*path, "media", "url"), "UNFURLED_MEDIA_ITEM_NOT_IMAGE", "A thumbnail is no video.")

    def _gallery(self, gallery: Json, path: Path) -> None:
        items = gallery.get("items")
        self._form.count((*path, "items"), items, 10, 1)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            place = (*path, "items", index)
            self._media(item.get("media"), (*place, "media"))
            self._description(item, place)

    def _file(self, file: Json, path: Path) -> None:
        self._media(file.get("file"), (*path, "file"), frozenset({"attachment"}))

    def _separator(self, separator: Json, path: Path) -> None:
        if separator.get("spacing", 1) not in {1, 2}:
            self._form.wrong((*path, "spacing"), "BASE_TYPE_CHOICES", "Must be one of (1, 2).")

    def _container(self, container: Json, path: Path) -> None:
        colour = container.get("accent_color")
        if colour is not None and not 0 <= colour <= 0xFFFFFF:
            self._form.wrong((*path, "accent_color"), "NUMBER_TYPE_MAX", "Must be at most 16777215.")
        self._children(container.get("components"), (*path, "components"), _IN_CONTAINER, most=MOST_COMPONENTS, least=1)

    def _description(self, component: Json, path: Path) -> None:
        if component.get("description") is not None:
            self._form.length((*path, "description"), component["description"], 1024)

    def _media(self, media: object, path: Path, schemes: frozenset[str] = _MEDIA_SCHEMES) -> None:
        address = media.get("url") if isinstance(media, dict) else None
        self._form.length((*path, "url"), address, MOST_ADDRESS, 1)
        parts = urlsplit(address if isinstance(address, str) else "")
        if parts.scheme not in schemes:
            wanted = ", ".join(sorted(schemes))
            self._form.wrong((*path, "url"), "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of ({wanted}).")
        elif parts.scheme == "attachment" and parts.netloc not in self._files:
            self._form.wrong((*path, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "No such file.")


def check_select(form: Form, select: Json, path: Path) -> None:
    """Note the mistakes of a select menu, wherever it stands."""
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if not 0 <= least <= 25 or not 1 <= most <= 25 or least > most:
        form.wrong((*path, "min_values"), "NUMBER_TYPE_MAX", "Needs 0 <= min_values <= max_values <= 25.")
    if select.get("placeholder") is not None:
        form.length((*path, "placeholder"), select["placeholder"], 150)
    if select.get("type") == Kind.STRING_SELECT:
        _check_options(form, select.get("options"), (*path, "options"))


def _check_options(form: Form, options: object, path: Path) -> None:
    form.count(path, options, 25, 1)
    values: set[Any] = set()
    for index, option in enumerate(options if isinstance(options, list) else ()):
        place = (*path, index)
        form.length((*place, "label"), option.get("label"), 100, 1)
        form.length((*place, "value"), option.get("value"), 100, 1)
        if option.get("description") is not None:
            form.length((*place, "description"), option["description"], 100)
        if option.get("value") in values:
            form.wrong((*place, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "This value is used twice.")
        values.add(option.get("value"))
