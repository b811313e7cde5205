"""ImaginePro the whole way over real HTTP: a grid at its price, flags that are wrong, an answer that was lost."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from typing_extensions import override

from bot.core.actions import Verb
from bot.core.job import State
from providers.contract import Provider, ProviderSettings
from providers.errors import FailureCode
from providers.imaginepro.provider import create
from providers.sandbox.server import IMAGINEPRO_KEY
from tests.stories.guests import GuestStage


class ProStage(GuestStage):
    """A service that has ImaginePro beside another provider."""

    path = "/imaginepro/api/v1"
    key = IMAGINEPRO_KEY

    @override
    def create(self, settings: ProviderSettings) -> Provider:
        return create(settings)

    @property
    def attempts(self) -> int:
        """How many paid calls the server saw."""
        return self.sandbox.gate.requests["imaginepro.create"]


@contextlib.asynccontextmanager
async def stage(home: Path) -> AsyncIterator[ProStage]:
    """Return a started stage, and hold the story against the promises when it is over."""
    async with ProStage(home) as running:
        yield running
        await running.keep_promises()


async def test_a_grid_from_the_price_to_its_five_pictures(tmp_path: Path) -> None:
    """Typed as in Midjourney's own chat: half the price in the slow mode, the sheet first, then the four."""
    async with stage(tmp_path) as at:
        await at.say("/image model=imaginepro/midjourney a fox --ar 16:9 --raw --chaos 20 --no people, houses --relax")
        assert "5 credits" in at.reads()
        assert at.attempts == 0
        await at.press(Verb.CONFIRM)
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, job.request.model, len(job.assets)) == (State.SUCCEEDED, "midjourney", 5)
        (charge,) = at.sandbox.ledger.charges
        assert (charge.amount, at.attempts) == (Decimal(5), 1)
        assert charge.prompt == "a fox --ar 16:9 --style raw --chaos 20 --no people, houses --relax"


@pytest.mark.parametrize("flag", ["--chaos 101", "--hd", "--q 3", "--ar 100:1", "--v 99"])
async def test_a_flag_that_would_fail_costs_nothing(tmp_path: Path, flag: str) -> None:
    """It is refused with the words of a setting, before there is a price."""
    async with stage(tmp_path) as at:
        await at.say(f"/image model=imaginepro/midjourney a fox {flag}")
        assert await at.jobs() == []
        assert at.attempts == at.charges == 0
        assert "fox" not in at.reads()


async def test_a_lost_answer_is_found_and_its_picture_brought(tmp_path: Path) -> None:
    """Never sent again: it is found by our own name of the attempt before anybody is told that nobody knows."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("lost-answer", "imaginepro.create")
        await at.order("/image model=imaginepro/midjourney a fox")
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, len(job.assets)) == (State.SUCCEEDED, 5)
        assert at.charges == at.attempts == 1


async def test_a_crash_after_the_order_loses_nothing(tmp_path: Path) -> None:
    """The process ends while the picture is made; the next one goes on looking and brings it."""
    async with stage(tmp_path) as at:
        await at.order("/image model=imaginepro/flux x3 a fox")
        await at.clock.settle()
        await at.restart(after=30)
        await at.finish()
        (job,) = await at.jobs()
        assert (job.state, len(job.assets), at.charges) == (State.SUCCEEDED, 3, 1)


async def test_a_failed_run_is_told_kindly_and_promises_no_money(tmp_path: Path) -> None:
    """None of the service's words is read by anybody."""
    async with stage(tmp_path) as at:
        job = await at.make("/image model=imaginepro/midjourney a fox [sandbox: failed reason=banned style=bare]")
        assert job.state is State.FAILED
        assert job.trouble is not None
        assert job.trouble.code is FailureCode.CONTENT_REFUSED
        assert "detected" not in at.screen()
        assert "refund" not in at.screen().lower()
        assert at.charges == 1
