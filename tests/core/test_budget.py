"""Which budgets hold for whom, from when until when, and how they are typed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import budget_words
from bot.core.budget import (
    Budget,
    BudgetChange,
    Period,
    Scope,
    Spender,
    Standing,
    in_force,
    limits_for,
    measured,
    unmeasured,
    window,
)
from bot.core.job import Address
from bot.core.ledger import EntryKind, entry
from bot.errors import RefusalCode, Refused
from providers.contract import PriceBasis
from tests.core.reading import unhurried
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_quote

ANN = Spender(Address("web", "house", "room"), "ann")
BERLIN = ZoneInfo("Europe/Berlin")
EACH = Budget(Scope.PERSON, Period.DAY, "points", Decimal(50))
ANNS = Budget(Scope.PERSON, Period.DAY, "points", Decimal(500), "web/ann")


@pytest.mark.parametrize(
    "period,now,since,until",
    [
        (Period.DAY, "2026-03-01T22:30Z", "2026-02-28T23:00Z", "2026-03-01T23:00Z"),
        (Period.DAY, "2026-03-01T23:30Z", "2026-03-01T23:00Z", "2026-03-02T23:00Z"),
        (Period.DAY, "2026-03-29T12:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # the clocks go forward
        (Period.MONTH, "2026-02-28T23:30Z", "2026-02-28T23:00Z", "2026-03-31T22:00Z"),
        (Period.MONTH, "2026-12-31T12:00Z", "2026-11-30T23:00Z", "2026-12-31T23:00Z"),
    ],
)
def test_a_day_is_the_teams_own(period: Period, now: str, since: str, until: str) -> None:
    """It begins at midnight where the team is, in summer and in winter."""
    began, ends = window(period, datetime.fromisoformat(now), BERLIN)
    assert (began, ends) == (datetime.fromisoformat(since), datetime.fromisoformat(until))


@unhurried
@given(st.datetimes(START.replace(year=1990, tzinfo=None), timezones=st.just(UTC)), st.sampled_from(Period))
def test_every_moment_is_in_its_window(now: datetime, period: Period) -> None:
    """So that no order is outside of every budget, and the next one begins where this one ends."""
    began, ends = window(period, now, BERLIN)
    assert began <= now < ends
    assert window(period, ends, BERLIN)[0] == ends


def test_a_budget_with_a_name_takes_the_place_of_the_one_for_each() -> None:
    """An admin can give one person more, or lift the limit for them, whatever the others have."""
    assert [limit.most for limit in limits_for([EACH, ANNS], ANN, START, UTC)] == [500]
    assert [limit.most for limit in limits_for([EACH, ANNS], Spender(ANN.address, "bob"), START, UTC)] == [50]
    lifted = Budget(Scope.PERSON, Period.DAY, "points", None, "web/ann")
    assert limits_for([EACH, lifted], ANN, START, UTC) == []
    month = Budget(Scope.PERSON, Period.MONTH, "points", Decimal(900))
    assert (
        len(limits_for([EACH, ANNS, month, Budget(Scope.TOTAL, Period.DAY, "USD", Decimal(9))], ANN, START, UTC)) == 3
    )


def test_what_admins_change_counts_until_it_is_cleared() -> None:
    """The settings are what it goes back to; what was not in them is gone."""
    more = Budget(Scope.PERSON, Period.DAY, "points", Decimal(80))
    new = Budget(Scope.TEAM, Period.MONTH, "USD", Decimal(9))
    changes = [BudgetChange(more, "web/ann", START), BudgetChange(new, "web/ann", START)]
    assert in_force([EACH], changes) == [more, new]
    cleared = [BudgetChange(b, "web/ann", START, is_cleared=True) for b in (more, new)]
    assert in_force([EACH], [*changes, *cleared]) == [EACH]
    assert in_force([EACH], [*changes, *cleared, changes[0]]) == [more]


def test_an_order_without_a_price_in_money_cannot_hide_from_a_budget_in_money() -> None:
    """It is refused; what a plan covers costs no money, and counts in uses of the plan."""
    limits = limits_for([Budget(Scope.TOTAL, Period.DAY, "USD", Decimal(9)), EACH], ANN, START, UTC)
    unpriced = entry(a_job(quote=a_quote(25)), EntryKind.RESERVED, START)
    assert unmeasured(unpriced, limits) == "USD"
    priced = entry(a_job(quote=a_quote(25), rate=Decimal("0.1"), currency="USD"), EntryKind.RESERVED, START)
    assert unmeasured(priced, limits) == ""
    assert [(limit.unit, taken) for limit, taken in measured(priced, limits)] == [
        ("USD", Decimal("2.5")),
        ("points", 25),
    ]
    covered = entry(a_job(quote=a_quote(2, unit="plan_uses", basis=PriceBasis.PLAN)), EntryKind.RESERVED, START)
    assert unmeasured(covered, limits) == ""
    uses = limits_for([Budget(Scope.PERSON, Period.DAY, "plan_uses", Decimal(3))], ANN, START, UTC)
    assert [taken for _, taken in measured(covered, uses)] == [2]


@pytest.mark.parametrize(
    "typed,budget",
    [
        ("person day 50 points", EACH),
        ("PERSON Day 50 point", EACH),
        ("个人 每天 50 积分", EACH),
        ("person day 500 points web/ann", ANNS),
        ("person day 500 points me", ANNS),
        ("person day 500 points <@ann>", ANNS),
        ("channel month 7.5 USD here", Budget(Scope.CHANNEL, Period.MONTH, "USD", Decimal("7.5"), "web/room")),
        ("total month unlimited USD", Budget(Scope.TOTAL, Period.MONTH, "USD", None)),
    ],
)
def test_a_budget_is_read_as_it_is_typed(typed: str, budget: Budget) -> None:
    """In both languages, for each or for one."""
    assert budget_words.parse(typed.split(), ANN) == budget


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "person",
        "person day",
        "person day 50",
        "nobody day 50 points",
        "person year 50 points",
        "person day -5 points",
        "person day nan points",
        "person day inf points",
        "person day many points",
        "person day 50 points ann",
        "person day 50 points web/ann too",
        "total day 50 points web/ann",
        "person day 50 " + "x" * 21,
    ],
)
def test_what_is_no_budget_is_answered_with_an_example(typed: str) -> None:
    """And the example is one."""
    with pytest.raises(Refused) as refused:
        budget_words.parse(typed.split(), ANN)
    assert refused.value.code is RefusalCode.BUDGET_UNREADABLE
    assert budget_words.parse(str(refused.value.data["example"]).split()[2:]) == EACH


@unhurried
@given(st.text())
def test_no_words_are_too_strange(typed: str) -> None:
    """They are a budget or they are refused."""
    try:
        budget = budget_words.parse(typed.split(), ANN)
    except Refused:
        return
    assert budget.amount is None or budget.amount >= 0


@unhurried
@given(st.lists(st.decimals(0, 100, places=6)), st.decimals(0, 300, places=6))
def test_what_fits_never_adds_up_to_more(charges: list[Decimal], most: Decimal) -> None:
    """Whatever comes in whatever order: what was let through stays within it, and nothing is refused that fits."""
    limit = replace(limits_for([EACH], ANN, START, UTC)[0], most=most)
    spent = Decimal(0)
    for charge in charges:
        standing = Standing(limit, spent)
        assert standing.fits(charge) == (charge <= standing.left)
        spent += charge if standing.fits(charge) else 0
    assert spent <= most


def test_a_limit_ends_when_the_next_begins() -> None:
    """What people are told about when it starts anew is true."""
    limit = limits_for([EACH], ANN, START, UTC)[0]
    assert limits_for([EACH], ANN, limit.until, UTC)[0].since == limit.until
    assert limit.until - limit.since == timedelta(days=1)
