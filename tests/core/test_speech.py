"""What a person is told at each step of an order: the price before anything is spent, the truth about it after."""

from decimal import Decimal

import pytest

from bot.core import delivery, speech
from bot.core.actions import Verb, decode
from bot.core.cards import Card, Style, Tone
from bot.core.job import Job, Reason, State, Trouble
from bot.core.progress import Progress, measure
from bot.i18n import BETWEEN
from bot.text import Amount
from providers.contract import PriceBasis
from providers.errors import FailureCode
from providers.models import MediaKind, Seconds, Task
from providers.outcomes import Refund
from tests.core.reading import LOCALES, catalogue, facts, labels, live, read, say
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_model, a_quote, a_request, a_setting, an_asset

WAN, VIDU = a_model("Wan 2.6", 25, recommended=True), a_model("Vidu Q2", 5)
ASKED = {Reason.EXPLICIT, Reason.BEST}


def verbs(card: Card) -> list[Verb]:
    """Return what a card's buttons do."""
    return [action.verb for button in card.buttons if (action := decode(button.action)) is not None]


def failed(code: FailureCode, refund: Refund = Refund.UNKNOWN, state: State = State.FAILED, **changes: object) -> Job:
    """Return a job that ended so."""
    return a_job(state=state, trouble=Trouble(code, refund), **changes)


# --- the notice --------------------------------------------------------------------------------------------------


def test_a_notice_says_model_time_cost_and_waits_for_a_yes() -> None:
    """Everything that is decided by the yes, and that nothing is spent before it."""
    card = speech.notice(a_job(), asks=True)
    assert facts(card) == {
        "Model": "Wan 2.6",
        "Expected time": "60–120 s (about 1–2 min)",
        "Cost": "25 points",
        "Settings": BETWEEN.join(("5 sec long", "720P")),
    }
    assert (card.quote, card.tone) == ("a puppy runs across a meadow", Tone.ASKING)
    assert "Nothing is spent until you press Confirm." in read(card)
    assert (labels(card), verbs(card)) == (["Confirm", "Cancel"], [Verb.CONFIRM, Verb.CANCEL])
    assert card.buttons[0].style is Style.PRIMARY


def test_the_yes_is_to_this_price() -> None:
    """The button names the revision, so that a yes to an older price is known as one."""
    action = decode(speech.notice(a_job(rev=3), asks=True).buttons[0].action)
    assert action is not None
    assert action.extra == "3"


def test_a_notice_tells_every_setting_that_was_chosen() -> None:
    """By its name where the value alone says nothing; what is as the model has it anyway stays out."""
    avoid = a_setting("negative_prompt", "", default="")
    params = {"duration": 5, "negative_prompt": "rain", "seed": 3}
    card = speech.notice(a_job(request=a_request(params=params)), asks=True, params=(avoid, a_setting("seed", 3, 4)))
    assert facts(card)["Settings"] == BETWEEN.join(("5 sec long", "things to avoid rain"))


def test_where_no_yes_is_asked_for_it_says_that_it_starts() -> None:
    """The price is told all the same, without buttons."""
    card = speech.notice(a_job(), asks=False)
    assert "It starts right away." in read(card)
    assert "until you press" not in read(card)
    assert (card.buttons, facts(card)["Cost"], card.tone) == ((), "25 points", Tone.WORKING)


@pytest.mark.parametrize(
    "reason,words",
    [
        (Reason.EXPLICIT, "You asked for"),
        (Reason.ALWAYS, "always want"),
        (Reason.HABIT, "used last"),
        (Reason.DEFAULT, "recommendation"),
        (Reason.CHEAPEST, "costs the least"),
        (Reason.BEST, "best quality"),
    ],
)
def test_the_reason_for_the_model_is_said(reason: Reason, words: str) -> None:
    """Nobody wonders why it is this one."""
    assert words in read(speech.notice(a_job(reason=reason), asks=True))


def test_a_missing_favourite_is_said_instead_of_the_reason() -> None:
    """It was not the person's choice to take another."""
    said = read(speech.notice(a_job(reason=Reason.DEFAULT, shifted="Old One"), asks=True))
    assert "Old One isn't available right now, so this uses Wan 2.6." in said
    assert "recommendation" not in said


@pytest.mark.parametrize("reason", Reason)
def test_an_expensive_choice_names_cheaper_ones_unless_it_was_asked_for(reason: Reason) -> None:
    """Above 50; who named the model or wanted the best is not told to save."""
    card = speech.notice(a_job(reason=reason, quote=a_quote(51)), asks=True, cheaper=(WAN, VIDU))
    told = "Want to spend less? Wan 2.6 (25 points) or Vidu Q2 (5 points)" in read(card)
    assert told is (reason not in ASKED)
    assert ("Use Wan 2.6 (25 points)" in labels(card)) is told
    assert "Use Vidu Q2 (5 points)" not in labels(card)


