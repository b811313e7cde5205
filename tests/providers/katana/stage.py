"""Katana's adapter in front of the sandbox, with a clock that tests move. Nothing is asserted here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

from providers.contract import Order, Picture, ProviderSettings, Secret
from providers.intake import checked
from providers.katana.provider import Katana
from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import Accepted, Done, Failed, Outcome, Running
from providers.sandbox.clock import HandClock
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET, Sandbox
from tests.providers.ima_stage import png

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAIR = f"{KATANA_KEY}:{KATANA_SECRET}"


@dataclass
class KatanaStage:
    """A running sandbox and an adapter that talks to it."""

    sandbox: Sandbox
    clock: HandClock
    settings: ProviderSettings
    provider: Katana

    @property
    def charges(self) -> Sequence[Decimal]:
        """Every debit so far, as it was made."""
        return [charge.amount for charge in self.sandbox.ledger.charges]

    @property
    def spent(self) -> Decimal:
        """What all of it cost in the end, without what came back."""
        return sum(self.charges, Decimal(0)) - sum((r.amount for r in self.sandbox.ledger.refunds), Decimal(0))

    @property
    def attempts(self) -> int:
        """How many paid calls the server saw."""
        return self.sandbox.gate.requests["katana.create"] + self.sandbox.gate.requests["katana.chat"]

    async def spec(self, task: Task, model: str) -> ModelSpec:
        """Return a model of the live list."""
        return next(m for m in await self.provider.models(task) if m.id == model)

    async def order(
        self,
        task: Task,
        model: str,
        params: dict[str, ParamValue] | None = None,
        *,
        number: int = 1,
        prompt: str = "a lighthouse",
        pictures: Sequence[Picture] | None = None,
    ) -> Order:
        """Return an order with the list's settings, but for ``params``, and pictures as many as it needs."""
        spec = await self.spec(task, model)
        usual = {p.name: p.default for p in spec.params if p.default is not None}
        given = (checked(png()),) * spec.min_inputs if pictures is None else tuple(pictures)
        return Order(task, model, prompt, {**usual, **(params or {})}, number, given)

    async def ask(self, prompt: str, model: str = "grok-4-3") -> Order:
        """Return a question."""
        return await self.order(Task.TEXT_TO_TEXT, model, prompt=prompt)

    async def place(self, order: Order, attempt: str = "attempt-1") -> Accepted:
        """Quote, prepare and submit."""
        quote = await self.provider.quote(order)
        return await self.provider.submit(await self.provider.prepare(order), quote, attempt)

    async def end(self, ref: str) -> Done | Failed:
        """Let time pass until the order is over."""
        return (await self.watch(ref))[1]

    async def watch(self, ref: str) -> tuple[list[Running], Done | Failed]:
        """Let time pass until the order is over; return what was seen on the way, too."""
        seen: list[Running] = []
        for _ in range(100_000):
            outcome: Outcome = await self.provider.check(ref)
            if not isinstance(outcome, Running):
                return seen, outcome
            seen.append(outcome)
            if ref.startswith("stream:"):
                await asyncio.sleep(0)
            else:
                self.clock.advance(outcome.poll_after or 30)
        raise AssertionError("the order never ended")


@contextlib.asynccontextmanager
async def katana_stage(home: Path) -> AsyncIterator[KatanaStage]:
    """Start a sandbox in ``home`` and an adapter for it."""
    clock = HandClock(START)
    sandbox = Sandbox(home=home, clock=clock)
    await sandbox.start()
    settings = settings_for(sandbox.base_url, clock)
    stage = KatanaStage(sandbox, clock, settings, Katana(settings))
    try:
        yield stage
    finally:
        await stage.provider.close()
        await sandbox.close()


def settings_for(base_url: str, clock: HandClock, key: str = PAIR) -> ProviderSettings:
    """Return settings for a sandbox at that address."""
    numbers = count()
    return ProviderSettings(
        key=Secret(key),
        now=clock.now,
        nonce=lambda: f"{next(numbers):032x}"[::-1],
        base_url=f"{base_url}/katana",
    )


def at(settings: ProviderSettings, base_url: str) -> ProviderSettings:
    """Return the same settings for another server."""
    return replace(settings, base_url=base_url)
