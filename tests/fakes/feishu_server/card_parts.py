"""The components of a card of version 2.0 with their properties (reference section 6.1). How a card is walked: no."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.fakes.feishu_server.card_frame import BOX
from tests.fakes.feishu_server.card_kinds import (
    ALIGN,
    BOOL,
    CONFIRM,
    LINK,
    OBJECT,
    PLAIN,
    RICH,
    STRING,
    TITLE,
    VERTICAL,
    Kind,
    anything,
    behaviors,
    between,
    element_id,
    icon,
    many,
    one_of,
    pixels,
    record,
    spacing,
    text_of,
    translated,
    width,
)

BUTTONS = (
    *("default", "primary", "danger", "text", "primary_text", "danger_text"),
    *("primary_filled", "danger_filled", "laser"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A component. ``named`` = inside a form it needs a name; ``root`` = it stands only directly in the body.

    ``inside`` = only there (``form``); children are under ``elements`` or ``columns``.
    """

    properties: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    named: bool = False
    root: bool = False
    inside: str = ""

    def needs(self, *required: str) -> "Part":
        """Return the same with properties that have to be there."""
        return replace(self, required=required)

    def only_in(self, place: str) -> "Part":
        """Return the same, but only for inside a ``form`` or ``column_set``, or directly in the ``body``."""
        return replace(self, root=True) if place == "body" else replace(self, inside=place)


def _part(**properties: Kind) -> Part:
    return Part({"tag": STRING, "element_id": element_id, "margin": pixels, **properties})


def _control(**properties: Kind) -> Part:
    common: dict[str, Kind] = {
        "name": text_of(100),
        "required": BOOL,
        "disabled": BOOL,
        "width": width("default", "fill", "auto"),
        "behaviors": behaviors,
        "confirm": CONFIRM,
    }
    return replace(_part(**{**common, **properties}), named=True)


_OPTION = record({"text": PLAIN, "value": STRING, "icon": icon}, "text", "value")
_MENU: dict[str, Kind] = {"type": one_of("default", "text"), "placeholder": PLAIN, "options": many(_OPTION, least=1)}
_DATE: dict[str, Kind] = {"placeholder": PLAIN}
_TABLE_COLUMN = record(
    {
        "name": STRING,
        "display_name": STRING,
        "data_type": one_of("text", "lark_md", "options", "number", "persons", "date", "markdown"),
        "width": STRING,
        "horizontal_align": ALIGN,
        "vertical_align": VERTICAL,
        "format": OBJECT,
        "date_format": STRING,
    },
    "name",
)
_PANEL_HEADER = record(
    {
        "title": TITLE,
        "background_color": STRING,
        "vertical_align": VERTICAL,
        "padding": pixels,
        "position": one_of("top", "bottom"),
        "width": width("auto", "fill", "auto_when_fold"),
        "icon": icon,
        "icon_position": one_of("left", "right", "follow_text"),
        "icon_expanded_angle": between(-180, 180),
    },
    "title",
)

