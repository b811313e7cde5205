"""A change happens as a whole, once, and only to the job as it was read."""

import asyncio
from dataclasses import replace

import pytest

from bot.core import job as moves
from bot.core.job import State, confirm
from bot.core.ledger import EntryKind, entry
from bot.core.preferences import Preference
from bot.engine.ports import Change, Claim, Upload
from bot.errors import AlreadySeen, Conflict
from bot.storage.sqlite import SqliteStore
from providers.models import Task
from tests.storage.samples import NOW, ROOM, a_job, a_line

CLICK = Claim("web", "house", "click-1", NOW)


async def test_every_move_is_kept_with_its_time(store: SqliteStore) -> None:
    """An operator can see how a job came to where it is."""
    job = a_job()
    for move in (job, job := confirm(job, NOW), job := moves.begin_submit(job, "t", NOW), moves.accept(job, "r")):
        await store.save(Change(move))
    stored = await store.job(job.id)
    assert stored is not None
    assert (stored.rev, stored.state, stored.ref) == (4, State.RUNNING, "r")
    assert await store.moves(job.id) == [
        (1, State.PROPOSED, NOW),
        (2, State.CONFIRMED, NOW),
        (3, State.SUBMITTING, NOW),
        (4, State.RUNNING, NOW),
    ]


async def test_of_two_who_move_a_job_one_wins(store: SqliteStore) -> None:
    """Confirm and Cancel pressed at the same moment: exactly one of them happens."""
    job = a_job()
    await store.save(Change(job))
    both = [Change(confirm(job, NOW)), Change(moves.decline(job, NOW))]
    ends = await asyncio.gather(*map(store.save, both), return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), Conflict]
    stored = await store.job(job.id)
    assert stored == both[0].job


async def test_a_job_is_born_once(store: SqliteStore) -> None:
    """The same new job twice is a conflict, whether it is the job or the follow-up of another."""
    await store.save(Change(a_job()))
    with pytest.raises(Conflict):
        await store.save(Change(a_job()))
    with pytest.raises(Conflict):
        await store.save(Change(a_job("b2"), follow=a_job()))
    assert await store.job("b2") is None


async def test_a_move_of_an_unknown_job_is_refused(store: SqliteStore) -> None:
    """A row that is not there cannot be moved."""
    with pytest.raises(Conflict):
        await store.save(Change(confirm(a_job(), NOW)))


async def test_a_refused_change_leaves_no_trace(store: SqliteStore) -> None:
    """A stale click spends nothing, says nothing, remembers nothing, and may be delivered again."""
    job = a_job()
    await store.save(Change(job))
    stale = Change(
        replace(job, rev=7),
        follow=a_job("f1"),
        lines=(a_line("k1"),),
        claim=CLICK,
        entries=(entry(job, EntryKind.RESERVED, NOW),),
        preferences=(Preference("web", "house", "ann", Task.TEXT_TO_VIDEO, "kling"),),
        locale=("web", "house", "ann", "en"),
        uploads=(Upload("u1", "image/png", b"x", NOW),),
    )
    with pytest.raises(Conflict):
        await store.save(stale)
    assert await store.job(job.id) == job
    assert await store.job("f1") is None
    assert await store.owed(ROOM) == []
    assert await store.entries(job.id) == []
    assert await store.preferences("web", "house", "ann") == {}
    assert await store.locale_of("web", "house", "ann") == ""
    assert await store.upload("u1") is None
    assert len(await store.moves(job.id)) == 1
    await store.save(Change(confirm(job, NOW), claim=CLICK))


async def test_an_event_has_its_effect_once(store: SqliteStore) -> None:
    """A chat delivers the same click twice: the second one is recognised before it can look like a conflict."""
    job = a_job()
    await store.save(Change(job))
    click = Change(confirm(job, NOW), claim=CLICK, lines=(a_line("k1"),))
    await store.save(click)
    with pytest.raises(AlreadySeen):
        await store.save(click)
    assert len(await store.moves(job.id)) == 2
    await store.save(Change(claim=replace(CLICK, tenant="elsewhere")))
    await store.save(Change(claim=replace(CLICK, platform="discord")))


async def test_an_event_delivered_twice_at_once_counts_once(store: SqliteStore) -> None:
    """Both deliveries share one transaction and still only one is an order."""
    asks = [Change(a_job(name), claim=CLICK) for name in ("a1", "b2")]
    ends = await asyncio.gather(*map(store.save, asks), return_exceptions=True)
    assert [type(end) for end in ends] == [type(None), AlreadySeen]
    assert await store.job("b2") is None


async def test_a_follow_up_is_born_with_its_cause(store: SqliteStore) -> None:
    """Switching to another model closes one offer and makes the next in one step."""
    job = a_job()
    await store.save(Change(job))
    await store.save(Change(moves.decline(job, NOW), follow=a_job("b2")))
    found = {name: await store.job(name) for name in ("a1", "b2")}
    assert {name: one.state for name, one in found.items() if one} == {
        "a1": State.CANCELLED,
        "b2": State.PROPOSED,
    }
    assert await store.moves("b2") == [(1, State.PROPOSED, NOW)]
