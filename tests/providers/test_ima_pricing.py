"""The price of a run is the one row that fits it exactly, or there is no price."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.contract import PriceBasis
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.pricing import Rule, find_rule, normal
from providers.models import ParamValue, Task
from tests.providers.ima_stage import ima_stage

T2V, I2V = Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO
FLF, REF = Task.FIRST_LAST_FRAME_TO_VIDEO, Task.REFERENCE_IMAGE_TO_VIDEO
T2I, MUSIC, SPEECH = Task.TEXT_TO_IMAGE, Task.TEXT_TO_MUSIC, Task.TEXT_TO_SPEECH

RECORDED: list[tuple[Task, str, dict[str, ParamValue], int]] = [
    (T2V, "wan2.6-t2v", {}, 40),
    (T2V, "wan2.6-t2v", {"resolution": "720P"}, 25),
    (T2V, "wan2.6-t2v", {"duration": 15}, 120),
    (T2V, "wan2.6-t2v", {"duration": "10", "resolution": "720p"}, 50),
    (T2V, "kling-v2-6", {}, 40),
    (T2V, "kling-v2-6", {"sound": "on"}, 80),
    (T2V, "kling-v2-6", {"sound": "on", "duration": 10}, 160),
    (T2V, "veo-3.1-generate-preview", {}, 70),
    (T2V, "veo-3.1-generate-preview", {"sound": True}, 140),
    (T2V, "veo-3.1-generate-preview", {"duration": 8, "resolution": "1080p", "sound": True}, 330),
    (T2V, "veo-3.1-generate-preview", {"compression_quality": "lossless"}, 70),
    (T2V, "ima-pro", {}, 105),
    (T2V, "ima-pro", {"aspect_ratio": "adaptive", "duration": 15}, 315),
    (T2V, "ima-pro-fast", {}, 65),
    (T2V, "doubao-seedance-1-5-pro-251215", {}, 30),
    (T2V, "doubao-seedance-1-5-pro-251215", {"sound": False, "resolution": "480p"}, 8),
    (T2V, "MiniMax-Hailuo-2.3", {}, 12),
    (T2V, "MiniMax-Hailuo-02", {"duration": 10}, 20),
    (T2V, "viduq2", {}, 15),
    (T2V, "sora-2-pro", {"duration": 12}, 480),
    (T2V, "kling-video-o1", {}, 48),
    (T2V, "kling-video-o1", {"quality": "1080p"}, 60),
    (T2V, "kling-video-o1", {"quality": "1080p", "duration": "10"}, 120),
    (FLF, "kling-video-o1", {}, 70),
    (FLF, "kling-video-o1", {"quality": "1080p", "duration": "10"}, 192),
    (I2V, "sora-2-pro", {}, 160),
    (I2V, "viduq2-pro", {}, 13),
    (T2I, "gemini-3.1-flash-image-preview", {}, 6),
    (T2I, "gemini-3.1-flash-image-preview", {"resolution": "4K"}, 13),
    (T2I, "gemini-3-pro-image-preview", {}, 10),
    (T2I, "doubao-seedream-4-5-251128", {"aspect_ratio": "16:9"}, 5),
    (T2I, "midjourney", {}, 8),
    (MUSIC, "sonic", {"model_version": "sonic-v5"}, 25),
    (MUSIC, "GenBGM", {}, 30),
    (SPEECH, "seed-tts-2.0", {}, 2),
    (SPEECH, "seed-tts-1.1", {}, 5),
]
"""What the recorded catalogue asks for these settings (reference section 1.4); the first row is often another one."""


@pytest.mark.parametrize("task,model,params,points", RECORDED)
async def test_recorded_prices(
    tmp_path: Path, task: Task, model: str, params: dict[str, ParamValue], points: int
) -> None:
    """People are told what the provider charges, in whatever type or case they typed the settings."""
    async with ima_stage(tmp_path) as ima:
        quote = await ima.provider.quote(await ima.order(task, model, params, count=1))
    assert quote.total == quote.per_unit == Decimal(points)


async def test_three_of_them_cost_three_times(tmp_path: Path) -> None:
    """The provider charges every unit."""
    async with ima_stage(tmp_path) as ima:
        quote = await ima.provider.quote(await ima.order(T2V, "wan2.6-t2v", count=3))
    assert (quote.per_unit, quote.units, quote.total) == (Decimal(40), 3, Decimal(120))
    assert quote.unit == "points"


async def test_a_flat_price_is_called_flat(tmp_path: Path) -> None:
    """A notice can say whether the settings matter to the price."""
    async with ima_stage(tmp_path) as ima:
        flat = await ima.provider.quote(await ima.order(MUSIC, "sonic"))
        exact = await ima.provider.quote(await ima.order(T2V, "wan2.6-t2v"))
    assert (flat.basis, exact.basis) == (PriceBasis.FLAT, PriceBasis.EXACT)


IMPOSSIBLE: list[tuple[Task, str, dict[str, ParamValue], str]] = [
    (T2V, "wan2.6-t2v", {"duration": 30}, "duration"),
    (T2V, "wan2.6-t2v", {"duration": 8, "resolution": "4K"}, "duration"),
    (T2V, "wan2.6-t2v", {"resolution": "4K"}, "resolution"),
    (T2V, "doubao-seedance-1-5-pro-251215", {"duration": 5}, "duration"),
    (T2V, "MiniMax-Hailuo-2.3", {"duration": 10, "resolution": "1080P"}, "resolution"),
    (T2V, "veo-3.1-generate-preview", {"duration": 6, "resolution": "1080p"}, "resolution"),
    (T2V, "Pixverse V5.5", {"duration": 8, "resolution": "1080p"}, "resolution"),
    (REF, "veo-3.1-generate-preview", {"resolution": "720p"}, "resolution"),
    (FLF, "kling-v2-6", {"sound": "on"}, "sound"),
]
"""Settings for which other clients silently bill something else (reference section 1.3)."""


@pytest.mark.parametrize("task,model,params,setting", IMPOSSIBLE)
async def test_what_is_not_offered_has_no_price(
    tmp_path: Path, task: Task, model: str, params: dict[str, ParamValue], setting: str
) -> None:
    """The nearest row is never taken, and a banned combination is refused though it has a row."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(task, model, params)
        with pytest.raises(ProviderError) as caught:
            await ima.provider.quote(order)
    assert (caught.value.code, caught.value.sent) == (FailureCode.NO_SUCH_COMBINATION, Sent.NO)
    assert caught.value.data == {"setting": setting}


