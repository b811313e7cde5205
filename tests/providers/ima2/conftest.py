"""The adapter in front of the sandbox, for every test here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.ima2.stage import Ima2Stage, ima2_stage


@pytest.fixture
async def ima2(tmp_path: Path) -> AsyncIterator[Ima2Stage]:
    """Yield a stage whose server is signed in everywhere but for the keys."""
    async with ima2_stage(tmp_path) as stage:
        yield stage
