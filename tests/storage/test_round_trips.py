"""What comes out of the database is what went in, to the type of every value."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from bot.core.cards import Card
from bot.core.job import Job, PictureRef, State
from bot.core.ledger import EntryKind, entry
from bot.core.preferences import Preference
from bot.engine.ports import Change, Line, LineKind, Upload
from bot.storage.rows import (
    decode_card,
    decode_job,
    decode_line,
    encode_card,
    encode_job,
    encode_line,
    moment,
    stamp,
)
from bot.storage.sqlite import SqliteStore
from providers.models import Task
from tests.storage.samples import CARDS, JOBS, LINES, MOMENTS, NOW, ROOM, a_job, exactly

_SLOW_TO_DRAW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150, deadline=None)


@_SLOW_TO_DRAW
@given(JOBS)
def test_a_job_comes_back_exactly(job: Job) -> None:
    """A setting of "5" is not ordered as 5, a price of 1.50 stays 1.50, and no time moves by a microsecond."""
    assert exactly(decode_job(encode_job(job))) == exactly(job)


@_SLOW_TO_DRAW
@given(LINES)
def test_a_line_comes_back_exactly(line: Line) -> None:
    """A message that was owed over a restart goes to the same place and says what it would have said before."""
    assert exactly(decode_line(encode_line(line))) == exactly(line)


@_SLOW_TO_DRAW
@given(CARDS)
def test_a_card_comes_back_exactly(card: Card) -> None:
    """A message of the web chat looks after a restart as it did before."""
    assert exactly(decode_card(encode_card(card))) == exactly(card)


@pytest.mark.parametrize("value", ["5", 5, True, False, "true", 1, 0, "", -(2**70), "5.0", "2026-03-01"])
async def test_a_setting_keeps_its_type(store: SqliteStore, value: str | int | bool) -> None:  # noqa: FBT001 - the point
    """Providers read "5", 5 and true as different things."""
    job = a_job()
    job = replace(job, request=replace(job.request, params={"setting": value}))
    await store.save(Change(job))
    stored = await store.job(job.id)
    assert stored is not None
    assert exactly(stored) == exactly(job)


@_SLOW_TO_DRAW
@given(MOMENTS, MOMENTS)
def test_times_sort_as_text(one: datetime, other: datetime) -> None:
    """Offers expire and history is sorted by comparing text in the database."""
    assert (one < other) == (stamp(one) < stamp(other))
    assert moment(stamp(one)) == one


async def test_everything_of_a_change_comes_back(store: SqliteStore) -> None:
    """Lines, books, preferences, language and pictures survive as they are."""
    job = a_job()
    line = Line("k1", LineKind.SAY, ROOM, "ann", "zh_Hans", Card(quote="hi"), NOW, job.id, private=True)
    books = (entry(job, EntryKind.RESERVED, NOW), entry(job, EntryKind.SETTLED, NOW, Decimal("24.90")))
    liking = Preference("web", "house", "ann", Task.TEXT_TO_VIDEO, "kling", "wan2.6", "Kling", "Wan", NOW)
    picture = Upload("u1", "image/png", bytes(range(256)), NOW)
    await store.save(
        Change(
            job,
            lines=(line,),
            entries=books,
            preferences=(liking,),
            locale=("web", "house", "ann", "zh_Hans"),
            uploads=(picture,),
        )
    )
    assert [owed.line for owed in await store.owed(ROOM)] == [line]
    assert list(await store.entries(job.id)) == list(books)
    assert [e.amount.as_tuple() for e in await store.entries(job.id)] == [e.amount.as_tuple() for e in books]
    assert await store.preferences("web", "house", "ann") == {Task.TEXT_TO_VIDEO: liking}
    assert await store.locale_of("web", "house", "ann") == "zh_Hans"
    assert await store.upload("u1") == picture


async def test_what_was_never_stored_is_nothing(store: SqliteStore) -> None:
    """Asking for the unknown is no error."""
    assert await store.job("nobody") is None
    assert await store.upload("nothing") is None
    assert await store.locale_of("web", "house", "ann") == ""
    assert await store.preferences("web", "house", "ann") == {}
    assert await store.entries("nobody") == []
    await store.save(Change())


async def test_the_newest_choice_counts(store: SqliteStore) -> None:
    """A person changes their mind about a model and a language; others keep theirs."""
    ann = Preference("web", "house", "ann", Task.TEXT_TO_VIDEO, always="kling")
    bob = replace(ann, person="bob")
    await store.save(Change(preferences=(ann, bob), locale=("web", "house", "ann", "zh_Hans")))
    await store.save(Change(preferences=(ann.forgotten(NOW),), locale=("web", "house", "ann", "en")))
    assert (await store.preferences("web", "house", "ann"))[Task.TEXT_TO_VIDEO].always == ""
    assert (await store.preferences("web", "house", "bob"))[Task.TEXT_TO_VIDEO] == bob
    assert await store.locale_of("web", "house", "ann") == "en"


async def test_jobs_are_found_by_what_is_asked(store: SqliteStore) -> None:
    """The runner finds what to drive, the clock finds old offers, a person finds their own, newest first."""
    hour = timedelta(hours=1)
    jobs = [a_job(state.value, state=state, at=NOW + n * hour) for n, state in enumerate(State)]
    others = a_job("others", state=State.SUCCEEDED, person="bob")
    await asyncio.gather(*(store.save(Change(job)) for job in [*jobs, others]))
    assert [job.id for job in await store.driven()] == ["confirmed", "submitting", "running"]
    assert [job.id for job in await store.proposals_before(NOW + hour)] == ["proposed"]
    assert await store.proposals_before(NOW) == []
    assert [job.id for job in await store.jobs_of("web", "house", "ann")] == [state.value for state in State][::-1]
    assert [job.id for job in await store.jobs_of("web", "house", "ann", limit=2)] == ["in_doubt", "expired"]
    assert await store.jobs_of("discord", "house", "ann") == []
    assert len(await store.jobs_of("web", "", "ann")) == len(State)
    assert await store.jobs_of("web", "elsewhere", "ann") == []
    assert await store.jobs_of("web", "", "ben") == []
    assert await store.open_count() == 5


async def test_a_result_picture_needs_no_upload(store: SqliteStore) -> None:
    """A follow-up order is made from the address of a result."""
    job = a_job()
    job = replace(job, request=replace(job.request, pictures=(PictureRef(url="https://example.com/a.png"),)))
    await store.save(Change(job))
    assert await store.job(job.id) == job


async def test_one_unreadable_job_does_not_stop_the_others(store: SqliteStore) -> None:
    """A row that somebody damaged by hand is left out at start, and every other paid job is still brought home."""
    await store.save(Change(a_job("good", state=State.RUNNING)))
    await store.save(Change(a_job("bad", state=State.RUNNING)))
    await store.database._writer._connection.execute("UPDATE job SET data = '{}' WHERE id = 'bad'")
    assert [job.id for job in await store.driven()] == ["good"]
