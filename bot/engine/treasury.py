"""What may still be spent by whom: the budgets that hold, and what an order would take of them. Rules: core.budget."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.core import treasury
from bot.core.budget import (
    Budget,
    Limit,
    Spender,
    Standing,
    in_force,
    limits_for,
    measured,
    told,
    unmeasured,
)
from bot.core.job import Job
from bot.core.ledger import Entry, EntryKind, entry
from bot.engine.ports import Clock, Store
from bot.errors import RefusalCode, Refused
from bot.text import Moment, Value


class Treasury:
    """Knows the budgets: those of the settings, and what admins changed since. Saving a reservation is the store's."""

    def __init__(self, store: Store, clock: Clock, zone: tzinfo, budgets: Sequence[Budget] = ()) -> None:
        self._store = store
        self._clock = clock
        self.zone = zone
        self._settings = tuple(budgets)

    async def budgets(self) -> list[Budget]:
        """Return every budget that holds."""
        return in_force(self._settings, await self._store.budget_changes())

    async def standings(self, spender: Spender) -> list[Standing]:
        """Return what holds for somebody in a place now, and what was spent of it."""
        return [Standing(limit, await self._store.spent(limit)) for limit in await self._limits(spender)]

    async def reserve(self, job: Job) -> tuple[Entry, tuple[Limit, ...]]:
        """Return the reservation for a job and what it has to stay within, to be saved together with the yes.

        Raises ``Refused`` where it does not fit now, or has no price in a budget's currency. Only the save decides.
        """
        reserved = entry(job, EntryKind.RESERVED, self._clock.now())
        limits = await self._limits(Spender(job.address, job.person))
        currency = unmeasured(reserved, limits)
        if currency:
            raise Refused(RefusalCode.BUDGET_UNPRICED, currency=currency)
        taken = measured(reserved, limits)
        for limit, charge in taken:
            standing = Standing(limit, await self._store.spent(limit))
            if not standing.fits(charge):
                raise _over(standing, told(charge, limit.unit))
        return reserved, tuple(limit for limit, _ in taken)

    async def _limits(self, spender: Spender) -> list[Limit]:
        return limits_for(await self.budgets(), spender, self._clock.now(), self.zone)


def _over(standing: Standing, cost: Value) -> Refused:
    limit = standing.limit
    return Refused(
        RefusalCode.BUDGET_SPENT,
        cost=cost,
        budget=treasury.BUDGETS[limit.scope][limit.period](),
        left=told(standing.left, limit.unit),
        when=Moment(limit.until),
    )
