"""The model list, in both shapes and with the gaps a list can have, becomes models with settings and prices."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.core.preferences import named
from providers.contract import Order, PriceBasis
from providers.errors import FailureCode, ProviderError
from providers.katana.known import known
from providers.katana.menu import read_menu
from providers.katana.purchase import Purchase
from providers.models import ModelSpec, ParamKind, Privacy, Seconds, Task, Trait
from tests.providers.katana.shop import CATALOGUE, catalogue_of, listed, priced, product, total
from tests.providers.katana.stage import START, KatanaStage

ALIASES = {
    Task.TEXT_TO_TEXT: {
        "grok": "grok-4-3",
        "gpt": "gpt-5-5",
        "gpt-5": "gpt-5-5",
        "claude": "claude-opus-4-8",
        "claude-opus": "claude-opus-4-8",
        "claude-fast": "claude-opus-4-8-fast",
        "claude-sonnet": "claude-sonnet-4-6",
        "claude-haiku": "claude-haiku-4-5",
        "naifu": "q-naifu-a3b",
        "q-naifu": "q-naifu-a3b",
    },
    Task.TEXT_TO_IMAGE: {
        "default": "gen",
        "imgnai": "gen",
        "gen": "gen",
        "anime": "ani",
        "gpt-image": "gpt-image-2",
        "nano": "nano-banana-2",
        "flux": "flux-2-pro",
        "pink": "pink-image",
        "gpt2image": "gpt-image-2",
        "pinkimage": "pink-image",
    },
    Task.TEXT_TO_VIDEO: {
        "default": "seedance-2-0-fast",
        "seedance": "seedance-2-0-fast",
        "seedance-hd": "seedance-2-0",
        "ltx": "ltx-2-3",
        "kling": "kling-3-0-kling30",
        "veo": "veo3-1",
        "seedance2": "seedance-2-0",
        "ltx23": "ltx-2-3",
    },
}
"""What people say, by the provider's page, and the model they get."""


def models(task: Task) -> list[ModelSpec]:
    """Return the usual list of a task."""
    return [each.spec for each in CATALOGUE.products[task].values()]


@pytest.mark.parametrize(
    "task,said,key", [(t, said, key) for t, table in ALIASES.items() for said, key in table.items()]
)
def test_what_people_say_leads_to_the_model(task: Task, said: str, key: str) -> None:
    """As the provider's page has it, through the very look-up that people's words go through."""
    assert named(models(task), said).id == key


def test_the_file_names_only_models_that_are_there() -> None:
    """No alias, no default and no older key leads to a model that is not sold."""
    there = {key for each in CATALOGUE.products.values() for key in each}
    file = known()
    named_there = {key for table in file.aliases.values() for key in table.values()} | set(file.recommended.values())
    assert named_there | set(file.legacy.values()) <= there


@pytest.mark.parametrize(
    "task,older,key",
    [(Task.TEXT_TO_VIDEO, "seedance2", "seedance-2-0"), (Task.TEXT_TO_IMAGE, "gpt2image", "gpt-image-2")],
)
def test_an_older_key_orders_the_same_model(task: Task, older: str, key: str) -> None:
    """At the same price, and sent under the canonical key."""
    old, new = (priced(Order(task, name, "a cat", {})) for name in (older, key))
    assert old.quote() == new.quote()
    assert json.loads(old.media("t"))["requests"][0]["model"] == key


def test_a_list_that_names_the_older_key_first_is_understood() -> None:
    """``model_key`` may be the older name and ``public_model_name`` the canonical one, or a title."""
    sections = listed()
    for model in sections["images"]:
        if model["model_key"] == "gpt-image-2":
            model |= {"model_key": "gpt2image", "legacy_model_key": None}
        if model["model_key"] == "pink-image":
            model |= {"model_key": "pinkimage", "public_model_name": "Pink Image", "legacy_model_key": None}
    catalogue = catalogue_of(sections)
    for name, key in (("gpt2image", "gpt-image-2"), ("gpt-image-2", "gpt-image-2"), ("pinkimage", "pink-image")):
        assert catalogue.product(Task.TEXT_TO_IMAGE, name).spec.id == key


