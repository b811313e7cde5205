"""The whole service on a stage: real store, real adapter, real HTTP to the sandbox, virtual time, a pretend chat."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from bot import app
from bot.app import Service, World, build_providers, compose
from bot.core import actions
from bot.core.job import Address, Job, State
from bot.core.ledger import Entry
from bot.engine.ports import Answer, Attachment, Heard, Person, Pressed, Store
from bot.i18n import Translators
from bot.settings import ProviderSection, Settings, StoreSection, WebSection
from bot.storage.sqlite import SqliteStore
from providers.sandbox.server import APP_KEY, KEY, Sandbox
from tests.fakes.chat import Chat
from tests.fakes.clock import StoryClock

ROOM = Address("stage", "house", "room")


class CountedIds:
    """Names in order, so that a story is the same every time."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{next(self._numbers):06x}{0:026x}"


class Stage:
    """A service that can be stopped and started again around a chat and a provider that live on."""

    def __init__(self, home: Path, *, confirm: str = "always", wrap: Callable[[Store], Store] | None = None) -> None:
        self.home = home
        self.clock = StoryClock()
        self.ids = CountedIds()
        self.chat = Chat()
        self.sandbox = Sandbox(home=home / "sandbox", clock=self.clock)
        self.wrap = wrap
        self.translators: Translators
        self._confirm = confirm
        self._events = itertools.count(1)
        self._running: contextlib.AsyncExitStack | None = None
        self.service: Service
        self.files: SqliteStore

    async def __aenter__(self) -> Self:
        """Start the sandbox and the service."""
        await self.sandbox.start()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both."""
        await self.stop()
        await self.sandbox.close()

    @property
    def settings(self) -> Settings:
        """The operator's settings of this story."""
        provider = ProviderSection(
            key=SecretStr(KEY),
            app_key=SecretStr(APP_KEY),
            base_url=f"{self.sandbox.base_url}/ima",
            upload_url=f"{self.sandbox.base_url}/ima-upload",
            confirm=self._confirm,
        )
        store = StoreSection(path=self.home / "limner.db")
        return Settings.model_construct(
            store=store, web=WebSection(enabled=False), providers={"ima_studio": provider}, defaults={}
        )

    async def start(self) -> None:
        """Start the service on the same files."""
        stack = contextlib.AsyncExitStack()
        settings = self.settings
        world = World(self.clock, self.ids, Random(7), app.PictureDoor())
        store = await SqliteStore.open(settings.store.path, self.clock.now)
        self.files = store
        stack.push_async_callback(store.close)
        providers = build_providers(settings, world)
        for terms in providers.values():
            stack.push_async_callback(terms.provider.close)
        service = compose(settings, world, self.wrap(store) if self.wrap else store, providers)
        stack.push_async_callback(service.dispatch.close)
        service.platforms[self.chat.name] = self.chat
        self.clock.workers = lambda: service.dispatch.workers
        self.service, self.translators, self._running = service, service.translators, stack
        await service.courier.recover()
        await service.runner.recover()

    async def stop(self) -> None:
        """Stop the service."""
        if self._running is not None:
            running, self._running = self._running, None
            await running.aclose()

    async def restart(self, after: float = 0.0) -> None:
        """Stop, let time pass, start."""
        await self.stop()
        self.clock.skip(after)
        await self.start()

    # --- people --------------------------------------------------------------------------------------------------

    def person(self, name: str = "ann", locale: str = "en") -> Person:
        """Return somebody in the room."""
        return Person(ROOM, name, locale)

    async def say(
        self,
        text: str,
        *,
        who: str = "ann",
        locale: str = "en",
        pictures: tuple[bytes, ...] = (),
        event: str = "",
    ) -> Answer:
        """Type a message and wait until everybody has reacted."""
        attachments = tuple(Attachment(data) for data in pictures)
        heard = Heard(self.person(who, locale), event or f"e{next(self._events)}", text, attachments)
        answer = await self.service.studio.hear(heard)
        await self.clock.settle()
        return answer

    async def press(self, verb: actions.Verb, *, who: str = "ann", locale: str = "en", event: str = "") -> Answer:
        """Press the newest button that means this, and wait until everybody has reacted."""
        button = next(b for b in self.chat.buttons() if f"|{verb.value}|" in b.action)
        return await self.press_action(button.action, who=who, locale=locale, event=event)

    async def press_action(self, action: str, *, who: str = "ann", locale: str = "en", event: str = "") -> Answer:
        """Press a button by its id."""
        pressed = Pressed(self.person(who, locale), event or f"e{next(self._events)}", action)
        answer = await self.service.studio.press(pressed)
        await self.clock.settle()
        return answer

    async def order(self, text: str = "/video a puppy runs across a meadow", **how: str) -> None:
        """Ask and confirm."""
        await self.say(text, who=how.get("who", "ann"), locale=how.get("locale", "en"))
        await self.press(actions.Verb.CONFIRM, who=how.get("who", "ann"))

    async def finish(self) -> None:
        """Let the story go on until no job has anything left to do."""
        await self.clock.run(lambda: not self.service.dispatch.driven)
        await self.clock.settle()

    # --- facts ---------------------------------------------------------------------------------------------------

    async def jobs(self, who: str = "ann") -> list[Job]:
        """Return somebody's jobs, the oldest first."""
        return list(reversed(await self.service.store.jobs_of(ROOM.platform, ROOM.tenant, who)))

    async def states(self, who: str = "ann") -> list[State]:
        """Return the states of somebody's jobs, the oldest first."""
        return [job.state for job in await self.jobs(who)]

    async def entries(self, job: Job) -> list[Entry]:
        """Return what the books say about a job."""
        return list(await self.files.entries(job.id))

    @property
    def charges(self) -> int:
        """How often the provider charged."""
        return len(self.sandbox.ledger.charges)

    def screen(self, locale: str = "en") -> str:
        """Return everything on the screen as text."""
        return self.chat.text(locale, self.translators)


@contextlib.asynccontextmanager
async def stage(home: Path, *, confirm: str = "always") -> AsyncIterator[Stage]:
    """Return a started stage."""
    async with Stage(home, confirm=confirm) as running:
        yield running