def test_fifty_is_not_expensive() -> None:
    """And without a cheaper model there is nothing to name."""
    assert "spend less" not in read(speech.notice(a_job(quote=a_quote(50)), asks=True, cheaper=(WAN,)))
    assert "spend less" not in read(speech.notice(a_job(quote=a_quote(500)), asks=True))


def test_several_are_priced_together() -> None:
    """The total, how it comes about, and alternatives for just as many."""
    card = speech.notice(a_job(quote=a_quote(40, 3), request=a_request(count=3)), asks=True, cheaper=(WAN,), results=3)
    assert facts(card)["Cost"] == "120 points (3 × 40 points)"
    assert "Wan 2.6 (75 points)" in read(card)
    assert "Use Wan 2.6 (75 points)" in labels(card)


def test_a_model_that_makes_four_at_once_says_so() -> None:
    """Midjourney's one price buys four pictures."""
    request = a_request(task=Task.TEXT_TO_IMAGE)
    card = speech.notice(a_job(request=request, quote=a_quote(8)), asks=True, results=4)
    assert "You get 4 results for this." in read(card)
    assert "results" not in read(speech.notice(a_job(), asks=True, results=1))


def test_an_old_price_says_its_age() -> None:
    """From a quarter of an hour on."""
    assert "Price read 20 min ago." in read(speech.notice(a_job(), asks=True, age=1200))
    assert "Price read" not in read(speech.notice(a_job(), asks=True, age=900))


def test_a_changed_price_is_the_first_thing_said() -> None:
    """Before anything else, with the assurance that nothing was spent."""
    card = speech.notice(a_job(), asks=True, changed=True)
    assert say(card.lines[0]).startswith("The price is no longer what I told you. Nothing has been spent")


@pytest.mark.parametrize(
    "rate,units,money", [("0.07", 25, "1.75 EUR"), ("0.003", 1, "0.0030 EUR"), ("0.0101", 100, "1.01 EUR")]
)
def test_money_is_told_where_the_rate_is_known_and_never_too_low(rate: str, units: int, money: str) -> None:
    """What costs something never costs 0.00."""
    card = speech.notice(a_job(quote=a_quote(units)), asks=True, rate=Decimal(rate), currency="EUR")
    assert facts(card)["In money"] == money
    assert "In money" not in facts(speech.notice(a_job(), asks=True))


@pytest.mark.parametrize(
    "params,told",
    [
        ({"duration": "10", "aspect_ratio": "16:9", "sound": True}, ["10 sec long", "16:9", "with sound"]),
        ({"quality": "1080p", "sound": "off"}, ["1080p", "without sound"]),
        ({"duration": "auto", "sound": "ambient"}, ["auto", "ambient"]),
        ({"aspect_ratio": "auto"}, ["aspect ratio auto"]),
        ({"shot_type": "single", "prompt_extend": False, "mode": "pro"}, []),
    ],
)
def test_settings_are_told_as_values_people_know(params: dict[str, str | bool], told: list[str]) -> None:
    """A provider's own switches are not."""
    assert [say(value) for value in speech.told_settings(params)] == told
    notice = speech.notice(a_job(request=a_request(params=params)), asks=True)
    assert ("Settings" in facts(notice)) is bool(told)


AT_MOST = a_quote(10, unit="credits", basis=PriceBasis.AT_MOST)


def test_what_costs_at_most_so_much_is_never_said_to_cost_that() -> None:
    """Neither in money nor when it went wrong; and how long it becomes is not known yet either."""
    job = a_job(quote=AT_MOST)
    told = facts(speech.notice(job, asks=True, rate=Decimal("0.01"), currency="EUR"))
    assert (told["Cost"], told["In money"]) == ("at most 10 credits", "at most 0.10 EUR")
    assert told["Settings"] == "720P"
    sorry = speech.unhappy(failed(FailureCode.BROKEN_OFF, Refund.KEPT, quote=AT_MOST), ())
    assert "It still cost at most 10 credits." in read(sorry)
    assert "it may cost at most 10 credits" in read(speech.in_doubt(a_job(quote=AT_MOST), can_find=False))
    other = a_model("Grok", 10, unit="credits", task=Task.TEXT_TO_TEXT, media=MediaKind.TEXT)
    told_other = speech.unhappy(failed(FailureCode.GENERATION_FAILED, quote=AT_MOST), (other,))
    assert "Use Grok (at most 10 credits)" in labels(told_other)


def test_a_failed_order_keeps_its_number() -> None:
    """With it an admin finds it in the account's records."""
    job = failed(FailureCode.GENERATION_FAILED, told="bf11cf04")
    for card in (speech.unhappy(job, ()), speech.closed(job), speech.finished(a_job(told="bf11cf04"))):
        assert facts(card)["Order number"] == "bf11cf04"


