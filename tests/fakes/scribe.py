"""A provider that answers questions bit by bit, for stories about answers: everything it does is a matter of time.

It lives in the process like any adapter that streams: what it was writing is gone when it is made anew.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from typing_extensions import override

from providers.contract import Bare, Capabilities, Order, PriceBasis, Quote
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.models import MediaKind, ModelSpec, Privacy, Seconds, Task
from providers.outcomes import (
    Accepted,
    Asset,
    Balance,
    Done,
    Failed,
    Outcome,
    Receipt,
    Refund,
    Running,
)
from tests.fakes.clock import StoryClock

ANSWER = "Because light scatters.\n\nBlue scatters most, and that is what you see."


@dataclass(slots=True)
class Books:
    """What outlives a provider that is made anew: every order it ever took."""

    orders: list[Order] = field(default_factory=list)


class Scribe(Bare):
    """Writes ``speed`` characters a second of ``answer``; with ``breaks_at`` it stops after so many.

    ``refuses`` is raised by the next submit. The order "instant" is answered as it is placed.
    """

    name = "scribe"
    title = "Scribe"

    def __init__(self, clock: StoryClock, books: Books, *, answer: str = ANSWER, speed: float = 10.0) -> None:
        self.clock = clock
        self.books = books
        self.answer = answer
        self.speed = speed
        self.breaks_at: int | None = None
        self.refuses: ProviderError | None = None
        self.left: Decimal | None = Decimal("20814.0")
        self._begun: dict[str, datetime] = {}
        self._numbers = itertools.count(1)

    @property
    def capabilities(self) -> Capabilities:
        """It is strict: always a yes, and one at a time for each person."""
        return Capabilities(
            tasks=frozenset({Task.TEXT_TO_TEXT}),
            tells_balance=True,
            must_ask=True,
            one_per_person=True,
            rate=Decimal("0.0052"),
            currency="USD",
        )

    async def models(self, task: Task) -> Sequence[ModelSpec]:
        """Return two models, one of them sealed."""
        return [_model(task, "Grok", recommended=True), _model(task, "Kimi", privacy=Privacy.SEALED)]

    async def quote(self, order: Order) -> Quote:
        """Price an answer: the most it can cost. A question with pictures breaks a rule of one model."""
        if order.model == "kimi" and order.pictures:
            raise ProviderError(FailureCode.RULE_BROKEN, sent=Sent.NO, rule=Rule.TOO_MANY_REFERENCES, data={"most": 0})
        ten = Decimal(10)
        return Quote(ten, 1, ten, "credits", PriceBasis.AT_MOST, "terms", self.clock.now())

    async def prepare(self, order: Order) -> Order:
        """Take pictures as they are."""
        return order

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Take the order and begin to write."""
        del quote
        if self.refuses is not None:
            refused, self.refuses = self.refuses, None
            raise refused
        self.books.orders.append(order)
        ref = f"answer-{next(self._numbers)}-{token[:6]}"
        self._begun[ref] = self.clock.now()
        told = f"bf11cf04-{len(self.books.orders)}"
        return Accepted(ref, told, self._done() if "instant" in order.prompt else None)

    async def check(self, ref: str) -> Outcome:
        """Return what is written by now."""
        if ref not in self._begun:
            return Failed(FailureCode.BROKEN_OFF, "not known here", Refund.KEPT)
        written = int(self.clock.elapsed(self._begun[ref]) * self.speed)
        if self.breaks_at is not None and written >= self.breaks_at:
            return Done((Asset(MediaKind.TEXT, "", text=self.answer[: self.breaks_at]),), lost=1)
        return self._done() if written >= len(self.answer) else Running(text=self.answer[:written])

    def _done(self) -> Done:
        receipt = Receipt("bf11cf04", Privacy.ANONYMIZED, 42, 176)
        return Done((Asset(MediaKind.TEXT, "", text=self.answer),), Decimal("0.1"), receipt=receipt)

    @override
    async def balance(self) -> Balance:
        """Return what is left."""
        if self.left is None:
            raise ProviderError(FailureCode.UNREACHABLE, "no route", sent=Sent.NO)
        return Balance(self.left, "credits")

    async def close(self) -> None:
        """Do nothing."""


def _model(task: Task, name: str, *, recommended: bool = False, privacy: Privacy = Privacy.ANONYMIZED) -> ModelSpec:
    ten = Decimal(10)
    return ModelSpec(
        provider="scribe",
        id=name.lower(),
        name=name,
        task=task,
        media=MediaKind.TEXT,
        params=(),
        unit="credits",
        price=ten,
        price_from=ten,
        price_to=ten,
        expected=Seconds(2, 20),
        expected_source="table",
        poll_every=1.0,
        progress_every=1.5,
        patience=600.0,
        max_inputs=4,
        max_count=1,
        max_prompt=20_000,
        recommended=recommended,
        aliases=(name.lower(),),
        privacy=privacy,
    )
