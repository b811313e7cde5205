"""Driving the pretend Discord from another process: a few JSON routes under ``/fake``. In a process, use the objects.

===============================  ====================================================================================
``POST /fake/people``            ``{name, locale?, installed?}``: bring in a person who sits in *general*
``POST /fake/slash``             ``{person, command, options?}``: run a command, wait for the first answer
``POST /fake/autocomplete``      ``{person, command, option, text?}``: what is offered while they type
``POST /fake/click``             ``{person, message, button}``: press a button by label or custom id
``POST /fake/clock``             ``{advance}``: let seconds pass
``POST /fake/faults``            ``{kind, route, ...}``: status, drop, delay or rate_limit, as in ``faults.py``
``GET /fake/messages``           every message with its history
``GET /fake/calls``              every request of the bot
``GET /fake/interactions/{id}``  how an interaction was answered, and its messages
===============================  ====================================================================================

A mistake is answered with 400 and its words, a bot that does not answer in time with 504.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.fakes.discord_server.exchange import Exchange
from tests.fakes.discord_server.messages import Message
from tests.fakes.discord_server.person import Person
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.server import DiscordServer

_Work = Callable[[Json], Awaitable[Any]]


class Control:
    """The routes under ``/fake`` of one server."""

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._people: dict[str, Person] = {}
        self._exchanges: dict[str, Exchange] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add."""
        posts: dict[str, _Work] = {
            "people": self._person,
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "click": self._click,
            "clock": self._advance,
            "faults": self._fault,
        }
        return [
            *(web.post(f"/fake/{name}", _answering(work)) for name, work in posts.items()),
            web.get("/fake/messages", self._messages),
            web.get("/fake/calls", self._calls),
            web.get("/fake/interactions/{id}", self._interaction),
        ]

    async def _person(self, form: Json) -> Json:
        person = self._server.person(
            form["name"], locale=form.get("locale", "en-US"), installed=bool(form.get("installed"))
        )
        self._people[form["name"]] = person
        return {"id": str(person.user.id), "name": person.user.name}

    async def _slash(self, form: Json) -> Json:
        return await self._answered(await self._who(form).slash(form["command"], form.get("options")))

    async def _autocomplete(self, form: Json) -> list[Json]:
        exchange = await self._who(form).autocomplete(
            form["command"], form["option"], form.get("text", ""), options=form.get("options")
        )
        return await exchange.choices()

    async def _click(self, form: Json) -> Json:
        message = self._server.board.find(int(form["message"]))
        assert message is not None, "there is no such message"
        return await self._answered(await self._who(form).click(message, form["button"]))

    async def _advance(self, form: Json) -> Json:
        self._server.clock.advance(float(form["advance"]))
        return {"now": self._server.clock.now().isoformat()}

    async def _fault(self, form: Json) -> Json:
        settings = {key: value for key, value in form.items() if key not in {"kind", "route"}}
        orders = {name: getattr(self._server.faults, name) for name in ("status", "drop", "delay", "rate_limit")}
        assert form.get("kind") in orders, f"the kinds are {list(orders)}"
        orders[form["kind"]](form["route"], **settings)
        return {"ordered": len(self._server.faults.ordered)}

    async def _messages(self, _: web.Request) -> web.Response:
        return web.json_response([_message(message) for message in self._server.board.all.values()])

    async def _calls(self, _: web.Request) -> web.Response:
        return web.json_response([str(call) for call in self._server.calls])

    async def _interaction(self, request: web.Request) -> web.Response:
        exchange = self._exchanges.get(request.match_info["id"])
        if exchange is None:
            raise web.HTTPNotFound
        return web.json_response(_exchange(exchange))

    async def _answered(self, exchange: Exchange) -> Json:
        self._exchanges[str(exchange.interaction.id)] = exchange
        await exchange.acked()
        return _exchange(exchange)

    def _who(self, form: Json) -> Person:
        assert form.get("person") in self._people, f"there is no {form.get('person')}, only {list(self._people)}"
        return self._people[form["person"]]


def _answering(work: _Work) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await work(await request.json()))
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            status = 504 if "did not answer" in str(error) else 400
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=status)

    return handle


def _exchange(exchange: Exchange) -> Json:
    return {
        "interaction": str(exchange.interaction.id),
        "ack": exchange.ack.name if exchange.ack else None,
        "latency": exchange.latency,
        "messages": [_message(message) for message in exchange.messages],
    }


def _message(message: Message) -> Json:
    return {
        "id": str(message.id),
        "author": message.author.name,
        "channel": message.channel.name or str(message.channel.id),
        "private_to": message.private_to.name if message.private_to else None,
        "deleted": message.deleted,
        "history": list(message.history),
        "media": list(message.now.media),
        "buttons": [button.get("label") for button in message.now.buttons],
    }
