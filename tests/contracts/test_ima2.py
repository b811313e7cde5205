"""ima2's adapter keeps what every provider keeps, in front of a server written from the provider's facts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from typing_extensions import override

from providers.contract import Clip, Order
from providers.intake import checked
from providers.models import ModelSpec, Task
from providers.staging import Fault, Stage
from providers.testing import ProviderContract
from tests.providers.ima2.stage import CLIP, START, TOKEN, ima2_stage, settings_for
from tests.providers.ima_stage import png
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
_SPENDS = "ima2.[ac][rn][ea]*"
"""The doors ``create`` and ``analyze``, and no other."""


@dataclass(frozen=True, slots=True)
class _Stage(Stage):
    """A stage with something finished, which is what there is to go on with."""

    drawn: str = ""

    @override
    def order(self, spec: ModelSpec, count: int = 1) -> Order:
        # No zero-argument super() here: a dataclass with slots is another class than the one it is written in.
        order = Stage.order(self, spec, count)
        if spec.task is Task.REWORK_IMAGE:
            return replace(order, origin=self.drawn, piece=1)
        needs = spec.task in {Task.EXTEND_VIDEO, Task.VIDEO_TO_TEXT} and self.clip is not None
        return replace(order, videos=(self.clip,)) if needs and self.clip is not None else order


class TestIma2(ProviderContract):
    """Every test of the suite, against the sandbox."""

    @pytest.fixture
    async def stage(self, tmp_path: Path) -> AsyncIterator[Stage]:
        """The adapter and the sandbox, with a picture and a clip that were made already."""
        async with ima2_stage(tmp_path, token=TOKEN) as ima2:

            async def charges() -> Sequence[Decimal]:
                return ima2.charges

            async def attempts() -> int:
                return ima2.attempts

            async def fault(what: Fault) -> None:
                ima2.sandbox.faults.add(_FAULTS[what], _SPENDS)

            async def wait(seconds: float) -> None:
                ima2.clock.advance(seconds)
                await ima2.settle()

            drawn, _ = await ima2.made(await ima2.order())
            _, clip = await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, CLIP))
            yield _Stage(
                provider=ima2.provider,
                restarted=ima2.fresh,
                unreachable=lambda: type(ima2.provider)(
                    settings_for(f"http://127.0.0.1:{closed_port()}", ima2.clock, TOKEN)
                ),
                charges=charges,
                attempts=attempts,
                fault=fault,
                wait=wait,
                picture=checked(png()),
                secrets=(TOKEN,),
                since=START,
                clip=Clip(clip.assets[0].url),
                drawn=drawn.ref,
            )
