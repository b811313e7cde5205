"""What may still be spent, from the settings to the chat: said kindly, kept exactly, changed while it runs."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core import actions, statements, treasury, wording
from bot.core import job as jobs
from bot.core.actions import Verb
from bot.core.budget import Limit, Period, Scope, Spender
from bot.core.job import Address, State
from bot.core.ledger import EntryKind, entry
from bot.engine.ports import Change, Heard, Pressed
from bot.errors import RefusalCode
from tests.stories.stage import ROOM, Stage, stage

ASK = "/video a puppy"  # 40 points
FOR_TWO = {"budgets": [{"scope": "person", "period": "day", "unit": "points", "amount": 90}]}
DAY = 86_400.0
C = RefusalCode


def _title(at: Stage) -> str:
    assert at.card.title is not None
    return at.card.title.phrase


async def test_what_does_not_fit_is_not_offered(tmp_path: Path) -> None:
    """A person with a budget for two orders gets two, is told what is left, and has both again the next day."""
    async with stage(tmp_path, house=FOR_TWO) as at:
        await at.make(ASK)
        await at.make(ASK)
        await at.say(ASK)
        assert _title(at) == wording.REFUSALS[C.BUDGET_SPENT].one
        assert at.reads() == (
            "This would take 40 points, and your budget for today has 10 points left. "
            "It starts anew on Mar 2, 2026, 12:00:00\u202fAM UTC. Nothing was spent."
        )
        assert at.chat.messages[next(reversed(at.chat.messages))].line.private
        assert (at.charges, len(await at.jobs())) == (2, 2)
        await at.make(ASK, who="bob")
        at.clock.skip(DAY)
        await at.make(ASK)
        assert at.charges == 4


async def test_a_budget_that_is_used_up_meanwhile_stops_the_yes(tmp_path: Path) -> None:
    """Three prices were said while there was room; the third yes is refused, its offer stays, nothing is set aside."""
    async with stage(tmp_path, house=FOR_TWO) as at:
        for _ in range(3):
            await at.say(ASK)
        yes = [actions.Action(Verb.CONFIRM, job.id, "1").encode() for job in await at.jobs()]
        answers = [await at.press_action(action) for action in yes]
        assert [answer.toast.phrase if answer.toast else "" for answer in answers] == [
            *[wording.CONFIRMED_TOAST.one] * 2,
            wording.REFUSALS[C.BUDGET_SPENT].one,
        ]
        await at.finish()
        third = (await at.jobs())[-1]
        assert (third.state, await at.entries(third), at.charges) == (State.PROPOSED, [], 2)


async def test_a_hundred_yeses_at_once_stay_within_the_budget(tmp_path: Path) -> None:
    """A hundred people press Confirm in the same moment: as many orders are placed as the channel has room for."""
    house = {"budgets": [{"scope": "channel", "period": "month", "unit": "points", "amount": 200}]}
    async with stage(tmp_path, house=house) as at:
        people = [f"p{n}" for n in range(100)]
        for who in people:
            await at.service.studio.hear(Heard(at.person(who), f"ask-{who}", ASK))
        yes = {job.person: actions.Action(Verb.CONFIRM, job.id, "1").encode() for job in await at.everybody()}
        presses = [Pressed(at.person(who), f"yes-{who}", yes[who]) for who in people]
        answers = await asyncio.gather(*map(at.service.studio.press, presses))
        await at.finish()
        assert sum(answer.done for answer in answers) == 5
        assert {a.toast.phrase for a in answers if a.toast and not a.done} == {wording.REFUSALS[C.BUDGET_SPENT].one}
        assert at.charges == 5
        ends = [job.state for job in await at.everybody()]
        assert (ends.count(State.SUCCEEDED), ends.count(State.PROPOSED)) == (5, 95)


async def test_what_failed_is_free_again(tmp_path: Path) -> None:
    """An order that was certainly not charged takes nothing of the budget; one that nobody knows about does."""
    async with stage(tmp_path, house=FOR_TWO) as at:
        limit = _limit(at, Scope.PERSON)
        at.sandbox.faults.add("4008", "create")
        await at.make(ASK)
        assert await at.files.spent(limit) == 0
        at.sandbox.faults.add("lost-answer", "create")
        await at.order(ASK)
        await at.finish()
        assert await at.states() == [State.REFUSED, State.IN_DOUBT]
        assert await at.files.spent(limit) == 40
        await at.press(Verb.CANCEL)
        assert await at.files.spent(limit) == 40


def _limit(at: Stage, scope: Scope) -> Limit:
    return Limit(scope, Period.DAY, "points", Decimal(0), at.started(-DAY), at.started(DAY), Spender(ROOM, "ann"))


async def test_a_budget_in_money_takes_only_what_has_a_price_in_it(tmp_path: Path) -> None:
    """Without a rate nobody knows what a point costs, so nothing is ordered; with it the money is counted."""
    house = {"budgets": [{"scope": "total", "period": "month", "unit": "USD", "amount": 1}]}
    async with stage(tmp_path / "without", house=house) as at:
        await at.say(ASK)
        assert _title(at) == wording.REFUSALS[C.BUDGET_UNPRICED].one
        assert await at.jobs() == []
    async with stage(tmp_path / "with", house=house, rate="0.02") as at:
        await at.make(ASK)
        await at.say("/budget")
        assert at.card.lines[0].values["left"] == "0.20 USD"
        await at.say(ASK)
        assert _title(at) == wording.REFUSALS[C.BUDGET_SPENT].one


async def test_an_order_that_starts_by_itself_is_limited_too(tmp_path: Path) -> None:
    """Where no yes is needed the budget is looked at all the same, with the order's own save."""
    async with stage(tmp_path, confirm="never", house=FOR_TWO) as at:
        asks = [Heard(at.person(), f"e{n}", ASK) for n in range(10)]
        await asyncio.gather(*map(at.service.studio.hear, asks))
        await at.finish()
        assert (at.charges, await at.states()) == (2, [State.SUCCEEDED] * 2)