# --- progress and result -----------------------------------------------------------------------------------------


def working(progress: Progress) -> Card:
    """Return the card of a running video."""
    return speech.working(
        MediaKind.VIDEO, "Wan 2.6", "a puppy", Amount(Decimal(25), "points"), Seconds(60, 180), progress
    )


def test_a_running_order_says_how_far_it_is() -> None:
    """Percent, time waited and the longest time expected."""
    card = working(measure(120, Seconds(60, 180)))
    assert "⏳ Making your video… 66%" in read(card)
    assert "2 min so far, 3 min at the longest." in read(card)
    assert facts(card) == {"Model": "Wan 2.6", "Cost": "25 points"}


def test_a_late_order_says_that_it_is_late() -> None:
    """At 95, and no longer naming a longest time that has passed."""
    said = read(working(measure(200, Seconds(60, 180))))
    assert "95%" in said
    assert "Nearly there" in said
    assert "at the longest" not in said


def test_a_hundred_is_only_shown_with_the_result() -> None:
    """The bar of a started order is empty, of a running one at most 95."""
    done = a_job(state=State.SUCCEEDED, assets=(an_asset(),))
    bars = [card.bar.percent for card in (speech.starting(a_job()), working(measure(999, Seconds(1, 2)))) if card.bar]
    assert bars == [0, 95]
    finished = speech.finished(done)
    assert finished.bar is not None
    assert finished.bar.percent == 100
    assert speech.notice(a_job(), asks=True).bar is None


def test_a_result_shows_everything_that_was_made() -> None:
    """In place, from its own address, with the time it was to take, the time it took, and the cost."""
    pictures = tuple(an_asset(MediaKind.IMAGE, url=f"https://media.example/{n}") for n in range(4))
    job = a_job(request=a_request(task=Task.TEXT_TO_IMAGE), took=95, assets=pictures, quote=a_quote(8))
    card = delivery.result(job)
    assert [medium.url for medium in card.media] == [a.url for a in pictures]
    assert facts(card) == {
        "Model": "Wan 2.6",
        "Code": "000001",
        "Time": "expected 60–120 s (about 1–2 min), took 1 min, 35 sec",
        "Cost": "8 points",
    }
    assert verbs(card) == [Verb.ANIMATE]
    assert [link.copy for link in delivery.links(job)] == [a.url for a in pictures]


def test_a_video_is_not_animated_again() -> None:
    """Only pictures can be."""
    assert delivery.result(a_job(assets=(an_asset(),))).buttons == ()


def test_results_that_are_missing_are_counted() -> None:
    """Nobody has to count them."""
    said = read(delivery.result(a_job(assets=(an_asset(),), lost=2)))
    assert "2 of the results didn't work out." in said
    assert "didn't work out" not in read(delivery.result(a_job(assets=(an_asset(),))))


def test_a_link_message_is_nothing_but_the_link() -> None:
    """To be copied: no buttons, no media, no facts; and until when it works, where that is known."""
    until, forever = delivery.links(a_job(assets=(an_asset(), an_asset(expires_at=None))))
    assert forever == Card(title=forever.title, copy="https://media.example/video")
    assert read(until).startswith("🔗 Link to copy and share:\nThe link works until Mar 8, 2026")


# --- endings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refund,words",
    [
        (Refund.NOT_CHARGED, "Nothing was charged."),
        (Refund.RETURNED, "The 25 points came back"),
        (Refund.KEPT, "It still cost 25 points."),
        (Refund.UNKNOWN, "I can't see whether the 25 points came back"),
    ],
)
def test_a_failure_says_what_happened_to_the_money(refund: Refund, words: str) -> None:
    """As far as it is known."""
    assert words in read(speech.unhappy(failed(FailureCode.GENERATION_FAILED, refund), ()))


def test_an_order_that_was_not_taken_cost_nothing() -> None:
    """Whatever else is known; and a failure of which nothing is known is not called free."""
    refused = failed(FailureCode.BUSY, state=State.REFUSED)
    assert "Nothing was charged." in read(speech.unhappy(refused, ()))
    assert "I can't see whether" in read(speech.unhappy(a_job(state=State.FAILED), ()))


def test_a_failure_offers_another_try_and_other_models() -> None:
    """Each alternative with what it is good for and its price, for just as many."""
    job = failed(FailureCode.GENERATION_FAILED, request=a_request(model="kling", count=2), quote=a_quote(48, 2))
    card = speech.unhappy(job, (VIDU, WAN))
    assert "You could try:\nWan 2.6: most popular, 50 points\nVidu Q2: most popular, 10 points" in read(card)
    assert labels(card) == ["Try again", "Use Wan 2.6 (50 points)", "Use Vidu Q2 (10 points)"]
    assert verbs(card) == [Verb.AGAIN, Verb.SWITCH, Verb.SWITCH]


