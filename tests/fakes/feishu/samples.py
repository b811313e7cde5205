"""Small files and cards for the tests of the pretend Feishu. No test lives here."""

import struct
import zlib
from typing import Any

Json = dict[str, Any]


def png(width: int = 2, height: int = 2) -> bytes:
    """Return a picture that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00\x00\x00" * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def mp4(size: int = 64) -> bytes:
    """Return bytes that begin as an mp4 does."""
    return (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00" * size)[:size]


def button(label: str = "Go", **more: Any) -> Json:
    """Return a button with a callback."""
    return {
        "tag": "button",
        "text": {"tag": "plain_text", "content": label},
        "behaviors": [{"type": "callback", "value": {"act": label}}],
        **more,
    }


def card(*elements: Json, **config: Any) -> Json:
    """Return a card that may be replaced."""
    body = list(elements) or [{"tag": "markdown", "content": "hello"}]
    return {"schema": "2.0", "config": {"update_multi": True, **config}, "body": {"elements": body}}


def form(*controls: Json, name: str = "settings") -> Json:
    """Return a form with these controls and a submit button."""
    save = button("Save", name="save", form_action_type="submit")
    return {"tag": "form", "name": name, "elements": [*controls, save]}


def menu(name: str = "model", *values: str, **more: Any) -> Json:
    """Return a menu."""
    options = [
        {"text": {"tag": "plain_text", "content": value.upper()}, "value": value} for value in values or ("a", "b")
    ]
    placeholder = {"tag": "plain_text", "content": "Choose"}
    return {"tag": "select_static", "name": name, "placeholder": placeholder, "options": options, **more}


NOTICE: Json = {
    "schema": "2.0",
    "config": {
        "update_multi": True,
        "width_mode": "compact",
        "locales": ["zh_cn", "en_us"],
        "summary": {
            "content": "Confirm: about 48 credits",
            "i18n_content": {"zh_cn": "生成确认：约 48 点", "en_us": "Confirm: about 48 credits"},
        },
    },
    "header": {
        "template": "orange",
        "title": {
            "tag": "plain_text",
            "content": "Confirm generation",
            "i18n_content": {"zh_cn": "确认生成", "en_us": "Confirm generation"},
        },
    },
    "body": {
        "elements": [
            {
                "tag": "markdown",
                "content": "**Model** wan2.6",
                "i18n_content": {"zh_cn": "**模型** wan2.6", "en_us": "**Model** wan2.6"},
            },
            {
                "tag": "column_set",
                "columns": [
                    {
                        "tag": "column",
                        "elements": [
                            {
                                "tag": "button",
                                "type": "primary_filled",
                                "text": {
                                    "tag": "plain_text",
                                    "content": "Generate",
                                    "i18n_content": {"zh_cn": "生成", "en_us": "Generate"},
                                },
                                "behaviors": [{"type": "callback", "value": {"act": "go", "job": "01JD", "n": "a1"}}],
                            }
                        ],
                    }
                ],
            },
        ]
    },
}
"""A notice as in reference section 6.2."""
