"""IMA Studio's adapter keeps what every provider keeps, in front of a server written from the provider's facts."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from providers.ima_studio.provider import create
from providers.intake import checked
from providers.sandbox.server import APP_KEY, KEY
from providers.staging import Fault, Stage
from providers.testing import ProviderContract
from tests.providers.ima_stage import START, ima_stage, png, settings_for
from tests.providers.raw_server import closed_port

_FAULTS = {
    Fault.LOST_REQUEST: "lost-request",
    Fault.LOST_ANSWER: "lost-answer",
    Fault.GARBLED: "truncated",
    Fault.SERVER_ERROR: "500",
    Fault.BUSY: "429",
    Fault.NO_POINTS: "4008",
    Fault.RUN_FAILS: "failed",
}


class TestImaStudio(ProviderContract):
    """Every test of the suite, against the sandbox."""

    @pytest.fixture
    async def stage(self, tmp_path: Path) -> AsyncIterator[Stage]:
        """The adapter and the sandbox."""
        async with ima_stage(tmp_path) as ima:

            async def charges() -> Sequence[Decimal]:
                return ima.charges

            async def attempts() -> int:
                return ima.attempts

            async def fault(what: Fault) -> None:
                ima.sandbox.faults.add(_FAULTS[what], "ima.create")

            async def wait(seconds: float) -> None:
                ima.clock.advance(seconds)

            yield Stage(
                provider=ima.provider,
                restarted=lambda: create(ima.settings),
                unreachable=lambda: create(settings_for(f"http://127.0.0.1:{closed_port()}", ima.clock)),
                charges=charges,
                attempts=attempts,
                fault=fault,
                wait=wait,
                picture=checked(png()),
                secrets=(KEY, APP_KEY),
                since=START,
            )
