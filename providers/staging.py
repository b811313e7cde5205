"""Where a provider is put to the test: the adapter, a server that plays its provider, and what goes wrong there.

The tests themselves are in ``testing``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from providers.contract import Clip, Order, Picture, Provider
from providers.errors import Sent
from providers.models import ModelSpec, Task
from providers.outcomes import Accepted, Outcome, Running

_POLLS: Final = 2000


class Fault(StrEnum):
    """What happens to the next paid call, or to the order that it places."""

    LOST_REQUEST = "lost_request"  # dropped before anything was done
    LOST_ANSWER = "lost_answer"  # done and charged, then dropped
    GARBLED = "garbled"  # done and charged, and the answer cannot be read
    SERVER_ERROR = "server_error"  # a 5xx that says nothing
    BUSY = "busy"  # a 429
    NO_POINTS = "no_points"  # refused by the provider: the account is empty
    RUN_FAILS = "run_fails"  # taken, and then the run fails


SENT: Final = {
    Fault.LOST_REQUEST: Sent.MAYBE,
    Fault.LOST_ANSWER: Sent.MAYBE,
    Fault.GARBLED: Sent.MAYBE,
    Fault.SERVER_ERROR: Sent.MAYBE,
    Fault.BUSY: Sent.YES,
    Fault.NO_POINTS: Sent.YES,
}
"""What an adapter can know about the money after each fault. A dropped connection looks the same both times."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the suite needs.

    ``restarted`` makes the same adapter as after a restart, ``unreachable`` one whose server is not there.
    ``charges`` returns every debit so far, ``attempts`` how many paid calls the server saw. ``fault`` lets one thing
    go wrong with the next paid call. ``wait`` lets seconds pass at the server. ``picture`` is one the provider takes,
    ``clip`` a video, where it has models that need one.
    """

    provider: Provider
    restarted: Callable[[], Provider]
    unreachable: Callable[[], Provider]
    charges: Callable[[], Awaitable[Sequence[Decimal]]]
    attempts: Callable[[], Awaitable[int]]
    fault: Callable[[Fault], Awaitable[None]]
    wait: Callable[[float], Awaitable[None]]
    picture: Picture
    secrets: tuple[str, ...]
    since: datetime
    clip: Clip | None = None

    @property
    def tasks(self) -> list[Task]:
        """Return what the provider can do, always in the same order."""
        return sorted(self.provider.capabilities.tasks)

    async def model(self, task: Task | None = None) -> ModelSpec:
        """Return the model most people get; without a task, that of the provider's last (``text_...``) one."""
        task = task or self.tasks[-1]
        models = [m for m in await self.provider.models(task) if m.price is not None and not m.needs_subscription]
        return next((m for m in models if m.recommended), models[0])

    async def each_kind(self) -> list[ModelSpec]:
        """Return one model for each kind of result the provider can make."""
        models = [await self.model(task) for task in self.tasks]
        return list({model.media: model for model in models}.values())

    def order(self, spec: ModelSpec, count: int = 1) -> Order:
        """Return an order with every setting as the catalogue suggests."""
        params = {p.name: p.default for p in spec.params if p.default is not None}
        pictures = (self.picture,) * spec.min_inputs
        videos = (self.clip,) * spec.min_videos if self.clip is not None else ()
        return Order(spec.task, spec.id, "a lighthouse at dusk", params, count, pictures, videos=videos)

    async def place(self, order: Order, attempt: str = "attempt-1") -> Accepted:
        """Quote, prepare and submit. An ``attempt`` has a name of its own: it may be a lock while its run goes on."""
        quote = await self.provider.quote(order)
        return await self.provider.submit(await self.provider.prepare(order), quote, attempt)

    async def finish(self, ref: str, every: float) -> list[Outcome]:
        """Check until it is over and return every outcome seen."""
        seen: list[Outcome] = []
        for _ in range(_POLLS):
            seen.append(await self.provider.check(ref))
            if not isinstance(seen[-1], Running):
                return seen
            await self.wait(every)
            await asyncio.sleep(0)  # an answer that streams in needs a turn of the loop
        raise AssertionError("the order never ended")