def test_both_shapes_are_read() -> None:
    """The flat list of OpenAI's clients holds the same models under other headings."""
    sections = listed()
    flat = {
        "object": "list",
        "data": [
            {**m, "id": m["model_key"], "object": "model"} for k in ("images", "videos", "text") for m in sections[k]
        ],
    }
    menu = read_menu(json.dumps(flat).encode())
    assert menu is not None
    assert catalogue_of(flat).products == CATALOGUE.products


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"images":[]}', b"<html>", b'{"data":7}'])
def test_what_is_no_list_is_none(body: bytes) -> None:
    """Rather than an empty shop."""
    menu = read_menu(body)
    assert menu is None or not (menu.images or menu.videos or menu.text)


@pytest.mark.parametrize(
    "lengths",
    [
        {"5": 200, "10": 375, "15": 550},
        {"5": "200", "10": "375.0", "15": 550.0},
        [[5, 200], [10, 375], [15, 550]],
        [{"seconds": 5, "credits": 200}, {"seconds": 10, "credits": 375}, {"seconds": 15, "credits": "550"}],
    ],
)
def test_prices_are_read_in_the_shapes_they_may_have(lengths: object) -> None:
    """Nobody recorded their types, so numbers, text, objects and pairs are all understood."""
    sections = listed()
    model = next(m for m in sections["videos"] if m["model_key"] == "seedance-2-0")
    model["video_lengths_and_costs"] = lengths
    spec = catalogue_of(sections).product(Task.TEXT_TO_VIDEO, "seedance-2-0").spec
    assert [spec.price_from, spec.price, spec.price_to] == [200, 200, 550]


@pytest.mark.parametrize("lengths", [None, {}, {"5": None}, {"5": -1}, {"5": "free"}, {"soon": 5}, {"5": "NaN"}])
def test_a_video_without_a_readable_price_is_not_sold(lengths: object) -> None:
    """And the others still are."""
    sections = listed()
    model = next(m for m in sections["videos"] if m["model_key"] == "seedance-2-0")
    model["video_lengths_and_costs"] = lengths
    catalogue = catalogue_of(sections)
    assert "seedance-2-0" not in catalogue.products[Task.TEXT_TO_VIDEO]
    assert "ltx-2-3" in catalogue.products[Task.TEXT_TO_VIDEO]


def test_where_the_list_names_no_price_the_published_one_is_told_with_its_day() -> None:
    """So that the notice says how old it is; a model without either is not sold."""
    sections = listed()
    for model in sections["images"]:
        model.pop("credits")
    for model in sections["text"]:
        model.pop("input_credits_per_million")
    catalogue = catalogue_of(sections)
    published = datetime(2026, 6, 8, tzinfo=UTC)
    for task, key, price in ((Task.TEXT_TO_IMAGE, "nano-banana-2", 32), (Task.TEXT_TO_TEXT, "grok-4-3", 10)):
        tariff = catalogue.product(task, key).tariff
        assert catalogue.product(task, key).spec.price == price
        assert tariff.read_at == published
    assert "qwen3-7-max" not in catalogue.products[Task.TEXT_TO_TEXT]
    assert product(Task.TEXT_TO_IMAGE, "gen").tariff.read_at == START


def test_text_prices_may_stand_in_a_section_of_their_own() -> None:
    """Only where their unit is clear."""
    sections = {
        **listed(),
        "text_pricing": {"grok-4-3": {"prompt_credits_per_1m": 1, "completion_credits_per_1m": 2_000_000}},
    }
    for model in sections["text"]:
        for name in ("input_credits_per_million", "output_credits_per_million"):
            assert isinstance(model, dict)
            model.pop(name)
    spec = catalogue_of(sections).product(Task.TEXT_TO_TEXT, "grok-4-3").spec
    assert spec.price == 2 * 4000 + Decimal("0.1")


def test_a_price_that_changed_is_told_at_the_next_reading() -> None:
    """The live list wins over everything we know."""
    sections = listed()
    next(m for m in sections["images"] if m["model_key"] == "gen")["credits"] = 4.5
    assert catalogue_of(sections).product(Task.TEXT_TO_IMAGE, "gen").spec.price == Decimal("4.5")


