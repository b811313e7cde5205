"""Whatever goes wrong at the moment of ordering: the person hears what happened to the money, and nothing is resent."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.core import failures, wording
from bot.core.actions import Verb
from bot.core.cards import Card, Style
from bot.core.job import State
from bot.core.ledger import EntryKind
from providers.contract import Order, Quote
from providers.errors import FailureCode
from providers.ima_studio.provider import ImaStudio
from providers.outcomes import Accepted, Refund
from providers.sandbox.faults import FaultSettings
from providers.sandbox.faults import Style as Told
from tests.stories.stage import Stage, stage

F = FailureCode
K = EntryKind
DAYS = 3 * 86_400.0


@dataclass(frozen=True)
class Fault:
    """What the provider does when it is asked to create, and what that means."""

    name: str
    code: FailureCode
    charges: int = 0
    more: FaultSettings = field(default_factory=FaultSettings)


STALE = "Invalid product attribute. Insufficient points"
REFUSALS = {
    "401": Fault("401", F.KEY_INVALID),
    "4008": Fault("4008", F.NO_POINTS),
    "4014": Fault("4014", F.SUBSCRIPTION_NEEDED),
    "4014 as 403": Fault("4014", F.SUBSCRIPTION_NEEDED, more={"style": Told.HTTP}),
    "6006": Fault("6006", F.PRICE_MISMATCH),
    "6009": Fault("6009", F.NO_SUCH_COMBINATION),
    "6010": Fault("6010", F.MODEL_MISMATCH),
    "stale attribute": Fault("4008", F.CATALOGUE_STALE, more={"text": STALE}),
    "400": Fault("400", F.SETTINGS_REFUSED),
    "400 pixels": Fault("400", F.SIZE_TOO_SMALL, more={"reason": "pixels"}),
    "400 policy": Fault("400", F.CONTENT_REFUSED, more={"reason": "policy"}),
    "500 in the body": Fault("500", F.UNAVAILABLE, more={"style": Told.BODY}),
    "503 in the body": Fault("503", F.UNAVAILABLE, more={"style": Told.BODY}),
    "unheard of": Fault("7777", F.UNKNOWN, more={"text": "quota shard mismatch"}),
}
DOUBTS = {
    "500": Fault("500", F.UNAVAILABLE),
    "500 after the debit": Fault("500", F.UNAVAILABLE, 1, {"committed": True}),
    "503": Fault("503", F.UNAVAILABLE),
    "html": Fault("html", F.UNAVAILABLE, 0, {"committed": False}),
    "html after the debit": Fault("html", F.UNAVAILABLE, 1),
    "html with status 200": Fault("html", F.UNREADABLE, 1, {"status": 200}),
    "truncated": Fault("truncated", F.UNREADABLE, 1),
    "lost request": Fault("lost-request", F.UNREACHABLE),
    "lost answer": Fault("lost-answer", F.UNREACHABLE, 1),
    "too slow": Fault("slow", F.TIMED_OUT, 1, {"lasting": 60}),
}


def _table(faults: dict[str, Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in faults.items()])


def _phrases(card: Card) -> list[str]:
    return [text.phrase for text in (card.title, *card.lines) if text is not None]


async def _order(at: Stage, fault: Fault) -> None:
    """Ask, and say yes to a provider on which this happens next. A time limit of 90 s counts as 0.05 s here."""
    await at.say("/video a puppy")
    provider = at.service.catalog.provider("ima_studio")
    assert isinstance(provider, ImaStudio)
    if fault.name == "slow":
        provider._api._pay_seconds = 0.05
    at.sandbox.faults.add(fault.name, "create", **fault.more)
    await at.press(Verb.CONFIRM)
    await at.finish()
    provider._api._pay_seconds = 5.0


async def _days_later(at: Stage) -> None:
    """Let days pass, with a restart in between and the sweep at work: nobody has pressed anything."""
    await at.clock.run()
    await at.restart(after=DAYS)
    await at.service.studio.expire_offers()
    await at.finish()


@_table(REFUSALS)
async def test_a_refusal_costs_nothing_and_says_so(tmp_path: Path, fault: Fault) -> None:
    """A clear no: why in plain words, that nothing was charged, and a way on; it is never tried again by itself."""
    async with stage(tmp_path) as at:
        await _order(at, fault)
        (job,) = await at.jobs()
        assert job.state is State.REFUSED
        assert job.trouble is not None
        assert job.trouble.code is fault.code
        assert [entry.kind for entry in await at.entries(job)] == [K.RESERVED, K.RELEASED]
        (sorry,) = at.chat.ending("sorry")
        said = _phrases(sorry.card)
        assert said[0] == wording.NOT_STARTED_TITLE[job.media].one
        assert said[1] == wording.FAILURES[fault.code].one
        assert said[2] == wording.MONEY[Refund.NOT_CHARGED].one
        assert at.offers(Verb.AGAIN) is failures.retry_helps(fault.code)
        assert _phrases(at.chat.ending("notice")[0].card) == [wording.NOT_STARTED_TITLE[job.media].one]
        await _days_later(at)
        assert at.charges == fault.charges == 0
        assert at.sandbox.gate.requests["ima.create"] == 1


@_table(DOUBTS)
async def test_a_lost_answer_is_said_honestly_and_never_sent_again(tmp_path: Path, fault: Fault) -> None:
    """Nobody knows whether it was charged: that is said with the amount, and only the person can order it again."""
    async with stage(tmp_path) as at:
        await _order(at, fault)
        (job,) = await at.jobs()
        assert job.state is State.IN_DOUBT
        assert job.trouble is not None
        assert job.trouble.code is fault.code
        assert [entry.kind for entry in await at.entries(job)] == [K.RESERVED, K.UNKNOWN]
        (doubt,) = at.chat.ending("doubt")
        assert _phrases(doubt.card) == [phrase.one for phrase in (wording.IN_DOUBT_TITLE, *_IN_DOUBT)]
        assert "40 points" in at.reads()
        assert [(button.label.phrase, button.style) for button in doubt.card.buttons] == [
            (wording.BUTTON_MAY_CHARGE.one, Style.DANGER),
            (wording.BUTTON_CLOSE.one, Style.PLAIN),
        ]
        assert _phrases(at.chat.ending("notice")[0].card) == [wording.IN_DOUBT_TITLE.one]
        await _days_later(at)
        assert at.charges == fault.charges
        assert at.sandbox.gate.requests["ima.create"] == 1
        assert await at.states() == [State.IN_DOUBT]


_IN_DOUBT = (wording.IN_DOUBT_WHY, wording.IN_DOUBT_NEXT)


@pytest.mark.parametrize("confirm", ["always", "never"])
async def test_ordering_a_doubtful_order_again_needs_a_yes_of_its_own(tmp_path: Path, confirm: str) -> None:
    """The button that may charge twice only makes an offer; it takes another press to spend."""
    async with stage(tmp_path, confirm=confirm) as at:
        at.sandbox.faults.add("lost-answer", "create")
        await at.say("/video a puppy")
        if confirm == "always":
            await at.press(Verb.CONFIRM)
        await at.finish()
        await at.press(Verb.AGAIN)
        await at.finish()
        assert await at.states() == [State.IN_DOUBT, State.PROPOSED]
        assert at.charges == 1
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert await at.states() == [State.IN_DOUBT, State.SUCCEEDED]
        assert at.charges == 2


@pytest.mark.parametrize("typed", [False, True], ids=["by button", "by word"])
async def test_a_doubtful_order_can_be_left(tmp_path: Path, *, typed: bool) -> None:
    """It is closed without a word about the money being back, and asks nobody any more."""
    async with stage(tmp_path) as at:
        await _order(at, DOUBTS["lost answer"])
        if typed:
            await at.say("/cancel")
        else:
            await at.press(Verb.CANCEL)
        (job,) = await at.jobs()
        assert job.state is State.CANCELLED
        assert _phrases(at.chat.ending("notice")[0].card) == [wording.IN_DOUBT_CLOSED.one]
        assert [entry.kind for entry in await at.entries(job)] == [K.RESERVED, K.UNKNOWN]
        assert not list(at.chat.buttons())


async def test_a_provider_that_cannot_be_reached_was_certainly_not_paid(tmp_path: Path) -> None:
    """No connection, no order: that is no doubt, and the person may simply try again."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        await at.sandbox.close()
        await at.press(Verb.CONFIRM)
        await at.finish()
        (job,) = await at.jobs()
        assert job.state is State.REFUSED
        assert _phrases(at.chat.ending("sorry")[0].card)[1:3] == [
            wording.FAILURES[F.UNREACHABLE].one,
            wording.MONEY[Refund.NOT_CHARGED].one,
        ]
        assert at.offers(Verb.AGAIN)


