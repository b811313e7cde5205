"""What was spent, added up: per service, model and person, in units and in money. Reading it is the store's."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from bot.core.budget import is_currency
from bot.core.job import Address
from bot.core.ledger import Entry, EntryKind, counts


@dataclass(frozen=True, slots=True)
class Spending:
    """One order with its newest entry in the books, and when its price was said yes to."""

    entry: Entry
    address: Address
    person: str
    task: str
    model: str
    model_name: str
    at: datetime

    @property
    def counts(self) -> bool:
        """Whether it was spent or may have been."""
        return counts(self.entry.kind)

    @property
    def is_certain(self) -> bool:
        """Whether it was surely spent."""
        return self.entry.kind is EntryKind.SETTLED


@dataclass(frozen=True, slots=True)
class Total:
    """What belongs to one name: how many orders, and how much in each unit and currency."""

    name: str
    orders: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict)

    def plus(self, spending: Spending) -> "Total":
        """Return the total with one order more."""
        amounts = dict(self.amounts)
        for measure, amount in spending.entry.charges.items():
            amounts[measure] = amounts.get(measure, Decimal(0)) + amount
        return Total(self.name, self.orders + 1, amounts)


def total(spendings: Iterable[Spending]) -> Total:
    """Return everything together."""
    whole = Total("")
    for spending in spendings:
        if spending.counts:
            whole = whole.plus(spending)
    return whole


def totals(spendings: Iterable[Spending], name: Callable[[Spending], str]) -> Sequence[Total]:
    """Return the totals by a name, the one with the most orders first."""
    found: dict[str, Total] = {}
    for spending in spendings:
        if spending.counts:
            key = name(spending)
            found[key] = found.get(key, Total(key)).plus(spending)
    return sorted(found.values(), key=lambda one: (-one.orders, one.name))


def course(
    spendings: Sequence[Spending], step: Callable[[datetime], int], steps: Sequence[int]
) -> tuple[str, Sequence[Decimal]]:
    """Return the measure that says the most about all of them, and how much of it was spent in each step of time.

    That is money where every one has it, else the unit that most orders were counted in; nothing where there is none.
    """
    counted = [spending for spending in spendings if spending.counts]
    seen = Counter(measure for spending in counted for measure in spending.entry.charges)
    if not seen:
        return "", [Decimal(0)] * len(steps)
    measure = max(seen, key=lambda one: (seen[one], is_currency(one), one))
    amounts = dict.fromkeys(steps, Decimal(0))
    for spending in counted:
        at = step(spending.at)
        if at in amounts:
            amounts[at] += spending.entry.charges.get(measure, Decimal(0))
    return measure, [amounts[one] for one in steps]


HEADER = (
    "at", "order", "platform", "team", "channel", "person", "service", "model", "task",
    "state", "amount", "unit", "money", "currency",
)  # fmt: skip
"""The columns of the export."""


def record(spending: Spending) -> tuple[str, ...]:
    """Return one order as the export writes it; ``state`` is that of the books."""
    entry, address = spending.entry, spending.address
    return (
        spending.at.isoformat(),
        entry.job,
        address.platform,
        address.tenant,
        address.place,
        spending.person,
        entry.provider,
        spending.model,
        spending.task,
        entry.kind.value,
        str(entry.amount),
        entry.unit,
        "" if entry.money is None else str(entry.money),
        entry.currency,
    )
