"""ima2's adapter in front of the sandbox, with a clock that tests move. Nothing is asserted here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

from providers.contract import Clip, Order, Picture, ProviderSettings, Secret
from providers.ima2.provider import Ima2
from providers.intake import checked
from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import Accepted, Done, Failed, Outcome, Running
from providers.sandbox.clock import HandClock
from providers.sandbox.server import Sandbox
from tests.providers.ima_stage import png

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOKEN = "lan-token-7f3a91"
PICTURE = "oauth/gpt-5.4"
CLIP = "grok/grok-imagine-video"
NEWER_CLIP = "grok/grok-imagine-video-1.5"
WORDS = "grok/grok-4.3"


@dataclass
class Ima2Stage:
    """A running sandbox and an adapter that talks to it."""

    sandbox: Sandbox
    clock: HandClock
    settings: ProviderSettings
    provider: Ima2
    others: list[Ima2] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def charges(self) -> Sequence[Decimal]:
        """Every debit so far, as it was made."""
        return [charge.amount for charge in self.sandbox.ledger.charges]

    @property
    def attempts(self) -> int:
        """How many calls that spend the server saw."""
        return self.sandbox.gate.requests["ima2.create"] + self.sandbox.gate.requests["ima2.analyze"]

    @property
    def base(self) -> str:
        """Where the server is."""
        return self.settings.base_url

    def asked(self, door: str) -> int:
        """How often a door was knocked at."""
        return self.sandbox.gate.requests[f"ima2.{door}"]

    def fresh(self) -> Ima2:
        """Return the adapter as after a restart of ours."""
        self.others.append(Ima2(self.settings))
        return self.others[-1]

    async def spec(self, task: Task, model: str) -> ModelSpec:
        """Return a model as it is offered."""
        return next(m for m in await self.provider.models(task) if m.id == model)

    async def order(
        self,
        task: Task = Task.TEXT_TO_IMAGE,
        model: str = PICTURE,
        params: dict[str, ParamValue] | None = None,
        *,
        number: int = 1,
        prompt: str = "a lighthouse",
        pictures: Sequence[Picture] | None = None,
    ) -> Order:
        """Return an order with the usual settings, but for ``params``, and pictures as many as it needs."""
        spec = await self.spec(task, model)
        usual = {p.name: p.default for p in spec.params if p.default is not None}
        given = (checked(png()),) * spec.min_inputs if pictures is None else tuple(pictures)
        return Order(task, model, prompt, {**usual, **(params or {})}, number, given)

    async def edit(self, prompt: str = "at dusk", url: str = "https://example.com/clip.mp4") -> Order:
        """Return an order for a clip that is changed."""
        return replace(await self.order(Task.VIDEO_TO_VIDEO, CLIP, prompt=prompt), videos=(Clip(url),))

    async def place(self, order: Order, attempt: str = "", provider: Ima2 | None = None) -> Accepted:
        """Quote, prepare and submit."""
        adapter = provider or self.provider
        quote = await adapter.quote(order)
        return await adapter.submit(await adapter.prepare(order), quote, attempt or f"attempt-{next(self.numbers)}")

    async def made(self, order: Order) -> tuple[Accepted, Done]:
        """Place an order and let it be finished."""
        taken = await self.place(order)
        done = await self.end(taken.ref)
        if not isinstance(done, Done):
            raise AssertionError(str(done))  # noqa: TRY004 - a failed test and no mistake of a type
        return taken, done

    async def end(self, ref: str, provider: Ima2 | None = None) -> Done | Failed:
        """Let time pass until the order is over."""
        return (await self.watch(ref, provider))[1]

    async def watch(self, ref: str, provider: Ima2 | None = None) -> tuple[list[Running], Done | Failed]:
        """Let time pass until the order is over; return what was seen on the way, too."""
        seen: list[Running] = []
        for _ in range(2000):
            outcome: Outcome = await (provider or self.provider).check(ref)
            if not isinstance(outcome, Running):
                return seen, outcome
            seen.append(outcome)
            self.clock.advance(5)
            await self.settle()
        raise AssertionError("the order never ended")

    async def settle(self) -> None:
        """Let everything that is under way on the wire arrive."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait, without moving the clock, until something has arrived."""
        for _ in range(20_000):
            if holds():
                return
            await asyncio.sleep(0.0005)
        raise AssertionError("it never came to that")

    async def listening(self) -> None:
        """Wait until the adapter hears events."""
        await self.until(lambda: self.provider._bus.is_open)


@contextlib.asynccontextmanager
async def ima2_stage(home: Path, *, token: str = "") -> AsyncIterator[Ima2Stage]:
    """Start a sandbox in ``home`` and an adapter for it."""
    clock = HandClock(START)
    sandbox = Sandbox(home=home, clock=clock)
    await sandbox.start()
    sandbox.ima2.setup.lan_token = token
    settings = settings_for(sandbox.base_url, clock, token)
    stage = Ima2Stage(sandbox, clock, settings, Ima2(settings))
    try:
        yield stage
    finally:
        for adapter in (stage.provider, *stage.others):
            await adapter.close()
        await sandbox.close()


def settings_for(base_url: str, clock: HandClock, token: str = "") -> ProviderSettings:
    """Return settings for a sandbox at that address."""
    numbers = count()

    async def sleep(seconds: float) -> None:
        await clock.until(clock.now(), seconds)

    return ProviderSettings(
        key=Secret(token),
        now=clock.now,
        nonce=lambda: f"{next(numbers):032x}"[::-1],
        base_url=f"{base_url}/ima2",
        sleep=sleep,
    )
