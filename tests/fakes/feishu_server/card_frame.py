"""The frame of a card: config, header, body (reference section 6.1). The components in it are in ``card_parts.py``."""

from collections.abc import Mapping

from tests.fakes.feishu_server.card_kinds import (
    ALIGN,
    BOOL,
    LINK,
    NUMBER,
    OBJECT,
    PLAIN,
    RICH,
    STRING,
    VERTICAL,
    Kind,
    element_id,
    icon,
    languages,
    many,
    one_of,
    pixels,
    record,
    spacing,
    translated,
)

COLOURS = (
    *("blue", "wathet", "turquoise", "green", "yellow", "orange", "red"),
    *("carmine", "violet", "purple", "indigo", "grey", "default"),
)
BOX: Mapping[str, Kind] = {
    "direction": one_of("vertical", "horizontal"),
    "horizontal_spacing": spacing,
    "horizontal_align": ALIGN,
    "vertical_spacing": spacing,
    "vertical_align": VERTICAL,
    "padding": pixels,
}
"""What everything that holds components may say about their places."""

_PER_CLIENT = record(dict.fromkeys(("default", "android", "ios", "pc"), NUMBER))
CONFIG: Mapping[str, Kind] = {
    "update_multi": BOOL,
    "streaming_mode": BOOL,
    "streaming_config": record(
        {"print_frequency_ms": _PER_CLIENT, "print_step": _PER_CLIENT, "print_strategy": one_of("fast", "delay")}
    ),
    "summary": record({"content": STRING, "i18n_content": translated}),
    "locales": languages,
    "enable_forward": BOOL,
    "enable_forward_interaction": BOOL,
    "width_mode": one_of("default", "compact", "fill"),
    "style": record({"text_size": OBJECT, "color": OBJECT}),
    "use_custom_translation": BOOL,
}
_TEXT_TAG = record({"tag": one_of("text_tag"), "element_id": element_id, "text": PLAIN, "color": STRING}, "tag", "text")
HEADER: Mapping[str, Kind] = {
    "title": RICH,
    "subtitle": RICH,
    "text_tag_list": many(_TEXT_TAG, most=3),
    "i18n_text_tag_list": record({key: many(_TEXT_TAG, most=3) for key in ("zh_cn", "en_us", "ja_jp")}),
    "template": one_of(*COLOURS),
    "icon": icon,
    "padding": pixels,
}
BODY: Mapping[str, Kind] = {"elements": many(OBJECT), **BOX}
CARD: Mapping[str, Kind] = {
    "schema": one_of("2.0"),
    "config": record(CONFIG),
    "header": record(HEADER, "title"),
    "body": record(BODY, "elements"),
    "card_link": LINK,
}
FIRST_VERSION: Mapping[str, Kind] = {
    "config": OBJECT,
    "header": OBJECT,
    "elements": many(OBJECT),
    "i18n_elements": OBJECT,
    "i18n_header": OBJECT,
    "card_link": LINK,
    "open_ids": many(STRING),
}
"""A card of version 1, of which only the frame is checked; Limner sends none."""
