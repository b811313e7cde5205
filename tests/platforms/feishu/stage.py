"""The whole service in a pretend Feishu: real HTTP and frames, real store, virtual time. No test is here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from typing_extensions import override

from bot.clock import WallClock
from bot.platforms.feishu.client import Application
from bot.platforms.feishu.room import FeishuRoom, House, Terms, connected, open_room
from providers.contract import Secret
from tests.fakes.feishu_server import Chat, Click, Clock, FeishuServer, Message, Person, verdicts
from tests.stories.stage import Stage

PROMPT = "a puppy runs across a meadow"


class FeishuStage(Stage):
    """A service with Feishu that can be stopped and started again; Feishu and the provider live on."""

    def __init__(self, home: Path, *, confirm: str = "always", webhook: bool = False) -> None:
        super().__init__(home, confirm=confirm)
        self.feishu = FeishuServer(clock=Clock(lambda: self.clock.now().timestamp()))
        self.webhook = webhook
        self.room: FeishuRoom
        self._joined: contextlib.AsyncExitStack | None = None
        self._connected = contextlib.AsyncExitStack()

    @override
    async def __aenter__(self) -> Self:
        await self.feishu.start()
        return await super().__aenter__()

    @override
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await self.feishu.close()

    @property
    def terms(self) -> Terms:
        """The operator's settings of this story."""
        app = self.feishu.app
        return Terms(
            Application(app.app_id, Secret(app.secret), self.feishu.domain),
            "en",
            media_hosts=(self.sandbox.base_url,),
            line_clock=WallClock(),
            random=Random(7),
        )

    @override
    async def start(self) -> None:
        await super().start()
        stack = contextlib.AsyncExitStack()
        service = self.service
        house = House(service.studio, self.files, service.catalog, service.dispatch, service.translators, self.clock)
        self.room = await stack.enter_async_context(open_room(self.terms, house))
        service.platforms[self.room.platform.name] = self.room.platform
        self.clock.workers = self._workers
        self._joined, self._connected = stack, contextlib.AsyncExitStack()
        await self._connected.enter_async_context(connected(self.room))
        await service.courier.recover()
        await self.feishu.lines.connected()

    @override
    async def stop(self) -> None:
        if self._joined is None:
            return
        joined, self._joined = self._joined, None
        await self._connected.aclose()
        await super().stop()
        await joined.aclose()

    async def crash(self) -> None:
        """Stop in the middle of everything, as a kill does."""
        for task in self.room.at_work:
            task.cancel()
        await self.stop()

    def _workers(self) -> tuple[asyncio.Task[Any], ...]:
        """Return who is at work."""
        return (*self.service.dispatch.workers, *self.room.at_work)

    # --- people --------------------------------------------------------------------------------------------------

    async def heard(self, message: Message) -> Message:
        """Wait until a message was acknowledged and everybody has reacted."""
        await self.feishu.deliveries.settled(self.feishu.delivery(message))
        await self.settle()
        return message

    async def settle(self) -> None:
        """Wait until everybody has reacted."""
        await self.clock.settle()

    async def write(self, person: Person, text: str, **how: Any) -> Message:
        """Write a message and wait until everybody has reacted."""
        return await self.heard(await person.say(text, **how))

    async def click(self, person: Person, card: Message, button: str) -> Click:
        """Press a button and wait until everybody has reacted."""
        click = await person.click(card, button)
        await person.answered(click)
        await self.settle()
        return click

    async def make_video(self, person: Person, where: Chat | None = None) -> Message:
        """Ask for a video, confirm it, and return the notice."""
        await self.write(person, f"/video {PROMPT}", where=where)
        notice = await person.finds("Confirm", where=where)
        await self.click(person, notice, "Confirm")
        return notice

    async def seconds(self, seconds: float) -> None:
        """Let so much time pass, or less if nobody waits for anything."""
        began = self.clock.now()
        while self.clock.elapsed(began) < seconds and await self.clock.step():
            pass
        await self.settle()


@contextlib.asynccontextmanager
async def stage(home: Path, *, confirm: str = "always") -> AsyncIterator[FeishuStage]:
    """Return a started stage, and hold the story against the promises when it is over."""
    async with FeishuStage(home, confirm=confirm) as running:
        yield running
        await running.keep_promises()
        verdicts.assert_well_behaved(running.feishu, _kept(home))


def _kept(home: Path) -> str:
    """Return all bytes of the database as text."""
    return "".join(path.read_bytes().decode("latin-1") for path in home.glob("limner.db*"))