@pytest.mark.parametrize(
    "task,key,settings",
    [
        (Task.TEXT_TO_IMAGE, "gen", {"aspect_ratio", "fast", "uhd", "output_format", "negative_prompt"}),
        (Task.TEXT_TO_IMAGE, "ani", {"aspect_ratio", "fast", "uhd", "assistant", "output_format", "negative_prompt"}),
        (Task.TEXT_TO_IMAGE, "flux-2-pro", {"aspect_ratio", "output_format", "negative_prompt"}),
        (Task.TEXT_TO_VIDEO, "ltx-2-3", {"duration", "aspect_ratio", "negative_prompt"}),
        (Task.TEXT_TO_TEXT, "grok-4-3", {"answer_length"}),
    ],
)
def test_a_model_has_the_settings_it_has(task: Task, key: str, settings: set[str]) -> None:
    """Fast and UHD only in-house, the assistant only for models that want tags."""
    assert {param.name for param in product(task, key).spec.params} == settings


def test_auto_is_offered_where_there_can_be_a_picture() -> None:
    """It takes the proportions of the first one."""

    def ratios(task: Task, key: str) -> tuple[object, list[object]]:
        param = next(p for p in product(task, key).spec.params if p.name == "aspect_ratio")
        return param.default, [choice.value for choice in param.choices]

    default, offered = ratios(Task.IMAGE_TO_IMAGE, "gpt-image-2")
    assert (default, "auto" in offered) == ("auto", True)
    default, offered = ratios(Task.TEXT_TO_IMAGE, "gpt-image-2")
    assert (default, "auto" in offered) == ("1:1", False)
    assert ratios(Task.TEXT_TO_VIDEO, "veo3-1") == ("16:9", ["16:9", "9:16"])
    assert ratios(Task.IMAGE_TO_VIDEO, "veo3-1") == ("auto", ["16:9", "9:16", "auto"])


def test_fast_and_uhd_cost_what_the_list_says_and_exclude_each_other() -> None:
    """The provider would quietly let UHD win."""
    plain = Order(Task.TEXT_TO_IMAGE, "gen", "a cat", {})
    fast, uhd, both = (
        Order(plain.task, "gen", "a cat", p) for p in ({"fast": True}, {"uhd": True}, {"fast": True, "uhd": True})
    )
    assert [total(order) for order in (plain, fast, uhd)] == [3, Decimal("1.5"), 6]
    with pytest.raises(ProviderError) as caught:
        total(both)
    assert caught.value.code is FailureCode.NO_SUCH_COMBINATION


def test_a_fast_picture_without_a_price_of_its_own_costs_at_most_as_much() -> None:
    """It is published as cheaper; fine detail without a price is not offered, as it may cost more."""
    sections = listed()
    for model in sections["images"]:
        for name in ("fast_credits", "uhd_credits"):
            model.pop(name, None)
    gen = catalogue_of(sections).product(Task.TEXT_TO_IMAGE, "gen")
    assert {"fast", "uhd"} & {param.name for param in gen.spec.params} == {"fast"}
    quotes = [Purchase.of(Order(gen.spec.task, "gen", "a cat", {"fast": fast}), gen).quote() for fast in (False, True)]
    assert [quote.total for quote in quotes] == [3, 3]
    assert [quote.basis for quote in quotes] == [PriceBasis.FLAT, PriceBasis.AT_MOST]


@pytest.mark.parametrize(
    "key,tasks",
    [
        (
            "seedance-2-0-fast",
            {Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO, Task.FIRST_LAST_FRAME_TO_VIDEO, Task.REFERENCE_IMAGE_TO_VIDEO},
        ),
        ("veo3-1", {Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO}),
        ("gemini-omni", {Task.TEXT_TO_VIDEO, Task.REFERENCE_IMAGE_TO_VIDEO}),
        ("kling-2-1-kling21", {Task.IMAGE_TO_VIDEO}),
        ("nano-banana", {Task.IMAGE_TO_IMAGE}),
        ("gpt-image-2", {Task.TEXT_TO_IMAGE, Task.IMAGE_TO_IMAGE}),
        ("gpt-image-1-5", {Task.TEXT_TO_IMAGE}),
    ],
)
def test_a_model_is_offered_for_what_it_can_do(key: str, tasks: set[Task]) -> None:
    """By the frames and pictures it takes."""
    assert {task for task, models in CATALOGUE.products.items() if key in models} == tasks


