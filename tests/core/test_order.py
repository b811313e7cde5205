"""Settings as people type them become the model's own values, exactly, or they are refused with what is offered."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import order, replies
from bot.core.order import carry, settle
from bot.errors import RefusalCode, Refused
from providers.models import Choice, ModelSpec, ParamKind, ParamSpec, ParamValue, Task
from tests.core.reading import catalogue, live, read, unhurried, wide
from tests.fakes.jobs import a_model, a_setting

MODELS = [model for task in Task for model in catalogue(task)]


def answered(model: ModelSpec, typed: Mapping[str, str]) -> str | dict[str, ParamValue]:
    """Return the settings, or what a person reads instead of a price."""
    try:
        return settle(model, typed)
    except Refused as refusal:
        return read(replies.refusal(refusal))


def with_setting(*values: ParamValue) -> ModelSpec:
    """Return a model whose only setting is ``it``."""
    setting = ParamSpec("it", ParamKind.CHOICE, values[0], tuple(Choice(v, str(v)) for v in values))
    return a_model(params=(setting,))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{m.task}-{m.id}")
def test_who_says_nothing_gets_the_catalogues_defaults(model: ModelSpec) -> None:
    """In the catalogue's own types; a setting without a default is not sent."""
    assert settle(model, {}) == {p.name: p.default for p in model.params if p.default is not None}


@pytest.mark.parametrize(
    "typed,values,chosen",
    [
        ("10", (5, 10), 10),
        ("10s", (5, 10), 10),
        ("10 秒", (5, 10), 10),
        (wide("10") + "秒钟", (5, 10), 10),
        ("10 Seconds", (5, 10), 10),
        ("10", ("5", "10"), "10"),
        ("1080p", ("720P", "1080P"), "1080P"),
        (wide("1080P"), ("720p", "1080p"), "1080p"),
        ("1080", ("720p", "1080p"), "1080p"),
        ("512", ("512px", "1K"), "512px"),
        ("9：16", ("16:9", "9:16"), "9:16"),
        ("Extra Large", ("small", "extra_large"), "extra_large"),
        ("yes", ("off", "on"), "on"),
        ("关", ("on", "off"), "off"),
        ("开", (False, True), True),
        ("0", (True, False), False),
    ],
)
def test_a_value_is_understood_as_people_write_it(
    typed: str, values: tuple[ParamValue, ...], chosen: ParamValue
) -> None:
    """Units, case, width and yes or no do not matter; the type is the catalogue's."""
    found = settle(with_setting(*values), {"it": typed})["it"]
    assert (found, type(found)) == (chosen, type(chosen))


@pytest.mark.parametrize("typed", ["1.5", "-5", "5.0", "1/5", "0x5", "50", "five", "5 10", "5-10"])
def test_no_value_is_guessed_or_rounded(typed: str) -> None:
    """1.5 is not 15: that would be another video at another price."""
    with pytest.raises(Refused) as caught:
        settle(with_setting(5, 10, 15, 20), {"it": typed})
    assert caught.value.code is RefusalCode.VALUE_NOT_OFFERED


def test_a_value_that_is_not_offered_is_answered_with_those_that_are() -> None:
    """The setting and its values are named."""
    said = answered(live("Wan 2.6"), {"duration": "7"})
    assert said == "Wan 2.6 doesn't offer “7” for duration. Please choose 5, 10, or 15."


def test_a_setting_the_model_has_not_is_answered_with_those_it_has() -> None:
    """By the names people can type."""
    said = answered(live("Kling O1"), {"sound": "on"})
    assert said == "Kling O1 has no sound. It has: duration, quality, and aspect ratio."


def test_a_model_without_settings_says_so() -> None:
    """Some models have none at all, and an empty list would be no answer."""
    said = answered(live("GenBGM", Task.TEXT_TO_MUSIC), {"duration": "5"})
    assert said == "GenBGM has no settings to choose. Please leave them out."


