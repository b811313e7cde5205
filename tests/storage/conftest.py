"""A real database in a directory of its own for every test."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest

from bot.storage.database import BUSY_TIMEOUT
from bot.storage.migrate import Step
from bot.storage.sqlite import SqliteStore
from tests.storage.samples import now


class Opener(Protocol):
    """Opens a store that is closed when the test ends, even if it fails: an open one keeps the process alive."""

    async def __call__(
        self, path: Path, *, busy_timeout: float = BUSY_TIMEOUT, steps: Sequence[Step] | None = None
    ) -> SqliteStore:
        """Open the database at a path."""
        ...


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's database is."""
    return tmp_path / "limner.db"


@pytest.fixture
async def open_store() -> AsyncIterator[Opener]:
    """How a test opens stores of its own."""
    async with AsyncExitStack() as stack:

        async def opener(
            path: Path, *, busy_timeout: float = BUSY_TIMEOUT, steps: Sequence[Step] | None = None
        ) -> SqliteStore:
            store = await SqliteStore.open(path, now, busy_timeout=busy_timeout, steps=steps)
            stack.push_async_callback(store.close)
            return store

        yield opener


@pytest.fixture
async def store(open_store: Opener, path: Path) -> SqliteStore:
    """An open, empty store that does not wait long for others."""
    return await open_store(path, busy_timeout=0.02)
