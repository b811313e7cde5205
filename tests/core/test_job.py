"""A job goes where its story can go and nowhere else; every move makes it one revision older."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import job as jobs
from bot.core.job import _MOVES, DRIVEN, OPEN, IllegalMove, Job, State, Trouble
from providers.errors import FailureCode
from providers.outcomes import Done, Refund
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_quote, an_asset

LATER = START + timedelta(minutes=3)
TROUBLE = Trouble(FailureCode.BUSY, Refund.UNKNOWN)
MOVES: dict[str, Callable[[Job], Job]] = {
    "confirm": lambda job: jobs.confirm(job, LATER),
    "reprice": lambda job: jobs.reprice(job, a_quote(30), LATER),
    "decline": lambda job: jobs.decline(job, LATER),
    "expire": lambda job: jobs.expire(job, LATER),
    "begin_submit": lambda job: jobs.begin_submit(job, "token", LATER),
    "accept": lambda job: jobs.accept(job, "ref"),
    "put_back": lambda job: jobs.put_back(job, 30.0, START, LATER),
    "refuse": lambda job: jobs.refuse(job, TROUBLE, LATER),
    "doubt": lambda job: jobs.doubt(job, TROUBLE, LATER),
    "succeed": lambda job: jobs.succeed(job, Done((an_asset(),), lost=1), 90, LATER),
    "fail": lambda job: jobs.fail(job, TROUBLE, 90, LATER),
    "ask_to_wait": jobs.ask_to_wait,
    "leave": jobs.leave,
    "stop": lambda job: jobs.stop(job, Refund.UNKNOWN, 90, LATER),
}
LEGAL = {
    State.PROPOSED: {
        "confirm": State.CONFIRMED,
        "reprice": State.PROPOSED,
        "decline": State.CANCELLED,
        "expire": State.EXPIRED,
    },
    State.CONFIRMED: {
        "begin_submit": State.SUBMITTING,
        "put_back": State.CONFIRMED,
        "reprice": State.PROPOSED,
        "decline": State.CANCELLED,
        "refuse": State.REFUSED,
    },
    State.SUBMITTING: {
        "accept": State.RUNNING,
        "put_back": State.CONFIRMED,
        "refuse": State.REFUSED,
        "doubt": State.IN_DOUBT,
    },
    State.RUNNING: {
        "succeed": State.SUCCEEDED,
        "fail": State.FAILED,
        "ask_to_wait": State.RUNNING,
        "leave": State.RUNNING,
        "stop": State.CANCELLED,
    },
    State.IN_DOUBT: {"accept": State.RUNNING, "decline": State.CANCELLED},
}
"""The story of a job, written by hand: what may happen in each state and where it leads."""

OVER = {State.SUCCEEDED, State.REFUSED, State.FAILED, State.CANCELLED, State.EXPIRED}
CASES = [(state, move) for state in State for move in MOVES]


def at(state: State) -> Job:
    """Return a job that stands there."""
    return a_job(state=state, rev=4, token="before", ref="before", confirmed_at=START)


@pytest.mark.parametrize("state,move", CASES)
def test_every_move_is_legal_or_raises(state: State, move: str) -> None:
    """All moves from all states: a paid order is never sent twice, cancelled while it runs, or revived."""
    expected = LEGAL.get(state, {}).get(move)
    if expected is None:
        with pytest.raises(IllegalMove, match=str(state)):
            MOVES[move](at(state))
    else:
        moved = MOVES[move](at(state))
        assert (moved.state, moved.rev) == (expected, 5)


def test_the_table_says_the_same() -> None:
    """It holds the states that the moves lead to, and no other way."""
    watching = {"ask_to_wait", "leave"}
    story = {s: {to for move, to in LEGAL.get(s, {}).items() if move not in watching} for s in State}
    assert {state: set(to) for state, to in _MOVES.items()} == story


def test_the_ends_and_the_open_states() -> None:
    """Whoever is owed an end has an open job; the runner drives what is between a yes and an end."""
    assert {state for state in State if not _MOVES[state]} == OVER
    assert set(State) - OPEN == OVER
    assert {State.CONFIRMED, State.SUBMITTING, State.RUNNING} == DRIVEN
    assert [a_job(state=s).is_open for s in (State.IN_DOUBT, State.FAILED)] == [True, False]


def test_a_move_changes_only_what_it_is_about() -> None:
    """Who asked for what, and where, is the same at the end."""
    job = a_job()
    done = jobs.succeed(jobs.accept(jobs.begin_submit(jobs.confirm(job, START), "t", LATER), "r"), Done(()), 1, LATER)
    bare = replace(done, state=job.state, rev=1, token="", ref="", took=0)
    assert replace(bare, confirmed_at=None, submitted_at=None, ended_at=None) == job


def test_what_each_move_notes() -> None:
    """The times and names that later moves, lists and searches rely on."""
    confirmed = jobs.confirm(a_job(), LATER)
    assert confirmed.confirmed_at == LATER
    submitting = jobs.begin_submit(confirmed, "token", LATER)
    assert (submitting.token, submitting.submitted_at) == ("token", LATER)
    doubtful = jobs.doubt(submitting, TROUBLE, LATER)
    assert (doubtful.trouble, doubtful.ended_at) == (TROUBLE, LATER)
    found = jobs.accept(doubtful, "ref")
    assert (found.ref, found.trouble, found.ended_at) == ("ref", None, None)
    asked = jobs.ask_to_wait(jobs.ask_to_wait(found))
    assert (asked.asked, jobs.leave(asked).quiet) == (2, True)
    done = MOVES["succeed"](asked)
    assert (len(done.assets), done.took, done.lost, done.ended_at) == (1, 90, 1, LATER)
    failed = MOVES["fail"](asked)
    assert (failed.trouble, failed.took, failed.ended_at) == (TROUBLE, 90, LATER)


def test_a_new_price_has_to_be_confirmed_anew() -> None:
    """The old yes is gone, and the offer's time begins again."""
    changed = jobs.reprice(jobs.confirm(a_job(), START), a_quote(30), LATER)
    assert (changed.quote, changed.confirmed_at, changed.created_at) == (a_quote(30), None, LATER)


def test_only_a_new_proposal_can_be_born_confirmed() -> None:
    """Where the operator's rule asks for no yes; its first save is still revision 1."""
    born = jobs.start_confirmed(a_job(), LATER)
    assert (born.state, born.rev, born.confirmed_at) == (State.CONFIRMED, 1, LATER)
    for job in (a_job(rev=2), a_job(state=State.RUNNING)):
        with pytest.raises(IllegalMove):
            jobs.start_confirmed(job, LATER)


def test_the_code_is_short_enough_to_type() -> None:
    """Six characters of the name."""
    assert a_job(id="0123456789abcdef").code == "012345"
