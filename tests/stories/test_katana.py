"""Katana the whole way over real HTTP: picture, video and answer, each with a price before and a receipt after."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from typing_extensions import override

from bot.core import wording
from bot.core.actions import Verb
from bot.core.cards import Card
from bot.core.job import State
from bot.errors import RefusalCode, SettingsProblem
from bot.settings import ProviderSection, Settings
from bot.terms import build_providers
from bot.world import World
from providers.errors import FailureCode
from providers.outcomes import Refund
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET
from tests.providers.ima_stage import png
from tests.stories.stage import Stage

SECTION = {"key": SecretStr(f"{KATANA_KEY}:{KATANA_SECRET}")}


class KatanaStage(Stage):
    """A service whose only provider is Katana."""

    @property
    @override
    def settings(self) -> Settings:
        katana = ProviderSection(**SECTION, base_url=f"{self.sandbox.base_url}/katana")
        return super().settings.model_copy(update={"providers": {"katana": katana}})


@contextlib.asynccontextmanager
async def stage(home: Path) -> AsyncIterator[Stage]:
    """Return a started stage, and hold the story against the promises when it is over."""
    async with KatanaStage(home) as running:
        yield running
        await running.keep_promises()


def facts(at: Stage, card: Card) -> dict[str, str]:
    """Return a card's facts in English."""
    words = at.translators.get("en")
    return {words.say(fact.label): words.say(fact.value) for fact in card.facts}


def shown(at: Stage, what: str) -> Card:
    """Return the newest message of that kind."""
    return at.chat.ending(what)[-1].card


async def test_a_video_from_the_price_to_the_receipt(tmp_path: Path) -> None:
    """Credits and money before; the order's number before the first look; every address and the truth after."""
    async with stage(tmp_path) as at:
        await at.say("/video 5s a puppy runs")
        assert facts(at, at.card)["Cost"] == "120 credits"
        assert facts(at, at.card)["In money"] == "0.63 USD"
        await at.press(Verb.CONFIRM)
        number = facts(at, shown(at, "notice"))["Order number"]
        await at.finish()
        job = (await at.jobs())[0]
        assert (job.state, job.told, at.charges) == (State.SUCCEEDED, number, 1)
        assert shown(at, "link.0").copy == job.assets[0].url
        more = "\n".join(at.translators.get("en").say(line) for line in shown(at, "link.1").lines)
        assert [label for label in ("Small picture: ", "Silent preview: ", "Last frame: ") if label not in more] == []
        receipt = facts(at, shown(at, "receipt"))
        assert (receipt["Order number"], receipt["Cost"], receipt["Size"]) == (
            number,
            "120 credits",
            "854 × 480, 5 sec",
        )
        assert receipt["In money"] == "0.63 USD"


async def test_a_video_can_be_continued_where_it_ended(tmp_path: Path) -> None:
    """Its last frame is the first one of the next, which has its own price and its own yes."""
    async with stage(tmp_path) as at:
        first = await at.make("/video 5s a puppy runs")
        end = next(extra.url for extra in first.assets[0].extras if extra.kind == "final_frame")
        await at.press(Verb.CONTINUE)
        await at.press(Verb.CONFIRM)
        await at.finish()
        second = (await at.jobs())[-1]
        assert (second.state, second.parent) == (State.SUCCEEDED, first.id)
        assert [ref.url for ref in second.request.pictures] == [end]
        assert at.charges == 2


async def test_an_answer_arrives_and_costs_what_it_really_cost(tmp_path: Path) -> None:
    """At most so much before, and the small truth after."""
    async with stage(tmp_path) as at:
        await at.say("ask claude about the tides")
        assert facts(at, at.card)["Model"] == "Claude Opus 4.8"
        assert facts(at, at.card)["Cost"].startswith("at most ")
        await at.press(Verb.CONFIRM)
        await at.finish()
        job = (await at.jobs())[0]
        assert job.cost is not None
        assert Decimal(0) < job.cost < job.quote.total
        assert shown(at, "answer.0").text
        assert at.charges == 1


@pytest.mark.parametrize(
    "words,code",
    [
        ("/video model=seedance sound=https://example.org/a.mp3 a song", "reference picture"),
        ("/video model=veo sound=https://example.org/a.mp3 a song", "takes no sound"),
        ("/video model=veo video=https://example.org/a.mp4 a dance", "takes no video"),
        ("/video model=ltx sound=https://example.org/a.mp3 a song", "sound"),
        ("/video model=seedance sound=http://example.org/a.mp3 a song", "https://"),
    ],
)
async def test_what_a_model_does_not_take_together_is_said_before(tmp_path: Path, words: str, code: str) -> None:
    """In plain words, and nothing is sent."""
    async with stage(tmp_path) as at:
        await at.say(words)
        assert at.card.title is not None
        assert at.card.title.phrase == wording.REFUSALS[RefusalCode.AGAINST_RULES].one
        assert code in at.reads()
        assert await at.jobs() == []


