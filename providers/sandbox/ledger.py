"""The pretend money: what was charged and paid back, what is left, who has a subscription. Nobody's prices are here.

Amounts are in the provider's own unit. Everything is answered from memory and written before it is believed. What is
to be paid back is promised together with the charge and booked when its time has come, so a kill cannot do it twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from providers.sandbox.clock import SandboxClock
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
class Refund:
    """Money that comes back: how much of which task's charge, so many seconds of pretend work after ``at``."""

    provider: str
    task: str
    amount: Decimal
    at: datetime
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider thinks of us: the balance in its unit and whether the higher plan is paid."""

    balance: Decimal = START_BALANCE
    subscribed: bool = False


class Ledger:
    """All charges and accounts of one sandbox."""

    def __init__(self, records: Records, clock: SandboxClock) -> None:
        self._records = records
        self._clock = clock
        self._charges: list[Charge] = []
        self._promised: dict[int, Refund] = {}
        self._refunds: list[Refund] = []
        self._accounts: dict[str, Account] = {}
        self._opened: dict[str, Account] = {}

    def load(self) -> None:
        """Read what an earlier run of this sandbox left."""
        charges = self._records.rows("SELECT provider, task, amount, at, prompt FROM charge ORDER BY number")
        self._charges = [
            Charge(str(provider), str(task), amount_of(amount), datetime.fromisoformat(str(at)), str(prompt))
            for provider, task, amount, at, prompt in charges
        ]
        refunds = self._records.rows(
            "SELECT number, provider, task, amount, at, after, booked FROM refund ORDER BY number"
        )
        for number, provider, task, amount, at, after, booked in refunds:
            moment = datetime.fromisoformat(str(at))
            refund = Refund(str(provider), str(task), amount_of(amount), moment, float(str(after)))
            if booked:
                self._refunds.append(refund)
            else:
                self._promised[int(str(number))] = refund
        accounts = self._records.rows("SELECT provider, balance, subscribed FROM account")
        self._accounts = {
            str(provider): Account(amount_of(balance), bool(subscribed)) for provider, balance, subscribed in accounts
        }

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Every debit, oldest first."""
        return tuple(self._charges)

    @property
    def refunds(self) -> tuple[Refund, ...]:
        """Everything that was paid back so far."""
        self._book()
        return tuple(self._refunds)

    @property
    def accounts(self) -> dict[str, Account]:
        """Every account that is not as it was in the beginning."""
        return dict(self._accounts)

    def open(self, provider: str, balance: Decimal) -> None:
        """Let a provider's account begin with this much."""
        self._opened[provider] = Account(balance)

    def account(self, provider: str) -> Account:
        """Return the account at one provider."""
        self._book()
        return self._account(provider)

    def charge(self, charge: Charge, record: Record, refunds: Sequence[Refund] = ()) -> None:
        """Debit the account, keep ``record`` (the task that is paid for) and promise refunds, in one transaction."""
        account = self.account(charge.provider)
        left = Account(account.balance - charge.amount, account.subscribed)
        row = (charge.provider, charge.task, str(charge.amount), charge.at.isoformat(), charge.prompt)
        first = len(self._promised) + len(self._refunds) + 1
        promised = dict(enumerate(refunds, first))
        self._records.write(
            [
                ("INSERT INTO charge (provider, task, amount, at, prompt) VALUES (?, ?, ?, ?, ?)", row),
                _saving(charge.provider, left),
                keeping(record),
                *(_promising(number, refund) for number, refund in promised.items()),
            ]
        )
        self._charges.append(charge)
        self._promised |= promised
        self._accounts[charge.provider] = left

    def set_balance(self, provider: str, balance: Decimal) -> None:
        """Let the account hold exactly this much."""
        self._set(provider, Account(balance, self.account(provider).subscribed))

    def set_subscribed(self, provider: str, *, subscribed: bool) -> None:
        """Give the account the higher plan, or take it away."""
        self._set(provider, Account(self.account(provider).balance, subscribed))

    def _book(self) -> None:
        """Pay back what is due."""
        for number, refund in list(self._promised.items()):
            if self._clock.elapsed(refund.at) < refund.after:
                continue
            account = self._account(refund.provider)
            richer = replace(account, balance=account.balance + refund.amount)
            booking = ("UPDATE refund SET booked = 1 WHERE number = ?", (number,))
            self._records.write([booking, _saving(refund.provider, richer)])
            del self._promised[number]
            self._refunds.append(refund)
            self._accounts[refund.provider] = richer

    def _account(self, provider: str) -> Account:
        return self._accounts.get(provider) or self._opened.get(provider) or Account()

    def _set(self, provider: str, account: Account) -> None:
        self._records.write([_saving(provider, account)])
        self._accounts[provider] = account


def _saving(provider: str, account: Account) -> tuple[str, tuple[str | int, ...]]:
    values = (provider, str(account.balance), int(account.subscribed))
    return "INSERT OR REPLACE INTO account VALUES (?, ?, ?)", values


def _promising(number: int, refund: Refund) -> tuple[str, tuple[str | int, ...]]:
    values = (number, refund.provider, refund.task, str(refund.amount), refund.at.isoformat(), str(refund.after))
    return "INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?, 0)", values