def test_where_the_list_is_silent_about_frames_the_file_speaks() -> None:
    """The names of those fields were never recorded."""
    sections = listed()
    for model in sections["videos"]:
        for name in [name for name in model if name.startswith("supports_") and name.endswith("_frame")]:
            model.pop(name)
    products = catalogue_of(sections).products
    assert "seedance-2-0" in products[Task.FIRST_LAST_FRAME_TO_VIDEO]
    assert "veo3-1" not in products[Task.FIRST_LAST_FRAME_TO_VIDEO]
    assert "gemini-omni" not in products[Task.IMAGE_TO_VIDEO]


@pytest.mark.parametrize(
    "key,said,privacy",
    [
        ("grok-4-3", "Anonymized", Privacy.ANONYMIZED),
        ("q-naifu-a3b", "Private", Privacy.PRIVATE),
        ("kimi-k2-6-private", "E2EE Private", Privacy.SEALED),
        ("kimi-k2-6-private", None, Privacy.SEALED),
        ("qwen3-7-max", None, None),
    ],
)
def test_a_privacy_class_is_told_as_promised(key: str, said: str | None, privacy: Privacy | None) -> None:
    """By the list, else by the file; where neither promises anything, nothing is promised."""
    sections = listed()
    next(m for m in sections["text"] if m["model_key"] == key)["privacy"] = said
    assert catalogue_of(sections).product(Task.TEXT_TO_TEXT, key).spec.privacy is privacy


def test_a_model_has_its_rhythm() -> None:
    """Media every 30 s, streams every second as looking costs nothing, and the provider's own limits as patience."""
    picture, video, answer, polled = (
        product(task, key).spec
        for task, key in (
            (Task.TEXT_TO_IMAGE, "gen"),
            (Task.TEXT_TO_VIDEO, "ltx-2-3"),
            (Task.TEXT_TO_TEXT, "grok-4-3"),
            (Task.TEXT_TO_TEXT, "grok-4-20-multi-agent"),
        )
    )
    assert [spec.poll_every for spec in (picture, video, answer, polled)] == [30, 30, 1, 30]
    assert [spec.patience for spec in (picture, video, answer, polled)] == [600, 6000, 600, 600]
    assert (answer.progress_every, picture.expected, picture.expected_source) == (1.5, Seconds(5, 30), "table")
    assert video.expected == Seconds(30, 200)
    assert Trait.BUDGET in video.traits


@pytest.mark.parametrize(
    "prompt,length,limit",
    [("?", 500, "10"), ("?", 16_000, "101.7"), ("x" * 20_000, 4000, "46.7"), ("海" * 20_000, 4000, "89.0")],
)
def test_an_answer_costs_at_most_what_its_longest_form_would(prompt: str, length: int, limit: str) -> None:
    """At least the reserve of 10; each byte of the question counts as a token, as no tokenizer makes more."""
    assert total(Order(Task.TEXT_TO_TEXT, "gpt-5-5", prompt, {"answer_length": length})) == Decimal(limit)


async def test_no_reserve_exceeds_the_quote(katana: KatanaStage) -> None:
    """Whatever is asked of whatever model in whatever length: what is set aside at the provider was promised."""
    specs = await katana.provider.models(Task.TEXT_TO_TEXT)
    for spec in specs:
        length = next(p for p in spec.params if p.name == "answer_length")
        assert length.kind is ParamKind.CHOICE
        for prompt in ("?", "Erzähl mir " * 1500, "请告诉我大海的故事" * 500):
            order = Order(spec.task, spec.id, prompt, {"answer_length": length.choices[-1].value})
            quote = await katana.provider.quote(order)
            await katana.place(order)
            assert katana.charges[-1] <= quote.total, spec.id


async def test_the_list_is_read_without_the_key(katana: KatanaStage) -> None:
    """A key changes the shape of the answer and leaves pictures and videos out."""
    katana.sandbox.katana._credentials = None  # type: ignore[assignment] # nobody is let in with a key any more
    assert [len(await katana.provider.models(task)) > 0 for task in katana.provider.capabilities.tasks] == [True] * 7
