"""A second person's yes: who may say it, once, to which price, until when; and that it stays to be seen."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core import actions, treasury, wording
from bot.core.actions import Verb
from bot.core.job import State
from bot.core.ledger import EntryKind
from bot.engine.ports import Pressed
from bot.engine.presses import OFFER_LASTS
from bot.errors import RefusalCode
from bot.text import Moment
from tests.stories.stage import Stage, stage

ASK = "/video a puppy"  # 40 points
HOUSE: dict[str, Any] = {"approval": {"above": 30, "unit": "points", "people": ["stage/bob", "stage/ann"]}}
C = RefusalCode


def _notice(at: Stage) -> set[str]:
    card = at.chat.ending("notice")[-1].card
    return {text.phrase for text in (card.title, *card.lines) if text is not None}


async def test_a_large_order_waits_for_a_second_yes(tmp_path: Path) -> None:
    """The first yes spends nothing; with the second it is ordered once, and who said it when stays in the message."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.say(ASK)
        answer = await at.press(Verb.CONFIRM)
        assert answer.toast == treasury.APPROVAL_ASKED()
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, await at.entries(job), at.charges) == (State.PROPOSED, [], 0)
        assert treasury.APPROVAL_TITLE.one in _notice(at)
        assert (await at.press(Verb.APPROVE, who="bob")).toast == treasury.APPROVED_TOAST()
        when = Moment(at.clock.now())
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, job.approved_by, at.charges) == (State.SUCCEEDED, "stage/bob", 1)
        assert [e.kind for e in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.SETTLED]
        audit = {fact.label.phrase: fact.value for fact in at.chat.ending("notice")[-1].card.facts}
        assert audit[treasury.FACT_APPROVED.one] == treasury.APPROVED_BY(who="bob", when=when)


async def test_a_small_order_needs_none(tmp_path: Path) -> None:
    """The amount decides."""
    async with stage(tmp_path, house=HOUSE) as at:
        job = await at.make('/video model="vidu q2" a puppy')
        assert (job.state, job.approved_by) == (State.SUCCEEDED, "")


async def test_it_waits_even_where_no_price_needs_a_yes(tmp_path: Path) -> None:
    """An operator's rule that orders start by themselves is no way around the second yes."""
    async with stage(tmp_path, confirm="never", house=HOUSE) as at:
        await at.say(ASK)
        await at.finish()
        assert (at.charges, await at.states()) == (0, [State.PROPOSED])


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE])
@pytest.mark.parametrize("who,code", [("carl", C.APPROVERS_ONLY), ("ann", C.NOT_YOUR_OWN)])
async def test_only_an_approver_decides_and_never_about_their_own(
    tmp_path: Path, verb: Verb, who: str, code: RefusalCode
) -> None:
    """Ann may approve what others ask for, and asked for this one herself."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.order(ASK)
        answer = await at.press(verb, who=who)
        assert answer.toast == wording.REFUSALS[code]()
        await at.finish()
        assert (at.charges, await at.states()) == (0, [State.PROPOSED])


async def test_an_approval_cannot_come_before_it_is_asked_for(tmp_path: Path) -> None:
    """A button that somebody made up does nothing: the person has to say yes first."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.say(ASK)
        (job,) = await at.jobs()
        answer = await at.press_action(actions.Action(Verb.APPROVE, job.id).encode(), who="bob")
        assert answer.toast == wording.REFUSALS[C.OVER]()
        assert await at.states() == [State.PROPOSED]


async def test_a_no_is_told_and_spends_nothing(tmp_path: Path) -> None:
    """With who said it; the buttons are gone, and pressing again changes nothing."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.order(ASK)
        yes = at.button(Verb.APPROVE)
        await at.press(Verb.DECLINE, who="bob")
        assert {treasury.DECLINED_TITLE.one, treasury.DECLINED_BY.one} <= _notice(at)
        assert (await at.press_action(yes, who="bob")).toast == wording.REFUSALS[C.OVER]()
        assert (at.charges, await at.states(), at.offers(Verb.APPROVE)) == (0, [State.CANCELLED], False)


async def test_who_asked_can_still_take_it_back(tmp_path: Path) -> None:
    """Cancel works while it waits; a second Confirm says that somebody else has to approve."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.say(ASK)
        confirm = at.button(Verb.CONFIRM)
        await at.press(Verb.CONFIRM)
        assert (await at.press_action(confirm)).toast == wording.REFUSALS[C.AWAITING_APPROVAL]()
        await at.press(Verb.CANCEL)
        assert (at.charges, await at.states()) == (0, [State.CANCELLED])


async def test_it_survives_a_restart_and_runs_out_like_an_offer(tmp_path: Path) -> None:
    """The buttons of yesterday's process work as long as it lasts, counted from the first yes."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.say(ASK)
        at.clock.skip(timedelta(minutes=14).total_seconds())
        await at.press(Verb.CONFIRM)
        await at.restart(after=timedelta(minutes=14).total_seconds())
        await at.service.studio.expire_offers()
        await at.press(Verb.APPROVE, who="bob")
        await at.finish()
        assert (at.charges, await at.states()) == (1, [State.SUCCEEDED])
        await at.order(ASK)
        yes = at.button(Verb.APPROVE)
        at.clock.skip(OFFER_LASTS.total_seconds() + 1)
        assert (await at.press_action(yes, who="bob")).toast == wording.EXPIRED()
        assert await at.states() == [State.SUCCEEDED, State.EXPIRED]
        assert at.charges == 1


async def test_an_approval_is_to_the_price_that_was_read(tmp_path: Path) -> None:
    """A price that changed meanwhile goes back to who asked."""
    async with stage(tmp_path, house=HOUSE) as at:
        await at.order(ASK)
        at.sandbox.ima.shop.reprice("wan2.6-t2v", 7)
        at.clock.skip(61)
        assert (await at.press(Verb.APPROVE, who="bob")).toast == treasury.APPROVAL_PRICE_CHANGED()
        assert (at.charges, at.offers(Verb.APPROVE), at.offers(Verb.CONFIRM)) == (0, False, True)
        await at.press(Verb.CONFIRM)
        await at.press(Verb.APPROVE, who="bob")
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [47]


async def test_a_budget_counts_when_it_is_approved(tmp_path: Path) -> None:
    """Ten wait, there is room for one, and all are approved in the same moment: one is ordered."""
    house = {**HOUSE, "budgets": [{"scope": "team", "period": "day", "unit": "points", "amount": 50}]}
    async with stage(tmp_path, house=house) as at:
        for _ in range(10):
            await at.order(ASK)
        yes = [actions.Action(Verb.APPROVE, job.id).encode() for job in await at.jobs()]
        presses = [Pressed(at.person("bob"), f"yes-{n}", action) for n, action in enumerate(yes)]
        answers = await asyncio.gather(*map(at.service.studio.press, presses))
        await at.finish()
        assert sum(answer.done for answer in answers) == 1
        assert {a.toast.phrase for a in answers if a.toast and not a.done} == {wording.REFUSALS[C.BUDGET_SPENT].one}
        assert at.charges == 1
