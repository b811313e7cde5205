"""A client of the sandbox's ImaginePro, and somebody who listens for its webhooks."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from providers.sandbox.clock import HandClock
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.imaginepro.client import Inbox, ProClient


@pytest.fixture
def pro(sandbox: Sandbox, session: aiohttp.ClientSession, clock: HandClock) -> ProClient:
    """A client with the right key."""
    return ProClient(sandbox, session, clock)


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """A listener on loopback."""
    made = Inbox()
    await made.open()
    yield made
    await made.close()
