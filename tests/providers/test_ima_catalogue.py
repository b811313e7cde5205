"""What people can choose from is what the provider's tree says, quirks included."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from providers.ima_studio.catalogue import Product, read_catalogue
from providers.ima_studio.models import FACTS, RECOMMENDED
from providers.ima_studio.pricing import price
from providers.ima_studio.wire import ProductsAnswer
from providers.models import MediaKind, ModelSpec, ParamKind, ParamSpec, Seconds, Task, Trait
from tests.providers.ima_stage import ima_stage

NOW = datetime(2026, 4, 1, tzinfo=UTC)
FLAT = [{"points": 5, "attribute_id": 7, "attributes": {"default": "enabled"}}]


def _leaf(leaf_id: str = "some-model", /, **fields: object) -> dict[str, object]:
    return {"id": leaf_id, "type": "3", "name": leaf_id, "model_id": leaf_id, "credit_rules": FLAT, **fields}


def _read(*nodes: object, task: Task = Task.TEXT_TO_VIDEO) -> Mapping[str, Product]:
    body = json.dumps({"code": 0, "message": "success", "data": nodes}).encode()
    return read_catalogue(task, ProductsAnswer.model_validate_json(body).data, NOW).products


def _spec(**fields: object) -> ModelSpec:
    (product,) = _read(_leaf(**fields)).values()
    return product.spec


def _param(spec: ModelSpec, name: str) -> ParamSpec:
    return next(p for p in spec.params if p.name == name)


def _choices(field: str, *values: object, default: object, **more: object) -> dict[str, object]:
    options = [{"label": str(v), "value": v} for v in values]
    return {"type": "tags", "field": field, "label": field, "value": default, "options": options, **more}


def test_leaves_are_found_at_any_depth() -> None:
    """Only type 3 can be ordered, in the provider's order; groups and other nodes are passed through."""
    group = {"id": "g", "type": "2", "children": [_leaf("b"), {"id": "h", "type": "2", "children": [_leaf("c")]}]}
    assert list(_read(_leaf("a"), group, {"id": "x", "type": "9", "children": None})) == ["a", "b", "c"]


def test_one_bad_leaf_does_not_hide_the_others() -> None:
    """A leaf with an unreadable price is not sold; everything else is."""
    bad = _leaf("bad", credit_rules=[{"points": "many", "attribute_id": 1, "attributes": {}}])
    assert list(_read(_leaf("a"), bad, "junk", None, _leaf("b"))) == ["a", "b"]


def test_of_two_leaves_with_one_id_the_first_counts() -> None:
    """The id is what an order names."""
    assert _read(_leaf("a", name="first"), _leaf("a", name="second"))["a"].spec.name == "first"


@pytest.mark.parametrize("form", [None, [], "junk", [None, {"label": "no field"}]])
def test_a_leaf_without_a_form_has_no_settings(form: object) -> None:
    """Some recorded leaves have none, and are sold all the same."""
    spec = _spec(form_config=form)
    assert (spec.params, spec.price) == ((), Decimal(5))


def test_values_keep_their_type() -> None:
    """``"5"`` and ``5`` are different things on the wire."""
    spec = _spec(form_config=[_choices("duration", "5", "10", default="5"), _choices("fps", 24, 30, default=24)])
    assert [c.value for c in _param(spec, "duration").choices] == ["5", "10"]
    assert [c.value for c in _param(spec, "fps").choices] == [24, 30]
    assert _param(spec, "fps").default == 24


def test_settings_have_one_name_everywhere() -> None:
    """People say ``sound`` and ``resolution`` whatever the form calls it; what is sent has the form's name."""
    form = [
        {"type": "toggle", "field": "generate_audio", "label": "Audio", "value": True},
        _choices("size", "1K", "2K", default="1K"),
    ]
    (product,) = _read(_leaf(form_config=form)).values()
    assert [p.name for p in product.spec.params] == ["sound", "resolution"]
    assert price(product.tariff, {"sound": False, "resolution": "2k"}).wire == {"generate_audio": False, "size": "2K"}


