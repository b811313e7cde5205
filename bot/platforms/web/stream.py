"""The stream of one open page: what it missed, then everything as it happens. Who gets what is in ``audience``."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import assert_never

import structlog
from aiohttp import web

from bot.core.cards import Card
from bot.errors import StoreTrouble
from bot.platforms.web.audience import Feed, Mark, News, Posted, Present, Renamed, Shown
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.render import DrawnMessage, Speaks, draw_card, draw_message, hue, kept_at
from bot.storage.conversations import Message, Visitor

HEARTBEAT = 15.0
"""Seconds of silence after which a sign of life is sent: proxies cut silent connections after 30 s and more."""

HISTORY = 100
"""How many messages a page starts with; earlier ones are asked for."""

_COME_BACK = b"retry: 1000\n\n"  # milliseconds
_log = structlog.get_logger()


class Streams:
    """Serves the event streams. ``heartbeat`` is in seconds."""

    def __init__(self, platform: WebPlatform, *, heartbeat: float = HEARTBEAT, history: int = HISTORY) -> None:
        self._platform = platform
        self._heartbeat = heartbeat
        self._history = history

    async def serve(self, request: web.Request, place: str, visitor: Visitor, words: Speaks) -> web.StreamResponse:
        """Send a page what it misses until it or we go away."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        transport = request.transport
        if transport is None:
            return response
        try:
            await response.prepare(request)
            # Joined before anything is read, so that nothing can happen unseen between the two.
            feed = self._platform.audience.join(place, visitor.id, visitor.name, transport.abort)
            try:
                await response.write(await self._beginning(request, place, visitor.id, words))
                async for event in self._events(place, feed, words):
                    await response.write(event)
            finally:
                self._platform.audience.leave(place, feed)
        except ConnectionError:
            pass  # the page went away, or was cut off for not keeping up
        except StoreTrouble as exc:
            _log.warning("stream_ended", error=str(exc))  # the page comes back in a moment
        return response

    async def earlier(self, place: str, person: str, before: int, words: Speaks) -> dict[str, object]:
        """Return the messages before one, and whether there are even earlier ones."""
        messages = await self._platform.history(place, person, before=before, limit=self._history)
        drawn = [draw_message(message, person, words) for message in messages]
        return {"messages": drawn, "more": len(messages) == self._history}

    async def _beginning(self, request: web.Request, place: str, person: str, words: Speaks) -> bytes:
        newest = self._platform.audience.mark()
        known = Mark.read(request.headers.get("Last-Event-ID") or request.query.get("after", ""))
        missed = self._platform.audience.since(place, known, person) if known is not None else None
        if missed is None:
            history = await self.earlier(place, person, 0, words)
            return _COME_BACK + _event("history", history, newest)
        posted = [self._posted(number, message, person, words) for number, message in missed]
        shown = [_shown(place, key, card, words) for key, card in self._platform.progress(place, person)]
        return b"".join((_COME_BACK, *posted, *shown))

    async def _events(self, place: str, feed: Feed, words: Speaks) -> AsyncIterator[bytes]:
        while True:
            try:
                item = await feed.next(self._heartbeat)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if item is None:
                return
            yield self._drawn(place, *item, feed.person, words)

    def _drawn(self, place: str, number: int, news: News, person: str, words: Speaks) -> bytes:
        match news:
            case Posted(message):
                return self._posted(number, message, person, words)
            case Shown(message, card):
                return _shown(place, message, card, words)
            case Present(people):
                here = [{"name": name, "hue": hue(who), "mine": who == person} for who, name in people]
                return _event("people", {"people": here})
            case Renamed(name, locale):
                return _event("me", {"name": name, "locale": locale})
            case _:
                assert_never(news)

    def _posted(self, number: int, message: Message, person: str, words: Speaks) -> bytes:
        drawn: DrawnMessage = draw_message(self._platform.newest(message), person, words)
        return _event("message", drawn, self._platform.audience.mark_at(number))


def _shown(place: str, message: str, card: Card, words: Speaks) -> bytes:
    return _event("show", {"id": message, "card": draw_card(card, words, kept_at(place, message))})


def _event(kind: str, data: Mapping[str, object] | DrawnMessage | Sequence[object], mark: Mark | None = None) -> bytes:
    head = f"id: {mark}\n" if mark is not None else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
