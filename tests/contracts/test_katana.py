"""Katana's adapter keeps what every provider keeps, in front of a server written from the provider's facts."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from providers.contract import Clip
from providers.intake import checked
from providers.katana.provider import create
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET
from providers.staging import Fault, Stage
from providers.testing import ProviderContract
from tests.providers.ima_stage import png
from tests.providers.katana.stage import START, katana_stage, settings_for
from tests.providers.raw_server import closed_port

_FAULTS = {
    Fault.LOST_REQUEST: "lost-request",
    Fault.LOST_ANSWER: "lost-answer",
    Fault.GARBLED: "truncated",
    Fault.SERVER_ERROR: "500",
    Fault.BUSY: "429",
    Fault.NO_POINTS: "402",
    Fault.RUN_FAILS: "failed",
}


class TestKatana(ProviderContract):
    """Every test of the suite, against the sandbox."""

    @pytest.fixture
    async def stage(self, tmp_path: Path) -> AsyncIterator[Stage]:
        """The adapter and the sandbox."""
        async with katana_stage(tmp_path) as katana:

            async def charges() -> Sequence[Decimal]:
                return katana.charges

            async def attempts() -> int:
                return katana.attempts

            async def fault(what: Fault) -> None:
                katana.sandbox.faults.add(_FAULTS[what], "katana.c*")

            async def wait(seconds: float) -> None:
                katana.clock.advance(seconds)

            yield Stage(
                provider=katana.provider,
                restarted=lambda: create(katana.settings),
                unreachable=lambda: create(settings_for(f"http://127.0.0.1:{closed_port()}", katana.clock)),
                charges=charges,
                attempts=attempts,
                fault=fault,
                wait=wait,
                picture=checked(png()),
                secrets=(KATANA_KEY, KATANA_SECRET),
                since=START,
                clip=Clip("https://videos.example/sea.mp4?seconds=8", seconds=8),
            )
