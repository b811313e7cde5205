"""Old things go, owed and open things stay."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.job import Job, PictureRef, State
from bot.core.ledger import EntryKind, entry
from bot.engine.ports import Change, Claim, LineKind, Upload
from bot.errors import AlreadySeen
from bot.storage import retention
from bot.storage.sqlite import SqliteStore
from tests.storage.samples import NOW, ROOM, a_job, a_line

OLD = NOW - timedelta(days=40)
LIMIT = NOW - timedelta(days=30)


def _made_from(job: Job, upload: str) -> Job:
    return replace(job, request=replace(job.request, pictures=(PictureRef(upload), PictureRef(url="https://x.test/"))))


async def test_old_things_go_and_recent_ones_stay(store: SqliteStore) -> None:
    """Handled events, used pictures and said lines are kept for a while and not for ever."""
    for name, at in (("old", OLD), ("new", NOW)):
        await store.save(
            Change(
                lines=(a_line(name),),
                claim=Claim("web", "house", name, at),
                uploads=(Upload(name, "image/png", b"x", at),),
            )
        )
        await store.said(name, f"m-{name}", at)
    assert await store.prune(LIMIT) == 3
    assert [await store.upload(name) is not None for name in ("old", "new")] == [False, True]
    assert [await store.message_of(name) for name in ("old", "new")] == ["", "m-new"]
    await store.save(Change(claim=Claim("web", "house", "old", NOW)))
    with pytest.raises(AlreadySeen):
        await store.save(Change(claim=Claim("web", "house", "new", NOW)))
    assert await store.prune(LIMIT) == 0


async def test_what_is_owed_is_never_forgotten(store: SqliteStore) -> None:
    """A chat that was away for months still gets what it is owed, and jobs and books stay for ever."""
    job = a_job("done", state=State.SUCCEEDED, at=OLD)
    lines = (
        replace(a_line("waits", job=job.id), at=OLD),
        replace(a_line("gone", job=job.id), at=OLD),
        replace(a_line("notice", job=job.id), at=OLD),
        replace(a_line("edit", job=job.id, kind=LineKind.EDIT, target="notice"), at=OLD),
    )
    books = (entry(job, EntryKind.RESERVED, OLD), entry(job, EntryKind.SETTLED, OLD))
    await store.save(Change(job, lines=lines, entries=books))
    await store.undeliverable("gone", "the place is gone", OLD)
    await store.said("notice", "m1", OLD)
    assert await store.prune(LIMIT) == 0
    assert [(owed.line.key, owed.message) for owed in await store.owed(ROOM)] == [("waits", ""), ("edit", "m1")]
    assert await store.undelivered_jobs("web", "house", "ann") == {"done"}
    assert await store.job("done") == job
    assert len(await store.entries("done")) == 2


async def test_what_an_open_job_needs_is_never_forgotten(store: SqliteStore) -> None:
    """An order in doubt may be looked at again after months: its picture and its message are still there."""
    doubt = _made_from(a_job("doubt", state=State.IN_DOUBT, at=OLD), "needed")
    done = _made_from(a_job("done", state=State.SUCCEEDED, at=OLD), "spent")
    pictures = tuple(Upload(name, "image/png", b"x", OLD) for name in ("needed", "spent", "unused"))
    await store.save(Change(doubt, lines=(a_line("k-doubt", job="doubt"),), uploads=pictures))
    await store.save(Change(done, lines=(a_line("k-done", job="done"),)))
    await store.said("k-doubt", "m1", OLD)
    await store.said("k-done", "m2", OLD)
    assert await store.prune(LIMIT) == 3
    assert await store.upload("needed") is not None
    assert await store.message_of("k-doubt") == "m1"
    assert [await store.upload("spent"), await store.upload("unused"), await store.message_of("k-done")] == [
        None,
        None,
        "",
    ]


async def test_a_large_clean_up_is_done_in_pieces(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """More old rows than one transaction deletes all go in one call."""
    monkeypatch.setattr(retention, "CHUNK", 4)
    await store.save(Change(lines=tuple(a_line(f"k{n}") for n in range(11))))
    for n in range(11):
        await store.said(f"k{n}", f"m{n}", OLD)
    assert await store.prune(LIMIT) == 11
    assert [await store.message_of(f"k{n}") for n in range(11)] == [""] * 11
