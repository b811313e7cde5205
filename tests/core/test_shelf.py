"""A list of models is in the order somebody wants, and as short as they say."""

from decimal import Decimal

import pytest

from bot.core.shelf import Sort, View, arranged, view
from providers.models import Seconds, Trait
from tests.fakes.jobs import a_model

WAN = a_model("Wan 2.6", 25, recommended=True)
FAST = a_model("Quick", 60, expected=Seconds(5, 9), traits=frozenset({Trait.FAST}))
FLUX = a_model("Flux", 6, provider="imaginepro", unit="credits", traits=frozenset())
PLAN = a_model("GPT", 1, provider="ima2", unit="plan_uses", traits=frozenset())
DOLLAR = a_model("Nano Banana", "0.3", provider="ima2", unit="usd", traits=frozenset())
SECRET = a_model("Secret", None, traits=frozenset())
ALL = [SECRET, DOLLAR, PLAN, FLUX, FAST, WAN]
SERVICES = {"ima_studio": "IMA Studio", "imaginepro": "ImaginePro", "ima2": "ima2"}


def names(seen: View, rates: dict[str, Decimal | None] | None = None) -> list[str]:
    """Return the names on the list."""
    return [model.name for model in arranged(ALL, seen, SERVICES, rates or {})]


def test_the_recommended_and_popular_come_first() -> None:
    """Nobody has to know the models to find the one that most people take."""
    assert names(View())[:2] == ["Wan 2.6", "Quick"]


def test_the_fastest_first() -> None:
    """By the longest usual time."""
    assert names(View(Sort.SPEED))[0] == "Quick"


def test_the_cheapest_first_in_money() -> None:
    """Points, credits and dollars are compared in money; what the plan covers costs nothing."""
    rates = {"ima_studio": Decimal("0.01"), "imaginepro": Decimal("0.02")}
    assert names(View(Sort.PRICE), dict(rates)) == ["GPT", "Flux", "Wan 2.6", "Nano Banana", "Quick", "Secret"]


def test_what_cannot_be_compared_comes_after_what_can() -> None:
    """Without a rate nobody can say whether 25 points are more than 30 cents; without a price, nobody knows at all."""
    assert names(View(Sort.PRICE)) == ["GPT", "Nano Banana", "Flux", "Wan 2.6", "Quick", "Secret"]


@pytest.mark.parametrize(
    "words,found",
    [
        (("flux",), ["Flux"]),
        (("imaginepro",), ["Flux"]),
        (("banana", "ima2"), ["Nano Banana"]),
        (("zeppelin",), []),
    ],
)
def test_words_keep_what_has_them(words: tuple[str, ...], found: list[str]) -> None:
    """Part of a model's or a service's name; all of them have to fit."""
    assert names(View(words=words)) == found


@pytest.mark.parametrize(
    "said,seen",
    [
        ((), View()),
        (("price",), View(Sort.PRICE)),
        (("价格", "flux"), View(Sort.PRICE, ("flux",))),
        (("Nano", "Banana"), View(words=("nano", "banana"))),
        (("速度",), View(Sort.SPEED)),
    ],
)
def test_what_is_said_after_the_kind(said: tuple[str, ...], seen: View) -> None:
    """A wish for an order in either language; any other word is part of a name."""
    assert view(said) == seen
