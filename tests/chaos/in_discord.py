"""Discord in the hostile suite: the strict fake, an unmodified library, and what goes wrong between the two."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from typing_extensions import override

from bot.core import actions
from bot.core.job import Job
from bot.platforms.discord.connection import Endpoints, Patience
from bot.platforms.discord.room import DiscordRoom, House, Terms, connected, open_room
from providers.contract import Secret
from tests.chaos.orders import Order
from tests.chaos.rooms import PATIENCE, Offer, Room
from tests.chaos.vendors import Ask
from tests.fakes.discord_server import Clock, DiscordServer, Exchange, Message, Person
from tests.stories.stage import Stage

_SENDING = ("channels.send", "channels.edit", "webhooks.*", "interactions.callback")


class InDiscord(Room):
    """A guild with two channels, and people who use slash commands and buttons there."""

    name = "discord"

    def __init__(self, clock: Clock, people: int) -> None:
        self.server = DiscordServer(clock=clock)
        self._count = people
        self._people: list[Person] = []
        self._last: Exchange | None = None
        self._stack = contextlib.AsyncExitStack()
        self._stage: Stage
        self.room: DiscordRoom | None = None

    @override
    async def begin(self) -> None:
        await self.server.start()
        places = [self.server.general, self.server.world.add_channel(self.server.studio, "films")]
        for number in range(self._count):
            locale = "zh-CN" if number % 2 else "en-US"
            self._people.append(self.server.person(f"person{number}", locale=locale, home=places[number % 2]))

    @override
    async def end(self) -> None:
        await self.server.__aexit__(None, None, None)

    @override
    async def open(self, stage: Stage) -> None:
        self._stage, self._stack = stage, contextlib.AsyncExitStack()
        terms = Terms(
            Secret(self.server.token),
            Endpoints(self.server.api_base, self.server.gateway_url),
            patience=Patience(ready=0.05, pace=0.01),
            is_public=lambda _: True,
            origins=(stage.sandbox.base_url, self.server.api_base),
        )
        service = stage.service
        house = House(service.studio, stage.files, service.catalog, service.translators, stage.clock)
        self.room = await self._stack.enter_async_context(open_room(terms, house))
        service.platforms[self.name] = self.room.platform
        telling = asyncio.create_task(self._tell_the_clock())
        self._stack.callback(telling.cancel)
        await self._stack.enter_async_context(connected(self.room))
        with contextlib.suppress(TimeoutError, AssertionError):
            await asyncio.wait_for(self.server.gateway.ready(), PATIENCE)

    @override
    async def close(self) -> None:
        self.room = None
        await self._stack.aclose()

    @property
    @override
    def workers(self) -> tuple["asyncio.Task[Any]", ...]:
        room = self.room
        if room is None:
            return ()
        running = room.connection.running
        connecting = () if running is None or self.server.gateway.live else (running,)
        return (*room.inbound.at_work, *room.gallery.looking, *connecting)

    async def _tell_the_clock(self) -> None:
        """Let the clock look again whenever somebody connects."""
        while True:
            await self.server.gateway.news.next()
            self._stage.clock._changed.set()

    @override
    async def ask(self, order: Order) -> None:
        person = self._people[order.person]
        order.wishes += 1
        with contextlib.suppress(AssertionError):  # no command is offered before the service was here once
            await self._done(await person.slash(order.ask.command, _options(order.ask, order.prompt)))

    @override
    async def echo(self, order: Order) -> None:
        if self._last is not None:
            self._last.redeliver()
            await asyncio.sleep(0)

    @override
    def offers(self, order: Order, job: str) -> list[Offer]:
        person, found = self._people[order.person], []
        for message in self._by_bot():
            for button in message.now.buttons if person.sees(message) else ():
                action = actions.decode(str(button.get("custom_id")))
                if action is not None and action.job == job and not button.get("disabled"):
                    found.append(Offer(action, (message, button["custom_id"])))
        return found

    @override
    async def press(self, order: Order, offer: Offer) -> None:
        message, button = offer.handle
        with contextlib.suppress(AssertionError):  # it is not there any more
            await self._done(await self._people[order.person].click(message, button))

    async def _done(self, exchange: Exchange) -> None:
        self._last = exchange
        if exchange.interaction.delivered:
            with contextlib.suppress(TimeoutError, AssertionError):
                await asyncio.wait_for(exchange.acked(), PATIENCE)

    @override
    def delete(self, job: Job) -> None:
        for message in self._by_bot():
            if f"|{job.id}" in str([b.get("custom_id") for v in message.versions for b in v.buttons]):
                self.server._posts.remove(message)

    @override
    def trouble(self, chance: Random) -> str:
        faults, gateway, route = self.server.faults, self.server.gateway, chance.choice(_SENDING)
        times = chance.randint(1, 3)
        troubles: dict[str, Callable[[], object]] = {
            "429": lambda: faults.rate_limit(route, chance.choice([0.5, 3.0]), times=times),
            "429 for everybody": lambda: faults.rate_limit(route, 2.0, scope="global"),
            "hung up": lambda: faults.drop(route, times=times),
            "lost answers": lambda: faults.drop(route, after=True, reset=chance.random() < 0.5, times=times),
            "502 after it was done": lambda: faults.status(route, 502, after=True, times=times),
            "500": lambda: faults.status(route, 500, times=times),
            "disconnected": gateway.abort,
            "told to reconnect": gateway.reconnect,
            "closed": lambda: gateway.close(4000),
        }
        name = chance.choice(list(troubles))
        troubles[name]()
        return name

    @override
    def calm(self) -> None:
        self.server.faults.clear()

    @override
    def tick(self) -> None:
        self.server.clock.advance(0)

    @override
    def shows(self, message: str) -> bool:
        return any(part.isdigit() and int(part) in self.server.board.all for part in message.replace("/", " ").split())

    @override
    def twins(self, jobs: Sequence[Job]) -> list[str]:
        media = Counter(url for message in self._by_bot(deleted=True) for url in set(message.now.media))
        links = Counter(message.content.strip() for message in self._by_bot(deleted=True))
        urls = [asset.url for job in jobs for asset in job.assets if asset.url]
        return [f"{kind} {url}" for url in urls for kind, seen in (("media", media), ("link", links)) if seen[url] > 1]

    @override
    def texts(self, stage: Stage) -> Iterator[tuple[str, str]]:
        for message in self._by_bot(deleted=True):
            for text in message.history:
                yield "all", text

    @override
    def secrets(self) -> list[str]:
        return [self.server.token]

    def _by_bot(self, *, deleted: bool = False) -> list[Message]:
        bot = self.server.world.bot
        return [m for m in self.server.board.all.values() if m.author is bot and (deleted or not m.deleted)]


def _options(ask: Ask, prompt: str) -> dict[str, Any]:
    words = {"ask": "question", "speak": "text"}.get(ask.command, "prompt")
    return {words: prompt} | ({"model": ask.model} if ask.model else {})
