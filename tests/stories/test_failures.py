"""When it does not work out: plain words, what became of the money, and a way on that needs a yes of its own."""

from decimal import Decimal
from pathlib import Path

import pytest

from bot.core import failures, wording
from bot.core.actions import Verb
from bot.core.cards import Card
from bot.core.job import State
from bot.core.ledger import EntryKind
from bot.errors import RefusalCode
from bot.text import Amount
from providers.errors import FailureCode
from providers.outcomes import Refund
from tests.stories.stage import Stage, stage

F = FailureCode

FATES = {
    "[sandbox: failed]": F.GENERATION_FAILED,
    "[sandbox: failed reason=pixverse]": F.MODEL_MISMATCH,
    "[sandbox: failed reason=fusion]": F.MODEL_MISMATCH,
    "[sandbox: failed reason=policy]": F.CONTENT_REFUSED,
    "[sandbox: failed reason=pixels]": F.SIZE_TOO_SMALL,
    "[sandbox: failed text=timeout]": F.TIMED_OUT,
    "[sandbox: failed-quietly]": F.GENERATION_FAILED,
    "[sandbox: deleted]": F.RESULT_DELETED,
}


def _phrases(card: Card) -> list[str]:
    return [text.phrase for text in (card.title, *card.lines) if text is not None]


def _buttons(at: Stage, verb: Verb) -> list[str]:
    return [button.action for button in at.card.buttons if f"|{verb}|" in button.action]


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
@pytest.mark.parametrize("marker, code", FATES.items())
async def test_a_failure_is_told_in_plain_words(tmp_path: Path, marker: str, code: FailureCode, locale: str) -> None:
    """Why, that the money's fate is not known, and one or two other models with their traits and prices."""
    async with stage(tmp_path) as at:
        job = await at.make(f"/video a puppy {marker}", locale=locale)
        assert job.state is State.FAILED
        assert job.trouble is not None
        assert (job.trouble.code, job.trouble.refund) == (code, Refund.UNKNOWN)
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.UNKNOWN]
        (sorry,) = at.chat.ending("sorry")
        assert sorry.line.locale == locale
        assert _phrases(sorry.card)[:4] == [
            wording.FAILED_TITLE[job.media].one,
            wording.FAILURES[code].one,
            wording.MONEY[Refund.UNKNOWN].one,
            wording.SUGGEST.one,
        ]
        assert _phrases(sorry.card)[4:] == [wording.ALTERNATIVE.one] * len(_buttons(at, Verb.SWITCH))
        assert 1 <= len(_buttons(at, Verb.SWITCH)) <= 2
        assert len(_buttons(at, Verb.AGAIN)) == failures.retry_helps(code)
        assert _phrases(at.chat.ending("notice")[0].card) == [wording.FAILED_TITLE[job.media].one]
        assert at.charges == 1


def _told(at: Stage, action: str) -> Decimal:
    """Return the price on a button."""
    (cost,) = (b.label.values["cost"] for b in at.card.buttons if b.action == action)
    assert isinstance(cost, Amount)
    return cost.amount


@pytest.mark.parametrize("text", ["/video a puppy", "/video 10s 720p x2 a puppy"])
async def test_try_again_is_an_offer_and_is_charged_once(tmp_path: Path, text: str) -> None:
    """The same once more: its price, a new yes, one more charge; the failure's card stays as it was."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        failed = await at.make(text)
        answer = await at.press(Verb.AGAIN)
        assert answer.toast == wording.SENT_BELOW()
        assert at.charges == 1
        assert await at.states() == [State.FAILED, State.PROPOSED]
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [failed.quote.total] * 2
        assert await at.states() == [State.FAILED, State.SUCCEEDED]
        born = (await at.jobs())[-1]
        assert born.request == failed.request
        assert born.parent == failed.id


@pytest.mark.parametrize("text", ["/video a puppy", "/video 10s x2 a puppy", "/video 9:16 15s 1080p a puppy"])
async def test_another_model_costs_what_its_button_says(tmp_path: Path, text: str) -> None:
    """The price on the button is the price of the same request with that model, and that is what is charged."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        failed = await at.make(text)
        (button, *_) = _buttons(at, Verb.SWITCH)
        told = _told(at, button)
        await at.press_action(button)
        assert await at.states() == [State.FAILED, State.PROPOSED]
        born = (await at.jobs())[-1]
        assert born.request.model != failed.request.model
        assert born.quote.total == told
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [failed.quote.total, told]