async def test_people_see_what_is_left(tmp_path: Path) -> None:
    """For them and where they are; where nothing limits them they are told so."""
    async with stage(tmp_path, house=FOR_TWO) as at:
        await at.make(ASK)
        await at.say("/budget")
        assert at.reads() == (
            "What may still be spent\n"
            "your budget for today: 50 points of 90 points left, anew on Mar 2, 2026, 12:00:00\u202fAM UTC"
        )
        await at.say("/预算", who="bob", locale="zh_Hans")
        assert "你今天的预算：还剩90 积分，共90 积分" in at.reads("zh_Hans")
    async with stage(tmp_path / "free") as at:
        await at.say("/budget")
        assert _title(at) == treasury.BUDGET_NONE.one


async def test_admins_change_budgets_while_it_runs(tmp_path: Path) -> None:
    """For one person or for each; it holds after a restart, with who changed it; others cannot."""
    async with stage(tmp_path, house={**FOR_TWO, "admins": {"people": ["stage/boss"]}}) as at:
        await at.say("/budget set person day 1000 points")
        assert _title(at) == wording.REFUSALS[C.ADMINS_ONLY].one
        await at.say("/budget set person day 40 points stage/ann", who="boss")
        assert at.reads() == "✅ Done. From now on: stage/ann, each day: 40 points"
        await at.restart()
        await at.make(ASK)
        await at.say(ASK)
        assert _title(at) == wording.REFUSALS[C.BUDGET_SPENT].one
        await at.say("/budget set person day unlimited points stage/ann", who="boss")
        await at.make(ASK)
        await at.make(ASK)
        await at.say("/budget list", who="boss")
        assert [line.phrase for line in at.card.lines] == [treasury.BUDGET_HELD.one] * 2
        await at.say("/budget clear person day points stage/ann", who="boss")
        await at.say(ASK)
        assert _title(at) == wording.REFUSALS[C.BUDGET_SPENT].one
        await at.say("/budget please", who="boss")
        assert _title(at) == wording.REFUSALS[C.BUDGET_UNREADABLE].one
        assert [change.by for change in await at.files.budget_changes()] == ["stage/boss"] * 3


