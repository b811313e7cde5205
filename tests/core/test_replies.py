"""What the free commands answer: models with prices, what is remembered, what is under way and what it cost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core import listings, replies
from bot.core.cards import Tone
from bot.core.grammar import NAMES
from bot.core.job import State, Trouble
from bot.core.preferences import Preference
from bot.errors import RefusalCode, Refused
from providers.contract import PriceBasis
from providers.errors import FailureCode
from providers.models import Task, Trait
from providers.outcomes import Refund
from tests.core.reading import catalogue, read, say
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_model, a_quote, an_asset


def test_help_names_every_command() -> None:
    """By the word that is shown first."""
    said = read(replies.welcome())
    assert not [names[0] for names in NAMES.values() if f"/{names[0]} " not in said]


def test_models_are_listed_with_price_time_and_what_they_are_good_for() -> None:
    """In the order they are given."""
    plain = a_model("Plain", 3, traits=frozenset(), price_to=Decimal(3))
    secret = a_model("Secret", None, traits=frozenset({Trait.FAST}))
    wan = a_model("Wan 2.6", 25, recommended=True)
    lines = [say(line) for line in replies.model_list(Task.TEXT_TO_VIDEO, [wan, secret, plain]).lines]
    assert lines == [
        "Wan 2.6: 25 to 100 points, 60–120 s (about 1–2 min), most popular",
        "Secret: price when you ask, 60–120 s (about 1–2 min), fast",
        "Plain: 3 points, 60–120 s (about 1–2 min)",
    ]


def test_prices_in_dollars_are_said_as_dollars() -> None:
    """Both ends of a range, so that nobody takes a tenth of a cent for a tenth of a point."""
    model = a_model("Nano Banana 2", "0.003", unit="usd", price_from=Decimal("0.001"), price_to=Decimal("0.006"))
    [line] = [say(line) for line in replies.model_list(Task.TEXT_TO_IMAGE, [model]).lines]
    assert line.startswith("Nano Banana 2: $0.001 to $0.006, ")


@pytest.mark.parametrize("task", Task)
def test_every_live_model_is_on_its_list(task: Task) -> None:
    """By the name that can be typed."""
    said = read(replies.model_list(task, catalogue(task)))
    assert not [model.name for model in catalogue(task) if f"{model.name}: " not in said]


def test_what_is_remembered_is_said() -> None:
    """What was said comes before what was used; an empty memory says so too."""
    used = Preference("stage", "house", "ann", Task.TEXT_TO_IMAGE).used("mj", "Midjourney", START)
    always = Preference("stage", "house", "ann", Task.TEXT_TO_VIDEO).used("wan", "Wan", START)
    known = {p.task: p for p in (used, always.wanted("kling", "Kling O1", START))}
    said = read(replies.remembered(known))
    assert "picture from words: last used Midjourney" in said
    assert "video from words: always Kling O1" in said
    assert "Wan" not in said
    assert say(listings.PREFS_NONE()) in read(replies.remembered({used.task: used.forgotten(START)}))


def test_a_promise_names_model_and_tasks() -> None:
    """So that nobody wonders what it covers."""
    tasks = (Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO)
    said = read(replies.kept(a_model("Kling O1"), tasks))
    assert said == "✅ Got it: from now on Kling O1 for video from words and video from a picture."
    assert "video from words and video from a picture" in read(replies.forgotten(tasks))


def test_open_orders_show_code_state_and_cost() -> None:
    """And the addresses of results that the chat has not taken."""
    made = a_job(id="abcdef" + "0" * 26, state=State.SUCCEEDED, assets=(an_asset(),))
    said = read(replies.open_jobs([a_job(state=State.RUNNING), made], frozenset({made.id})))
    assert "000001: Wan 2.6, being made, 25 points" in said
    assert "abcdef: Wan 2.6, made, but this chat didn't take it yet, 25 points" in said
    assert "abcdef: https://media.example/video" in said
    assert read(replies.open_jobs([], frozenset())) == "Nothing is under way."


@pytest.mark.parametrize(
    "state,refund,points",
    [
        (State.SUCCEEDED, None, 25),
        (State.FAILED, Refund.KEPT, 25),
        (State.FAILED, Refund.UNKNOWN, 25),
        (State.FAILED, Refund.RETURNED, 0),
        (State.REFUSED, Refund.NOT_CHARGED, 0),
        (State.CANCELLED, None, 0),
        (State.EXPIRED, None, 0),
    ],
)
def test_history_says_what_an_order_cost(state: State, refund: Refund | None, points: int) -> None:
    """Money that was kept, or may have been, is not shown as none."""
    trouble = Trouble(FailureCode.GENERATION_FAILED, refund) if refund else None
    assets = (an_asset(),) if state is State.SUCCEEDED else ()
    job = a_job(state=state, trouble=trouble, assets=assets, ended_at=START + timedelta(days=1))
    (line,) = replies.past_jobs([job], frozenset()).lines
    assert f", {points} points, Mar 2, 2026" in say(line)


def test_history_of_an_order_left_in_doubt_counts_it() -> None:
    """Nobody knows whether it ran: it was sent and then closed."""
    job = a_job(state=State.CANCELLED, token="sent", ended_at=START)
    assert "unclear whether it was ordered, 25 points" in read(replies.past_jobs([job], frozenset()))
    assert read(replies.past_jobs([], frozenset())).startswith("Nothing yet.")


def test_lists_do_not_turn_the_most_into_the_cost() -> None:
    """What an answer cost is known from its bill alone."""
    quote = a_quote(10, unit="credits", basis=PriceBasis.AT_MOST)
    assert "at most 10 credits" in read(replies.open_jobs([a_job(state=State.RUNNING, quote=quote)], frozenset()))
    broken = a_job(
        state=State.FAILED, quote=quote, ended_at=START, trouble=Trouble(FailureCode.BROKEN_OFF, Refund.KEPT)
    )
    assert "at most 10 credits" in read(replies.past_jobs([broken], frozenset()))


def test_a_refusal_is_one_sentence_with_what_to_do() -> None:
    """In the colour of a no, without buttons."""
    card = replies.refusal(Refused(RefusalCode.UNKNOWN_COMMAND, word="paint"))
    assert (read(card), card.tone) == ("I don't know /paint. Type /help to see what I can do.", Tone.BAD)


def test_a_model_of_two_services_is_listed_with_the_name_of_each() -> None:
    """Else nobody could tell the two apart but by their unit."""
    twins = [a_model("Kling 2.1"), a_model("Kling 2.1", provider="other", unit="credits"), a_model("Wan 2.6")]
    listed = replies.model_list(Task.TEXT_TO_VIDEO, twins, {"ima_studio": "IMA Studio", "other": "Katana"})
    names = [say(line).partition(":")[0] for line in listed.lines]
    assert sorted(names) == ["Kling 2.1 · IMA Studio", "Kling 2.1 · Katana", "Wan 2.6"]