async def test_alternatives_have_the_price_of_now(tmp_path: Path) -> None:
    """What a failure suggests costs what it costs when the failure is told, not what it cost when it was ordered."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        at.sandbox.faults.add("503", "detail", times=30)
        await at.order()
        for model in ("MiniMax-Hailuo-2.3", "MiniMax-Hailuo-02", "viduq2", "kling-video-o1", "kling-v2-6"):
            at.sandbox.ima.shop.reprice(model, 300)
        at.sandbox.ima.shop.withdraw("ima-pro-fast")
        await at.finish()
        (button, *_) = _buttons(at, Verb.SWITCH)
        told = _told(at, button)
        await at.press_action(button)
        assert (await at.jobs())[-1].quote.total == told


async def test_a_cheaper_model_is_offered_with_an_expensive_one(tmp_path: Path) -> None:
    """Above 50 points the notice names cheaper models; choosing one replaces the offer at the price that was said."""
    async with stage(tmp_path) as at:
        await at.say("/video best a puppy")
        assert not _buttons(at, Verb.SWITCH), "who wants the best is not told to save"
        await at.say("/video 15s 1080p a puppy")
        assert not _buttons(at, Verb.SWITCH), "a shorter video is no saving"
        await at.say("/video 10s 1080p a puppy")
        (button,) = _buttons(at, Verb.SWITCH)
        told = _told(at, button)
        assert told < 80
        await at.press_action(button)
        assert await at.states() == [State.PROPOSED, State.PROPOSED, State.CANCELLED, State.PROPOSED]
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [told]


async def test_a_failure_is_told_also_when_the_catalogue_is_down(tmp_path: Path) -> None:
    """Without prices there are no suggestions, but the reason, the money, and a retry that says when it cannot be."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        await at.order()
        await at.restart()
        at.sandbox.faults.add("503", "products", times=None)
        await at.finish()
        assert _phrases(at.card) == [
            wording.FAILED_TITLE[(await at.jobs())[0].media].one,
            wording.FAILURES[F.GENERATION_FAILED].one,
            wording.MONEY[Refund.UNKNOWN].one,
        ]
        answer = await at.press(Verb.AGAIN)
        assert answer.toast == wording.REFUSALS[RefusalCode.CATALOGUE_UNREACHABLE]()
        assert await at.states() == [State.FAILED]
        at.sandbox.faults.clear()
        at.clock.skip(60)
        await at.press(Verb.AGAIN)
        assert await at.states() == [State.FAILED, State.PROPOSED]


async def test_a_retry_of_a_model_that_is_gone_says_so(tmp_path: Path) -> None:
    """The model left the catalogue after the failure: the presser hears it in plain words."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        await at.make()
        at.sandbox.ima.shop.withdraw("wan2.6-t2v")
        at.clock.skip(601)
        answer = await at.press(Verb.AGAIN)
        assert answer.toast == wording.FAILURES[F.MODEL_UNAVAILABLE]()
        assert await at.states() == [State.FAILED]


async def test_one_of_two_failed_brings_the_other(tmp_path: Path) -> None:
    """What was made is delivered, and the loss is said beside it."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("one-fails", "create")
        job = await at.make("/video x2 a puppy")
        assert (job.state, len(job.assets), job.lost) == (State.SUCCEEDED, 1, 1)
        (result,) = at.chat.ending("result")
        assert [line.phrase for line in result.card.lines] == [wording.SOME_LOST.one]
        assert [len(at.chat.ending(f"link.{n}")) for n in range(2)] == [1, 0]
        assert [charge.amount for charge in at.sandbox.ledger.charges] == [Decimal(80)]


@pytest.mark.parametrize(
    "text, several", [("/image model=midjourney a fox", 4), ("/music a calm piano", 2), ("/video x2 a puppy", 2)]
)
async def test_everything_that_was_made_is_brought(tmp_path: Path, text: str, several: int) -> None:
    """All results of one order are shown and linked, each link in a message of its own."""
    async with stage(tmp_path) as at:
        job = await at.make(text)
        (result,) = at.chat.ending("result")
        urls = [asset.url for asset in job.assets]
        assert len(set(urls)) == several
        assert [medium.url for medium in result.card.media] == urls
        assert [shown.card.copy for n in range(several) for shown in at.chat.ending(f"link.{n}")] == urls
        assert at.charges == 1
        if job.request.count < several:
            first = at.chat.ending("notice")[0].forms[0]
            assert wording.SEVERAL_AT_ONCE(count=several) in first.lines


@pytest.mark.parametrize("fault", ["401", "503", "html", "truncated", "lost-request"])
async def test_without_a_catalogue_nothing_is_sold(tmp_path: Path, fault: str) -> None:
    """No list, no price, no order: one private sentence, and the next try works."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add(fault, "products", times=None)
        await at.say("/video a puppy")
        keyless = fault == "401"
        code = RefusalCode.ACCESS_INVALID if keyless else RefusalCode.CATALOGUE_UNREACHABLE
        assert at.card.title == wording.REFUSALS[code]()
        assert await at.jobs() == []
        at.sandbox.faults.clear()
        at.clock.skip(60)
        await at.say("/video a puppy")
        assert await at.states() == [State.PROPOSED]


async def test_a_stale_price_says_its_age(tmp_path: Path) -> None:
    """With the catalogue away the last one serves for a day, and its age is told; after that nothing is sold."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        at.sandbox.faults.add("503", "products", times=None)
        at.clock.skip(1200)
        await at.say("/video a puppy")
        assert "Price read 20 min ago." in at.reads()
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert at.charges == 1
        at.clock.skip(86_400)
        await at.say("/video a puppy")
        assert at.card.title == wording.REFUSALS[RefusalCode.CATALOGUE_UNREACHABLE]()


async def test_an_unreachable_catalogue_is_not_asked_by_everybody(tmp_path: Path) -> None:
    """Ten people ask during an outage: they share one look at the catalogue instead of waiting for each other's."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("503", "products", times=None)
        for person in range(10):
            await at.say("/video a puppy", who=f"person {person}")
        assert at.sandbox.gate.requests["ima.products"] == 1
        assert len(at.chat.messages) == 10
