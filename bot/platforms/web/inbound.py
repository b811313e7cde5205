"""What people do in the web chat, as HTTP: look, type, press, choose a name. What follows from it is the Studio's."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import structlog
from aiohttp import web

from bot.core import webpage
from bot.core.cards import Card
from bot.core.job import Address
from bot.engine.ports import Answer, Heard, Ids, Person, Pressed
from bot.errors import LimnerError
from bot.i18n import Translators
from bot.listener import PAGE_COOKIE, STATUS, Door, Listener, Why
from bot.platforms.web import relay, wire
from bot.platforms.web.page import Page
from bot.platforms.web.platform import NAME, TENANT, WebPlatform
from bot.platforms.web.relay import Relay
from bot.platforms.web.stream import Streams
from bot.platforms.web.visitors import VISITOR_COOKIE, Visitors, token_of
from bot.platforms.web.wire import NotTaken
from bot.storage.conversations import Message, Visitor
from bot.text import Text

DEFAULT_CHANNEL = "studio"
OUR_NAME = "limner"
"""A name nobody else may take: it would put our words into their mouth."""

HEARD_KEPT = 10_000
"""How many messages are remembered as heard; one that comes again later is for the Studio to know."""

_CHANNEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Studio(Protocol):
    """Who acts on what people say and press."""

    async def hear(self, heard: Heard) -> Answer:
        """Act on a message; what there is to say comes as lines, a toast only where nothing could be done."""
        ...

    async def press(self, pressed: Pressed) -> Answer:
        """Act on a button."""
        ...


class WebChat:
    """The routes of the web chat. ``now`` gives the time in UTC."""

    def __init__(
        self,
        *,
        platform: WebPlatform,
        studio: Studio,
        streams: Streams,
        page: Page,
        visitors: Visitors,
        translators: Translators,
        kept: Relay,
        door: Door,
        ids: Ids,
        now: Callable[[], datetime],
    ) -> None:
        self._platform = platform
        self._studio = studio
        self._streams = streams
        self._page = page
        self._visitors = visitors
        self._translators = translators
        self._kept = kept
        self._door = door
        self._ids = ids
        self._now = now
        self._hearing: OrderedDict[str, asyncio.Future[Answer]] = OrderedDict()

    def join(self, listener: Listener) -> None:
        """Serve the web chat on this listener."""
        listener.add(
            [web.get("/static/{name}", self._page.file), web.post("/door", self._kindly(self.enter))],
            needs_access=False,
        )
        listener.add(
            [
                web.get("/", self._home),
                web.get("/c/{channel}", self._kindly(self.show_page)),
                web.get("/c/{channel}/events", self._kindly(self.follow), allow_head=False),
                web.get("/c/{channel}/messages", self._kindly(self.look_back)),
                web.get("/c/{channel}/kept/{message}/{n:[0-9]{1,2}}", self._kindly(self.show_kept)),
                web.get("/c/{channel}/kept/{message}/preview/{n:[0-9]{1,9}}", self._kindly(self.show_preview)),
                web.post("/c/{channel}/messages", self._kindly(self.type_message)),
                web.post("/c/{channel}/press", self._kindly(self.press_button)),
                web.post("/me", self._kindly(self.change_profile)),
            ]
        )
        listener.explain_with(self._explain)
        listener.on_closing(self._platform.audience.close)
        listener.on_closing(self._kept.close)

    async def show_page(self, request: web.Request) -> web.StreamResponse:
        """Draw a channel's page; somebody new becomes a visitor."""
        channel = _channel(request)
        token = token_of(request) or self._ids.new()
        page_token = self._door.page_token(request)
        response = self._page.chat(channel, await self._visitors.of(token, request), page_token)
        self._door.set_cookie(response, VISITOR_COOKIE, token)
        self._door.set_cookie(response, PAGE_COOKIE, page_token)
        return response

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Stream what happens in a channel."""
        visitor = await self._visitor(request)
        words = self._translators.get(visitor.locale)
        return await self._streams.serve(request, _channel(request), visitor, words)

    async def look_back(self, request: web.Request) -> web.StreamResponse:
        """Return the messages before one."""
        before = request.query.get("before", "")
        if re.fullmatch(r"[1-9][0-9]{0,17}", before) is None:
            raise NotTaken("unreadable")
        visitor = await self._visitor(request)
        words = self._translators.get(visitor.locale)
        return web.json_response(await self._streams.earlier(_channel(request), visitor.id, int(before), words))

    async def show_kept(self, request: web.Request) -> web.StreamResponse:
        """Bring a result that only we reach to whoever may see its message; with ``?save`` as a file to keep."""
        channel, visitor, number = _channel(request), await self._visitor(request), int(request.match_info["n"])
        message = await self._platform.visible(request.match_info["message"], channel, visitor.id)
        media = message.card.media if message is not None and message.card is not None else ()
        if number >= len(media) or not media[number].held:
            raise NotTaken("no_such_page", 404)
        return await self._kept.result(media[number], f"limner-{number + 1}", saves="save" in request.query)

    async def show_preview(self, request: web.Request) -> web.StreamResponse:
        """Show the newest unfinished picture of a message to whoever may see that."""
        channel, visitor = _channel(request), await self._visitor(request)
        message = await self._platform.visible(request.match_info["message"], channel, visitor.id)
        shown = self._platform.preview(message.id) if message is not None else None
        if shown is None:
            raise NotTaken("no_such_page", 404)
        return relay.preview(shown)

    async def type_message(self, request: web.Request) -> web.StreamResponse:
        """Show a typed message to everybody and have the Studio hear it once."""
        channel, visitor = _channel(request), await self._visitor(request)
        typed = await wire.read_message(request)
        event = f"{visitor.id}:{typed.event}"
        count = len(typed.pictures)
        note = Card(lines=(webpage.PAGE["pictures"](count=count),)) if count else None
        message = Message(event, channel, self._now(), person=visitor.id, name=visitor.name, text=typed.text, card=note)
        await self._platform.post(message)
        answer = await self._hear_once(Heard(_person(channel, visitor), event, typed.text, typed.pictures))
        if answer.toast is not None:
            return web.json_response({"why": "not_heard", "error": self._say(visitor, answer.toast)}, status=503)
        if answer.locale:
            await self._call(visitor, visitor.name, answer.locale)
        return web.json_response({"id": event})

    async def press_button(self, request: web.Request) -> web.StreamResponse:
        """Press a button and tell the presser what came of it."""
        channel, visitor = _channel(request), await self._visitor(request)
        said = await wire.read_json(request, wire.SaidPress)
        person = _person(channel, visitor)
        answer = await self._studio.press(Pressed(person, f"{visitor.id}:{said.event}", said.action))
        if answer.forgotten:
            self._platform.audience.start_over()
        toast = self._say(visitor, answer.toast) if answer.toast is not None else ""
        return web.json_response({"toast": toast, "done": answer.done})

    async def change_profile(self, request: web.Request) -> web.StreamResponse:
        """Remember how a person wants to be called, and their language."""
        visitor = await self._visitor(request)
        said = await wire.read_json(request, wire.SaidProfile)
        if not 1 <= len(said.name) <= wire.MOST_NAME or said.name.strip().casefold() == OUR_NAME:
            raise NotTaken("bad_name")
        if said.locale not in {code for code, _ in self._translators.choices()}:
            raise NotTaken("bad_language")
        await self._call(visitor, said.name, said.locale)
        return web.json_response({"name": said.name, "locale": said.locale})

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Let whoever knows the access code come in."""
        said = await wire.read_json(request, wire.SaidAccess)
        response = web.json_response({})
        if not self._door.unlock(said.token.strip(), response):
            _log.warning("access_code_wrong", remote=request.remote)
            raise NotTaken("access_wrong", 403)
        return response

    async def _home(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"/c/{DEFAULT_CHANNEL}")

    async def _visitor(self, request: web.Request) -> Visitor:
        token = token_of(request)
        if not token:
            raise NotTaken("page_out_of_date", 403)
        return await self._visitors.of(token, request)

    async def _call(self, visitor: Visitor, name: str, locale: str) -> None:
        """Remember a person's name and language, and tell their open pages."""
        await self._visitors.keep(visitor, name=name, locale=locale)
        self._platform.audience.rename(visitor.id, name, locale)

    def _say(self, visitor: Visitor, text: Text) -> str:
        return self._translators.get(visitor.locale).say(text)

    async def _hear_once(self, heard: Heard) -> Answer:
        """Have a message heard once, and let a second delivery wait for the first.

        A message whose hearing broke off is heard again when it comes again: swallowing it would leave a person in
        silence. What it did before it broke off is undone or known to the Studio by the same event.
        """
        first = self._hearing.get(heard.event)
        if first is None:
            first = asyncio.ensure_future(self._studio.hear(heard))
            first.add_done_callback(lambda done: self._forget_broken(heard.event, done))
            self._hearing[heard.event] = first
            if len(self._hearing) > HEARD_KEPT:
                self._hearing.popitem(last=False)
        return await asyncio.shield(first)

    def _forget_broken(self, event: str, done: asyncio.Future[Answer]) -> None:
        if done.cancelled() or done.exception() is not None or done.result().toast is not None:
            self._hearing.pop(event, None)

    def _kindly(self, handler: Handler) -> Handler:
        """Answer what cannot be done with a sentence in the person's language."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except NotTaken as exc:
                return await self._sorry(request, exc)
            except web.HTTPRequestEntityTooLarge:
                return await self._sorry(request, NotTaken("too_big", 413))
            except LimnerError as exc:
                _log.warning("not_done", path=request.path, error=str(exc))
                return await self._sorry(request, NotTaken("trouble", 503))

        return handle

    async def _sorry(self, request: web.Request, refusal: NotTaken) -> web.Response:
        words = self._translators.get(await self._visitors.language(request))
        return web.json_response({"why": refusal.why, "error": words.say(refusal.sentence)}, status=refusal.status)

    async def _explain(self, request: web.Request, why: Why) -> web.StreamResponse:
        wants_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if why is not Why.ACCESS or not wants_page:
            return await self._sorry(request, NotTaken(why.value, STATUS[why]))
        page_token = self._door.page_token(request)
        response = self._page.door(await self._visitors.language(request), page_token)
        self._door.set_cookie(response, PAGE_COOKIE, page_token)
        return response


def _channel(request: web.Request) -> str:
    name = request.match_info["channel"]
    if _CHANNEL.fullmatch(name) is None:
        raise NotTaken("no_such_page", 404)
    return name


def _person(channel: str, visitor: Visitor) -> Person:
    return Person(Address(NAME, TENANT, channel), visitor.id, visitor.locale, name=visitor.name)
