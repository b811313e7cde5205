"""Nothing is spent without a yes, and one yes is one order: who may say it, until when, and to which price."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core import actions, wording
from bot.core.actions import Verb
from bot.core.job import Address, State
from bot.core.ledger import EntryKind
from bot.engine.catalog import UNREAD
from bot.engine.ports import Heard, Pressed
from bot.engine.presses import OFFER_LASTS
from bot.errors import RefusalCode
from providers.errors import FailureCode
from tests.stories.stage import ROOM, Stage, stage

C = RefusalCode
ASK = "/video a puppy"
FRESH = 61.0
"""Seconds after which a price is read again before it is confirmed."""


def _says(at: Stage, phrase: str) -> bool:
    """Whether the notice says this sentence now."""
    card = at.chat.ending("notice")[-1].card
    return phrase in {text.phrase for text in (card.title, *card.lines) if text is not None}


async def test_what_is_said_with_a_price_waits_for_a_yes(tmp_path: Path) -> None:
    """A message that came late may be out of date, so it is asked about even where no price needs a yes."""
    async with stage(tmp_path, confirm="never") as at:
        note = wording.SENT_BELOW()
        await at.service.studio.hear(Heard(at.person(), "late", ASK, note=note))
        await at.clock.settle()
        assert at.card.lines[0] == note
        assert (at.offers(Verb.CONFIRM), at.charges) == (True, 0)


async def test_two_confirms_at_once_charge_once(tmp_path: Path) -> None:
    """A double click, or two devices: one order; the other press is told that it is under way."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        yes, studio = at.button(Verb.CONFIRM), at.service.studio
        presses = [Pressed(at.person(), f"press{n}", yes) for n in range(5)]
        answers = await asyncio.gather(*(studio.press(press) for press in presses))
        at.answers += answers
        await at.finish()
        toasts = [answer.toast.phrase for answer in answers if answer.toast is not None]
        assert sorted(toasts) == sorted([wording.CONFIRMED_TOAST.one] + 4 * [wording.REFUSALS[C.ALREADY_STARTED].one])
        assert [answer.done for answer in answers].count(True) == 1
        assert at.charges == 1
        assert await at.states() == [State.SUCCEEDED]


@pytest.mark.parametrize("verb", [Verb.CONFIRM, Verb.CANCEL])
@pytest.mark.parametrize(
    "who, place",
    [("bob", ROOM), ("ann", Address("stage", "another house", "room")), ("ann", Address("elsewhere", "house", "room"))],
    ids=["a neighbour", "a namesake in another house", "a namesake in another chat"],
)
async def test_somebody_else_decides_nothing(tmp_path: Path, verb: Verb, who: str, place: Address) -> None:
    """Only who asked may say yes or no; the offer stays as it is."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        answer = await at.press_action(at.button(verb), who=who, place=place)
        assert answer.toast == wording.REFUSALS[C.NOT_YOURS]()
        assert await at.states() == [State.PROPOSED]
        at.clock.skip(UNREAD)
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert at.charges == 1


@pytest.mark.parametrize("swept", [False, True], ids=["by the press", "by the sweep"])
async def test_an_offer_runs_out(tmp_path: Path, *, swept: bool) -> None:
    """After fifteen minutes a price is no longer promised: the notice says so and nothing is ordered."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        yes = at.button(Verb.CONFIRM)
        at.clock.skip(OFFER_LASTS.total_seconds())
        await at.service.studio.expire_offers()
        assert await at.states() == [State.PROPOSED], "a moment too early"
        at.clock.skip(1)
        if swept:
            await at.service.studio.expire_offers()
            await at.clock.settle()
            assert _says(at, wording.EXPIRED.one)
        answer = await at.press_action(yes)
        assert answer.toast is not None
        assert answer.toast.phrase == wording.EXPIRED.one
        assert await at.states() == [State.EXPIRED]
        assert _says(at, wording.EXPIRED.one)
        assert not at.offers(Verb.CONFIRM)
        assert at.charges == 0


