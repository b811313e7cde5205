"""A client of the sandbox's Katana."""

import aiohttp
import pytest

from providers.sandbox.clock import HandClock
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.katana.client import KatanaClient


@pytest.fixture
def katana(sandbox: Sandbox, session: aiohttp.ClientSession, clock: HandClock) -> KatanaClient:
    """A client with the right pair."""
    return KatanaClient(sandbox, session, clock)
