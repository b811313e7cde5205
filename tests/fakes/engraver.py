"""A provider of pictures with everything that only some have: steps on, stopping, richer words, hints, a list of works.

It lives in the process; what it took outlives it in ``Atelier``. Everything it does is a matter of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from typing_extensions import override

from providers.contract import Bare, Capabilities, Order, PriceBasis, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import MediaKind, ModelSpec, Seconds, Task
from providers.outcomes import (
    Accepted,
    Asset,
    Deed,
    Done,
    Extra,
    ExtraKind,
    Failed,
    FollowUp,
    Note,
    NoteKind,
    Outcome,
    PastWork,
    Phase,
    Preview,
    Refund,
    Running,
)
from tests.fakes.clock import StoryClock

PRICES = {Task.REWORK_IMAGE: Decimal(5), Task.UPSCALE_IMAGE: Decimal(2), Task.EXTEND_VIDEO: Decimal(7)}
MEDIA = {Task.IMAGE_TO_TEXT: MediaKind.TEXT, Task.EXTEND_VIDEO: MediaKind.VIDEO, Task.TEXT_TO_VIDEO: MediaKind.VIDEO}
TASKS = (
    Task.TEXT_TO_IMAGE,
    Task.IMAGE_TO_IMAGE,
    Task.REWORK_IMAGE,
    Task.UPSCALE_IMAGE,
    Task.IMAGE_TO_TEXT,
    Task.TEXT_TO_VIDEO,
    Task.EXTEND_VIDEO,
)
GRID = tuple(FollowUp(Deed.PICK, Task.REWORK_IMAGE, "plate", f"U{n}", n) for n in (1, 2, 3, 4))


@dataclass(slots=True)
class Atelier:
    """What outlives a provider that is made anew. ``loses`` lets the next answers be lost after the order was taken."""

    orders: dict[str, Order] = field(default_factory=dict)
    begun: dict[str, datetime] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    checks: list[tuple[str, datetime]] = field(default_factory=list)
    loses: int = 0
    refund: Refund = Refund.NOT_CHARGED
    richer: ProviderError | None = None
    seconds: float = 40.0


class Engraver(Bare):
    """Engraves for ``seconds`` and shows a proof half-way. Its results are held where only we can get them."""

    name = "engraver"
    title = "Engraver"

    def __init__(self, clock: StoryClock, atelier: Atelier, **able: bool) -> None:
        self.clock = clock
        self.atelier = atelier
        self._able = able

    @property
    def capabilities(self) -> Capabilities:
        """It can do everything, but for what a story takes away."""
        usual = Capabilities(
            can_cancel=True,
            enhances=True,
            tells_history=True,
            takes_hints=True,
            tasks=frozenset(TASKS),
            keeps_at="http://127.0.0.1:3333",
        )
        return replace(usual, **self._able)  # type: ignore[arg-type] # the stories name only switches

    async def models(self, task: Task) -> Sequence[ModelSpec]:
        """Return one model for each task."""
        return [_model(task)]

    async def quote(self, order: Order) -> Quote:
        """Price an order."""
        price = PRICES.get(order.task, Decimal(10))
        total = price * order.count
        return Quote(price, order.count, total, "credits", PriceBasis.EXACT, order.task.value, self.clock.now())

    async def prepare(self, order: Order) -> Order:
        """Take pictures as they are."""
        return order

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Take the order."""
        del quote
        self.atelier.orders[token] = order
        self.atelier.begun[token] = self.clock.now()
        if self.atelier.loses:
            self.atelier.loses -= 1
            raise ProviderError(FailureCode.UNREACHABLE, "lost", sent=Sent.MAYBE)
        return Accepted(token)

    async def check(self, ref: str) -> Outcome:
        """Return how it is doing by now."""
        self.atelier.checks.append((ref, self.clock.now()))
        if ref in self.atelier.stopped:
            return Failed(FailureCode.STOPPED, "stopped", self.atelier.refund)
        elapsed = self.clock.elapsed(self.atelier.begun[ref])
        if elapsed < self.atelier.seconds / 2:
            return Running(phase=Phase.PLANNING)
        if elapsed < self.atelier.seconds:
            return Running(phase=Phase.MAKING, preview=Preview("image/png", b"proof", 1))
        return self._done(ref)

    def _done(self, ref: str) -> Done:
        order = self.atelier.orders[ref]
        if order.task is Task.IMAGE_TO_TEXT:
            return Done((Asset(MediaKind.TEXT, "", text="A fox in the snow."),))
        address = f"http://127.0.0.1:3333/generated/{ref}"
        if _model(order.task).media is MediaKind.VIDEO:
            end = Extra(ExtraKind.FINAL_FRAME, f"{address}.frame")
            longer = FollowUp(Deed.LONGER, Task.EXTEND_VIDEO, "plate", "extend")
            return Done((Asset(MediaKind.VIDEO, f"{address}.mp4", held=True, extras=(end,)),), follow_ups=(longer,))
        notes = (Note(NoteKind.DURATION, {"duration": 10}),) if "clamped" in order.prompt else ()
        steps = GRID if order.task is Task.TEXT_TO_IMAGE else ()
        return Done((Asset(MediaKind.IMAGE, f"{address}.png", held=True),), follow_ups=steps, notes=notes)

    @override
    async def cancel(self, ref: str) -> Refund:
        """Stop an order that is not over; say so once."""
        over = self.clock.elapsed(self.atelier.begun[ref]) >= self.atelier.seconds
        if over or ref in self.atelier.stopped:
            raise ProviderError(FailureCode.CANNOT_STOP, "over", sent=Sent.NO)
        self.atelier.stopped.add(ref)
        return self.atelier.refund

    @override
    async def enhance(self, prompt: str) -> str:
        """Return the prompt with much around it."""
        if self.atelier.richer is not None:
            raise self.atelier.richer
        return f"{prompt}, fine copperplate lines, deep blacks, a sheet of handmade paper with torn edges"

    @override
    async def history(self, limit: int) -> Sequence[PastWork]:
        """Return everything that is finished."""
        done = [t for t, at in self.atelier.begun.items() if self.clock.elapsed(at) >= self.atelier.seconds]
        return [self._work(token) for token in done][:limit]

    def _work(self, token: str) -> PastWork:
        order, [asset, *_] = self.atelier.orders[token], self._done(token).assets
        return PastWork(asset.kind, order.prompt, "Plate", self.atelier.begun[token], token, asset)

    async def close(self) -> None:
        """Do nothing."""


def _model(task: Task) -> ModelSpec:
    price = PRICES.get(task, Decimal(10))
    return ModelSpec(
        provider="engraver",
        id="plate",
        name="Plate",
        task=task,
        media=MEDIA.get(task, MediaKind.IMAGE),
        params=(),
        unit="credits",
        price=price,
        price_from=price,
        price_to=price,
        expected=Seconds(20, 40),
        expected_source="table",
        poll_every=10.0,
        progress_every=10.0,
        patience=600.0,
        min_inputs=1 if task in {Task.IMAGE_TO_IMAGE, Task.UPSCALE_IMAGE, Task.IMAGE_TO_TEXT} else 0,
        max_inputs=2 if task in {Task.IMAGE_TO_IMAGE, Task.UPSCALE_IMAGE, Task.IMAGE_TO_TEXT} else 0,
        recommended=True,
    )