@pytest.mark.parametrize("typed", [False, True], ids=["by button", "by word"])
async def test_a_cancelled_offer_cannot_be_confirmed(tmp_path: Path, *, typed: bool) -> None:
    """A confirm that comes after the no is told that it is over."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        yes = at.button(Verb.CONFIRM)
        if typed:
            await at.say("/cancel")
        else:
            await at.press(Verb.CANCEL)
        assert _says(at, wording.CANCELLED.one)
        assert (await at.press_action(yes)).toast == wording.REFUSALS[C.OVER]()
        assert await at.states() == [State.CANCELLED]
        assert at.charges == 0


async def test_a_changed_price_is_asked_for_again(tmp_path: Path) -> None:
    """Yes to a price that has changed orders nothing: the new price stands in the same message, with a new button."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        stale = at.button(Verb.CONFIRM)
        at.sandbox.ima.shop.reprice("wan2.6-t2v", 7)
        at.clock.skip(FRESH)
        answer = await at.press_action(stale)
        assert answer.toast == wording.PRICE_CHANGED()
        assert await at.states() == [State.PROPOSED]
        assert at.charges == 0
        assert len(at.chat.ending("notice")) == 1
        assert _says(at, wording.PRICE_CHANGED.one)
        assert "47 points" in at.screen()
        assert at.button(Verb.CONFIRM) != stale
        assert (await at.press_action(stale)).toast == wording.PRICE_CHANGED(), "the old button is for the old price"
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [Decimal(47)]
        assert [e.amount for e in await at.entries((await at.jobs())[0])] == [Decimal(47), Decimal(47)]


async def test_a_price_that_changes_while_ordering_costs_nothing(tmp_path: Path) -> None:
    """The provider refuses the old price itself; asking again shows the new one."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        at.sandbox.ima.shop.reprice("wan2.6-t2v", 7)
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert await at.states() == [State.REFUSED]
        assert at.charges == 0
        await at.press(Verb.AGAIN)
        assert "47 points" in at.reads()


async def test_a_lower_price_is_asked_for_again_too(tmp_path: Path) -> None:
    """What is charged is what was said, to the point, also when it would be less."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        at.sandbox.ima.shop.reprice("wan2.6-t2v", -5)
        at.clock.skip(FRESH)
        assert (await at.press(Verb.CONFIRM)).toast == wording.PRICE_CHANGED()
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [Decimal(35)]


async def test_a_confirmed_order_that_waited_long_reads_its_price_again(tmp_path: Path) -> None:
    """A stop right after the yes, and a new price at the next start: it is asked for again, nothing is ordered."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        yes = at.button(Verb.CONFIRM)
        await at.service.dispatch.close()  # the yes is written down, and then the process is gone
        await at.press_action(yes)
        assert await at.states() == [State.CONFIRMED]
        at.sandbox.ima.shop.reprice("wan2.6-t2v", 7)
        await at.restart(after=3600)
        await at.finish()
        assert await at.states() == [State.PROPOSED]
        assert at.charges == 0
        assert [e.kind for e in await at.entries((await at.jobs())[0])] == [EntryKind.RESERVED, EntryKind.RELEASED]
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [Decimal(47)]


async def test_a_withdrawn_model_is_not_ordered(tmp_path: Path) -> None:
    """The model left the catalogue between the price and the yes: the person is told, nothing is ordered."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        at.sandbox.ima.shop.withdraw("wan2.6-t2v")
        at.clock.skip(FRESH)
        answer = await at.press(Verb.CONFIRM)
        assert answer.toast == wording.FAILURES[FailureCode.MODEL_UNAVAILABLE]()
        assert await at.states() == [State.PROPOSED]
        assert at.sandbox.gate.requests["ima.create"] == 0


async def test_a_redelivered_event_acts_once(tmp_path: Path) -> None:
    """Chats deliver events twice: one message is one offer, one press is one order."""
    async with stage(tmp_path) as at:
        assert (await at.say(ASK, event="m1")).done
        assert not (await at.say(ASK, event="m1")).done
        assert len(await at.jobs()) == 1
        assert len(at.chat.messages) == 1
        await at.press(Verb.CONFIRM, event="p1")
        await at.finish()
        job = (await at.jobs())[0]
        again = actions.Action(Verb.AGAIN, job.id).encode()
        assert (await at.press_action(again, event="p2")).done
        assert not (await at.press_action(again, event="p2")).done
        assert await at.states() == [State.SUCCEEDED, State.PROPOSED]
        assert at.charges == 1