async def test_settings_of_another_model_are_named(tmp_path: Path) -> None:
    """A setting the model has not is refused, not dropped."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(T2V, "MiniMax-Hailuo-2.3", {"shot_type": "multi"})
        with pytest.raises(ProviderError) as caught:
            await ima.provider.quote(order)
    assert (caught.value.code, caught.value.data) == (FailureCode.MODEL_MISMATCH, {"setting": "shot_type"})


async def test_a_text_setting_has_a_longest_length(tmp_path: Path) -> None:
    """The provider would refuse it after a person had confirmed."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(T2V, "veo-3.1-generate-preview", {"negative_prompt": "x" * 201})
        with pytest.raises(ProviderError) as caught:
            await ima.provider.quote(order)
    assert caught.value.code is FailureCode.SETTINGS_REFUSED
    assert caught.value.data == {"setting": "negative_prompt", "longest": 200}


VALUES = st.one_of(st.integers(0, 3), st.sampled_from(["a", " A ", "1", "true", "x"]), st.booleans(), st.none())
NAMES = st.sampled_from(["duration", "resolution", "sound", "default"])
ATTRIBUTES = st.dictionaries(NAMES, VALUES | st.just("enabled"), max_size=3)
WIRE = st.dictionaries(NAMES, VALUES.filter(lambda value: value is not None), max_size=4)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(1, 50), st.integers(1, 9), ATTRIBUTES), max_size=6), wire=WIRE)
def test_a_row_that_does_not_fit_is_never_taken(
    rows: list[tuple[int, int, dict[str, ParamValue | None]]], wire: dict[str, ParamValue]
) -> None:
    """Whatever the catalogue says: all attributes of the taken row are met, and no row that says more is missed."""
    rules = [Rule.of(*row) for row in rows]
    exact = [rule for rule in rules if rule.attributes and not rule.flat and _fits(rule.attributes, wire)]
    most = max((len(rule.attributes) for rule in exact), default=0)
    best = {(rule.attribute_id, rule.points) for rule in exact if len(rule.attributes) == most}
    found = _found(rules, wire)
    if found is None:
        assert len(best) != 1, "an exact row was refused"
    elif best:
        assert {(found.attribute_id, found.points)} == best, "the row that says most is meant"
    else:
        assert _fits(found.attributes, wire)
        assert found.flat or len(rules) == 1, "an empty row among others says nothing"


def _found(rules: list[Rule], wire: Mapping[str, ParamValue]) -> Rule | None:
    try:
        return find_rule(rules, wire)
    except ProviderError:
        return None


def _fits(attributes: Mapping[str, str], wire: Mapping[str, ParamValue]) -> bool:
    return all(name in wire and normal(wire[name]) == wanted for name, wanted in attributes.items())


def test_two_rows_that_say_equally_much_are_no_price() -> None:
    """Nobody guesses between two prices."""
    rules = [Rule.of(1, 10, {"duration": 5}), Rule.of(2, 20, {"sound": "on"})]
    with pytest.raises(ProviderError) as caught:
        find_rule(rules, {"duration": 5, "sound": "on"})
    assert caught.value.code is FailureCode.NO_SUCH_COMBINATION
    assert (
        find_rule([*rules, Rule.of(3, 30, {"duration": 5, "sound": "ON"})], {"duration": 5, "sound": "on"}).points == 30
    )
