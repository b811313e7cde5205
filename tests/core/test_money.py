"""When a price needs a yes, what is cheaper, and what the books say afterwards."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import ledger
from bot.core.ledger import Entry, EntryKind
from bot.core.pricing import ConfirmMode, ConfirmPolicy, cheaper, parse_policy, same_price
from providers.contract import PriceBasis
from providers.outcomes import Refund
from tests.core.reading import unhurried
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_model, a_quote


@pytest.mark.parametrize(
    "text,policy",
    [
        ("always", ConfirmPolicy(ConfirmMode.ALWAYS)),
        (" Never ", ConfirmPolicy(ConfirmMode.NEVER)),
        ("above:30", ConfirmPolicy(ConfirmMode.ABOVE, Decimal(30))),
        ("ABOVE: 0.5", ConfirmPolicy(ConfirmMode.ABOVE, Decimal("0.5"))),
    ],
)
def test_the_operators_rule_is_read(text: str, policy: ConfirmPolicy) -> None:
    """As it stands in the settings file."""
    assert parse_policy(text) == policy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sometimes",
        "above",
        "above:",
        "above:many",
        "above:nan",
        "above:-5",
        "above:infinity",
        "never:5",
        "always:1",
    ],
)
def test_a_rule_that_means_nothing_is_refused_when_the_service_starts(text: str) -> None:
    """And not when the first order comes; the message names what is allowed."""
    with pytest.raises(ValueError, match=r"always, never or above:<amount>"):
        parse_policy(text)


@unhurried
@given(st.text())
def test_no_rule_is_too_strange(text: str) -> None:
    """It is understood or refused, and an understood one can always be asked."""
    try:
        policy = parse_policy(text)
    except ValueError:
        return
    assert policy.asks(Decimal(1)) in {True, False}


def test_a_rule_asks_from_where_it_says() -> None:
    """More than the limit asks; the limit itself does not."""
    above = ConfirmPolicy(ConfirmMode.ABOVE, Decimal(30))
    assert (above.asks(Decimal(30)), above.asks(Decimal("30.01"))) == (False, True)
    assert ConfirmPolicy().asks(Decimal(0))
    assert not ConfirmPolicy(ConfirmMode.NEVER).asks(Decimal(10_000))


def test_a_price_holds_only_with_the_same_terms() -> None:
    """A later reading of the same price is the same price; another amount, number, unit or row is not."""
    told = a_quote(25, 2)
    assert same_price(told, replace(told, read_at=START + timedelta(hours=1), basis=PriceBasis.FLAT))
    others = (a_quote(26, 2), a_quote(25, 3), a_quote(25, 2, unit="credits"), a_quote(25, 2, terms="other"))
    assert not any(same_price(told, other) for other in others)


def test_cheaper_models_cost_less_for_the_same_number() -> None:
    """Three at 40 are not made cheaper by a model at 100 each."""
    grand, wan, vidu, hailuo = a_model("Grand", 100), a_model("Wan", 25), a_model("Vidu", 5), a_model("Hailuo", 12)
    assert cheaper([grand, wan, vidu, hailuo], a_quote(40, 3), but="kling") == [vidu, hailuo]
    assert cheaper([grand, wan, vidu, hailuo], a_quote(25, 3), but="kling") == [vidu, hailuo]


def test_cheaper_models_are_ones_that_can_be_had() -> None:
    """The recommended first; never the same one, one without a price, of a bigger plan, or paid in another coin."""
    models = [
        a_model("Same", 5),
        a_model("Secret", None),
        a_model("Plan", 5, needs_subscription=True),
        a_model("Other", 5, unit="credits"),
        a_model("Dear", 30),
        a_model("Wan", 25, recommended=True),
        a_model("Mid", 29),
    ]
    assert [m.name for m in cheaper(models, a_quote(60), but="same")] == ["Wan", "Mid"]
    assert cheaper(models, a_quote(5), but="same") == []


@pytest.mark.parametrize(
    "refund,kind",
    [
        (Refund.NOT_CHARGED, EntryKind.RELEASED),
        (Refund.RETURNED, EntryKind.RELEASED),
        (Refund.KEPT, EntryKind.SETTLED),
        (Refund.UNKNOWN, EntryKind.UNKNOWN),
    ],
)
def test_the_books_after_a_failure(refund: Refund, kind: EntryKind) -> None:
    """Money that may be gone is never booked as free."""
    assert ledger.after_failure(refund) is kind


def test_an_entry_holds_the_whole_order() -> None:
    """The quoted total, unless the provider said what it really was."""
    job = a_job(quote=a_quote(25, 3))
    assert ledger.entry(job, EntryKind.RESERVED, START) == Entry(
        job.id, "ima_studio", EntryKind.RESERVED, Decimal(75), "points", START
    )
    assert ledger.entry(job, EntryKind.SETTLED, START, Decimal(0)).amount == 0


def test_an_entry_says_money_where_one_unit_has_a_price() -> None:
    """With the rate that held when the price was told; what a plan covers is no money, whatever the rate."""
    job = a_job(quote=a_quote(25, 3), rate=Decimal("0.02"), currency="USD")
    assert ledger.entry(job, EntryKind.RESERVED, START).charges == {"points": 75, "USD": Decimal("1.50")}
    covered = a_job(quote=a_quote(1, 2, unit="plan_uses", basis=PriceBasis.PLAN), rate=Decimal(1), currency="USD")
    assert ledger.entry(covered, EntryKind.RESERVED, START).charges == {"plan_uses": 2}


@given(st.lists(st.sampled_from(EntryKind)))
def test_nothing_settles_twice(kinds: list[EntryKind]) -> None:
    """Of any attempt to write, what the rules let through has one settling at most, and nothing after it."""
    told: list[EntryKind] = []
    for kind in kinds:
        if ledger.may_follow(told[-1] if told else None, kind):
            told.append(kind)
    assert told.count(EntryKind.SETTLED) <= 1
    assert EntryKind.SETTLED not in told[:-1]
    assert not told or told[0] is EntryKind.RESERVED
    reserved = told.count(EntryKind.RESERVED)
    assert reserved - told.count(EntryKind.RELEASED) - told.count(EntryKind.SETTLED) in {0, 1}