@pytest.mark.parametrize(
    "confirm, text, asks",
    [
        ("never", ASK, False),
        ("above:30", ASK, True),
        ("above:40", ASK, False),
        ("above:30", '/video model="vidu q2" a puppy', False),
        ("above:30", '/video model="vidu q2" x3 a puppy', True),
        ("always", '/video model="vidu q2" a puppy', True),
    ],
)
async def test_the_operator_decides_which_prices_need_a_yes(
    tmp_path: Path, confirm: str, text: str, *, asks: bool
) -> None:
    """Where no yes is needed the price is said all the same, before the order, and it starts by itself."""
    async with stage(tmp_path, confirm=confirm) as at:
        await at.say(text)
        first = at.chat.ending("notice")[0].forms[0]
        lines = {line.phrase for line in first.lines}
        assert wording.FACT_COST.one in {fact.label.phrase for fact in first.facts}
        assert (wording.NOTHING_SPENT_YET.one in lines, wording.STARTS_NOW.one in lines) == (asks, not asks)
        assert at.offers(Verb.CONFIRM) is asks
        await at.finish()
        assert at.charges == (0 if asks else 1)
        assert await at.states() == [State.PROPOSED if asks else State.SUCCEEDED]


@pytest.mark.parametrize("verb", [Verb.AGAIN, Verb.SWITCH])
async def test_a_button_under_a_failure_always_asks(tmp_path: Path, verb: Verb) -> None:
    """Even where orders start by themselves: a double click on "Try again" must not be two orders."""
    async with stage(tmp_path, confirm="never") as at:
        at.sandbox.faults.add("failed", "create")
        await at.say(ASK)
        await at.finish()
        assert await at.states() == [State.FAILED]
        await at.press(verb)
        await at.press(verb)
        await at.finish()
        assert at.charges == 1
        assert await at.states() == [State.FAILED, State.PROPOSED, State.PROPOSED]
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert at.charges == 2


async def test_a_restart_between_price_and_yes_changes_nothing(tmp_path: Path) -> None:
    """The button of yesterday's process works today, as long as the offer lasts."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        await at.restart(after=timedelta(minutes=10).total_seconds())
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert at.charges == 1
        assert await at.states() == [State.SUCCEEDED]
        assert len(at.chat.ending("notice")) == 1


async def test_a_yes_during_an_outage_is_not_lost_in_silence(tmp_path: Path) -> None:
    """After a restart the prices cannot be read: the presser is told, nothing is ordered, and the offer stays."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        await at.restart()
        at.sandbox.faults.add("503", "products")
        answer = await at.press(Verb.CONFIRM)
        assert answer.toast == wording.REFUSALS[C.CATALOGUE_UNREACHABLE]()
        assert await at.states() == [State.PROPOSED]
        at.clock.skip(UNREAD)
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert at.charges == 1


@pytest.mark.parametrize("step", ["prepare", "submit"])
async def test_a_no_right_after_the_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """While pictures are still brought to the provider a no wins; once the order is under way it is too late."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        (job,) = await at.jobs()
        provider, reached, go = at.service.catalog.provider("ima_studio"), asyncio.Event(), asyncio.Event()
        work: Callable[..., Awaitable[object]] = getattr(provider, step)

        async def held(*given: object) -> object:
            reached.set()
            await go.wait()
            return await work(*given)

        monkeypatch.setattr(provider, step, held)
        studio = at.service.studio
        await studio.press(Pressed(at.person(), "yes", at.button(Verb.CONFIRM)))
        await reached.wait()
        answer = await studio.press(Pressed(at.person(), "no", actions.Action(Verb.CANCEL, job.id).encode()))
        go.set()
        await at.finish()
        early = step == "prepare"
        assert answer.toast == (wording.CANCELLED_TOAST() if early else wording.CANNOT_CANCEL())
        assert await at.states() == [State.CANCELLED if early else State.SUCCEEDED]
        assert at.sandbox.gate.requests["ima.create"] == (0 if early else 1)
        kinds = [entry.kind for entry in await at.entries(job)]
        assert kinds == [EntryKind.RESERVED, EntryKind.RELEASED if early else EntryKind.SETTLED]


async def test_a_changed_price_still_says_how_many_results_it_buys(tmp_path: Path) -> None:
    """The second notice leaves nothing out that the first one said."""
    async with stage(tmp_path) as at:
        await at.say("/image model=midjourney a fox")
        at.sandbox.ima.shop.reprice("midjourney", 3)
        at.clock.skip(FRESH)
        await at.press(Verb.CONFIRM)
        first, second = at.chat.ending("notice")[0].forms
        assert second.lines == (wording.PRICE_CHANGED(), *first.lines)
        assert wording.SEVERAL_AT_ONCE(count=4) in second.lines
