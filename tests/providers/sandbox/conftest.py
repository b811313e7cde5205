"""A running sandbox with a clock that stands still, and a plain client for it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from providers.sandbox.clock import HandClock
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.ima_client import ImaClient


@pytest.fixture
def clock() -> HandClock:
    """A clock that only tests move."""
    return HandClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
async def sandbox(tmp_path: Path, clock: HandClock) -> AsyncIterator[Sandbox]:
    """A started sandbox with its own folder."""
    made = Sandbox(home=tmp_path / "home", clock=clock)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def ima(sandbox: Sandbox, session: aiohttp.ClientSession, clock: HandClock) -> ImaClient:
    """A client of the sandbox's IMA Studio."""
    return ImaClient(sandbox, session, clock)
