"""The whole service in a pretend Discord: unmodified library, real HTTP, real store, virtual time. No test is here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from typing_extensions import override

from bot.engine.ports import Platform
from bot.platforms.discord.connection import Endpoints, Patience
from bot.platforms.discord.platform import MediaMode
from bot.platforms.discord.room import DiscordRoom, House, Terms, connected, open_room
from providers.contract import Secret
from tests.fakes.discord_server import Clock, DiscordServer, Exchange, Guild, Message, Person
from tests.fakes.discord_server.world import Channel
from tests.stories.stage import Stage

PROMPT = "a puppy runs across a meadow"


class DiscordStage(Stage):
    """A service with Discord that can be stopped and started again; Discord and the provider live on."""

    def __init__(
        self, home: Path, *, confirm: str = "always", media_mode: MediaMode = MediaMode.GALLERY, within: float = 2.5
    ) -> None:
        super().__init__(home, confirm=confirm)
        self.discord = DiscordServer(clock=Clock(lambda: self.clock.now().timestamp()))
        self.media_mode = media_mode
        self.within = within
        self.ready = True
        self.pace = 0.01
        self.is_public: Callable[[str], bool] = lambda _: True
        self.room: DiscordRoom
        self._joined: contextlib.AsyncExitStack | None = None
        self._connected = contextlib.AsyncExitStack()

    @override
    async def __aenter__(self) -> Self:
        await self.discord.start()
        return await super().__aenter__()

    @override
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        await self.discord.close()

    @override
    async def start(self) -> None:
        await super().start()
        stack = contextlib.AsyncExitStack()
        terms = Terms(
            Secret(self.discord.token),
            Endpoints(self.discord.api_base, self.discord.gateway_url),
            self.media_mode,
            Patience(ready=0.05, pace=self.pace),
            self.within,
            self.is_public,
            (self.sandbox.base_url, self.discord.api_base),
        )
        service = self.service
        house = House(service.studio, self.files, service.catalog, service.translators, self.clock)
        self.room = await stack.enter_async_context(open_room(terms, house))
        service.platforms[self.platform.name] = self.platform
        self.clock.workers = self._workers
        telling = asyncio.create_task(self._tell_the_clock())
        stack.callback(telling.cancel)
        self._joined, self._connected = stack, contextlib.AsyncExitStack()
        await self._connected.enter_async_context(connected(self.room))
        await service.courier.recover()
        if self.ready:
            await self.discord.gateway.ready()

    @override
    async def stop(self) -> None:
        if self._joined is None:
            return
        joined, self._joined = self._joined, None
        await self._connected.aclose()
        await super().stop()
        await joined.aclose()

    def _workers(self) -> tuple[asyncio.Task[Any], ...]:
        """Return who is at work: the connection only while it is not there."""
        room, running = self.room, self.room.connection.running
        connecting = () if running is None or self.discord.gateway.live else (running,)
        return (*self.service.dispatch.workers, *room.inbound.at_work, *room.gallery.looking, *connecting)

    async def _tell_the_clock(self) -> None:
        """Let the clock look again whenever somebody connects."""
        while True:
            await self.discord.gateway.news.next()
            self.clock._changed.set()

    @property
    def platform(self) -> Platform:
        """The platform under test."""
        return self.room.platform

    # --- people --------------------------------------------------------------------------------------------------

    async def done(self, exchange: Exchange) -> Exchange:
        """Wait until what a person did was received and everybody has reacted."""
        await exchange.acked()
        await self.settle()
        return exchange

    async def settle(self) -> None:
        """Wait until everybody has reacted."""
        await self.clock.settle()

    async def ask(self, person: Person, command: str = "video", **options: Any) -> Exchange:
        """Run a command."""
        filled = options or {"prompt": PROMPT}
        where = filled.pop("where", None)
        return await self.done(await person.slash(command, filled, where=where))

    async def click(self, person: Person, message: Message, button: str) -> Exchange:
        """Press a button."""
        return await self.done(await person.click(message, button))

    async def make_video(self, person: Person, **how: Any) -> Message:
        """Ask for a video, confirm it, and return the notice."""
        notice = (await self.ask(person, "video", **({"prompt": PROMPT} | how))).message
        await self.click(person, notice, "Confirm")
        return notice

    async def hours(self, hours: float) -> None:
        """Let so much time pass."""
        await self.seconds(hours * 3600)

    async def seconds(self, seconds: float) -> None:
        """Let so much time pass, or less if nobody waits for anything."""
        began = self.clock.now()
        while self.clock.elapsed(began) < seconds and await self.clock.step():
            pass
        await self.settle()

    # --- facts ---------------------------------------------------------------------------------------------------

    def messages(self, words: str, where: Channel | None = None) -> Sequence[Message]:
        """Return the messages there are with these words, for anybody."""
        place = where or self.discord.general
        everywhere = self.discord.board.all.values()
        return [m for m in everywhere if m.channel is place and not m.deleted and words in m.text]

    def foreign(self) -> tuple[Guild, Channel]:
        """Return a server, and a channel in it, that the bot is not in."""
        guild = self.discord.world.add_guild("Elsewhere", with_bot=False)
        return guild, self.discord.world.add_channel(guild, "lounge")


@contextlib.asynccontextmanager
async def stage(
    home: Path, *, confirm: str = "always", media_mode: MediaMode = MediaMode.GALLERY, within: float = 2.5
) -> AsyncIterator[DiscordStage]:
    """Return a started stage, and hold the story against the promises when it is over."""
    async with DiscordStage(home, confirm=confirm, media_mode=media_mode, within=within) as running:
        yield running
        await running.keep_promises()
