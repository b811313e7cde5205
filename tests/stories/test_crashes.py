"""A stop at every commit point, once and twice: nobody pays twice, nothing paid is lost, nobody is left in silence."""

import asyncio
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.core import actions
from bot.core.job import State
from bot.engine.ports import Change, Store
from tests.stories.stage import Stage


@dataclass(slots=True)
class Fuse:
    """Stops the process at the n-th commit, just before it or just after it."""

    at: int
    after: bool
    seen: int = 0
    blown: bool = False

    async def guard(self) -> None:
        """Stand still for ever once the fuse is blown, like a process that is no more."""
        if self.blown:
            await asyncio.Event().wait()


class FusedStore:
    """A store whose process stops at a commit. Everything that is not a commit goes straight to the real one."""

    def __init__(self, inner: Store, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def save(self, change: Change) -> None:
        """Save, or stop."""
        await self._before()
        await self._inner.save(change)
        await self._behind()

    async def said(self, key: str, message: str, at: datetime, *, skipped: Iterable[str] = ()) -> None:
        """Note, or stop."""
        await self._before()
        await self._inner.said(key, message, at, skipped=skipped)
        await self._behind()

    async def _before(self) -> None:
        await self._fuse.guard()
        self._fuse.seen += 1
        if self._fuse.seen == self._fuse.at and not self._fuse.after:
            self._fuse.blown = True
            await self._fuse.guard()

    async def _behind(self) -> None:
        if self._fuse.seen == self._fuse.at:
            self._fuse.blown = True
        await self._fuse.guard()


async def _live(stage: Stage, fuse: Fuse) -> bool:
    """Let one life of the process go on until it is over or stopped; return whether it came to its end."""
    stage.wrap = lambda store: FusedStore(store, fuse)  # type: ignore[assignment, return-value] # a store by duck's gait
    await stage.start()
    living = asyncio.ensure_future(_person(stage))
    while not living.done() and not fuse.blown:
        await asyncio.wait([living], timeout=0.001)
    came_to_end = not fuse.blown
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)
    await stage.stop()
    return came_to_end


async def _person(stage: Stage) -> None:
    """Behave as a person does: ask if nothing was asked, confirm what can be confirmed, wait."""
    await stage.clock.settle()
    if not stage.chat.ending("notice"):
        await stage.say("/video a puppy", event="ask")
    while any("|confirm|" in button.action for button in stage.chat.buttons()):
        await stage.press(actions.Verb.CONFIRM)
    await stage.finish()


async def _check(stage: Stage) -> None:
    """Every promise, whatever happened."""
    await stage.start()
    jobs = await stage.jobs()
    assert len(jobs) == 1
    job = jobs[0]
    assert stage.charges <= 1, "charged twice"
    results, doubts = stage.chat.ending("result"), stage.chat.ending("doubt")
    if job.state is State.SUCCEEDED:
        assert stage.charges == 1
        assert len(results) == 1
        assert len(stage.chat.ending("link.0")) == 1
    else:
        assert job.state is State.IN_DOUBT, f"left in {job.state}"
        assert len(doubts) == 1, "nobody was told"
    assert not await stage.service.store.owed_places(), "something was left unsaid"


async def _story(home: Path, fuses: Iterable[Fuse]) -> None:
    stage = Stage(home)
    await stage.sandbox.start()
    try:
        for fuse in fuses:
            if await _live(stage, fuse):
                break
        stage.wrap = None
        await _live(stage, Fuse(at=0, after=False))
        stage.wrap = None
        await _check(stage)
    finally:
        await stage.stop()
        await stage.sandbox.close()


COMMITS = 16
"""More commit points than one job has; a fuse that is never reached is a story without a stop."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, COMMITS + 1))
async def test_one_stop_at_any_commit_costs_nothing_and_loses_nothing(tmp_path: Path, at: int, *, after: bool) -> None:
    """Whatever commit the process stops at, the next start puts it right."""
    await _story(tmp_path, [Fuse(at, after)])


DANGEROUS = frozenset({5})
"""The commit of the intent to pay; the pairs that begin at the others are part of `make crash`."""


@pytest.mark.parametrize(
    "first",
    [pytest.param(at, marks=() if at in DANGEROUS else pytest.mark.crash) for at in range(1, COMMITS + 1)],
)
async def test_two_stops_at_any_two_commits_cost_nothing_and_lose_nothing(tmp_path: Path, first: int) -> None:
    """The same with a second stop anywhere in the life after the first."""
    for second, sides in itertools.product(range(1, 9), ((False, False), (True, False), (False, True), (True, True))):
        home = tmp_path / f"{second}-{sides[0]:d}{sides[1]:d}"
        home.mkdir()
        await _story(home, [Fuse(first, sides[0]), Fuse(second, sides[1])])
