"""How much may be spent: by whom, where, per day or month, and in which measure. What was spent is in the store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from bot.core.job import Address
from bot.core.ledger import Entry
from bot.text import Amount, Value

PLAN_USES = "plan_uses"
"""The measure of what an account's plan covers: it costs no money, and each one uses the plan up a little."""

_CURRENCY_LETTERS = 3


class Scope(StrEnum):
    """What a budget is for. Each person, channel and team has one of its own; ``total`` is everybody's together."""

    PERSON = "person"
    CHANNEL = "channel"
    TEAM = "team"
    TOTAL = "total"


class Period(StrEnum):
    """For how long a budget lasts before it starts anew."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Budget:
    """A rule: nobody in this scope spends more than ``amount`` of ``unit`` per period; ``None`` lifts the limit.

    ``unit`` is a currency in capital letters (``USD``), a provider's unit (``points``) or ``plan_uses``. ``who`` names
    one person, channel or team as ``platform/id``; empty means each one.
    """

    scope: Scope
    period: Period
    unit: str
    amount: Decimal | None
    who: str = ""

    @property
    def key(self) -> tuple[Scope, Period, str, str]:
        """What two budgets share when one takes the place of the other."""
        return (self.scope, self.period, self.unit, self.who)

    @property
    def is_money(self) -> bool:
        """Whether it is counted in money rather than in a provider's unit."""
        return is_currency(self.unit)


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """What an admin changed at run time, and when. ``budget`` is set, or ``is_cleared``: the settings count again."""

    budget: Budget
    by: str
    at: datetime
    is_cleared: bool = False


@dataclass(frozen=True, slots=True)
class Spender:
    """Who would spend, and where."""

    address: Address
    person: str

    def name(self, scope: Scope) -> str:
        """Return who this is in a scope, as ``platform/id``; nothing for everybody together."""
        platform = self.address.platform
        return {
            Scope.PERSON: f"{platform}/{self.person}",
            Scope.CHANNEL: f"{platform}/{self.address.place}",
            Scope.TEAM: f"{platform}/{self.address.tenant}",
            Scope.TOTAL: "",
        }[scope]


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget as it holds for one spender now: at most ``most`` of ``unit`` from ``since`` until it starts anew."""

    scope: Scope
    period: Period
    unit: str
    most: Decimal
    since: datetime
    until: datetime
    spender: Spender


@dataclass(frozen=True, slots=True)
class Standing:
    """A limit and what was spent of it so far, reservations included."""

    limit: Limit
    spent: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be spent; never less than nothing."""
        return max(Decimal(0), self.limit.most - self.spent)

    def fits(self, charge: Decimal) -> bool:
        """Whether this much more may be spent."""
        return self.spent + charge <= self.limit.most


def told(amount: Decimal, unit: str) -> Value:
    """Return an amount as it is told: money with its cents, below one with four places, anything else as it is."""
    if not is_currency(unit):
        return Amount(amount.normalize() if amount != amount.to_integral_value() else amount, unit)
    step = Decimal("0.01") if amount >= Decimal("0.01") or not amount else Decimal("0.0001")
    return f"{amount.quantize(step)} {unit}"


def is_currency(unit: str) -> bool:
    """Whether a measure is money: three capital letters."""
    return len(unit) == _CURRENCY_LETTERS and unit.isascii() and unit.isalpha() and unit.isupper()


def in_force(settings: Iterable[Budget], changes: Iterable[BudgetChange]) -> list[Budget]:
    """Return the budgets that hold: those of the settings, with what admins changed since in their place."""
    held = {budget.key: budget for budget in settings}
    original = dict(held)
    for change in changes:
        key = change.budget.key
        if not change.is_cleared:
            held[key] = change.budget
        elif key in original:
            held[key] = original[key]
        else:
            held.pop(key, None)
    return list(held.values())


def limits_for(budgets: Sequence[Budget], spender: Spender, now: datetime, zone: tzinfo) -> list[Limit]:
    """Return what holds for one spender now. A budget that names them takes the place of the one for each."""
    named = {budget.key for budget in budgets if budget.who and budget.who == spender.name(budget.scope)}
    found = []
    for budget in budgets:
        own = (budget.scope, budget.period, budget.unit, spender.name(budget.scope))
        general = not budget.who and (own not in named or budget.scope is Scope.TOTAL)
        if budget.amount is not None and (budget.key in named or general):
            since, until = window(budget.period, now, zone)
            found.append(Limit(budget.scope, budget.period, budget.unit, budget.amount, since, until, spender))
    return found


def window(period: Period, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when the running day or month of a time zone began and when it ends, in UTC."""
    today = now.astimezone(zone).date()
    if period is Period.DAY:
        first, following = today, today + timedelta(days=1)
    else:
        first = today.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
    start, end = (datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC) for day in (first, following))
    return start, end


def measured(entry: Entry, limits: Iterable[Limit]) -> list[tuple[Limit, Decimal]]:
    """Return the limits that a reservation counts against, each with what it takes of it."""
    charges = entry.charges
    return [(limit, charges[limit.unit]) for limit in limits if limit.unit in charges]


def unmeasured(entry: Entry, limits: Iterable[Limit]) -> str:
    """Return the currency of a budget in which an order has no price, or nothing: such an order is refused.

    What the account's plan covers costs no money, so no budget in money is in its way.
    """
    if entry.unit == PLAN_USES:
        return ""
    return next((limit.unit for limit in limits if is_currency(limit.unit) and limit.unit not in entry.charges), "")
