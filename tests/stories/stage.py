"""The whole service on a stage: real store, real adapter, real HTTP to the sandbox, virtual time, a pretend chat."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr, TypeAdapter

from bot.app import Service, compose
from bot.core import actions
from bot.core.cards import Card
from bot.core.job import Address, Job, State
from bot.core.ledger import Entry
from bot.core.pricing import ConfirmPolicy
from bot.engine.ports import Answer, Attachment, Heard, Intake, Person, Pressed, Store, Terms
from bot.i18n import Translators
from bot.settings import LimitsSection, ProviderSection, Settings, StoreSection, WebSection
from bot.storage.rows import decode_job
from bot.storage.sqlite import SqliteStore
from bot.terms import build_providers
from bot.world import PictureDoor, World
from providers.contract import Provider
from providers.sandbox.server import APP_KEY, KEY, Sandbox
from tests.fakes.chat import Chat, text_of
from tests.fakes.clock import START, StoryClock
from tests.stories.promises import check_money, check_words

ROOM = Address("stage", "house", "room")

BUSY_TIMEOUT = 0.01
"""Real seconds to wait for a locked file: a story about a lock must not wait five of them."""


SECTIONS: Mapping[str, TypeAdapter[Any]] = {
    name: TypeAdapter(info.annotation) for name, info in Settings.model_fields.items() if info.annotation is not None
}
"""How each section of the settings is read."""


class CountedIds:
    """Names in order, so that a story is the same every time."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{next(self._numbers):06x}{0:026x}"


