"""The hostile suite in short, and that its alarms ring: a figure that cannot be wrong would prove nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.text import Amount
from providers.sandbox.records import Record
from tests.chaos.books import Books
from tests.chaos.episode import leave_it, play
from tests.chaos.house import House

SEED = "short"
ORDERS = 30

Tamper = Callable[[House], Awaitable[None]]


async def test_in_short_nobody_pays_twice_is_left_in_silence_or_reads_a_vendors_words(tmp_path: Path) -> None:
    """Every job has an end that its person was told of, and one charge at most, whatever happens meanwhile."""
    books = await play(SEED, range(ORDERS), tmp_path)
    books.balance()
    assert books.wrong == []
    assert books.accepted == books.told >= ORDERS
    assert books.ends["delivered"] > 0
    assert books.done["kills"] > 0
    assert (books.charged_twice, books.lost, books.twins, books.secrets, books.vendor_words) == (0, 0, 0, 0, 0)


async def _charge_again(house: House) -> None:
    charge = house.sandbox.ledger.charges[-1]
    for number in range(2):
        task = f"again-{number}"
        house.sandbox.ledger.charge(replace(charge, task=task), Record("chaos", task, {}))


async def _forget_an_end(house: House) -> None:
    house.chat.messages = {key: shown for key, shown in house.chat.messages.items() if not key.endswith(".result")}


async def _owe(house: House) -> None:
    await house.files.database._writer._connection.execute("UPDATE line SET state = 'owed' WHERE key LIKE '%.link.0'")


async def _speak_as_a_vendor(house: House) -> None:
    shown = next(iter(house.chat.messages.values()))
    fact = shown.card.facts[0]
    shown.forms.append(replace(shown.card, facts=(replace(fact, value=Amount(Decimal(0), "err_code=400017")),)))


async def _tell_the_key(house: House) -> None:
    for secret in ("ima_sandbox_key", "kat_sandbox:secret"):
        (house.home / f"limner.db-{secret[:3]}").write_text(secret)


@pytest.mark.parametrize(
    "tamper,figure",
    [
        (_charge_again, "charged_twice"),
        (_forget_an_end, "untold"),
        (_speak_as_a_vendor, "vendor_words"),
        (_tell_the_key, "secrets"),
        (_owe, ""),
        (leave_it, None),
    ],
)
async def test_every_alarm_rings(tmp_path: Path, tamper: Tamper, figure: str | None) -> None:
    """What must not be is counted and named; where nothing was tampered with there is nothing to name."""
    books = await play("alarms", range(4), tmp_path, ["stage"], tamper=tamper)
    books.balance()
    assert bool(books.wrong) == (figure is not None)
    if figure:
        assert getattr(books, figure) > 0


def test_books_are_added_figure_by_figure() -> None:
    """The report of a long run is the sum of its episodes."""
    total = Books(accepted=1, wrong=["a"])
    total.ends["delivered"] = 1
    other = Books(accepted=2, wrong=["b"])
    other.ends["delivered"] = 2
    total.add(other)
    assert (total.accepted, total.ends["delivered"], total.wrong) == (3, 3, ["a", "b"])
