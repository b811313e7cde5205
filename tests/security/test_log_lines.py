"""What comes from outside writes no line of its own into the log, and no secret gets there however it is wrapped."""

import json
import logging
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import structlog

from bot import logs

SECRET = "pretend/key+0123456789"
HOSTILE = {
    "line feed": "x\n2026-01-01T00:00:00Z [info     ] started",
    "carriage return": "x\r2026-01-01T00:00:00Z [info     ] started",
    "both": "x\r\n2026-01-01T00:00:00Z [error    ] forged",
    "colour": "\x1b[31mred\x1b[0m",
    "clear the screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;title\x07",
    "backspace": "secret\b\b\b\b\b\bshown",
    "bell": "\a\a",
    "null": "a\x00b",
    "one byte escape": "\x9b31mred",
    "next line": "x\x852026 forged",
    "vertical tab": "x\x0b2026 forged",
    "form feed": "x\x0c2026 forged",
    "line separator": "x\u20282026 forged",
    "paragraph separator": "x\u20292026 forged",
    "right to left": "\u202egnp.exe",
    "isolate": "\u2067forged\u2069",
    "fake json": '"}\n{"event": "started", "level": "info"}',
    "fake fields": "x level=error event=forged",
    "quotes": "'\"`",
    "half a character": "\ud83d half",
    "very long": "a" * 100_000,
}
WRAPPED = {
    "text": SECRET,
    "in the middle": f"Authorization: Bearer {SECRET}!",
    "in an address": "https://x.test/?key=pretend%2Fkey%2B0123456789",
    "list": [SECRET],
    "mapping": {"key": SECRET},
    "name": {SECRET: 1},
    "deep": {"a": [{"b": (SECRET,)}]},
    "set": {SECRET},
    "error": ValueError(SECRET),
    "object": SimpleNamespace(key=SECRET),
    "bytes": SECRET.encode(),
}


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put logging back as it was."""
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


def _lines(style: str, capsys: pytest.CaptureFixture[str], **fields: object) -> list[str]:
    logs.configure("info", style, [SECRET])
    structlog.get_logger("t").warning("line_not_taken", **fields)
    return re.split(r"[\n\r\x0b\x0c\x85\u2028\u2029]", capsys.readouterr().err.rstrip("\n"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("style", ["console", "json"])
def test_a_value_stays_within_its_line(style: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One event is one line, without anything that a terminal obeys; JSON stays JSON."""
    [line] = _lines(style, capsys, detail=text)
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line) is None
    if style == "json":
        assert json.loads(line)["event"] == "line_not_taken"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_library_s_line_is_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Libraries put what a server said into their messages."""
    logs.configure("info", "console")
    logging.getLogger("library").warning("said %s", text)
    assert len(re.split(r"[\n\r\x0b\x0c\x85\u2028\u2029]", capsys.readouterr().err.rstrip("\n"))) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_traceback_forges_no_event(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its lines are moved in: only the first one begins with a time."""
    logs.configure("info", "console")
    try:
        int(f"no number: {text}")
    except ValueError as problem:
        problem.add_note(text)
        structlog.get_logger("t").exception("message_broke")
    first, *others = capsys.readouterr().err.rstrip("\n").split("\n")
    assert "message_broke" in first
    assert others[1:]
    assert all(line.startswith("  ") for line in others[1:])
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "".join(others))


@pytest.mark.parametrize("value", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("style", ["console", "json"])
def test_a_secret_is_hidden_in_whatever_it_came(style: str, value: object, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is, percent-encoded, inside lists, errors and objects."""
    [line] = _lines(style, capsys, detail=value)
    assert "0123456789" not in line
    assert logs.HIDDEN in line
