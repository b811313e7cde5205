"""When a second person has to say yes, and who may. Asking for it and saying it is in the engine's ``approvals``."""

from dataclasses import dataclass
from decimal import Decimal

from bot.core.budget import PLAN_USES, Scope, Spender, is_currency
from bot.core.job import Job
from bot.core.ledger import Entry


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """Above this amount of a unit or a currency one of ``people`` has to approve; ``above`` is ``None`` for never."""

    above: Decimal | None = None
    unit: str = ""
    people: frozenset[str] = frozenset()

    def asks(self, reserved: Entry) -> bool:
        """Whether an order needs a second yes. One without a price in the policy's currency does: nobody can tell."""
        if self.above is None or reserved.unit == PLAN_USES != self.unit:
            return False
        amount = reserved.charges.get(self.unit)
        return is_currency(self.unit) if amount is None else amount > self.above

    def knows(self, approver: Spender) -> bool:
        """Whether somebody may approve at all."""
        return approver.name(Scope.PERSON) in self.people


def is_own(job: Job, approver: Spender) -> bool:
    """Whether somebody would approve what they asked for themselves."""
    return (job.address.platform, job.person) == (approver.address.platform, approver.person)
