"""ImaginePro's adapter in front of the sandbox, with a clock that tests move. Nothing is asserted here."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

from providers.contract import Order, Picture, ProviderSettings, Secret
from providers.imaginepro.provider import ImaginePro
from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import Accepted, Done, Failed, FollowUp, Running
from providers.sandbox.clock import HandClock
from providers.sandbox.server import IMAGINEPRO_KEY, Sandbox

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AT = "https://pictures.example/{}.png"
A, B = (Picture("image/png", link=AT.format(name)) for name in "ab")
HOOK = "https://chat.example/hints/unguessable/"
DESCRIBING = {"describe": Decimal(5)}


@dataclass
class ProStage:
    """A running sandbox and an adapter that talks to it. Waiting moves the clock by hand."""

    sandbox: Sandbox
    clock: HandClock
    settings: ProviderSettings
    provider: ImaginePro

    @property
    def charges(self) -> Sequence[Decimal]:
        """Every debit so far, as it was made."""
        return [charge.amount for charge in self.sandbox.ledger.charges]

    @property
    def attempts(self) -> int:
        """How many paid calls the server saw."""
        return self.requests("create") + self.requests("button")

    def requests(self, door: str) -> int:
        """How often a door was knocked at."""
        return self.sandbox.gate.requests[f"imaginepro.{door}"]

    async def spec(self, task: Task, model: str) -> ModelSpec:
        """Return a model."""
        return next(m for m in await self.provider.models(task) if m.id == model)

    async def order(
        self,
        task: Task,
        model: str,
        params: Mapping[str, ParamValue] | None = None,
        *,
        number: int = 1,
        prompt: str = "a lighthouse",
        pictures: Sequence[Picture] | None = None,
    ) -> Order:
        """Return an order with the usual settings, but for ``params``, and pictures as many as it needs."""
        spec = await self.spec(task, model)
        usual = {p.name: p.default for p in spec.params if p.default is not None}
        given = (A,) * spec.min_inputs if pictures is None else tuple(pictures)
        return Order(task, model, prompt, {**usual, **(params or {})}, number, given)

    async def imagine(self, prompt: str = "a lighthouse", **params: ParamValue) -> Order:
        """Return an order of Midjourney's."""
        return await self.order(Task.TEXT_TO_IMAGE, "midjourney", params, prompt=prompt)

    async def place(self, order: Order, attempt: str = "attempt-1") -> Accepted:
        """Quote, prepare and submit."""
        quote = await self.provider.quote(order)
        return await self.provider.submit(await self.provider.prepare(order), quote, attempt)

    async def end(self, ref: str) -> Done | Failed:
        """Let time pass until the order is over."""
        return (await self.watch(ref))[1]

    async def watch(self, ref: str, every: float = 5) -> tuple[list[Running], Done | Failed]:
        """Let time pass until the order is over; return what was seen on the way, too."""
        seen: list[Running] = []
        for _ in range(5000):
            outcome = await self.provider.check(ref)
            if not isinstance(outcome, Running):
                return seen, outcome
            seen.append(outcome)
            self.clock.advance(outcome.poll_after or every)
        raise AssertionError("the order never ended")

    async def made(self, prompt: str = "a lighthouse", **params: ParamValue) -> tuple[str, Done]:
        """Order a picture of Midjourney's; return its name and what it became."""
        taken = await self.place(await self.imagine(prompt, **params))
        done = await self.end(taken.ref)
        assert isinstance(done, Done), done
        return taken.ref, done

    async def press(self, ref: str, button: FollowUp, attempt: str = "attempt-2") -> Accepted:
        """Press a button of a finished order."""
        return await self.place(Order(button.task, button.model, "", {}, origin=ref, step=button.word), attempt)

    def restarted(self, **changes: object) -> ImaginePro:
        """Return the adapter as after a restart, with other settings where they are given."""
        return ImaginePro(replace(self.settings, **changes))  # type: ignore[arg-type] # whatever a test wants changed


@contextlib.asynccontextmanager
async def pro_stage(home: Path) -> AsyncIterator[ProStage]:
    """Start a sandbox in ``home`` and an adapter for it."""
    clock = HandClock(START)
    sandbox = Sandbox(home=home, clock=clock)
    await sandbox.start()
    settings = settings_for(f"{sandbox.base_url}/imaginepro/api/v1", clock)
    stage = ProStage(sandbox, clock, settings, ImaginePro(settings))
    try:
        yield stage
    finally:
        await stage.provider.close()
        await sandbox.close()


def settings_for(base_url: str, clock: HandClock, key: str = IMAGINEPRO_KEY) -> ProviderSettings:
    """Return settings for a server at that address; sleeping moves the clock."""
    numbers = count()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    return ProviderSettings(
        key=Secret(key),
        now=clock.now,
        nonce=lambda: f"{next(numbers):032x}"[::-1],
        base_url=base_url,
        sleep=sleep,
        prices=DESCRIBING,
    )
