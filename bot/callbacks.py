"""What services on the internet ask of us: a hint that an order has changed, and the input pictures of orders.

Both are guarded by names that nobody can guess: a hint by the order's token, a picture by its id. A hint is a reason to
look and nothing more: its body is not even read, and what is true the provider is asked.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import structlog
from aiohttp import web

from bot.engine.ports import Upload

HINTS: Final = "/hints/"
PICTURES: Final = "/pictures/"

_NAME = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"([0-9a-f]{32})\.[a-z]{3,4}")

_log = structlog.get_logger(__name__)


class Uploads(Protocol):
    """Where people's pictures are kept."""

    async def upload(self, upload: str) -> Upload | None:
        """Return an uploaded picture."""
        ...


class Callbacks:
    """Answers them. ``hint`` is told the token and says whether such an order is being watched."""

    def __init__(self, uploads: Uploads, hint: Callable[[str], bool]) -> None:
        self._uploads = uploads
        self._hint = hint

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the routes, for a listener that lets each request prove itself."""
        return (
            web.post(HINTS + "{token}", self._take_hint),
            web.get(PICTURES + "{file}", self._show),
        )

    async def _take_hint(self, request: web.Request) -> web.Response:
        """Say the same whether there is such an order or not: who asks learns nothing."""
        token = request.match_info["token"]
        if _NAME.fullmatch(token) and self._hint(token):
            _log.info("hint_taken")
        return web.Response(status=204)

    async def _show(self, request: web.Request) -> web.Response:
        named = _FILE.fullmatch(request.match_info["file"])
        picture = await self._uploads.upload(named[1]) if named is not None else None
        if picture is None:
            raise web.HTTPNotFound
        return web.Response(body=picture.data, content_type=picture.mime)
