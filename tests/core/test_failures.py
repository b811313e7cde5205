"""Every failure has a plain reason, and what is offered instead can really help."""

from dataclasses import replace

import pytest

from bot.core import failures, wording
from bot.core.failures import alternatives, main_trait, retry_helps
from bot.core.job import Trouble
from bot.errors import RefusalCode
from providers.errors import FailureCode
from providers.models import Seconds, Trait
from providers.outcomes import Refund
from tests.core.reading import LOCALES, catalogue, live, say
from tests.fakes.jobs import a_model

ACCOUNT = {FailureCode.KEY_INVALID, FailureCode.UNREACHABLE, FailureCode.UNREADABLE, FailureCode.CATALOGUE_STALE}
IN_VAIN = {
    FailureCode.KEY_INVALID,
    FailureCode.SUBSCRIPTION_NEEDED,
    FailureCode.SETTINGS_REFUSED,
    FailureCode.MODEL_MISMATCH,
    FailureCode.SIZE_TOO_SMALL,
    FailureCode.CONTENT_REFUSED,
    FailureCode.NO_SUCH_COMBINATION,
    FailureCode.RULE_BROKEN,
}
MODELS = catalogue()
KLING = live("Kling O1")


def test_every_code_has_a_sentence_and_no_sentence_lost_its_code() -> None:
    """A new way to fail cannot be added without saying what it means."""
    assert set(wording.FAILURES) == set(FailureCode)
    assert set(wording.REFUSALS) == set(RefusalCode)


@pytest.mark.parametrize("code", FailureCode)
def test_a_reason_is_plain_words_whatever_the_provider_added(code: FailureCode) -> None:
    """Its data fills the sentence or stays behind; the provider's own words are never in it."""
    trouble = Trouble(code, Refund.UNKNOWN, {"setting": "compression_quality", "attribute_id": 6010, "retry_after": 9})
    for locale in LOCALES:
        said = say(failures.sentence(trouble), locale)
        assert said
        assert not [word for word in ("compression_quality", "6010", code.value, "{", "_") if word in said]


@pytest.mark.parametrize("code", FailureCode)
def test_alternatives_are_one_or_two_other_models_at_their_live_price(code: FailureCode) -> None:
    """None where the account is the problem, as every other model would share it."""
    found = alternatives(MODELS, KLING.provider, KLING.id, code)
    assert len(found) == (0 if code in ACCOUNT else 2)
    assert not [m for m in found if m.id == KLING.id or m.price is None or m.needs_subscription]
    assert alternatives([KLING], KLING.provider, KLING.id, code) == []


@pytest.mark.parametrize("code", sorted(ACCOUNT | {FailureCode.NO_POINTS}))
def test_another_service_may_do_what_this_one_cannot(code: FailureCode) -> None:
    """With its own account, whatever its model costs."""
    elsewhere = a_model("Elsewhere", 900, provider="other")
    assert alternatives([KLING, elsewhere], KLING.provider, KLING.id, code) == [elsewhere]


def test_the_recommended_model_is_suggested_first() -> None:
    """Then those with something to say for them."""
    plain, fast, wan = a_model("Plain", 1, traits=frozenset()), a_model("Fast", 9), a_model("Wan", 25, recommended=True)
    assert alternatives([plain, fast, wan], plain.provider, "kling", FailureCode.GENERATION_FAILED) == [wan, fast]


def test_without_points_only_cheaper_models_are_suggested() -> None:
    """The cheapest first; to suggest a dearer one would be a joke."""
    found = alternatives(MODELS, KLING.provider, KLING.id, FailureCode.NO_POINTS)
    assert [m.price for m in found] == [12, 12]
    assert alternatives(MODELS, KLING.provider, live("Pixverse V5.5").id, FailureCode.NO_POINTS) == []
    assert alternatives(MODELS, KLING.provider, "gone", FailureCode.NO_POINTS) == found


def test_after_a_wait_in_vain_the_fastest_are_suggested() -> None:
    """By their usual time."""
    slow, fast = a_model("Slow", 1, expected=Seconds(300, 400)), a_model("Fast", 90, expected=Seconds(20, 30))
    assert alternatives([slow, fast, a_model("Wan", 25)], slow.provider, "wan", FailureCode.TIMED_OUT) == [fast, slow]


@pytest.mark.parametrize("code", FailureCode)
def test_a_retry_is_offered_where_it_can_help(code: FailureCode) -> None:
    """The same order cannot get past a content rule, a setting or a plan."""
    assert retry_helps(code) is (code not in IN_VAIN)


def test_one_trait_is_named() -> None:
    """The one that says most; a model without any has none."""
    everything = frozenset(Trait)
    assert main_trait(a_model(traits=everything)) is Trait.POPULAR
    assert main_trait(a_model(traits=everything - {Trait.POPULAR})) is Trait.BUDGET
    assert main_trait(replace(KLING, traits=frozenset())) is None