async def test_a_video_as_long_as_its_sound_costs_at_most_so_much(tmp_path: Path) -> None:
    """Nobody knows how long the sound is: the most is told and no length; what it really took is on the receipt."""
    async with stage(tmp_path) as at:
        words = "/animate model=ltx sound=https://example.org/a.mp3?seconds=8 she sings"
        await at.say(words.replace("model", "10s model"), pictures=(png(),))
        assert "the sound decides the length" in at.reads()
        await at.say(words, pictures=(png(),))
        assert facts(at, at.card)["Cost"] == "at most 80 credits"
        assert "5 sec" not in at.reads()
        await at.press(Verb.CONFIRM)
        await at.finish()
        job = next(job for job in await at.jobs() if job.state is State.SUCCEEDED)
        assert facts(at, shown(at, "receipt"))["Cost"] == "40 credits"
        assert [entry.amount for entry in await at.entries(job)] == [Decimal(80), Decimal(40)]


async def test_a_failed_run_tells_when_the_credits_come_back(tmp_path: Path) -> None:
    """By itself, within minutes; the books wait for it."""
    async with stage(tmp_path) as at:
        job = await at.make("/image a lighthouse [sandbox: failed]")
        assert job.trouble is not None
        assert (job.state, job.trouble.refund) == (State.FAILED, Refund.COMING)
        assert any(line.phrase == wording.MONEY[Refund.COMING].one for line in shown(at, "sorry").lines)
        assert facts(at, shown(at, "sorry"))["Order number"] == job.told


async def test_an_order_that_is_rejected_at_once_costs_nothing(tmp_path: Path) -> None:
    """And nobody looks for it."""
    async with stage(tmp_path) as at:
        job = await at.make("/image a lighthouse [sandbox: rejected]")
        assert job.state is State.REFUSED
        assert (at.charges, at.sandbox.gate.requests["katana.detail"]) == (0, 0)


async def test_a_lost_answer_is_in_doubt_and_never_asked_twice(tmp_path: Path) -> None:
    """With the two honest buttons; it was charged once, and stays so."""
    async with stage(tmp_path) as at:
        job = await at.make("/image a lighthouse [sandbox: lost-answer]")
        assert (job.state, at.charges) == (State.IN_DOUBT, 1)
        assert at.offers(Verb.AGAIN)
        await at.restart(600)
        await at.finish()
        assert (await at.states(), at.charges) == ([State.IN_DOUBT], 1)


async def test_the_first_look_is_when_the_provider_said_as_it_took_the_order(tmp_path: Path) -> None:
    """Nobody waits half a minute for a picture of five seconds."""
    async with stage(tmp_path) as at:
        await at.order("/image a lighthouse")
        await at.clock.run(lambda: at.sandbox.gate.requests["katana.detail"] > 0)
        assert at.clock.elapsed(at.started(0)) <= 10


async def test_every_look_is_when_the_provider_asks_for_it(tmp_path: Path) -> None:
    """Here after ten seconds at most, not after thirty."""
    async with stage(tmp_path) as at:
        job = await at.make("/image a lighthouse [sandbox: stuck lasting=300]")
        assert job.state is State.SUCCEEDED
        assert at.sandbox.gate.requests["katana.detail"] >= 30


async def test_a_late_picture_is_asked_about_after_ten_minutes(tmp_path: Path) -> None:
    """And brought if it comes."""
    async with stage(tmp_path) as at:
        await at.order("/image a lighthouse [sandbox: stuck lasting=1500]")
        await at.clock.run(lambda: at.offers(Verb.WAIT))
        waited = at.clock.elapsed(at.started(0))
        assert 600 <= waited <= 720
        await at.finish()
        assert (await at.jobs())[0].state is State.SUCCEEDED


async def test_an_answer_that_is_cut_off_is_brought_as_far_as_it_came(tmp_path: Path) -> None:
    """What was paid for is not thrown away."""
    async with stage(tmp_path) as at:
        job = await at.make("/ask tell me a long story [sandbox: stream-cut]")
        assert (job.state, job.lost) == (State.SUCCEEDED, 1)
        assert wording.ANSWER_CUT() in shown(at, "answer.0").lines


async def test_confirm_cannot_be_switched_off(tmp_path: Path) -> None:
    """The provider's own rule: no order without a yes; the settings are refused with the value that is allowed."""
    async with KatanaStage(tmp_path) as at:
        section = ProviderSection(**SECTION, confirm="never")
        settings = at.settings.model_copy(update={"providers": {"katana": section}})
        with pytest.raises(SettingsProblem, match=r"providers\.katana\.confirm.*always"):
            build_providers(settings, World.real())


async def test_what_failed_is_offered_from_the_same_account(tmp_path: Path) -> None:
    """Other models, at what this very order would cost with them."""
    async with stage(tmp_path) as at:
        job = await at.make("/image a lighthouse [sandbox: failed reason=timeout]")
        assert job.trouble is not None
        assert job.trouble.code is FailureCode.TIMED_OUT
        assert at.offers(Verb.AGAIN)
        assert at.offers(Verb.SWITCH)