async def test_usage_is_added_up(tmp_path: Path) -> None:
    """One's own for everybody, the team's and all for admins, in points and in money."""
    async with stage(tmp_path, house={"admins": {"people": ["stage/boss"]}}, rate="0.02") as at:
        await at.make(ASK)
        await at.make('/video model="vidu q2" a cat')
        await at.make(ASK, who="bob")
        at.sandbox.faults.add("4008", "create")
        await at.make(ASK)
        await at.say("/usage")
        read = at.reads()
        assert read.startswith("What you had made this month\n2 orders: 55 points · 1.10 USD\nBy service\n")
        assert "▇▇▇▇▇▇▇▇▇▇▇▇ IMA Studio: 2 orders, 55 points · 1.10 USD" in read
        assert "Vidu Q2: 1 order, 15 points · 0.30 USD" in read
        await at.say("/usage team")
        assert _title(at) == wording.REFUSALS[C.ADMINS_ONLY].one
        await at.say("/usage team", who="boss")
        assert "stage/bob: 1 order, 40 points · 0.80 USD" in at.reads()
        assert [medium.is_drawn for medium in at.card.media] == [True]
        assert at.reads().splitlines()[1] == "3 orders: 95 points · 1.90 USD"
        at.clock.skip(DAY)
        await at.say("/usage all day", who="boss")
        assert _title(at) == treasury.USAGE_TITLES["all"][Period.DAY].one
        assert at.card.lines == (treasury.USAGE_NONE(),)


async def test_a_receipt_tells_each_step_of_the_money(tmp_path: Path) -> None:
    """By the code that people know; of one's own orders only."""
    async with stage(tmp_path, rate="0.02") as at:
        job = await at.make(ASK)
        await at.say(f"/receipt {job.code}")
        assert at.card == statements.receipt(job, await at.entries(job))
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.SETTLED]
        assert "40 points · 0.80 USD spent" in at.reads()
        await at.say(f"/receipt {job.code}", who="bob")
        assert _title(at) == wording.REFUSALS[C.NO_SUCH_JOB].one
        await at.say("/receipt")
        assert _title(at) == treasury.RECEIPT_USAGE.one


@pytest.mark.parametrize(
    "place,asks",
    [(ROOM, False), (Address("stage", "house", "careful"), True), (Address("stage", "house", "dear"), True)],
)
async def test_a_channel_has_a_rule_of_its_own(tmp_path: Path, place: Address, *, asks: bool) -> None:
    """When a price needs a yes there takes the place of the rule for its provider."""
    house = {"chat": {"confirm": {"stage/careful": "always", "stage/dear": "above:30"}}}
    async with stage(tmp_path, confirm="never", house=house) as at:
        await at.say(ASK, place=place)
        assert at.offers(Verb.CONFIRM) is asks
        await at.finish()


async def test_books_that_refuse_do_not_keep_a_result_back(tmp_path: Path) -> None:
    """Somebody settled the order by hand meanwhile: it is not settled twice, and the video is brought all the same."""
    async with stage(tmp_path) as at:
        await at.order(ASK)
        (job,) = await at.jobs()
        by_hand = entry(job, EntryKind.SETTLED, at.clock.now())
        await at.files.save(Change(entries=(by_hand,)))
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]
        assert len(at.chat.ending("result")) == 1
        assert [one.kind for one in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.SETTLED]


async def test_an_order_that_was_found_is_settled_once(tmp_path: Path) -> None:
    """In doubt it counts as spent; when it turns out to have arrived, its own end is what the books say last."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("lost-answer", "create")
        await at.order(ASK)
        await at.finish()
        (job,) = await at.jobs()
        found = jobs.accept(job, at.sandbox.ledger.charges[0].task)
        await at.files.save(Change(found))
        at.service.dispatch.drive(job.id)
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]
        kinds = [one.kind for one in await at.entries(job)]
        assert kinds == [EntryKind.RESERVED, EntryKind.UNKNOWN, EntryKind.SETTLED]
        assert await at.files.spent(_limit(at, Scope.PERSON)) == 40