async def test_an_answer_with_the_wrong_label_is_an_answer(tmp_path: Path) -> None:
    """Right content called plain text is an order like any other."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("wrong-type", "*", times=None)
        job = await at.make()
        assert job.state is State.SUCCEEDED
        assert at.charges == 1


async def test_a_bug_while_ordering_is_a_doubt_and_not_a_second_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks in our own code after the order may have left: it is told and never sent again."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        provider = at.service.catalog.provider("ima_studio")
        submit = provider.submit

        async def broken(order: Order, quote: Quote, token: str) -> Accepted:
            await submit(order, quote, token)
            raise KeyError("id")

        monkeypatch.setattr(provider, "submit", broken)
        await at.press(Verb.CONFIRM)
        await _days_later(at)
        assert await at.states() == [State.IN_DOUBT]
        assert at.charges == 1
        assert len(at.chat.ending("doubt")) == 1


async def test_a_bug_while_answering_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks behind a message or a button, the person hears something and no order is made."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        catalog = at.service.catalog

        async def broken(*_given: object, **_more: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(catalog, "models", broken)
        await at.say("/video a kitten")
        assert at.card.title == wording.FAILURES[F.UNKNOWN]()
        assert (await at.press(Verb.CONFIRM)).toast == wording.FAILURES[F.UNKNOWN]()
        assert await at.states() == [State.PROPOSED]
