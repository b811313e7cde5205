"""What services on the internet may ask of us, over real HTTP: hints and input pictures, and nothing else."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.callbacks import Callbacks
from bot.engine.ports import Upload
from bot.listener import Listener, ListenerSettings
from providers.contract import Secret
from tests.fakes.web_chat import CountingIds
from tests.providers.ima_stage import png

TOKEN, PICTURE = "a" * 32, "b" * 32


class Album:
    """One uploaded picture."""

    async def upload(self, upload: str) -> Upload | None:
        """Return it."""
        at = datetime(2026, 3, 1, tzinfo=UTC)
        return Upload(PICTURE, "image/png", png(), at) if upload == PICTURE else None


@contextlib.asynccontextmanager
async def called_back(hints: list[str]) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """Yield the address of a listener that asks everybody else for an access code, and a stranger's client."""

    def hint(token: str) -> bool:
        hints.append(token)
        return token == TOKEN

    listener = Listener(ListenerSettings(port=0, token=Secret("correct horse battery")), CountingIds())
    listener.add_proven(Callbacks(Album(), hint).routes())
    await listener.start()
    try:
        async with aiohttp.ClientSession() as client:
            yield listener.url, client
    finally:
        await listener.close()


@pytest.mark.parametrize("body", [b"", b'{"messageId":"x","status":"DONE"}', b"\xff" * 100_000])
async def test_a_hint_is_taken_whatever_it_says(body: bytes) -> None:
    """Its body is not believed, so it is not even read."""
    hints: list[str] = []
    async with called_back(hints) as (url, client), client.post(f"{url}/hints/{TOKEN}", data=body) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    assert hints == [TOKEN]


async def test_a_stranger_learns_nothing_from_a_hint() -> None:
    """The answer is the same for an order that is there and one that is not."""
    seen = []
    async with called_back([]) as (url, client):
        for token in (TOKEN, "c" * 32):
            async with client.post(f"{url}/hints/{token}") as answer:
                seen.append((answer.status, await answer.read(), sorted(answer.headers)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("token", ["short", "A" * 32, "a" * 33, "..%2f..%2fetc", "a" * 31 + "'"])
async def test_what_is_no_token_reaches_nobody(token: str) -> None:
    """It is not looked up, whatever it is."""
    hints: list[str] = []
    async with called_back(hints) as (url, client), client.post(f"{url}/hints/{token}") as answer:
        assert answer.status in {204, 404}
    assert hints == []


async def test_a_picture_is_shown_to_who_knows_its_name() -> None:
    """As what its bytes are, and nothing a browser would run."""
    async with called_back([]) as (url, client), client.get(f"{url}/pictures/{PICTURE}.png") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", png())
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["c" * 32 + ".png", "b" * 31 + ".png", "b" * 32, "..%2flimner.db", "%00.png"])
async def test_other_names_show_nothing(name: str) -> None:
    """There is no list, no folder and no other file."""
    async with called_back([]) as (url, client), client.get(f"{url}/pictures/{name}") as answer:
        assert answer.status == 404
