"""What is remembered of people's commands: as little and as short as it is needed, in a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.engine.ports import Change, Claim
from bot.storage.passes import GUEST_FOLLOWUPS, KEPT, LASTS, MANY_FOLLOWUPS, PICTURES_KEPT, Pass, Passes
from bot.storage.sqlite import SqliteStore
from tests.fakes.clock import StoryClock

NOW = StoryClock().now()
PASS = Pass(
    event="1",
    application="app",
    token="secret",
    at=NOW,
    tenant="guild",
    place="here",
    person="ann",
    opens=True,
    hidden=False,
    posts=True,
    followups=MANY_FOLLOWUPS,
    file_limit=10,
    locale="en",
)


@asynccontextmanager
async def _passes(home: Path) -> AsyncIterator[tuple[Passes, SqliteStore]]:
    store = await SqliteStore.open(home / "limner.db", lambda: NOW)
    try:
        yield Passes(store), store
    finally:
        await store.close()


async def test_a_token_is_gone_once_it_is_over(tmp_path: Path) -> None:
    """Whoever gets hold of the file finds no right to speak; what holds in the place is still known."""
    async with _passes(tmp_path) as (passes, _):
        await passes.keep(PASS)
        await passes.sweep(NOW + LASTS + timedelta(minutes=2))
        kept = await passes.of_event("1")
        assert kept is not None
        assert (kept.token, kept.posts) == ("", True)


async def test_a_place_where_nobody_is_any_more_is_forgotten(tmp_path: Path) -> None:
    """After a week; until then a late result knows whether it can be brought there."""
    async with _passes(tmp_path) as (passes, _):
        await passes.keep(PASS)
        await passes.sweep(NOW + KEPT - timedelta(minutes=1))
        assert await passes.at_place("here") is not None
        await passes.sweep(NOW + KEPT + timedelta(minutes=1))
        assert await passes.at_place("here") is None


async def test_pictures_wait_an_hour(tmp_path: Path) -> None:
    """For what should happen with them."""
    async with _passes(tmp_path) as (passes, _):
        await passes.keep_pictures("1", [b"a", b"b"], NOW)
        assert await passes.pictures("1") == [b"a", b"b"]
        await passes.sweep(NOW + PICTURES_KEPT + timedelta(seconds=1))
        assert await passes.pictures("1") == []


async def test_only_what_was_lost_is_told(tmp_path: Path) -> None:
    """Not what was heard, answered, pressed on a message that stays, or is too old to be told."""
    async with _passes(tmp_path) as (passes, store):
        for event in ("lost", "heard", "answered", "pressed"):
            await passes.keep(replace(PASS, event=event, opens=event != "pressed"))
        await passes.keep(replace(PASS, event="old", at=NOW - LASTS))
        await passes.claim("answered", "line")
        await store.save(Change(claim=Claim("discord", "guild", "heard", NOW)))
        assert [by.event for by in await passes.unheard(NOW)] == ["lost"]


async def test_an_answer_carries_one_lines_words(tmp_path: Path) -> None:
    """The second line is sent away, the first may come again."""
    async with _passes(tmp_path) as (passes, _):
        await passes.keep(PASS)
        assert await passes.claim("1", "first")
        assert await passes.claim("1", "first")
        assert not await passes.claim("1", "second")


async def test_a_guests_further_messages_are_counted_down(tmp_path: Path) -> None:
    """To none, and not below; or all at once when Discord says that there are none."""
    async with _passes(tmp_path) as (passes, _):
        await passes.keep(replace(PASS, followups=GUEST_FOLLOWUPS))
        await passes.spend_followup("1")
        kept = await passes.of_event("1")
        assert kept is not None
        assert (kept.followups, kept.is_guest) == (GUEST_FOLLOWUPS - 1, True)
        await passes.spend_followup("1", all_of_them=True)
        await passes.spend_followup("1")
        kept = await passes.of_event("1")
        assert kept is not None
        assert kept.followups == 0
