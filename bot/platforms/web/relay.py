"""Media that a browser cannot get by itself: results kept where only we reach them, and unfinished pictures.

Both are for whoever may see their message. A result is fetched once into a file of this process, by the rules of every
download (``providers.results``): so a video can be sought, and no request of a browser decides what we ask of anybody.
"""

import asyncio
import tempfile
from collections import OrderedDict
from pathlib import Path

import structlog
from aiohttp import web

from bot.core.cards import Medium
from bot.platforms.web.wire import NotTaken
from providers.intake import sniff
from providers.outcomes import Preview
from providers.results import Downloads, Fetched, ResultProblem, Unfetched

MOST_KEPT = 20
"""Results that are kept as files at once, each of at most 100 MB; the one asked for longest ago goes first."""

_UNKNOWN = "application/octet-stream"
_log = structlog.get_logger()


class Relay:
    """Serves media. Closed with :meth:`close`."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: OrderedDict[str, asyncio.Task[Fetched]] = OrderedDict()
        self._count = 0

    def close(self) -> None:
        """Stop fetching and drop every file."""
        for fetching in self._files.values():
            fetching.cancel()
        self._files.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def result(self, medium: Medium, name: str, *, saves: bool) -> web.StreamResponse:
        """Return a kept result; ``name`` is what it is called when somebody saves it. Raises :class:`NotTaken`."""
        try:
            file = await asyncio.shield(self._fetching(medium.url))
        except Unfetched as no:
            _log.info("kept_result_not_fetched", detail=str(no))
            raise _refusal(no) from no
        kind = file.kind or _UNKNOWN
        # What proves to be no medium is never shown: it could be a page that speaks in our name.
        how = "attachment" if saves or kind == _UNKNOWN else "inline"
        headers = {
            "Content-Type": kind,
            "Content-Disposition": f'{how}; filename="{name}.{kind.rpartition("/")[2]}"',
            "Cache-Control": "private, max-age=3600",
        }
        return web.FileResponse(file.path, headers=headers)

    def _fetching(self, url: str) -> asyncio.Task[Fetched]:
        """Return the one download of an address, so that the parts a player asks for cost one of it."""
        known = self._files.get(url)
        if known is not None and not (known.done() and (known.cancelled() or known.exception() is not None)):
            self._files.move_to_end(url)
            return known
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="limner-kept-")
        self._count += 1
        path = Path(self._folder.name) / str(self._count)
        fetching = asyncio.create_task(self._downloads.fetch(url, path), name=f"kept-result-{self._count}")
        fetching.add_done_callback(_look)
        self._files[url] = fetching
        if len(self._files) > MOST_KEPT:
            _drop(self._files.popitem(last=False)[1])
        return fetching


def preview(shown: Preview) -> web.Response:
    """Return an unfinished picture; raises :class:`NotTaken` where it is none."""
    kind = sniff(shown.data)
    if kind is None:
        raise NotTaken("no_such_page", 404)
    return web.Response(body=shown.data, content_type=kind)


def _look(fetching: asyncio.Task[Fetched]) -> None:
    """Take note of how a download ended, so that one nobody waits for any more is no mystery in the log."""
    if not fetching.cancelled():
        fetching.exception()


def _drop(fetching: asyncio.Task[Fetched]) -> None:
    if not fetching.done():
        fetching.cancel()
    elif not fetching.cancelled() and fetching.exception() is None:
        fetching.result().path.unlink(missing_ok=True)  # whoever is being sent it goes on reading


def _refusal(no: Unfetched) -> NotTaken:
    if no.problem is ResultProblem.TOO_BIG:
        return NotTaken("result_too_big", 413)
    return NotTaken("trouble", 503) if no.passes else NotTaken("no_such_page", 404)
