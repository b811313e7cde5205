"""The books on a real file: nothing settles twice, nothing without an order, and no budget is ever overspent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.budget import Budget, BudgetChange, Limit, Period, Scope, Spender, Standing
from bot.core.job import Address, Job
from bot.core.ledger import EntryKind, counts, entry, may_follow
from bot.engine.ports import Change
from bot.errors import BooksRefuse, OverBudget
from bot.storage import books
from bot.storage.books import MICROS, micros
from bot.storage.migrate import known_steps
from bot.storage.sqlite import SqliteStore
from tests.storage.conftest import Opener
from tests.storage.disk import rows
from tests.storage.samples import NOW, ROOM, a_job, now

ANN = Spender(ROOM, "ann")
DAY = timedelta(days=1)
_FEW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _limit(most: int | str, scope: Scope = Scope.TOTAL, unit: str = "points", spender: Spender = ANN) -> Limit:
    return Limit(scope, Period.DAY, unit, Decimal(most), NOW - DAY, NOW + DAY, spender)


def _costing(name: str, total: Decimal | int, **changes: object) -> Job:
    job = a_job(name)
    job = replace(job, quote=replace(job.quote, total=Decimal(total)))
    return replace(job, **changes)  # type: ignore[arg-type] # a test names what it means


def _reserving(job: Job, *limits: Limit) -> Change:
    return Change(job, entries=(entry(job, EntryKind.RESERVED, NOW),), limits=limits)


# --- what may follow what ------------------------------------------------------------------------------------------


@_FEW
@given(st.lists(st.sampled_from(EntryKind), max_size=6))
def test_the_file_refuses_what_the_rules_refuse(kinds: Sequence[EntryKind]) -> None:
    """Whatever a bug tries to write, in whatever order: the file holds a legal story, and nothing settles twice."""
    asyncio.run(_tell(kinds))


async def _tell(kinds: Sequence[EntryKind]) -> None:
    with TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "limner.db", now)
        try:
            job = a_job()
            await store.save(Change(job))
            told: list[EntryKind] = []
            for kind in kinds:
                legal = may_follow(told[-1] if told else None, kind)
                try:
                    await store.save(Change(entries=(entry(job, kind, NOW),)))
                    told.append(kind)
                    assert legal
                except BooksRefuse:
                    assert not legal
            assert [e.kind for e in await store.entries(job.id)] == told
            assert told.count(EntryKind.SETTLED) <= 1
            counted = job.quote.total if told and counts(told[-1]) else Decimal(0)
            assert await store.spent(_limit(0)) == counted
        finally:
            await store.close()


async def test_no_entry_without_an_order(store: SqliteStore) -> None:
    """Money that belongs to nothing can be neither reserved nor settled."""
    for kind in EntryKind:
        with pytest.raises(BooksRefuse):
            await store.save(Change(entries=(entry(a_job("ghost"), kind, NOW),)))
    assert await store.entries("ghost") == []


async def test_of_two_who_settle_at_once_one_does(store: SqliteStore) -> None:
    """Both share a transaction, and still only one of them is in the books."""
    job = a_job()
    await store.save(_reserving(job))
    settling = Change(entries=(entry(job, EntryKind.SETTLED, NOW),))
    ends = await asyncio.gather(store.save(settling), store.save(settling), return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), BooksRefuse]
    assert len(await store.entries(job.id)) == 2


async def test_what_it_really_cost_is_what_counts(store: SqliteStore) -> None:
    """An answer reserves the most it can cost; the rest is free again as soon as the bill is there."""
    job = _costing("a1", 80, rate=Decimal("0.01"), currency="USD")
    await store.save(_reserving(job))
    assert await store.spent(_limit(0)) == 80
    await store.save(Change(entries=(entry(job, EntryKind.SETTLED, NOW, Decimal("40.5")),)))
    assert await store.spent(_limit(0)) == Decimal("40.5")
    assert await store.spent(_limit(0, unit="USD")) == Decimal("0.405")


# --- budgets -------------------------------------------------------------------------------------------------------


async def test_a_hundred_at_once_cannot_overspend(open_store: Opener, path: Path) -> None:
    """A budget for ten orders and a hundred people who confirm in the same moment: ten are ordered, ninety are not."""
    store = await open_store(path)
    changes = [_reserving(_costing(f"j{n}", 25), _limit(250), _limit(250, Scope.TEAM)) for n in range(100)]
    ends = await asyncio.gather(*map(store.save, changes), return_exceptions=True)
    assert [type(end) for end in ends].count(type(None)) == 10
    assert {type(end) for end in ends} == {type(None), OverBudget}
    assert await store.spent(_limit(250)) == 250
    kept = [change.job for change, end in zip(changes, ends, strict=True) if end is None]
    for change in changes:
        assert change.job is not None
        stored = await store.job(change.job.id)
        assert (stored is not None) is (change.job in kept)
        assert len(await store.entries(change.job.id)) == (1 if change.job in kept else 0)


@_FEW
@given(
    st.lists(st.tuples(st.decimals(0, 60, places=3), st.sampled_from(EntryKind)), min_size=1, max_size=12),
    st.decimals(0, 150, places=2),
)
def test_reservations_never_exceed_a_budget(orders: Sequence[tuple[Decimal, EntryKind]], most: Decimal) -> None:
    """Orders of any price, at once, and whatever becomes of them: what counts stays within the budget all the time."""
    asyncio.run(_spend(orders, most))


async def _spend(orders: Sequence[tuple[Decimal, EntryKind]], most: Decimal) -> None:
    limit = _limit(str(most))
    with TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "limner.db", now)
        try:
            for half in (orders[::2], orders[1::2]):
                jobs = [_costing(f"{id(half)}-{n}", price) for n, (price, _) in enumerate(half)]
                ends = await asyncio.gather(*(store.save(_reserving(j, limit)) for j in jobs), return_exceptions=True)
                assert all(end is None or isinstance(end, OverBudget) for end in ends)
                assert await store.spent(limit) <= most
                ended = [(j, k) for j, end, (_, k) in zip(jobs, ends, half, strict=True) if end is None]
                for job, kind in ended:
                    if kind is not EntryKind.RESERVED:
                        await store.save(Change(entries=(entry(job, kind, NOW),)))
                assert await store.spent(limit) <= most
        finally:
            await store.close()


@pytest.mark.parametrize(
    "scope,counted",
    [(Scope.PERSON, 1 + 2 + 4), (Scope.CHANNEL, 1 + 8), (Scope.TEAM, 1 + 2 + 8), (Scope.TOTAL, 1 + 2 + 4 + 8 + 16)],
)
async def test_a_budget_counts_its_own(store: SqliteStore, scope: Scope, counted: int) -> None:
    """A person's follows them everywhere on a chat, a channel's and a team's everybody in it, the total all."""
    places = [
        (ROOM, "ann"),
        (replace(ROOM, place="other"), "ann"),
        (replace(ROOM, tenant="elsewhere", place="far"), "ann"),
        (ROOM, "bob"),
        (Address("discord", "house", "room"), "ann"),
    ]
    for n, (address, person) in enumerate(places):
        await store.save(_reserving(_costing(f"j{n}", 2**n, address=address, person=person)))
    assert await store.spent(_limit(0, scope)) == counted