@pytest.mark.parametrize("name", ["shot_type", "shottype", "Shot Type", "shot-type"])
def test_a_setting_goes_by_its_own_name_and_by_what_the_catalogue_calls_it(name: str) -> None:
    """The refusals show people the catalogue's word, so it has to work."""
    assert settle(live("Wan 2.6"), {name: "multi"})["shot_type"] == "multi"


def test_a_setting_with_another_name_in_this_model_is_found() -> None:
    """Kling O1 calls 1080p a quality, Seedream calls 2k a ratio; the person said what they want."""
    assert settle(live("Kling O1"), {"resolution": "1080P"})["quality"] == "1080p"
    assert settle(live("SeeDream 4.5", Task.TEXT_TO_IMAGE), {"resolution": "2K"})["aspect_ratio"] == "2k"
    assert settle(live("Nano Banana 2", Task.TEXT_TO_IMAGE), {"size": "4k"})["resolution"] == "4K"
    assert "has no resolution" in answered(live("Kling O1"), {"resolution": "4k"})


def test_toggles_and_texts() -> None:
    """A bare flag switches on; a text is kept as it is up to its length."""
    veo = live("Google Veo 3.1")
    chosen = settle(veo, {"sound": "", "negative_prompt": "People, Cars"})
    assert (chosen["sound"], chosen["negative_prompt"]) == (True, "People, Cars")
    assert settle(live("Kling 2.6"), {"sound": ""})["sound"] == "on"
    assert settle(veo, {"negative_prompt": "x" * 200})["negative_prompt"] == "x" * 200
    assert "≤ 200" in answered(veo, {"negative_prompt": "x" * 201})
    assert answered(veo, {"sound": "loud"}) == "Google Veo 3.1 doesn't offer “loud” for sound. Please choose on or off."


def test_a_combination_that_is_not_offered_names_what_goes_with_it() -> None:
    """Both settings were asked for: the second is to change."""
    said = answered(live("Hailuo 2.3"), {"duration": "10s", "resolution": "1080p"})
    assert said == "With duration 10, Hailuo 2.3 can't do resolution 1080P. Please choose resolution 768P."


def test_what_was_asked_for_stays_and_the_default_gives_way() -> None:
    """Who wants 1080p is told which duration it takes, not to take less."""
    said = answered(live("Google Veo 3.1"), {"resolution": "1080p"})
    assert said == "With resolution 1080p, Google Veo 3.1 can't do duration 4. Please choose duration 8."
    assert settle(live("Google Veo 3.1"), {"resolution": "1080p", "duration": "8"})["resolution"] == "1080p"


def test_of_a_switch_only_the_other_side_is_left() -> None:
    """Nobody is told to choose what was just refused."""
    fine = Choice(value=True, label="on", excludes={"fast": (True,)})
    uhd = ParamSpec("uhd", ParamKind.TOGGLE, default=False, choices=(Choice(value=False, label="off"), fine))
    model = a_model("Gen", params=(ParamSpec("fast", ParamKind.TOGGLE, default=False), uhd))
    said = answered(model, {"uhd": "on", "fast": "on"})
    assert said == "With fine detail on, Gen can't do fast mode on. Please choose fast mode off."


# --- the same order with another model ---------------------------------------------------------------------------


def test_a_switch_keeps_what_the_other_model_offers_too() -> None:
    """In the other model's types; what it does not offer is its default."""
    kept = carry(
        live("Kling O1"), {"duration": 10, "aspect_ratio": "9:16", "resolution": "1080P", "shot_type": "multi"}
    )
    assert kept == {"duration": "10", "aspect_ratio": "9:16", "quality": "720p"}


def test_a_switch_never_ends_in_a_combination_that_is_not_offered() -> None:
    """Then the other model's own defaults hold."""
    assert carry(live("Hailuo 2.3"), {"duration": 10, "resolution": "1080P"}) == {"duration": 6, "resolution": "768P"}


def test_toggles_survive_a_switch() -> None:
    """Sound that was off stays off, whatever the type."""
    assert carry(live("SeeDance 1.5 Pro"), {"sound": "off"})["sound"] is False
    assert carry(live("Kling 2.6"), {"sound": True})["sound"] == "on"


