"""ImaginePro's adapter keeps what every provider keeps, in front of a server written from the provider's facts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from typing_extensions import override

from providers.contract import Order
from providers.imaginepro.provider import create
from providers.intake import checked
from providers.models import ModelSpec, Task
from providers.sandbox.faults import Fault as SandboxFault
from providers.sandbox.server import IMAGINEPRO_KEY
from providers.staging import Fault, Stage
from providers.testing import ProviderContract
from tests.providers.ima_stage import png
from tests.providers.imaginepro.stage import AT, START, pro_stage, settings_for
from tests.providers.raw_server import closed_port

_FAULTS = {
    Fault.LOST_REQUEST: SandboxFault(fault="lost-request"),
    Fault.LOST_ANSWER: SandboxFault(fault="lost-answer"),
    Fault.GARBLED: SandboxFault(fault="truncated"),
    Fault.SERVER_ERROR: SandboxFault(fault="500"),
    Fault.BUSY: SandboxFault(fault="429"),
    Fault.NO_POINTS: SandboxFault(fault="401", reason="credits"),
    Fault.RUN_FAILS: SandboxFault(fault="failed", reason="banned"),
}


@dataclass(frozen=True, slots=True)
class _Stage(Stage):
    """A stage with a finished grid, whose first button is what there is to go on with."""

    grid: str = ""

    @override
    def order(self, spec: ModelSpec, count: int = 1) -> Order:
        # No zero-argument super() here: a dataclass with slots is another class than the one it is written in.
        order = Stage.order(self, spec, count)
        return replace(order, origin=self.grid, step="U1") if spec.task is Task.REWORK_IMAGE else order


class TestImaginePro(ProviderContract):
    """Every test of the suite, against the sandbox."""

    @pytest.fixture
    async def stage(self, tmp_path: Path) -> AsyncIterator[Stage]:
        """The adapter and the sandbox, with a picture that was made already."""
        async with pro_stage(tmp_path) as pro:

            async def charges() -> Sequence[Decimal]:
                return pro.charges

            async def attempts() -> int:
                return pro.attempts

            async def fault(what: Fault) -> None:
                pro.sandbox.faults.order(_FAULTS[what])

            async def wait(seconds: float) -> None:
                pro.clock.advance(seconds)

            grid, _ = await pro.made()
            yield _Stage(
                provider=pro.provider,
                restarted=lambda: create(pro.settings),
                unreachable=lambda: create(settings_for(f"http://127.0.0.1:{closed_port()}", pro.clock)),
                charges=charges,
                attempts=attempts,
                fault=fault,
                wait=wait,
                picture=replace(checked(png()), link=AT.format("given")),
                secrets=(IMAGINEPRO_KEY,),
                since=START,
                grid=grid,
            )