class Stage:
    """A service that can be stopped and started again around a chat and a provider that live on."""

    def __init__(
        self,
        home: Path,
        *,
        confirm: str = "always",
        wrap: Callable[[Store], Store] | None = None,
        intake: Intake | None = None,
        guest: Callable[[StoryClock], Provider] | None = None,
        house: Mapping[str, object] | None = None,
        rate: str = "",
        limits: LimitsSection | None = None,
        most_running: int | None = None,
    ) -> None:
        self.home = home
        self.house = {name: SECTIONS[name].validate_python(said) for name, said in (house or {}).items()}
        self._rate = Decimal(rate) if rate else None
        self.limits = limits or LimitsSection()
        self.most_running = most_running
        self.guest = guest
        self.clock = StoryClock()
        self.ids = CountedIds()
        self.chat = Chat()
        self.sandbox = Sandbox(home=home / "sandbox", clock=self.clock)
        self.wrap = wrap
        self.translators: Translators
        self.answers: list[Answer] = []
        self.rooms: list[Chat] = [self.chat]
        self.roles: dict[str, frozenset[str]] = {}
        self.is_for_adults = False
        self._confirm = confirm
        self._intake = intake or PictureDoor()
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
            rate=self._rate,
            currency="USD" if self._rate else "",
            most_running=self.most_running,
        )
        return Settings.model_construct(
            store=StoreSection(path=self.home / "limner.db"),
            web=WebSection(enabled=False),
            limits=self.limits,
            providers={"ima_studio": provider},
            defaults={},
            **self.house,
        )

    async def start(self) -> None:
        """Start the service on the same files."""
        stack = contextlib.AsyncExitStack()
        settings = self.settings
        world = World(self.clock, self.ids, Random(7), self._intake)
        store = await SqliteStore.open(settings.store.path, self.clock.now, busy_timeout=BUSY_TIMEOUT)
        self.files = store
        stack.push_async_callback(store.close)
        providers = build_providers(settings, world)
        for terms in providers.values():
            stack.push_async_callback(terms.provider.close)
        if self.guest is not None:
            provider = self.guest(self.clock)
            able = provider.capabilities
            providers = {**providers, provider.name: Terms(provider, ConfirmPolicy(), able.rate, able.currency)}
        service = compose(settings, world, self.wrap(store) if self.wrap else store, providers)
        stack.push_async_callback(service.dispatch.close)
        service.platforms.update({room.name: room for room in self.rooms})
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

    def person(self, name: str = "ann", locale: str = "en", place: Address = ROOM) -> Person:
        """Return somebody in a place."""
        return Person(
            place, name, locale, roles=self.roles.get(name, frozenset()), is_age_restricted=self.is_for_adults
        )

    async def say(
        self,
        text: str,
        *,
        who: str = "ann",
        locale: str = "en",
        place: Address = ROOM,
        pictures: tuple[bytes, ...] = (),
        event: str = "",
    ) -> Answer:
        """Type a message and wait until everybody has reacted."""
        attachments = tuple(Attachment(data) for data in pictures)
        heard = Heard(self.person(who, locale, place), event or f"e{next(self._events)}", text, attachments)
        answer = await self.service.studio.hear(heard)
        await self.clock.settle()
        self.answers.append(answer)
        return answer

    def button(self, verb: actions.Verb) -> str:
        """Return the id of the newest button that means this."""
        return next(b.action for b in self.chat.buttons() if f"|{verb.value}|" in b.action)

    def offers(self, verb: actions.Verb) -> bool:
        """Whether there is such a button on the screen."""
        return any(f"|{verb.value}|" in b.action for b in self.chat.buttons())

    async def press(self, verb: actions.Verb, *, who: str = "ann", locale: str = "en", event: str = "") -> Answer:
        """Press the newest button that means this, and wait until everybody has reacted."""
        return await self.press_action(self.button(verb), who=who, locale=locale, event=event)

    async def press_action(
        self, action: str, *, who: str = "ann", locale: str = "en", place: Address = ROOM, event: str = ""
    ) -> Answer:
        """Press a button by its id."""
        pressed = Pressed(self.person(who, locale, place), event or f"e{next(self._events)}", action)
        answer = await self.service.studio.press(pressed)
        await self.clock.settle()
        self.answers.append(answer)
        return answer

    async def order(self, text: str = "/video a puppy runs across a meadow", **how: str) -> None:
        """Ask and confirm."""
        await self.say(text, who=how.get("who", "ann"), locale=how.get("locale", "en"))
        await self.press(actions.Verb.CONFIRM, who=how.get("who", "ann"))

    async def finish(self) -> None:
        """Let the story go on until no job has anything left to do."""
        await self.clock.run(lambda: not self.service.dispatch.driven)
        await self.clock.settle()

    async def make(self, text: str = "/video a puppy runs across a meadow", **how: str) -> Job:
        """Ask, confirm, and wait for the end."""
        await self.order(text, **how)
        await self.finish()
        return (await self.jobs(how.get("who", "ann")))[-1]

    # --- facts ---------------------------------------------------------------------------------------------------

    @property
    def card(self) -> Card:
        """The newest message."""
        return self.chat.cards()[-1]

    def reads(self, locale: str = "en") -> str:
        """Return the newest message as text."""
        return text_of(self.card, self.translators.get(locale))

    async def everybody(self) -> list[Job]:
        """Return every job there is, the oldest first."""
        rows = await self.files.database.fetch("SELECT data FROM job ORDER BY created_at, rowid")
        return [decode_job(row["data"]) for row in rows]

    async def keep_promises(self) -> None:
        """Fail if the story broke what every story has to keep."""
        for room in self.rooms:
            check_words(room, self.answers, self.translators)
        check_money(self.sandbox, await self.everybody())

    async def jobs(self, who: str = "ann") -> list[Job]:
        """Return somebody's jobs, the oldest first."""
        return list(reversed(await self.service.store.jobs_of(ROOM.platform, ROOM.tenant, who)))

    async def states(self, who: str = "ann") -> list[State]:
        """Return the states of somebody's jobs, the oldest first."""
        return [job.state for job in await self.jobs(who)]

    async def entries(self, job: Job) -> list[Entry]:
        """Return what the books say about a job."""
        return list(await self.files.entries(job.id))

    def started(self, seconds: float) -> datetime:
        """Return the moment so many seconds after the story began."""
        return START + timedelta(seconds=seconds)

    @property
    def charges(self) -> int:
        """How often the provider charged."""
        return len(self.sandbox.ledger.charges)

    def screen(self, locale: str = "en") -> str:
        """Return everything on the screen as text."""
        return self.chat.text(locale, self.translators)


@contextlib.asynccontextmanager
async def stage(
    home: Path,
    *,
    confirm: str = "always",
    intake: Intake | None = None,
    guest: Callable[[StoryClock], Provider] | None = None,
    house: Mapping[str, object] | None = None,
    rate: str = "",
    limits: LimitsSection | None = None,
    most_running: int | None = None,
) -> AsyncIterator[Stage]:
    """Return a started stage, and hold the story against the promises when it is over.

    ``guest`` makes one more provider, anew at each start. ``house`` are sections of the settings as a file has them,
    ``rate`` the dollars that a point costs, ``most_running`` how many orders IMA Studio may have.
    """
    async with Stage(
        home,
        confirm=confirm,
        intake=intake,
        guest=guest,
        house=house,
        rate=rate,
        limits=limits,
        most_running=most_running,
    ) as running:
        yield running
        await running.keep_promises()
