"""The pretend money: what was charged, what is left, who has a subscription. Nothing here decides what costs what.

Amounts are in the provider's own unit. Everything is answered from memory and written before it is believed.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from providers.sandbox.records import Record, Records, amount_of, keeping

START_BALANCE = Decimal(1_000_000)
"""What an account has before anybody sets it: enough for a load run of thousands of videos."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One debit: whose account, for which task, how much, when and for what."""

    provider: str
    task: str
    amount: Decimal
    at: datetime
    prompt: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider thinks of us: the balance in its unit and whether the higher plan is paid."""

    balance: Decimal = START_BALANCE
    subscribed: bool = False


class Ledger:
    """All charges and accounts of one sandbox."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._charges: list[Charge] = []
        self._accounts: dict[str, Account] = {}

    def load(self) -> None:
        """Read what an earlier run of this sandbox left."""
        charges = self._records.rows("SELECT provider, task, amount, at, prompt FROM charge ORDER BY number")
        self._charges = [
            Charge(str(provider), str(task), amount_of(amount), datetime.fromisoformat(str(at)), str(prompt))
            for provider, task, amount, at, prompt in charges
        ]
        accounts = self._records.rows("SELECT provider, balance, subscribed FROM account")
        self._accounts = {
            str(provider): Account(amount_of(balance), bool(subscribed)) for provider, balance, subscribed in accounts
        }

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Every debit, oldest first."""
        return tuple(self._charges)

    @property
    def accounts(self) -> dict[str, Account]:
        """Every account that is not as it was in the beginning."""
        return dict(self._accounts)

    def account(self, provider: str) -> Account:
        """Return the account at one provider."""
        return self._accounts.get(provider, Account())

    def charge(self, charge: Charge, record: Record) -> None:
        """Debit the account and keep ``record`` (the task that is paid for) in the same transaction."""
        account = self.account(charge.provider)
        left = Account(account.balance - charge.amount, account.subscribed)
        row = (charge.provider, charge.task, str(charge.amount), charge.at.isoformat(), charge.prompt)
        self._records.write(
            [
                ("INSERT INTO charge (provider, task, amount, at, prompt) VALUES (?, ?, ?, ?, ?)", row),
                _saving(charge.provider, left),
                keeping(record),
            ]
        )
        self._charges.append(charge)
        self._accounts[charge.provider] = left

    def set_balance(self, provider: str, balance: Decimal) -> None:
        """Let the account hold exactly this much."""
        self._set(provider, Account(balance, self.account(provider).subscribed))

    def set_subscribed(self, provider: str, *, subscribed: bool) -> None:
        """Give the account the higher plan, or take it away."""
        self._set(provider, Account(self.account(provider).balance, subscribed))

    def _set(self, provider: str, account: Account) -> None:
        self._records.write([_saving(provider, account)])
        self._accounts[provider] = account


def _saving(provider: str, account: Account) -> tuple[str, tuple[str | int, ...]]:
    values = (provider, str(account.balance), int(account.subscribed))
    return "INSERT OR REPLACE INTO account VALUES (?, ?, ?)", values