def test_nothing_is_offered_that_cannot_help() -> None:
    """A wrong key helps nobody to another model, and a second try does not mend it."""
    card = speech.unhappy(failed(FailureCode.KEY_INVALID, state=State.REFUSED), (VIDU, WAN))
    assert card.buttons == ()
    assert "You could try" not in read(card)


def test_a_model_that_no_button_can_name_is_still_suggested() -> None:
    """Its name is too long for a button; the message is said all the same."""
    grand = a_model("Grand", 9, id="x" * 80)
    card = speech.unhappy(failed(FailureCode.BUSY), (grand,))
    assert "Grand: most popular, 9 points" in read(card)
    assert labels(card) == ["Try again"]
    assert labels(speech.notice(a_job(quote=a_quote(60)), asks=True, cheaper=(grand,))) == ["Confirm", "Cancel"]


@pytest.mark.parametrize("can_find", [True, False])
def test_doubt_is_called_doubt(can_find: bool) -> None:  # noqa: FBT001 - a table of cases
    """What it may cost, that nothing is ordered twice by itself, and a look only where one is possible."""
    card = speech.in_doubt(a_job(state=State.IN_DOUBT), can_find=can_find)
    assert "may cost 25 points" in read(card)
    assert "I won't order twice by myself." in read(card)
    assert verbs(card) == [*([Verb.LOOK] if can_find else []), Verb.AGAIN, Verb.CANCEL]
    assert "Order again (may cost twice)" in labels(card)
    assert "still can't tell" in read(speech.in_doubt(a_job(), can_find=can_find, looked=True))


@pytest.mark.parametrize(
    "state,token,title",
    [
        (State.CANCELLED, "", "Cancelled. Nothing was spent."),
        (State.CANCELLED, "sent", "Left as it is. Nothing was ordered again."),
        (State.EXPIRED, "", "This offer has run out. Nothing was spent. Ask again whenever you like."),
        (State.FAILED, "sent", "❌ The video didn't work out"),
        (State.REFUSED, "sent", "❌ The video couldn't be started"),
        (State.IN_DOUBT, "sent", "❓ I can't tell whether your order arrived"),
    ],
)
def test_a_closed_notice_says_how_it_ended(state: State, token: str, title: str) -> None:
    """Without buttons; an order in doubt is neither a failure nor free."""
    card = speech.closed(a_job(state=state, token=token))
    assert (say(card.title), card.buttons) == (title, ())


def test_a_late_order_asks_whether_to_go_on() -> None:
    """It is paid and comes either way; the answer only decides whether to ask again."""
    card = speech.still_waiting(a_job(state=State.RUNNING), 700)
    assert "This is taking unusually long (11 min, 40 sec)." in read(card)
    assert "I'll bring the result whenever it comes" in read(card)
    assert verbs(card) == [Verb.WAIT, Verb.LEAVE]


# --- never -------------------------------------------------------------------------------------------------------


def _every_card(code: FailureCode) -> list[Card]:
    """Return what is said of an order of the live catalogue from its notice to this end."""
    veo = live("Google Veo 3.1")
    params = {p.name: p.default for p in veo.params if p.default is not None}
    request = a_request(model=veo.id, params=params)
    job = a_job(request=request, quote=a_quote(70, terms="attribute_id=7143"), token="tok", ref="task_9")
    trouble = Trouble(code, Refund.UNKNOWN, {"setting": "compression_quality", "code": "6010"})
    over = a_job(request=request, state=State.FAILED, trouble=trouble)
    return [
        speech.notice(job, asks=True, cheaper=catalogue()[:2]),
        speech.starting(job),
        delivery.result(a_job(request=request, assets=(an_asset(),))),
        speech.unhappy(over, catalogue()),
        speech.in_doubt(over, can_find=True),
        speech.closed(over),
    ]


@pytest.mark.parametrize("code", FailureCode)
@pytest.mark.parametrize("locale", LOCALES)
def test_no_message_holds_what_only_the_provider_knows(code: FailureCode, locale: str) -> None:
    """Its codes, its names for settings and models, its ids and ours."""
    secret = {
        "attribute_id",
        "6010",
        "compression_quality",
        "optimized",
        "veo-3.1",
        "ima-pro",
        "task_9",
        "tok",
        code.value,
    }
    secret -= {"unknown", "busy", "unavailable"}  # words that people use too
    said = "\n".join(read(card, locale) for card in _every_card(code)).replace("took", "")
    assert not [word for word in secret if word in said]
    assert START.isoformat() not in said
