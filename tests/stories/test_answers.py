"""A question is priced, asked once, answered bit by bit and accounted for; one at a time, and nothing is lost."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core import wording
from bot.core.actions import Verb
from bot.core.cards import Card
from bot.core.job import State
from bot.core.ledger import EntryKind
from bot.errors import RefusalCode
from providers.errors import FailureCode, ProviderError, Sent
from providers.outcomes import Refund
from tests.fakes.clock import StoryClock
from tests.fakes.scribe import ANSWER, Books, Scribe
from tests.stories.stage import Stage, stage

ASK = "/ask why is the sky blue?"


def scribe(books: Books | None = None, *, answer: str = ANSWER, speed: float = 10.0) -> Callable[[StoryClock], Scribe]:
    """Return what makes the provider at each start."""
    kept = books or Books()
    return lambda clock: Scribe(clock, kept, answer=answer, speed=speed)


def facts(at: Stage, card: Card) -> dict[str, str]:
    """Return a card's facts in English."""
    words = at.translators.get("en")
    return {words.say(fact.label): words.say(fact.value) for fact in card.facts}


def notice(at: Stage, n: int = 0) -> Card:
    """Return the message an order began with, as it is now."""
    return at.chat.ending("notice")[n].card


async def test_a_question_is_priced_asked_answered_and_accounted_for(tmp_path: Path) -> None:
    """The most it can cost before, in credits and money, and who can read it; the real cost after, on a receipt."""
    async with stage(tmp_path, guest=scribe()) as at:
        await at.say(ASK)
        assert facts(at, at.card) == {
            "Model": "Grok",
            "Expected time": "2–20 s",
            "Cost": "at most 10 credits",
            "In money": "at most 0.06 USD",
            "Privacy": "Anonymized: whoever runs the model can read it, without knowing whose it is",
        }
        await at.press(Verb.CONFIRM)
        assert facts(at, notice(at))["Order number"] == "bf11cf04-1"
        await at.finish()
        assert [shown.card.text for shown in at.chat.ending("answer.0")] == [ANSWER]
        receipt = at.chat.ending("receipt")[0].card
        assert facts(at, receipt) == {
            "Model": "Grok",
            "Privacy": "Anonymized",
            "Order number": "bf11cf04",
            "Pieces of text": "42 read, 176 written",
            "Cost": "0.1 credits",
            "In money": "0.0006 USD",
            "Time": "7 sec",
        }
        job = (await at.jobs())[0]
        assert [(e.kind, e.amount) for e in await at.entries(job)] == [
            (EntryKind.RESERVED, Decimal(10)),
            (EntryKind.SETTLED, Decimal("0.1")),
        ]
        await at.say("/history")
        assert "0.1 credits" in at.reads()


async def test_the_order_is_named_before_it_is_looked_at(tmp_path: Path) -> None:
    """With the number somebody can help, even if nothing is ever heard again."""
    async with stage(tmp_path, guest=scribe(speed=0.0)) as at:
        await at.order(ASK)
        assert facts(at, notice(at))["Order number"] == "bf11cf04-1"
        assert notice(at).buttons == ()


async def test_an_answer_is_seen_while_it_is_written(tmp_path: Path) -> None:
    """In the notice, never less than before, at most every second and a half; then the whole of it, once."""
    async with stage(tmp_path, guest=scribe(answer=ANSWER * 20, speed=30.0)) as at:
        await at.order(ASK)
        await at.finish()
        shown = [form.text for form in at.chat.ending("notice")[0].forms if form.text]
        assert len(shown) > 10
        assert all(ANSWER.startswith(text[:20]) or text in ANSWER * 20 for text in shown)
        assert [len(text) for text in shown] == sorted(len(text) for text in shown)
        assert notice(at).text == ""
        took = (await at.jobs())[0].took
        assert len(shown) <= took / 1.5 + 1
        assert "".join(s.card.text for s in at.chat.messages.values() if ".answer." in s.line.key) == ANSWER * 20


async def test_a_long_answer_comes_in_parts(tmp_path: Path) -> None:
    """In order, each within what the tightest chat takes; nothing of it is lost."""
    lines = "\n".join(f"{n}. A line of an answer that goes on and on." for n in range(400))
    async with stage(tmp_path, guest=scribe(answer=lines, speed=5000.0)) as at:
        await at.make(ASK)
        parts = [s.card.text for key, s in at.chat.messages.items() if ".answer." in key]
        assert len(parts) > 4
        assert all(len(part) <= 3400 for part in parts)
        assert "\n".join(parts) == lines


async def test_an_answer_that_breaks_off_is_brought_as_far_as_it_came(tmp_path: Path) -> None:
    """It was paid for; that the rest is missing is said."""

    def broken(clock: StoryClock) -> Scribe:
        made = Scribe(clock, Books())
        made.breaks_at = 20
        return made

    async with stage(tmp_path, guest=broken) as at:
        job = await at.make(ASK)
        card = at.chat.ending("answer.0")[0].card
        assert (job.state, job.lost, card.text) == (State.SUCCEEDED, 1, ANSWER[:20])
        assert card.lines == (wording.ANSWER_CUT(),)


