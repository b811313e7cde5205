"""Driving the pretend Feishu from another process: a few JSON routes under ``/fake``. In a process, use the objects.

=========================  ==========================================================================================
``POST /fake/people``      ``{name, locale?}``: bring in a person, who is in *Studio* and has a chat with the bot
``POST /fake/say``         ``{person, text, group?, mention?, reply?}``: write; ``reply`` is the id of a message
``POST /fake/click``       ``{person, message, button}``: press a button and wait for the answer
``POST /fake/submit``      ``{person, message, values, button?}``: fill in a form and send it
``POST /fake/select``      ``{person, message, menu, choices}``: choose in a menu
``POST /fake/menu``        ``{person, key}``: the bot's menu; ``POST /fake/enter`` ``{person}``: open the chat
``POST /fake/bot``         ``{person, present}``: bring the bot into *Studio*, or throw it out
``POST /fake/webhook``     ``{url, encrypt_key?}``: events go there from now on; answers whether the address is right
``POST /fake/clock``       ``{advance}``: let seconds pass
``POST /fake/faults``      ``{kind, route, ...}``: code, html, empty, rate_limit, drop, delay, revoke_token
``GET /fake/transcript``   ``?person=&group=1``: a chat as that person reads it
``GET /fake/messages``     every message with its history; ``GET /fake/calls`` every request of the bot
=========================  ==========================================================================================

A mistake is answered with 400 and its words, a bot that does not answer in time with 504.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.fakes.feishu_server.clicks import Click
from tests.fakes.feishu_server.messages import Message
from tests.fakes.feishu_server.person import Person
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.server import FeishuServer

_Work = Callable[[Json], Awaitable[Any]]
_FAULTS = ("code", "html", "empty", "rate_limit", "drop", "delay", "revoke_token")


class Control:
    """The routes under ``/fake`` of one server."""

    def __init__(self, server: FeishuServer) -> None:
        self._server = server
        self._people: dict[str, Person] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add."""
        posts: dict[str, _Work] = {
            "people": self._person,
            "say": self._say,
            "click": self._click,
            "submit": self._submit,
            "select": self._select,
            "menu": self._menu,
            "enter": self._enter,
            "bot": self._bot,
            "webhook": self._webhook,
            "clock": self._advance,
            "faults": self._fault,
        }
        return [
            *(web.post(f"/fake/{name}", _answering(work)) for name, work in posts.items()),
            web.get("/fake/transcript", self._transcript),
            web.get("/fake/messages", self._messages),
            web.get("/fake/calls", self._calls),
        ]

    async def _person(self, form: Json) -> Json:
        person = self._server.person(form["name"], locale=form.get("locale", "en_us"))
        self._people[form["name"]] = person
        return {"open_id": person.user.open_id, "chat_id": person.dm.id}

    async def _say(self, form: Json) -> Json:
        person, mention = self._who(form), bool(form.get("mention", True))
        if "reply" in form:
            return _message(await person.reply(self._known(form["reply"]), form["text"], mention=mention))
        place = self._server.studio if form.get("group") else person.dm
        return _message(await person.say(form["text"], where=place, mention=mention))

    async def _click(self, form: Json) -> Json:
        return await self._done(await self._who(form).click(self._known(form["message"]), form["button"]))

    async def _submit(self, form: Json) -> Json:
        message, button = self._known(form["message"]), form.get("button", "")
        return await self._done(await self._who(form).submit(message, form["values"], button))

    async def _select(self, form: Json) -> Json:
        message = self._known(form["message"])
        return await self._done(await self._who(form).select(message, form["menu"], *form["choices"]))

    async def _menu(self, form: Json) -> Json:
        return {"told": await self._who(form).menu(form["key"]) is not None}

    async def _enter(self, form: Json) -> Json:
        return {"told": await self._who(form).enter() is not None}

    async def _bot(self, form: Json) -> Json:
        person, studio = self._who(form), self._server.studio
        told = await (person.add_bot(studio) if form["present"] else person.remove_bot(studio))
        return {"told": told is not None}

    async def _webhook(self, form: Json) -> Json:
        self._server.webhook.url = form["url"]
        self._server.app.encrypt_key = form.get("encrypt_key", self._server.app.encrypt_key)
        return {"verified": await self._server.webhook.challenge()}

    async def _advance(self, form: Json) -> Json:
        self._server.clock.advance(float(form["advance"]))
        return {"now": self._server.clock.now().isoformat()}

    async def _fault(self, form: Json) -> Json:
        settings = {key: value for key, value in form.items() if key not in {"kind", "route"}}
        assert form.get("kind") in _FAULTS, f"the kinds are {_FAULTS}"
        getattr(self._server.faults, form["kind"])(form["route"], **settings)
        return {"ordered": len(self._server.faults.ordered)}

    async def _transcript(self, request: web.Request) -> web.Response:
        person = self._who(dict(request.query))
        place = self._server.studio if request.query.get("group") else person.dm
        return web.json_response(person.transcript(place))

    async def _messages(self, _: web.Request) -> web.Response:
        return web.json_response([_message(message) for message in self._server.board])

    async def _calls(self, _: web.Request) -> web.Response:
        return web.json_response([str(call) for call in self._server.calls])

    async def _done(self, click: Click) -> Json:
        await self._server.clicks.done(click)
        return {
            "code": click.code,
            "toast": click.toast,
            "replaced": click.replaced,
            "snapped_back": click.snapped_back,
        }

    def _known(self, number: str) -> Message:
        message = self._server.board.all.get(number)
        assert message is not None, "there is no such message"
        return message

    def _who(self, form: Json) -> Person:
        assert form.get("person") in self._people, f"there is no {form.get('person')}, only {list(self._people)}"
        return self._people[form["person"]]


def _answering(work: _Work) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await work(await request.json()))
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            status = 504 if "was not answered" in str(error) else 400
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=status)

    return handle


def _message(message: Message) -> Json:
    return {
        "id": message.id,
        "by": message.sender.name if message.sender else None,
        "chat": message.chat.name or message.chat.id,
        "kind": message.kind,
        "gone": message.gone,
        "history": [{"how": version.how, "content": version.content} for version in message.versions],
    }
