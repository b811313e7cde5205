"""Midjourney's settings become parameters at the end of the prompt; what it would turn down is refused before."""

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest

from bot.core.options import take_options
from bot.core.order import settle
from providers.contract import Order, PriceBasis
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import ParamKind, ParamValue, Task
from tests.providers.imaginepro.shop import CATALOGUE, body_of, priced
from tests.providers.imaginepro.stage import A, ProStage


def line(params: dict[str, ParamValue], prompt: str = "a fox") -> object:
    """Return the prompt that is sent."""
    return body_of(Order(Task.TEXT_TO_IMAGE, "midjourney", prompt, params))["prompt"]


@pytest.mark.parametrize(
    "params,written",
    [
        ({}, "a fox"),
        ({"aspect_ratio": "16:9"}, "a fox --ar 16:9"),
        ({"style": "raw"}, "a fox --style raw"),
        ({"stylize": 250}, "a fox --stylize 250"),
        ({"chaos": 20}, "a fox --chaos 20"),
        ({"weird": 3000}, "a fox --weird 3000"),
        ({"quality": "2"}, "a fox --q 2"),
        ({"seed": 0}, "a fox --seed 0"),
        ({"version": "6.1"}, "a fox --v 6.1"),
        ({"negative_prompt": "plants,\n trees"}, "a fox --no plants, trees"),
        ({"tile": True}, "a fox --tile"),
        ({"tile": False, "mode": "fast"}, "a fox"),
        ({"mode": "relax"}, "a fox --relax"),
        (
            {"mode": "relax", "aspect_ratio": "2:3", "chaos": "5", "tile": True, "negative_prompt": "fog"},
            "a fox --ar 2:3 --chaos 5 --no fog --tile --relax",
        ),
    ],
)
def test_a_setting_is_written_behind_the_words(params: dict[str, ParamValue], written: str) -> None:
    """One line: the words, then each parameter once."""
    assert line(params) == written


def test_every_setting_has_a_parameter() -> None:
    """None that people may choose is left out on the way."""
    chosen: dict[str, ParamValue] = {}
    specs = priced(Order(Task.IMAGE_TO_IMAGE, "midjourney", "a fox", {})).product.spec.params
    kinds: Mapping[ParamKind, ParamValue] = {
        ParamKind.RATIO: "3:2",
        ParamKind.NUMBER: 7,
        ParamKind.TOGGLE: True,
        ParamKind.TEXT: "fog",
    }
    for spec in specs:
        chosen[spec.name] = spec.choices[-1].value if spec.choices else kinds[spec.kind]
    sent = str(body_of(Order(Task.IMAGE_TO_IMAGE, "midjourney", "a fox", chosen, pictures=(A,)))["prompt"])
    assert sent.count(" --") == len(specs), sent


@pytest.mark.parametrize(
    "params",
    [
        {"aspect_ratio": "16:0"},
        {"aspect_ratio": "wide"},
        {"aspect_ratio": "15:1"},
        {"chaos": 101},
        {"chaos": -1},
        {"chaos": True},
        {"chaos": "1.5"},
        {"stylize": 1001},
        {"weird": 3001},
        {"seed": 4_294_967_296},
        {"quality": "3"},
        {"style": "baroque"},
        {"version": "99"},
        {"mode": "turbo"},
        {"tile": "perhaps"},
        {"negative_prompt": "fog --chaos 100"},
        {"negative_prompt": "x" * 1001},
        {"negative_prompt": " "},
        {"hurry": 1},
        {"image_weight": "1"},
    ],
)
def test_what_would_fail_in_a_paid_run_has_no_price(params: dict[str, ParamValue]) -> None:
    """The service finds a wrong parameter only after it took the money, so it is refused with the quote."""
    with pytest.raises(ProviderError) as caught:
        priced(Order(Task.TEXT_TO_IMAGE, "midjourney", "a fox", params))
    expected = {FailureCode.NO_SUCH_COMBINATION, FailureCode.SETTINGS_REFUSED, FailureCode.MODEL_MISMATCH}
    assert caught.value.code in expected
    assert caught.value.sent is Sent.NO
    assert caught.value.data["setting"] in params


