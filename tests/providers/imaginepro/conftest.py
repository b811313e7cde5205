"""The adapter in front of the sandbox, for every test here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.imaginepro.stage import ProStage, pro_stage


@pytest.fixture
async def pro(tmp_path: Path) -> AsyncIterator[ProStage]:
    """Yield a stage whose account is full."""
    async with pro_stage(tmp_path) as stage:
        yield stage