async def test_a_budget_starts_anew(store: SqliteStore) -> None:
    """What was reserved before the day began does not count on that day."""
    job = _costing("a1", 25)
    yesterday = replace(entry(job, EntryKind.RESERVED, NOW - 2 * DAY))
    await store.save(Change(job, entries=(yesterday,)))
    assert await store.spent(_limit(25)) == 0
    await store.save(_reserving(_costing("b2", 25), _limit(25)))
    assert await store.spent(_limit(25)) == 25


@given(st.decimals(0, 1000, places=9), st.decimals(0, 1000, places=9))
def test_rounding_never_makes_room(one: Decimal, other: Decimal) -> None:
    """The sum that is compared is never less than what is really spent."""
    assert Decimal(micros(one) + micros(other)) / MICROS >= one + other
    standing = Standing(_limit(1000), one)
    assert standing.fits(other) == (one + other <= 1000)


async def test_what_admins_change_is_kept_with_who_and_when(store: SqliteStore) -> None:
    """An audit can show how a budget came to be what it is."""
    day = Budget(Scope.PERSON, Period.DAY, "points", Decimal("50.5"))
    changes = [
        BudgetChange(day, "web/ann", NOW),
        BudgetChange(replace(day, amount=None, who="web/bob"), "web/ann", NOW),
        BudgetChange(day, "web/bob", NOW, is_cleared=True),
    ]
    for change in changes:
        await store.save(Change(budget=change))
    assert await store.budget_changes() == changes


async def test_orders_of_before_the_update_count_too(open_store: Opener, path: Path) -> None:
    """A budget that is set after an update knows what was spent that month already."""
    store = await open_store(path, steps=known_steps()[:4])
    await store.save(Change(a_job("old")))
    await store.save(Change(a_job("back")))
    for job, kind, amount in [
        ("old", "reserved", "25.50"),
        ("old", "settled", "12.5"),
        ("back", "reserved", "3"),
        ("back", "released", "3"),
    ]:
        sql = "INSERT INTO entry (job, provider, kind, amount, unit, at) VALUES (?, 'ima_studio', ?, ?, 'points', ?)"
        await store.database._writer._connection.execute(sql, (job, kind, amount, NOW.isoformat()))
    await store.close()
    store = await open_store(path)
    assert await store.spent(_limit(0)) == Decimal("12.5")
    with pytest.raises(BooksRefuse):
        await store.save(Change(entries=(entry(a_job("old"), EntryKind.SETTLED, NOW),)))
    await store.close()
    assert rows(path, "SELECT count(*) FROM charge") == [(2,)]


@pytest.mark.parametrize("scope", Scope)
async def test_a_budget_looks_at_its_own_days_only(store: SqliteStore, scope: Scope) -> None:
    """A yes must not become slower with every year of orders: each sum is read from an index by its time."""
    asked = ((books.spent(_limit(1, scope)), "COVERING INDEX"), (books.spendings(NOW, None, None), "INDEX"))
    for questions, index in asked:
        sql, values = questions
        plan = [row["detail"] for row in await store.database.fetch(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert [step for step in plan if "at>?" in step and index in step], plan
        assert not [step for step in plan if step.startswith("SCAN")], plan