PARTS: Mapping[str, Part] = {
    "markdown": _part(content=STRING, i18n_content=translated, text_align=ALIGN, text_size=STRING, icon=icon).needs(
        "content"
    ),
    "div": _part(
        text=RICH, icon=icon, width=STRING, fields=many(record({"is_short": BOOL, "text": RICH}, "text"), least=1)
    ),
    "img": _part(
        img_key=STRING,
        i18n_img_key=translated,
        alt=PLAIN,
        title=RICH,
        corner_radius=pixels,
        scale_type=one_of("crop_center", "crop_top", "fit_horizontal"),
        size=STRING,
        transparent=BOOL,
        preview=BOOL,
    ).needs("img_key", "alt"),
    "img_combination": _part(
        combination_mode=one_of("double", "triple", "bisect", "trisect"),
        combination_transparent=BOOL,
        corner_radius=pixels,
        img_list=many(record({"img_key": STRING}, "img_key"), most=9, least=1),
    ).needs("combination_mode", "img_list"),
    "hr": _part(),
    "button": _control(
        text=PLAIN,
        type=one_of(*BUTTONS),
        size=one_of("tiny", "small", "medium", "large"),
        width=width("default", "fill"),
        icon=icon,
        hover_tips=PLAIN,
        disabled=BOOL,
        disabled_tips=PLAIN,
        confirm=CONFIRM,
        behaviors=behaviors,
        name=text_of(100),
        required=BOOL,
        form_action_type=one_of("submit", "reset"),
    ),
    "overflow": _control(
        options=many(record({"text": PLAIN, "value": STRING, "multi_url": LINK}, "text"), least=1),
    ).needs("options"),
    "input": _control(
        placeholder=PLAIN,
        default_value=STRING,
        max_length=between(1, 1000),
        input_type=one_of("text", "multiline_text", "password"),
        show_icon=BOOL,
        rows=between(1, 100),
        auto_resize=BOOL,
        max_rows=between(1, 100),
        label=PLAIN,
        label_position=one_of("top", "left"),
        value=anything,
        fallback=OBJECT,
    ),
    "select_static": _control(**_MENU, initial_option=STRING, initial_index=between(0, 1000)).needs("options"),
    "multi_select_static": _control(**_MENU, selected_values=many(STRING)).needs("options").only_in("form"),
    "select_person": _control(type=one_of("default", "text"), placeholder=PLAIN, options=many(OBJECT)),
    "multi_select_person": _control(
        type=one_of("default", "text"),
        placeholder=PLAIN,
        options=many(OBJECT),
        selected_values=many(STRING),
    ).only_in("form"),
    "date_picker": _control(**_DATE, initial_date=STRING, value=anything),
    "picker_time": _control(**_DATE, initial_time=STRING, value=anything),
    "picker_datetime": _control(**_DATE, initial_datetime=STRING, value=anything),
    "checker": _control(
        checked=BOOL,
        text=RICH,
        overall_checkable=BOOL,
        button_area=OBJECT,
        checked_style=OBJECT,
        padding=pixels,
        hover_tips=PLAIN,
        disabled_tips=PLAIN,
    ),
    "column_set": _part(
        columns=many(OBJECT, least=1),
        flex_mode=one_of("none", "stretch", "flow", "bisect", "trisect"),
        background_style=STRING,
        horizontal_spacing=spacing,
        horizontal_align=ALIGN,
        action=record({"multi_url": LINK}),
    ).needs("columns"),
    "column": _part(
        elements=many(OBJECT),
        width=width("auto", "weighted"),
        weight=between(1, 5),
        background_style=STRING,
        action=record({"multi_url": LINK}),
        **BOX,
    ).only_in("column_set"),
    "form": _part(name=text_of(100), elements=many(OBJECT, least=1), **BOX).needs("name", "elements").only_in("body"),
    "interactive_container": _part(
        elements=many(OBJECT),
        behaviors=behaviors,
        width=width("fill", "auto"),
        height=width("auto"),
        background_style=STRING,
        has_border=BOOL,
        border_color=STRING,
        corner_radius=pixels,
        disabled=BOOL,
        disabled_tips=PLAIN,
        confirm=CONFIRM,
        hover_tips=PLAIN,
        **BOX,
    ).needs("elements"),
    "collapsible_panel": _part(
        expanded=BOOL,
        background_color=STRING,
        header=_PANEL_HEADER,
        border=record({"color": STRING, "corner_radius": pixels}),
        elements=many(OBJECT),
        **BOX,
    ).needs("header", "elements"),
    "table": _part(
        page_size=between(1, 10),
        row_height=STRING,
        row_max_height=STRING,
        freeze_first_column=BOOL,
        header_style=OBJECT,
        columns=many(_TABLE_COLUMN, most=50, least=1),
        rows=many(OBJECT),
    )
    .needs("columns", "rows")
    .only_in("body"),
    "chart": _part(
        chart_spec=OBJECT,
        aspect_ratio=STRING,
        color_theme=STRING,
        height=STRING,
        preview=BOOL,
    ).needs("chart_spec"),
    "person": _part(user_id=STRING, size=STRING, show_avatar=BOOL, show_name=BOOL, style=STRING).needs("user_id"),
    "person_list": _part(
        persons=many(OBJECT), size=STRING, show_avatar=BOOL, show_name=BOOL, drop_invalid_user_id=BOOL
    ).needs("persons"),
}
