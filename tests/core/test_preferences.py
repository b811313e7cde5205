"""Which model a person gets, and why: what they say comes first, and nobody is surprised by a price or a plan."""

from dataclasses import fields, replace

import pytest

from bot.core.job import Reason
from bot.core.preferences import Preference, Selection, Wish, choose, named, recommended
from bot.errors import RefusalCode, Refused
from providers.models import ModelSpec, Task, Trait
from tests.core.reading import catalogue, live, say, wide
from tests.fakes.clock import START
from tests.fakes.jobs import a_model

ANN = Preference("stage", "house", "ann", Task.TEXT_TO_VIDEO)
WAN = a_model("Wan 2.6", 25, recommended=True)
KLING = a_model("Kling O1", 48, traits=frozenset({Trait.NEWEST}))
VIDU = a_model("Vidu Q2", 5, traits=frozenset({Trait.BUDGET}))
VEO = a_model("Google Veo 3.1", 70, traits=frozenset({Trait.BEST}))
GRAND = a_model("Grand 9", 1, traits=frozenset({Trait.BEST, Trait.POPULAR}), needs_subscription=True, recommended=True)
MODELS = (GRAND, VIDU, KLING, WAN, VEO)


def candidates(models: tuple[ModelSpec, ...], query: str) -> str:
    """Return the sentence's list of models when a name does not decide."""
    with pytest.raises(Refused) as caught:
        named(models, query)
    assert caught.value.code in {RefusalCode.AMBIGUOUS_MODEL, RefusalCode.UNKNOWN_MODEL}
    return say(caught.value.data["allowed"])


def test_the_order_of_reasons() -> None:
    """Asked for, wished for, always wanted, used last, the place's default, the recommendation."""
    both = ANN.used(VIDU.id, VIDU.name, START).wanted(KLING.id, KLING.name, START)
    assert choose(MODELS, query="veo", wish=Wish.CHEAPEST, preference=both, default=VIDU.id) == Selection(
        VEO, Reason.EXPLICIT
    )
    assert choose(MODELS, wish=Wish.CHEAPEST, preference=both, default=WAN.id) == Selection(VIDU, Reason.CHEAPEST)
    assert choose(MODELS, preference=both, default=WAN.id) == Selection(KLING, Reason.ALWAYS)
    assert choose(MODELS, preference=ANN.used(VIDU.id, VIDU.name, START), default=WAN.id) == Selection(
        VIDU, Reason.HABIT
    )
    assert choose(MODELS, preference=ANN, default=VEO.id) == Selection(VEO, Reason.DEFAULT)
    assert choose(MODELS) == Selection(WAN, Reason.DEFAULT)


def test_a_remembered_model_that_is_gone_is_named() -> None:
    """The next best reason holds, and the person is told what is missing."""
    gone = ANN.wanted("old-1", "Old One", START)
    assert choose(MODELS, preference=gone) == Selection(WAN, Reason.DEFAULT, "Old One")
    assert choose(MODELS, preference=gone.used(VIDU.id, VIDU.name, START)) == Selection(VIDU, Reason.HABIT, "Old One")
    assert choose(MODELS, preference=replace(gone, always_name="")).shifted == "old-1"
    assert choose(MODELS, default="old-2") == Selection(WAN, Reason.DEFAULT)


def test_nothing_to_choose_from_is_said() -> None:
    """Whether a model was named or not."""
    for query in ("", "wan"):
        with pytest.raises(Refused) as caught:
            choose((), query=query)
        assert caught.value.code is RefusalCode.NO_MODELS
    with pytest.raises(Refused) as caught:
        named((), "wan")
    assert caught.value.code is RefusalCode.NO_MODELS


@pytest.mark.parametrize("wish", [None, *Wish])
def test_a_model_of_a_bigger_plan_is_only_for_who_names_it(wish: Wish | None) -> None:
    """It may be the cheapest, the best and the recommended: most accounts cannot use it."""
    assert not choose(MODELS, wish=wish).model.needs_subscription
    assert choose(MODELS, query="grand").model is GRAND


def test_the_recommendation_is_popular_and_new_and_not_simply_cheap() -> None:
    """Also when the recommended model is missing."""
    popular = a_model("Popular", 40)
    assert recommended(MODELS) is WAN
    assert recommended((VIDU, KLING, popular)) is popular
    assert recommended((VIDU, KLING)) is KLING
    assert recommended((VIDU, VEO)) is VIDU
    assert recommended((GRAND,)) is GRAND


def test_cheapest_and_best() -> None:
    """Among models with a price; where none is known as the best, the recommendation is called what it is."""
    unpriced = a_model("Secret", None, traits=frozenset({Trait.BEST}))
    assert choose((unpriced, *MODELS), wish=Wish.CHEAPEST).model is VIDU
    assert choose((unpriced, *MODELS), wish=Wish.BEST) == Selection(VEO, Reason.BEST)
    assert choose((VIDU, WAN), wish=Wish.BEST) == Selection(WAN, Reason.DEFAULT)
    with pytest.raises(Refused, match="no_models"):
        choose((unpriced,), wish=Wish.CHEAPEST)