def _own(model: ModelSpec, values: dict[str, ParamValue]) -> bool:
    """Whether every value is one that the model's catalogue offers, in its type."""
    for param in model.params:
        value = values.get(param.name)
        offered: list[ParamValue | None] = [c.value for c in param.choices] or [True, False]
        text = param.kind is ParamKind.TEXT and (value is None or isinstance(value, str))
        if not text and (value, type(value)) not in [(o, type(o)) for o in (*offered, param.default)]:
            return False
    return set(values) <= {p.name for p in model.params}


_NAMES = st.sampled_from(["duration", "resolution", "quality", "size", "sound", "mode", "negative_prompt", "ratio"])
_VALUES = st.sampled_from(["5", "10s", "1080p", "on", "off", "", "pro", "9:16", "2k"]) | st.text(max_size=5)


@unhurried
@given(st.sampled_from(MODELS), st.dictionaries(_NAMES | st.text(max_size=5), _VALUES, max_size=3))
def test_whatever_is_typed_the_order_holds_only_the_models_own_values(model: ModelSpec, typed: dict[str, str]) -> None:
    """Or it is refused with a sentence; nothing that a person types reaches a provider unchecked."""
    answer = answered(model, typed)
    assert answer if isinstance(answer, str) else _own(model, answer)


@unhurried
@given(st.sampled_from(MODELS), st.dictionaries(_NAMES, _VALUES | st.integers() | st.booleans(), max_size=3))
def test_a_switch_always_succeeds_with_the_other_models_own_values(
    model: ModelSpec, carried: dict[str, ParamValue]
) -> None:
    """A button that is shown does something."""
    assert _own(model, carry(model, carried))


# --- prompt, number, pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt,code", [(" \n", RefusalCode.EMPTY_PROMPT), ("x" * 11, RefusalCode.PROMPT_TOO_LONG)])
def test_a_prompt_has_a_least_and_a_greatest_length(prompt: str, code: RefusalCode) -> None:
    """The model's own limit counts."""
    with pytest.raises(Refused) as caught:
        order.check_prompt(a_model(max_prompt=10), prompt)
    assert caught.value.code is code
    order.check_prompt(a_model(max_prompt=10), "x" * 10)


@pytest.mark.parametrize("count,fine", [(0, False), (1, True), (4, True), (5, False)])
def test_only_as_many_at_once_as_the_model_makes(count: int, fine: bool) -> None:  # noqa: FBT001 - a table of cases
    """A number that was none arrives as 0."""
    if fine:
        order.check_count(a_model(max_count=4), count)
    else:
        with pytest.raises(Refused, match="count_not_offered"):
            order.check_count(a_model(max_count=4), count)


@pytest.mark.parametrize(
    "task,least,most,given_,code",
    [
        (Task.IMAGE_TO_VIDEO, 1, 1, 0, RefusalCode.PICTURE_NEEDED),
        (Task.IMAGE_TO_VIDEO, 1, 1, 2, RefusalCode.TOO_MANY_PICTURES),
        (Task.FIRST_LAST_FRAME_TO_VIDEO, 2, 2, 1, RefusalCode.TWO_FRAMES_NEEDED),
        (Task.REFERENCE_IMAGE_TO_VIDEO, 2, 7, 1, RefusalCode.PICTURE_NEEDED),
    ],
)
def test_too_few_or_too_many_pictures(task: Task, least: int, most: int, given_: int, code: RefusalCode) -> None:
    """Only two frames are called frames."""
    model = a_model(task=task, min_inputs=least, max_inputs=most)
    with pytest.raises(Refused) as caught:
        order.check_pictures(model, given_)
    assert caught.value.code is code
    order.check_pictures(model, least)


def test_a_setting_with_an_empty_label_is_not_matched_by_nothing() -> None:
    """Some catalogues label nothing."""
    model = a_model(params=(a_setting("it", 5, 10, choices=(Choice(5, ""), Choice(10, ""))),))
    with pytest.raises(Refused):
        settle(model, {"it": ""})
