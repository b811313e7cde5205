"""How the service writes its log: one event name and fields per line, to standard error, with secrets taken out.

Whatever comes from outside cannot write a line of its own, colour the screen or move its cursor.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

import structlog

HIDDEN = "[hidden]"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_TRACEBACK = frozenset({"exception", "stack"})
"""Values of more than one line; from the second on each is moved in, so that none looks like an event."""


class _Redactor:
    """Takes known secrets out of every value of an event, however they got there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {s for s in secrets if s}
        spelt = known | {quote(s, safe="") for s in known}
        self._secrets = tuple(sorted(spelt, key=len, reverse=True))

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in event.items():
            event[name] = self._cleaned(value)
        return event

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def _cleaned(self, value: object) -> object:
        """Return a value without secrets; what is no plain value is turned into text, as the log would do later."""
        match value:
            case str():
                return self.clean(value)
            case None | bool() | int() | float():
                return value
            case Mapping():
                return {self.clean(str(key)): self._cleaned(item) for key, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._cleaned(item) for item in value]
            case _:
                return self.clean(repr(value))


def _one_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write what would begin a line, colour it or move the cursor as what it is."""
    for name, value in event.items():
        if isinstance(value, str):
            shown = _CONTROL.sub(_spelt, value)
            event[name] = shown.replace("\n", "\n  ") if name in _TRACEBACK else shown.replace("\n", "\\n")
    return event


def _spelt(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def configure(level: str, style: str, secrets: Iterable[str] = ()) -> None:
    """Set up logging for the process; libraries' own lines come through the same door.

    httpx prints whole addresses with their query at INFO, and the upload address carries a key there: its loggers
    are raised to WARNING and everything still passes the redactor. aiosqlite prints every value of every statement at
    DEBUG, people's prompts among them.
    """
    for noisy in ("httpx", "httpcore", "aiohttp.access", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _Redactor(secrets),
        _one_line,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if style == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
