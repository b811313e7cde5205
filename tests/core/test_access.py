"""Who may do what: the first rule that fits decides, and unwanted words are found however they are written."""

from decimal import Decimal

import pytest

from bot.core import access
from bot.core.access import Effect, Guest, Rule
from bot.core.approval import ApprovalPolicy, is_own
from bot.core.budget import Spender
from bot.core.job import Address
from bot.core.ledger import EntryKind, entry
from providers.contract import PriceBasis
from tests.core.reading import wide
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_model, a_quote

ANN = Guest(Spender(Address("discord", "guild", "room"), "ann"), frozenset({"discord/artists"}))
KLING = a_model("Kling O1")
DENY = Rule(Effect.DENY)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Effect.DENY),
        Rule(Effect.DENY, person="discord/ann"),
        Rule(Effect.DENY, role="discord/artists"),
        Rule(Effect.DENY, channel="discord/room"),
        Rule(Effect.DENY, team="discord/guild"),
        Rule(Effect.DENY, provider="ima_studio"),
        Rule(Effect.DENY, model="kling-o1"),
        Rule(Effect.DENY, model="Kling O1"),
        Rule(Effect.DENY, command="video"),
        Rule(Effect.DENY, person="discord/ann", command="video", model="Kling O1"),
    ],
)
def test_a_rule_is_about_what_it_names(rule: Rule) -> None:
    """Each thing alone and several together."""
    assert not access.is_allowed([rule], ANN, "video", KLING)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Effect.DENY, person="web/ann"),
        Rule(Effect.DENY, role="discord/guests"),
        Rule(Effect.DENY, channel="discord/other"),
        Rule(Effect.DENY, team="discord/other"),
        Rule(Effect.DENY, provider="katana"),
        Rule(Effect.DENY, model="Kling"),
        Rule(Effect.DENY, command="image"),
        Rule(Effect.DENY, person="discord/ann", command="image"),
    ],
)
def test_a_rule_is_about_nothing_else(rule: Rule) -> None:
    """Somebody of the same name on another chat is somebody else."""
    assert access.is_allowed([rule], ANN, "video", KLING)


def test_the_first_rule_that_fits_decides() -> None:
    """So an exception stands above what it is an exception from."""
    artists = Rule(Effect.ALLOW, role="discord/artists")
    assert access.is_allowed([artists, DENY], ANN, "video", KLING)
    assert not access.is_allowed([DENY, artists], ANN, "video", KLING)
    assert not access.is_allowed([artists, DENY], Guest(ANN.spender), "video", KLING)
    assert access.is_allowed([], ANN, "video", KLING)


def test_rules_about_models_say_nothing_about_help() -> None:
    """A command without a model is not refused because some model is."""
    assert access.is_allowed([Rule(Effect.DENY, model="Kling O1"), Rule(Effect.DENY, provider="x")], ANN, "help")


def test_a_model_for_adults_needs_their_place() -> None:
    """Wherever the chat does not say that a place is for adults, it is not."""
    flagged = a_model("Bold", adult=True)
    assert not access.fits_place(flagged, ANN)
    assert access.fits_place(flagged, Guest(ANN.spender, is_age_restricted=True))
    assert access.fits_place(KLING, ANN)


@pytest.mark.parametrize(
    "text", ["a GORE scene", "gore", "so much gore!", wide("gore"), "very  bloody   fight", "画一幅血腥的画", "gore_"]
)
def test_words_that_are_not_wanted_are_found(text: str) -> None:
    """In any case, width and spacing; Chinese words stand between others without blanks."""
    assert access.unwanted(text, ["gore", "bloody fight", "血腥"])


@pytest.mark.parametrize("text", ["Gorey, Edward", "category", "bloody good fight", "", "一只小狗"])
def test_words_inside_of_others_are_not_meant(text: str) -> None:
    """Nobody is refused for a part of a harmless word, nor by an empty entry of the list."""
    assert access.unwanted(text, ["gore", "bloody fight", "血腥", "", " "]) == ""


def test_an_approval_is_asked_for_above_the_amount() -> None:
    """The amount itself needs none; nobody knows of an order without a price in the currency, so it needs one."""
    points = ApprovalPolicy(Decimal(25), "points", frozenset({"web/bob"}))
    money = ApprovalPolicy(Decimal(1), "USD", frozenset({"web/bob"}))

    def asks(policy: ApprovalPolicy, **changes: object) -> bool:
        return policy.asks(entry(a_job(**changes), EntryKind.RESERVED, START))

    assert (asks(points, quote=a_quote(25)), asks(points, quote=a_quote(26))) == (False, True)
    assert not asks(points, quote=a_quote(26, unit="credits"))
    assert asks(money, quote=a_quote(1))
    assert not asks(money, quote=a_quote(10), rate=Decimal("0.1"), currency="USD")
    assert asks(money, quote=a_quote(11), rate=Decimal("0.1"), currency="USD")
    covered = a_quote(2, unit="plan_uses", basis=PriceBasis.PLAN)
    assert not asks(money, quote=covered)
    assert asks(ApprovalPolicy(Decimal(1), "plan_uses", frozenset({"web/bob"})), quote=covered)
    assert not asks(ApprovalPolicy(), quote=a_quote(1000))


def test_whose_order_it_is_does_not_depend_on_the_place() -> None:
    """Somebody who asked in one server cannot approve from another one."""
    job = a_job(person="ann", address=Address("discord", "guild", "room"))
    assert is_own(job, Spender(Address("discord", "other", "far"), "ann"))
    assert not is_own(job, Spender(Address("web", "guild", "room"), "ann"))