def test_a_text_without_a_value_is_not_sent() -> None:
    """Null in the form means: nothing, unless somebody says something."""
    form = [{"type": "textarea", "field": "title", "label": "Title", "value": None, "config": {"maximum": 120}}]
    (product,) = _read(_leaf(form_config=form)).values()
    param = product.spec.params[0]
    assert (param.kind, param.default, param.max_length, param.label) == (ParamKind.TEXT, None, 120, "Title")
    assert price(product.tariff, {}).wire == {}
    assert price(product.tariff, {"title": "Dusk"}).wire == {"title": "Dusk"}


def test_a_withdrawn_default_gives_way_to_what_is_left() -> None:
    """A form can still name a value that it no longer offers."""
    spec = _spec(form_config=[_choices("duration", 8, default=4)])
    assert _param(spec, "duration").default == 8


def test_a_value_withdrawn_for_this_task_is_not_offered() -> None:
    """The condition names the category it is for."""
    gone = [
        {"enum_value": "512P", "category": "text_to_video"},
        {"enum_value": "768P", "category": "image_to_video"},
    ]
    spec = _spec(form_config=[_choices("resolution", "512P", "768P", default="768P", disabled_conditions=gone)])
    assert [c.value for c in _param(spec, "resolution").choices] == ["768P"]


def test_a_field_that_is_switched_off_is_sent_as_it_is() -> None:
    """Nobody can choose it, and prices that depend on it cannot be reached (Midjourney's resolution)."""
    rules = [
        {"points": 8, "attribute_id": 1, "attributes": {"resolution": "480p"}},
        {"points": 10, "attribute_id": 2, "attributes": {"resolution": "720p"}},
    ]
    off = [{"enum_value": "*", "category": "text_to_video"}]
    form = [_choices("resolution", "480p", "720p", default="480p", disabled_conditions=off)]
    (product,) = _read(_leaf(form_config=form, credit_rules=rules)).values()
    spec = product.spec
    assert spec.params == ()
    assert (spec.price, spec.price_from, spec.price_to) == (Decimal(8), Decimal(8), Decimal(8))
    assert price(product.tariff, {}).wire == {"resolution": "480p"}


def _virtual(default: object, ui_default: object) -> dict[str, object]:
    ui = _choices("quality", "720p", "1080p", default=ui_default)
    cases = [
        {"source_values": {"quality": "720p"}, "target_value": "std"},
        {"source_values": {"quality": "1080p"}, "target_value": "pro"},
    ]
    mapping = {"type": "simple", "source_params": ["quality"], "target_param": "mode", "mapping_rules": cases}
    return _choices("mode", "std", "pro", default=default, is_ui_virtual=True, ui_params=[ui], value_mapping=mapping)


@pytest.mark.parametrize("default,ui_default,chosen", [("std", "1080p", "1080p"), ("pro", None, "1080p")])
def test_people_choose_what_is_shown_and_the_wire_gets_what_it_means(
    default: str, ui_default: str | None, chosen: str
) -> None:
    """What the form shows first is the default, also where the field behind it contradicts."""
    (product,) = _read(_leaf(form_config=[_virtual(default, ui_default)])).values()
    assert [p.name for p in product.spec.params] == ["quality"]
    assert product.spec.params[0].default == chosen
    assert price(product.tariff, {}).wire == {"mode": "pro"}
    assert price(product.tariff, {"quality": "720P"}).wire == {"mode": "std"}


def test_bans_are_said_in_the_names_and_types_of_the_settings() -> None:
    """Also a ban on a field that people never see."""
    duration = _choices("duration", 5, 10, default=5)
    duration["options"] = [
        {"label": "5", "value": 5},
        {"label": "10", "value": 10, "disabled": {"mode": ["pro"], "generate_audio": ["true"], "gone": ["x"]}},
    ]
    audio = {"type": "toggle", "field": "generate_audio", "label": "Audio", "value": False}
    spec = _spec(form_config=[duration, _virtual("std", "720p"), audio])
    ten = _param(spec, "duration").choices[1]
    assert ten.excludes == {"quality": ("1080p",), "sound": (True,)}
    assert _param(spec, "duration").choices[0].excludes == {}


