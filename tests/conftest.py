"""Which tests are part of ``make long`` rather than of ``make test``: our pretend worlds, and the long tables."""

from collections.abc import Iterable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WORLDS = ("fakes", "providers/sandbox")
"""The strict chats, each proven against the provider's own client, and the emulators: what is true of them alone."""

TABLES = ("security/test_addresses.py", "security/test_injected_words.py", "security/test_web_door.py")
"""Hundreds of spellings of what a few tests of the same doors hold in ``make test``."""

CROWDS = ("platforms/discord/test_crowd.py", "platforms/feishu/test_registration.py")
"""Five hundred at once, and another library's own waits of whole seconds."""

LONG = tuple(HERE / path for path in (*WORLDS, *TABLES, *CROWDS))


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark them by where they are."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in LONG):
            item.add_marker(pytest.mark.long)
