"""Which tests are part of ``make long`` rather than of ``make test``: what is true of our pretend worlds alone."""

from collections.abc import Iterable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONG = tuple(HERE / folder for folder in ("fakes", "providers/sandbox/ima2", "providers/sandbox/imaginepro"))
"""The strict chats, each proven against the provider's own client, and the emulators whose adapters are to come."""


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark them by where they are."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in LONG):
            item.add_marker(pytest.mark.long)
