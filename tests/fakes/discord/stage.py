"""A small bot on unmodified discord.py beside a pretend Discord. What it does, each test says; no test lives here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from typing_extensions import override
from yarl import URL

from tests.fakes.discord.library import DiscordWebSocket, Route, app_commands, discord
from tests.fakes.discord_server import Clock, DiscordServer
from tests.fakes.discord_server.news import News

Interaction = discord.Interaction[discord.AutoShardedClient]
Script = Callable[..., Awaitable[None]]

CHINESE = {"make": "生成", "Make a picture": "生成图片", "prompt": "提示词"}


async def unscripted(*_: object, **__: object) -> None:
    """Say nothing at all, as a bot that hangs."""


class Words(app_commands.Translator):
    """Translates what has a Chinese name."""

    @override
    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        return CHINESE.get(string.message) if locale is discord.Locale.chinese else None


class Bot(discord.AutoShardedClient):
    """A bot with ``/make``, ``/where`` and the message menu *Use image*, all of which follow ``script``."""

    def __init__(self, *, patient: bool = False, **options: Any) -> None:
        settings: dict[str, Any] = {
            "intents": discord.Intents(guilds=True),
            "shard_count": 1,
            "guild_ready_timeout": 0.02,
            "max_messages": None,
            "member_cache_flags": discord.MemberCacheFlags.none(),
            "chunk_guilds_at_startup": False,
            "allowed_mentions": discord.AllowedMentions.none(),
            # In a hasty loop a minute of silence is over at once.
            "heartbeat_timeout": 1e7,
        }
        super().__init__(**(settings | options))
        self._patient = patient
        self.tree = app_commands.CommandTree(self)
        self.script: Script = unscripted
        self.suggest: Callable[[str], list[str]] = lambda _: []
        self.errors: list[BaseException] = []
        self.news = News()
        self.readies = 0
        self.resumes = 0
        self._declare()

    def _declare(self) -> None:
        everywhere = app_commands.AppInstallationType(guild=True, user=True)
        contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)

        async def make(
            interaction: Interaction,
            prompt: str,
            image: discord.Attachment | None = None,
            model: str | None = None,
        ) -> None:
            await self._play(interaction, prompt=prompt, image=image, model=model)

        async def use_image(interaction: Interaction, message: discord.Message) -> None:
            await self._play(interaction, message=message)

        async def complete(_: Interaction, text: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=name, value=name) for name in self.suggest(text)]

        command: app_commands.Command[Any, ..., None] = app_commands.Command(
            name="make",
            description="Make a picture",
            callback=make,
            allowed_installs=everywhere,
            allowed_contexts=contexts,
        )
        command.autocomplete("model")(complete)
        self.tree.add_command(command)
        menu = app_commands.ContextMenu(
            name="Use image", callback=use_image, allowed_installs=everywhere, allowed_contexts=contexts
        )
        self.tree.add_command(menu)

    async def _play(self, interaction: Interaction, **values: Any) -> None:
        try:
            await self.script(interaction, **values)
        except discord.DiscordException as error:
            self.errors.append(error)
        except OSError as error:
            self.errors.append(error)
        finally:
            self.news.tell()

    @override
    async def setup_hook(self) -> None:
        await self.tree.set_translator(Words())
        await self.tree.sync()

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Start at once, unless the test is about the five seconds the library waits."""
        if self._patient:
            await super().before_identify_hook(shard_id, initial=initial)

    async def on_ready(self) -> None:
        """Count."""
        self.readies += 1
        self.news.tell()

    async def on_resumed(self) -> None:
        """Count."""
        self.resumes += 1
        self.news.tell()

    async def on_socket_event_type(self, _: str) -> None:
        """Tell, for every event that was parsed."""
        self.news.tell()


@contextlib.contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """Let discord.py talk to this server, by the two class attributes of reference section 3.1."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = server.api_base, URL(server.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@dataclass(slots=True)
class Stage:
    """A server and a bot that is connected to it."""

    server: DiscordServer
    bot: Bot
    running: "asyncio.Task[None]"

    async def ended(self) -> BaseException | None:
        """Wait until the bot has given up, and return why."""
        async with asyncio.timeout(5):
            await asyncio.wait([self.running])
        return self.running.exception()

    async def until(self, fact: Callable[[], bool], what: str) -> None:
        """Wait for something on the bot's side: after an event it has parsed, or when its script has come to an end."""

        def find() -> bool:
            assert not self.running.done(), f"the bot is gone before: {what}"
            return fact()

        await self.bot.news.until(find, lambda: f"the bot did not come to: {what}; {self.server.calls.tail()}")


@contextlib.asynccontextmanager
async def connecting(server: DiscordServer, bot: Bot | None = None) -> AsyncIterator[Stage]:
    """Start a bot against a started server, and stop it afterwards. It need not come to be connected."""
    client = bot or Bot()
    with pointed_at(server):
        running = asyncio.create_task(client.start(server.token))
        running.add_done_callback(lambda _: client.news.tell())
        try:
            yield Stage(server, client, running)
        finally:
            await client.close()
            # A client that never got through tries for ever, even when it is closed.
            running.cancel()
            await asyncio.wait([running])
            if not running.cancelled():
                running.exception()


@contextlib.asynccontextmanager
async def connected(bot: Bot | None = None, *, clock: Clock | None = None) -> AsyncIterator[Stage]:
    """Run a server and a bot that has its READY."""
    async with DiscordServer(clock=clock) as server, connecting(server, bot) as stage:
        waiting = asyncio.create_task(server.gateway.ready(stage.bot.shard_count or 1))
        await asyncio.wait([waiting, stage.running], return_when=asyncio.FIRST_COMPLETED)
        if stage.running.done():
            waiting.cancel()
            stage.running.result()
        await waiting
        await stage.until(lambda: stage.bot.readies > 0, "on_ready")
        yield stage
