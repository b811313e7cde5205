"""The adapter in front of the sandbox, for every test here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.katana.stage import KatanaStage, katana_stage


@pytest.fixture
async def katana(tmp_path: Path) -> AsyncIterator[KatanaStage]:
    """Yield a stage whose account is full."""
    async with katana_stage(tmp_path) as stage:
        yield stage