@pytest.mark.parametrize(
    "tag,expected",
    [
        ("300~420s", Seconds(300, 420)),
        ("90s", Seconds(90, 90)),
        ("60 - 90", Seconds(60, 90)),
        ("20~10s", Seconds(20, 20)),
    ],
)
def test_the_catalogue_says_how_long_it_takes(tag: str, expected: Seconds) -> None:
    """The tag of the live catalogue wins over our table."""
    (product,) = _read(_leaf("wan2.6-t2v", tags=[{"tag_type": "EET", "tag_value": tag}])).values()
    assert (product.spec.expected, product.spec.expected_source) == (expected, "catalogue")


@pytest.mark.parametrize(
    "name,expected,source",
    [
        ("wan2.6-t2v", Seconds(60, 120), "table"),
        ("kling-video-o1", Seconds(180, 360), "table"),
        ("unheard-of", Seconds(120, 600), "default"),
    ],
)
def test_without_a_tag_the_table_says_how_long_it_takes(name: str, expected: Seconds, source: str) -> None:
    """And a new model has the usual time of its kind."""
    (product,) = _read(_leaf(name, tags=[{"tag_type": "EET", "tag_value": "soon"}])).values()
    assert (product.spec.expected, product.spec.expected_source) == (expected, source)


@pytest.mark.parametrize(
    "task,files,bounds",
    [
        (Task.TEXT_TO_VIDEO, {"minLimit": 1, "maxLimit": 5}, (0, 0)),
        (Task.IMAGE_TO_VIDEO, None, (1, 1)),
        (Task.IMAGE_TO_IMAGE, {"maxLimit": "14"}, (1, 14)),
        (Task.FIRST_LAST_FRAME_TO_VIDEO, {"minLimit": 1, "maxLimit": 5}, (2, 2)),
        (Task.REFERENCE_IMAGE_TO_VIDEO, {"minLimit": 2, "maxLimit": None}, (2, 3)),
    ],
)
def test_how_many_pictures_it_takes(task: Task, files: object, bounds: tuple[int, int]) -> None:
    """The catalogue says it where it can; two frames are always two."""
    (product,) = _read(_leaf(files=files), task=task).values()
    assert (product.spec.min_inputs, product.spec.max_inputs) == bounds


def test_how_many_at_once_and_how_long_the_text() -> None:
    """Both are fields of the form and no settings."""
    form = [
        _choices("n", "1", "2", "3", default="1"),
        {"type": "textarea", "field": "text", "value": None, "config": {"maximum": 10000}},
    ]
    spec = _spec(form_config=form)
    assert (spec.max_count, spec.max_prompt, spec.params) == (3, 10000, ())
    assert (_spec().max_count, _spec().max_prompt) == (4, 4000)


@pytest.mark.parametrize("form", [None, [_choices("model", "v5.5", default="v5.5")]])
def test_pixverse_is_told_its_own_version(form: Sequence[object] | None) -> None:
    """Without it a paid run fails (reference section 1.7); the leaf's name has it where the form has not."""
    leaf = _leaf("Pixverse V5.5", model_id="pixverse", form_config=form)
    (product,) = _read(leaf).values()
    assert price(product.tariff, {}).wire == {"model": "v5.5"}
    assert product.spec.params == ()


def test_a_model_without_a_price_can_be_seen_and_not_bought() -> None:
    """No price is no reason to hide it, and none is made up."""
    spec = _spec(credit_rules=[])
    assert (spec.price, spec.price_from, spec.price_to) == (None, None, None)


def test_prices_that_cannot_be_reached_are_not_shown() -> None:
    """To say that it costs 12 to 48 would be a lie where the settings of 48 are banned (Hailuo 2.3)."""
    resolution = _choices("resolution", "768P", "1080P", default="768P")
    duration = _choices("duration", 6, default=6)
    duration["options"] = [{"value": 6}, {"value": 10, "disabled": {"resolution": ["1080P"]}}]
    rows = {(6, "768P"): 12, (6, "1080P"): 24, (10, "768P"): 20, (10, "1080P"): 48, (6, "512P"): 1}
    rules = [
        {"points": points, "attribute_id": n + 1, "attributes": {"duration": d, "resolution": r}}
        for n, ((d, r), points) in enumerate(rows.items())
    ]
    spec = _spec(form_config=[duration, resolution], credit_rules=rules)
    assert (spec.price_from, spec.price, spec.price_to) == (Decimal(12), Decimal(12), Decimal(24))