async def test_what_was_written_survives_a_stop(tmp_path: Path) -> None:
    """The provider tells nothing twice, so what had arrived is brought, with the truth about the rest."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, answer=ANSWER * 10, speed=20.0)) as at:
        await at.order(ASK)
        await at.clock.run(lambda: at.clock.now() > at.started(14))
        await at.restart()
        await at.finish()
        job = (await at.jobs())[0]
        text = at.chat.ending("answer.0")[0].card.text
        assert (job.state, job.lost, len(books.orders)) == (State.SUCCEEDED, 1, 1)
        receipt = facts(at, at.chat.ending("receipt")[0].card)
        assert (receipt["Order number"], receipt["Cost"]) == (job.told, "at most 10 credits")
        assert receipt["In money"] == "at most 0.06 USD"
        assert len(text) >= 20 * 8
        assert (ANSWER * 10).startswith(text)


async def test_a_stop_in_order_loses_nothing_that_was_written(tmp_path: Path) -> None:
    """All that had arrived is put down first, not only what was at the last time."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, answer=ANSWER * 10, speed=20.0)) as at:
        await at.order(ASK)
        await at.clock.run(lambda: at.clock.now() > at.started(14))
        await at.service.runner.settle(1.0)
        await at.restart()
        await at.finish()
        assert len(at.chat.ending("answer.0")[0].card.text) >= 20 * 13


async def test_an_answer_that_never_began_to_arrive_is_no_result(tmp_path: Path) -> None:
    """It may have cost something; nobody is told that it did not."""
    async with stage(tmp_path, guest=scribe(speed=0.0)) as at:
        await at.order(ASK)
        await at.restart()
        await at.finish()
        job = (await at.jobs())[0]
        assert job.trouble is not None
        assert (job.state, job.trouble.code, job.trouble.refund) == (
            State.FAILED,
            FailureCode.BROKEN_OFF,
            Refund.KEPT,
        )
        assert wording.FAILURES[FailureCode.BROKEN_OFF]() in at.chat.ending("sorry")[0].card.lines


async def test_an_answer_that_is_there_at_once_is_not_looked_for(tmp_path: Path) -> None:
    """A provider may answer as it takes the order."""
    async with stage(tmp_path, guest=scribe(speed=0.0)) as at:
        await at.order("/ask instant coffee or tea?")
        assert [job.state for job in await at.jobs()] == [State.SUCCEEDED]
        assert at.chat.ending("answer.0")[0].card.text == ANSWER


async def test_the_next_question_waits_for_the_one_before(tmp_path: Path) -> None:
    """Its person sees that and behind how many; others are not kept waiting; it starts by itself."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books)) as at:
        for question in ("one", "two", "three"):
            await at.order(f"/ask {question}")
        await at.order("/ask four", who="bob")
        assert [order.prompt for order in books.orders] == ["one", "four"]
        assert notice(at, 1).lines == (wording.QUEUED_BEHIND(count=1), wording.QUEUED_WHY())
        assert notice(at, 2).lines == (wording.QUEUED_BEHIND(count=2), wording.QUEUED_WHY())
        await at.clock.run(lambda: notice(at, 2).lines == (wording.QUEUED_BEHIND(count=1), wording.QUEUED_WHY()))
        assert [order.prompt for order in books.orders] == ["one", "four", "two"]
        await at.finish()
        assert [order.prompt for order in books.orders] == ["one", "four", "two", "three"]
        assert {job.state for job in await at.everybody()} == {State.SUCCEEDED}


@pytest.mark.parametrize("by", ["button", "word"])
async def test_a_question_that_waits_can_be_taken_back(tmp_path: Path, by: str) -> None:
    """Nothing was sent; whoever comes after moves up and sees it, no sooner than progress is shown."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, speed=1.0)) as at:
        for question in ("one", "two", "three"):
            await at.order(f"/ask {question}")
        second = (await at.jobs())[1]
        if by == "button":
            await at.press_action(notice(at, 1).buttons[0].action)
        else:
            await at.say(f"/cancel {second.code}")
        await at.clock.run(lambda: notice(at, 2).lines == (wording.QUEUED_BEHIND(count=1), wording.QUEUED_WHY()))
        assert [order.prompt for order in books.orders] == ["one"]
        await at.finish()
        assert [order.prompt for order in books.orders] == ["one", "three"]
        assert [e.kind for e in await at.entries(second)] == [EntryKind.RESERVED, EntryKind.RELEASED]


async def test_a_place_in_the_queue_is_told_when_it_changes(tmp_path: Path) -> None:
    """Whoever leaves it behind somebody moves nobody, and no message is written anew."""
    async with stage(tmp_path, guest=scribe(Books(), speed=1.0)) as at:
        for question in ("one", "two", "three"):
            await at.order(f"/ask {question}")
        before = list(at.chat.ending("notice")[1].forms)
        await at.press_action(notice(at, 2).buttons[0].action)
        assert at.chat.ending("notice")[1].forms == before


