"""IMA Studio's adapter in front of the sandbox, with a clock that tests move. Nothing is asserted here."""

import contextlib
import struct
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

from providers.contract import Order, ProviderSettings, Secret
from providers.ima_studio.provider import ImaStudio, create
from providers.intake import checked
from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import Done, Failed, Outcome, Running
from providers.sandbox.clock import HandClock
from providers.sandbox.server import APP_KEY, KEY, Sandbox

START = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def png(width: int = 640, height: int = 480) -> bytes:
    """Return a whole PNG picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes((width + 7) // 8)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@dataclass
class ImaStage:
    """A running sandbox and an adapter that talks to it."""

    sandbox: Sandbox
    clock: HandClock
    settings: ProviderSettings
    provider: ImaStudio

    @property
    def charges(self) -> Sequence[Decimal]:
        """Every debit so far."""
        return [charge.amount for charge in self.sandbox.ledger.charges]

    @property
    def attempts(self) -> int:
        """How many paid calls the server saw."""
        return self.sandbox.gate.requests["ima.create"]

    async def spec(self, task: Task, model: str) -> ModelSpec:
        """Return a model of the live catalogue."""
        return next(m for m in await self.provider.models(task) if m.id == model)

    async def order(
        self,
        task: Task,
        model: str,
        params: dict[str, ParamValue] | None = None,
        *,
        count: int = 1,
        prompt: str = "a lighthouse",
    ) -> Order:
        """Return an order with the catalogue's settings, but for ``params``, and pictures as many as it needs."""
        spec = await self.spec(task, model)
        usual = {p.name: p.default for p in spec.params if p.default is not None}
        return Order(task, model, prompt, {**usual, **(params or {})}, count, (checked(png()),) * spec.min_inputs)

    async def place(self, order: Order) -> str:
        """Quote, prepare and submit; return the provider's name for the order."""
        quote = await self.provider.quote(order)
        return (await self.provider.submit(await self.provider.prepare(order), quote, "attempt-1")).ref

    async def end(self, ref: str) -> Done | Failed:
        """Let time pass until the order is over."""
        for _ in range(1000):
            outcome: Outcome = await self.provider.check(ref)
            if not isinstance(outcome, Running):
                return outcome
            self.clock.advance(8)
        raise AssertionError("the order never ended")


@contextlib.asynccontextmanager
async def ima_stage(home: Path) -> AsyncIterator[ImaStage]:
    """Start a sandbox in ``home`` and an adapter for it."""
    clock = HandClock(START)
    sandbox = Sandbox(home=home, clock=clock)
    await sandbox.start()
    settings = settings_for(sandbox.base_url, clock)
    provider = create(settings)
    try:
        yield ImaStage(sandbox, clock, settings, provider)
    finally:
        await provider.close()
        await sandbox.close()


def settings_for(base_url: str, clock: HandClock, key: str = KEY) -> ProviderSettings:
    """Return settings for a sandbox at that address."""
    numbers = count()
    return ProviderSettings(
        key=Secret(key),
        app_key=Secret(APP_KEY),
        now=clock.now,
        nonce=lambda: f"{next(numbers):032x}"[::-1],
        base_url=f"{base_url}/ima",
        upload_url=f"{base_url}/ima-upload",
    )