async def test_every_task_recommends_the_model_people_expect(tmp_path: Path) -> None:
    """The newest and most popular one, never simply the cheapest."""
    async with ima_stage(tmp_path) as ima:
        for task, model in RECOMMENDED.items():
            assert [m.id for m in await ima.provider.models(task) if m.recommended] == [model]


@pytest.mark.parametrize(
    "task,typed,model",
    [
        (Task.TEXT_TO_VIDEO, "wan", "wan2.6-t2v"),
        (Task.IMAGE_TO_VIDEO, "wan 2.6", "wan2.6-i2v"),
        (Task.TEXT_TO_VIDEO, "kling", "kling-video-o1"),
        (Task.TEXT_TO_VIDEO, "可灵 2.6", "kling-v2-6"),
        (Task.TEXT_TO_VIDEO, "veo", "veo-3.1-generate-preview"),
        (Task.TEXT_TO_VIDEO, "hailuo", "MiniMax-Hailuo-2.3"),
        (Task.TEXT_TO_VIDEO, "海螺", "MiniMax-Hailuo-2.3"),
        (Task.TEXT_TO_VIDEO, "seedance 2.0", "ima-pro"),
        (Task.TEXT_TO_VIDEO, "seedance", "ima-pro-fast"),
        (Task.TEXT_TO_IMAGE, "nano banana", "gemini-3.1-flash-image-preview"),
        (Task.TEXT_TO_IMAGE, "mj", "midjourney"),
        (Task.TEXT_TO_MUSIC, "suno", "sonic"),
    ],
)
async def test_names_that_people_type(tmp_path: Path, task: Task, typed: str, model: str) -> None:
    """Each means one model of the task."""
    async with ima_stage(tmp_path) as ima:
        assert [m.id for m in await ima.provider.models(task) if typed in m.aliases] == [model]


async def test_pixverse_versions_are_told_apart(tmp_path: Path) -> None:
    """Five leaves share one family name; the bare name is the newest."""
    async with ima_stage(tmp_path) as ima:
        models = {m.name: m.aliases for m in await ima.provider.models(Task.TEXT_TO_VIDEO) if "ixverse" in m.name}
    assert [name for name, aliases in models.items() if "pixverse" in aliases] == ["Pixverse V5.5"]
    assert all(name.lower() in aliases for name, aliases in models.items())


def test_no_name_means_two_models_of_our_table() -> None:
    """Unless they serve different tasks, where there is no doubt."""
    seen: dict[str, list[str]] = {}
    for model, facts in FACTS.items():
        for alias in facts.aliases:
            seen.setdefault(alias, []).append(model)
    doubled = {alias: models for alias, models in seen.items() if len(models) > 1}
    assert all(
        model.startswith(("wan2.6-", "viduq2", "ima-pro", "doubao-seedream")) for ms in doubled.values() for model in ms
    )


async def test_rhythm_and_kinds(tmp_path: Path) -> None:
    """How often is asked and told, how long at most is waited, how a result is shown (reference section 1.6)."""
    async with ima_stage(tmp_path) as ima:
        wan = await ima.spec(Task.TEXT_TO_VIDEO, "wan2.6-t2v")
        kling = await ima.spec(Task.TEXT_TO_VIDEO, "kling-video-o1")
        banana = await ima.spec(Task.TEXT_TO_IMAGE, "gemini-3.1-flash-image-preview")
        suno = await ima.spec(Task.TEXT_TO_MUSIC, "sonic")
        speech = await ima.spec(Task.TEXT_TO_SPEECH, "seed-tts-2.0")
        seedance = await ima.spec(Task.TEXT_TO_VIDEO, "ima-pro")
    assert (wan.poll_every, wan.patience, wan.progress_every, wan.media) == (8, 2400, 30, MediaKind.VIDEO)
    assert kling.progress_every == 60
    assert (banana.poll_every, banana.patience, banana.media) == (5, 600, MediaKind.IMAGE)
    assert (suno.poll_every, suno.patience, suno.media, suno.outputs_per_unit) == (5, 480, MediaKind.AUDIO, 2)
    assert (speech.poll_every, speech.patience) == (3, 300)
    assert (seedance.needs_subscription, Trait.NEWEST in seedance.traits) == (True, True)
    assert Trait.POPULAR in wan.traits