async def test_a_queue_survives_a_stop(tmp_path: Path) -> None:
    """What works goes on working, what waits goes on waiting, and each is sent once."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, speed=5.0)) as at:
        for question in ("one", "two", "three"):
            await at.order(f"/ask {question}")
        await at.restart()
        await at.clock.settle()
        assert [order.prompt for order in books.orders] == ["one"]
        await at.finish()
        assert [order.prompt for order in books.orders] == ["one", "two", "three"]


async def test_who_works_goes_on_before_who_was_asked_first(tmp_path: Path) -> None:
    """An older offer that was said yes to later does not push in at a restart."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, speed=2.0)) as at:
        await at.say("/ask older")
        await at.say("/ask newer")
        newer, older = notice(at, 1).buttons[0].action, notice(at, 0).buttons[0].action
        await at.press_action(newer)
        await at.press_action(older)
        await at.restart()
        await at.clock.settle()
        assert [order.prompt for order in books.orders] == ["newer"]
        await at.finish()
        assert [order.prompt for order in books.orders] == ["newer", "older"]


async def test_giving_up_on_a_late_answer_lets_the_next_one_start(tmp_path: Path) -> None:
    """The late one is watched all the same and brought if it comes."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, speed=0.01)) as at:
        await at.order("/ask one")
        await at.order("/ask two")
        await at.clock.run(lambda: at.offers(Verb.LEAVE))
        assert len(books.orders) == 1
        await at.press(Verb.LEAVE)
        await at.clock.run(lambda: len(books.orders) == 2)
        assert [job.state for job in await at.jobs()] == [State.RUNNING, State.RUNNING]
        await at.finish()
        assert {job.state for job in await at.jobs()} == {State.SUCCEEDED}


async def test_an_order_that_was_given_up_on_holds_up_nobody_after_a_stop(tmp_path: Path) -> None:
    """It is still watched, and the next one starts at once."""
    books = Books()
    async with stage(tmp_path, guest=scribe(books, speed=0.01)) as at:
        await at.order("/ask one")
        await at.clock.run(lambda: at.offers(Verb.LEAVE))
        await at.press(Verb.LEAVE)
        await at.restart()
        await at.clock.settle()
        await at.order("/ask two")
        assert [order.prompt for order in books.orders] == ["one", "two"]


@pytest.mark.parametrize(
    "code,sent,state",
    [(FailureCode.UNAVAILABLE, Sent.YES, State.REFUSED), (FailureCode.TIMED_OUT, Sent.MAYBE, State.IN_DOUBT)],
)
async def test_an_order_that_went_wrong_makes_room_for_the_next(
    tmp_path: Path, code: FailureCode, sent: Sent, state: State
) -> None:
    """However it ended, a queue never stands still."""
    books = Books()
    made: list[Scribe] = []

    def stubborn(clock: StoryClock) -> Scribe:
        made.append(Scribe(clock, books))
        made[-1].refuses = ProviderError(code, sent=sent)
        return made[-1]

    async with stage(tmp_path, guest=stubborn) as at:
        await at.order("/ask one")
        await at.order("/ask two")
        await at.finish()
        assert [job.state for job in await at.jobs()] == [state, State.SUCCEEDED]


async def test_what_is_left_in_the_account_is_told(tmp_path: Path) -> None:
    """In credits and in money, for each service that tells it; one that does not answer is named."""
    made: list[Scribe] = []

    def remembered(clock: StoryClock) -> Scribe:
        made.append(Scribe(clock, Books()))
        return made[-1]

    async with stage(tmp_path, guest=remembered) as at:
        await at.say("/balance")
        assert at.reads() == "What is left in the account\nScribe: 20,814 credits (about 108.24 USD)"
        made[0].left = None
        await at.say("/balance")
        assert "Scribe: I can't read it right now" in at.reads()


async def test_without_anybody_who_answers_that_is_said(tmp_path: Path) -> None:
    """Rather than that it may work later."""
    async with stage(tmp_path) as at:
        await at.say(ASK)
        assert at.card.title == wording.REFUSALS[RefusalCode.NOT_OFFERED]()
        await at.say("/balance")
        assert at.card.title == wording.REFUSALS[RefusalCode.NO_BALANCE]()


@pytest.mark.parametrize(
    "text,code", [("/ask", RefusalCode.EMPTY_QUESTION), ("/ask model=grok", RefusalCode.EMPTY_QUESTION)]
)
async def test_an_empty_question_is_asked_for(tmp_path: Path, text: str, code: RefusalCode) -> None:
    """With an example of one."""
    async with stage(tmp_path, guest=scribe()) as at:
        await at.say(text)
        assert at.card.title == wording.REFUSALS[RefusalCode.EMPTY_QUESTION]()


async def test_who_answers_can_be_said_in_plain_words(tmp_path: Path) -> None:
    """As people speak to each other."""
    async with stage(tmp_path, guest=scribe()) as at:
        await at.say("ask kimi about the tides")
        assert facts(at, at.card)["Model"] == "Kimi"
        assert facts(at, at.card)["Privacy"].startswith("Sealed")