def test_a_wish_is_for_one_order() -> None:
    """Nothing that is remembered has a place for it."""
    kept = choose(MODELS, wish=Wish.CHEAPEST, preference=ANN.wanted(KLING.id, KLING.name, START))
    assert kept == Selection(VIDU, Reason.CHEAPEST)
    assert "wish" not in {field.name for field in fields(Preference)}


def test_what_is_remembered_and_forgotten() -> None:
    """Using a model does not change what was said; forgetting leaves nothing but whose it was."""
    known = ANN.wanted(KLING.id, KLING.name, START).used(VIDU.id, VIDU.name, START)
    assert (known.always_name, known.last_name, known.updated_at) == ("Kling O1", "Vidu Q2", START)
    assert known.forgotten(START) == replace(ANN, updated_at=START)


@pytest.mark.parametrize(
    "typed,name",
    [
        ("wan", "Wan 2.6"),
        ("WAN2.6", "Wan 2.6"),
        (wide("wan 2.6"), "Wan 2.6"),
        ("wan2.6-t2v", "Wan 2.6"),
        ("万相", "Wan 2.6"),
        ("veo", "Google Veo 3.1"),
        ("google_veo", "Google Veo 3.1"),
        ("kling", "Kling O1"),
        ("可灵 2.6", "Kling 2.6"),
        ("pixverse", "Pixverse V5.5"),
        ("Pixverse 4", "Pixverse V4"),
        ("v3.5", "Pixverse V3.5"),
        ("seedance 2.0", "Seedance 2.0"),
        ("seedance", "Seedance 2.0 fast"),
        ("sora", "Sora 2 Pro"),
    ],
)
def test_names_as_people_type_them(typed: str, name: str) -> None:
    """Case, width, blanks and dots do not matter; a family's name means its newest model."""
    assert named(catalogue(), typed).name == name


def test_a_name_that_fits_several_is_asked_about() -> None:
    """Five versions, or two families: the person decides, never the recommendation."""
    versions = tuple(replace(m, aliases=()) for m in catalogue() if m.name.startswith("Pixverse"))
    assert (
        candidates(versions, "pixverse") == "Pixverse V5.5, Pixverse V5, Pixverse V4.5, Pixverse V4, or Pixverse V3.5"
    )
    assert candidates((WAN, VEO, KLING), "n") == "Wan 2.6 or Kling O1"
    assert candidates(catalogue(Task.REFERENCE_IMAGE_TO_VIDEO), "vidu") == "Vidu Q2 or Vidu Q2 Pro"


def test_the_same_name_at_two_providers_means_the_recommended() -> None:
    """A whole name that two sell is no puzzle."""
    other = replace(WAN, provider="other", recommended=False)
    assert named((other, WAN), "wan 2.6") is WAN
    plain = replace(WAN, recommended=False)
    assert named((other, plain), "wan 2.6") is other
    assert named((other, plain), "ima_studio/wan 2.6") is plain
    assert choose((other, plain), preference=replace(ANN, last=plain.id)).model is other


def test_one_model_at_several_services_is_no_question() -> None:
    """Half its name names it too, its own at each service; and no list says a name twice."""
    here, there = replace(WAN, recommended=False), replace(WAN, provider="other", recommended=False, aliases=("wanda",))
    assert named((here, there, KLING), "wan") == here
    assert named((here, there, KLING), "other/wanda") == there
    assert candidates((here, there, KLING), "nobody") == "Wan 2.6 or Kling O1"
    assert candidates((here, there, a_model("Wan 3")), "wan") == "Wan 2.6 or Wan 3"


@pytest.mark.parametrize("typed", ["dall-e", "-", "。", "pixverse v6"])
def test_an_unknown_name_is_answered_with_the_models_there_are(typed: str) -> None:
    """At most a dozen of them."""
    listed = candidates(catalogue(), typed)
    assert listed.startswith("Seedance 2.0 fast, Seedance 2.0, ")
    assert listed.count(",") == 11


def test_live_choices() -> None:
    """What the wishes lead to with the catalogue as it is."""
    assert choose(catalogue(), wish=Wish.BEST).model == live("Google Veo 3.1")
    assert choose(catalogue(), wish=Wish.CHEAPEST).model.price == 12
    assert choose(catalogue()).model == live("Wan 2.6")


def test_the_recommended_one_is_the_first_service_s() -> None:
    """What another service praises does not push in before it."""
    praised = replace(KLING, provider="other", recommended=True)
    assert recommended((replace(WAN, recommended=False), VIDU, praised)).provider == WAN.provider
