"""A client of the sandbox's ima2."""

import aiohttp
import pytest

from providers.sandbox.clock import HandClock
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.ima2.client import Ima2Client


@pytest.fixture
def ima2(sandbox: Sandbox, session: aiohttp.ClientSession, clock: HandClock) -> Ima2Client:
    """A client without a token."""
    return Ima2Client(sandbox, session, clock)