@pytest.mark.parametrize("model", ["midjourney", "lumi-girl"])
@pytest.mark.parametrize(
    "prompt", ["a fox --hd", "a fox --", "--ar 1:1 a fox", "a fox —ar 1:1", "a fox like https://x.example/a.png"]
)
def test_a_parameter_or_an_address_left_in_the_words_is_refused(model: str, prompt: str) -> None:
    """It would be read as one, and cost. A dash of a sentence is none."""
    with pytest.raises(ProviderError) as caught:
        priced(Order(Task.TEXT_TO_IMAGE, model, prompt, {}))
    assert (caught.value.code, caught.value.sent) == (FailureCode.SETTINGS_REFUSED, Sent.NO)
    for sentence in ("a fox - at night", "a fox – at night", "a well-known fox", "狐狸——在海边", "a fox — at night"):
        assert priced(Order(Task.TEXT_TO_IMAGE, model, sentence, {})).price.credits > 0


def test_to_other_models_two_dashes_are_words() -> None:
    """Only those that read parameters would misread them."""
    sent = body_of(Order(Task.TEXT_TO_IMAGE, "flux", "a sign that says --open", {}))
    assert sent["prompt"] == "a sign that says --open"


async def test_the_mode_decides_the_price(pro: ProStage) -> None:
    """Relax costs half; turbo is sold only where the operator says what it costs."""
    for mode, price in (("fast", Decimal(10)), ("relax", Decimal(5))):
        order = await pro.imagine(mode=mode)
        quote = await pro.provider.quote(order)
        assert (quote.total, quote.basis) == (price, PriceBasis.EXACT)
        await pro.place(order)
        assert pro.charges[-1] == price
    dear = pro.restarted(prices={"turbo": Decimal(20)})
    turbo = await pro.imagine(mode="turbo")
    quote = await dear.quote(turbo)
    assert (quote.total, quote.read_at) == (Decimal(20), pro.settings.now())
    await dear.close()
    with pytest.raises(ProviderError):
        await pro.provider.quote(turbo)


async def test_every_setting_together_is_understood_by_the_service(pro: ProStage) -> None:
    """Nothing of what we write is turned down in the run: the sandbox checks each parameter."""
    params: dict[str, ParamValue] = {
        "aspect_ratio": "16:9",
        "style": "raw",
        "stylize": 1000,
        "chaos": 100,
        "weird": 3000,
        "quality": "0.25",
        "seed": 4_294_967_295,
        "tile": True,
        "version": "7",
        "negative_prompt": "fog, rain",
        "mode": "relax",
        "image_weight": "2.5",
    }
    order = await pro.order(Task.IMAGE_TO_IMAGE, "midjourney", params)
    done = await pro.end((await pro.place(order)).ref)
    assert len(getattr(done, "assets", ())) == 5, done


async def test_what_a_price_was_promised_for_is_what_is_ordered(pro: ProStage) -> None:
    """Other settings than those of the quote are not sent, whatever they cost."""
    quote = await pro.provider.quote(await pro.imagine(chaos=5))
    with pytest.raises(ProviderError) as caught:
        await pro.provider.submit(await pro.imagine(chaos=6), quote, "attempt-1")
    assert (caught.value.code, caught.value.sent) == (FailureCode.CATALOGUE_STALE, Sent.NO)
    assert json.loads(quote.terms)["settings"]["chaos"] == 5
    assert pro.attempts == 0


def test_a_line_of_midjourneys_arrives_as_it_was_typed() -> None:
    """From what a person types to what is sent, through the settings that every chat reads."""
    typed = "a fox --ar 16:9 --raw --s 250 --c 20 --w 5 --q .5 --seed 7 --v 6.1 --no plants, trees --tile --relax"
    found = take_options(typed)
    spec = CATALOGUE.product(Task.TEXT_TO_IMAGE, "midjourney").spec
    assert line(settle(spec, found.settings), found.rest) == (
        "a fox --ar 16:9 --style raw --stylize 250 --chaos 20 --weird 5 --q 0.5 --seed 7 --v 6.1"
        " --no plants, trees --tile --relax"
    )
