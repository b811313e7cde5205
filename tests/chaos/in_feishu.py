"""Feishu in the hostile suite: the strict fake, events that come again, and what goes wrong with messages and files."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from typing_extensions import override

from bot.clock import WallClock
from bot.core import actions
from bot.core.job import Job
from bot.platforms.feishu.client import Application
from bot.platforms.feishu.room import FeishuRoom, House, Terms, connected, open_room
from providers.contract import Secret
from tests.chaos.orders import Order
from tests.chaos.rooms import PATIENCE, Offer, Room
from tests.fakes.feishu_server import Chat, Clock, FeishuServer, Message, Person
from tests.fakes.feishu_server.deliveries import Delivery
from tests.fakes.feishu_server.view import Control, view
from tests.stories.stage import Stage

_ROUTES = ("messages.create", "messages.reply", "messages.patch", "images.upload", "files.upload")


class InFeishu(Room):
    """A group and chats with the bot, and people who write commands and press buttons of cards."""

    name = "feishu"

    def __init__(self, clock: Clock, people: int) -> None:
        self.server = FeishuServer(clock=clock)
        self.server.lines.config.reconnect_nonce = 0
        self.server.lines.config.reconnect_interval = 0
        self._count = people
        self._people: list[Person] = []
        self._last: Delivery | None = None
        self._stack = contextlib.AsyncExitStack()
        self.room: FeishuRoom | None = None

    @override
    async def begin(self) -> None:
        await self.server.start()
        for number in range(self._count):
            locale = "zh_cn" if number % 2 else "en_us"
            self._people.append(self.server.person(f"person{number}", locale=locale))

    @override
    async def end(self) -> None:
        await self.server.__aexit__(None, None, None)

    @override
    async def open(self, stage: Stage) -> None:
        self._stack = contextlib.AsyncExitStack()
        app, service = self.server.app, stage.service
        terms = Terms(
            Application(app.app_id, Secret(app.secret), self.server.domain),
            "en",
            media_hosts=(stage.sandbox.base_url,),
            line_clock=WallClock(100.0),
            random=Random(7),
        )
        house = House(service.studio, stage.files, service.catalog, service.dispatch, service.translators, stage.clock)
        self.room = await self._stack.enter_async_context(open_room(terms, house))
        service.platforms[self.name] = self.room.platform
        await self._stack.enter_async_context(connected(self.room))
        with contextlib.suppress(TimeoutError, AssertionError):
            await asyncio.wait_for(self.server.lines.connected(), PATIENCE)

    @override
    async def close(self) -> None:
        self.room = None
        await self._stack.aclose()

    @property
    @override
    def workers(self) -> tuple["asyncio.Task[Any]", ...]:
        return () if self.room is None else tuple(self.room.at_work)

    @override
    async def ask(self, order: Order) -> None:
        where = self._where(order)
        order.wishes += 1
        message = await self._people[order.person].say(order.text, where=where)
        with contextlib.suppress(TimeoutError, AssertionError):
            self._last = self.server.delivery(message)
            await asyncio.wait_for(self.server.deliveries.settled(self._last), PATIENCE)

    @override
    async def echo(self, order: Order) -> None:
        if self._last is not None:
            self.server.deliveries.again(self._last)
            await asyncio.sleep(0)

    @override
    def offers(self, order: Order, job: str) -> list[Offer]:
        person, found = self._people[order.person], []
        for message in self._by_bot():
            for button in view(message, person.user, self.server.media).buttons if person.sees(message) else ():
                action = _action(button)
                if action is not None and action.job == job and button.enabled and not button.form:
                    found.append(Offer(action, (message, button.label)))
        return found

    @override
    async def press(self, order: Order, offer: Offer) -> None:
        message, label = offer.handle
        person = self._people[order.person]
        with contextlib.suppress(TimeoutError, AssertionError):
            click = await person.click(message, label)
            self._last = click.delivery
            await asyncio.wait_for(person.answered(click), PATIENCE)

    @override
    def delete(self, job: Job) -> None:
        for message in self._by_bot():
            if f"|{job.id}" in str(message.content):
                message.recalled = True

    @override
    def trouble(self, chance: Random) -> str:
        faults, lines, route = self.server.faults, self.server.lines, chance.choice(_ROUTES)
        times = chance.randint(1, 3)
        troubles: dict[str, Callable[[], object]] = {
            "429": lambda: faults.rate_limit(route, chance.choice([1, 3]), times=times),
            "lost answers": lambda: faults.drop(route, after=True, reset=chance.random() < 0.5, times=times),
            "hung up": lambda: faults.drop(route, times=times),
            "a page instead": lambda: faults.html(route, after=chance.random() < 0.5, times=times),
            "an empty answer": lambda: faults.empty(route, after=chance.random() < 0.5, times=times),
            "tokens revoked": lambda: faults.revoke_token(route),
            "disconnected": lines.drop,
            "closed": lines.close,
            "delivered again": self._again,
        }
        name = chance.choice(list(troubles))
        troubles[name]()
        return name

    def _again(self) -> None:
        for delivery in self.server.deliveries.all[-3:]:
            self.server.deliveries.again(delivery)

    @override
    def calm(self) -> None:
        self.server.faults.clear()

    @override
    def tick(self) -> None:
        self.server.clock.advance(0)

    @override
    def shows(self, message: str) -> bool:
        return message in self.server.board.all

    @override
    def twins(self, jobs: Sequence[Job]) -> list[str]:
        again = Counter((message.chat.id, message.uuid) for message in self._by_bot(gone=True) if message.uuid)
        return [f"uuid {uuid}" for (_, uuid), count in again.items() if count > 1]

    @override
    def texts(self, stage: Stage) -> Iterator[tuple[str, str]]:
        for person in self._people[:2]:
            for message in self._by_bot(gone=True):
                yield person.user.locale, view(message, person.user, self.server.media).text

    @override
    def secrets(self) -> list[str]:
        return [self.server.app.secret, *self.server.tokens.all]

    def _where(self, order: Order) -> Chat | None:
        return self.server.studio if order.number % 3 == 0 else None

    def _by_bot(self, *, gone: bool = False) -> list[Message]:
        return [m for m in self.server.board if m.by_bot and (gone or not m.gone)]


def _action(button: Control) -> actions.Action | None:
    for behavior in button.element.get("behaviors") or []:
        value = behavior.get("value")
        if isinstance(value, dict):
            return actions.decode(str(value.get("action")))
    return None
