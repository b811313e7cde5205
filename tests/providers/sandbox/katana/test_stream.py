"""Streams: their events, their pace, and everything that can happen to them."""

from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET, Sandbox
from tests.providers.sandbox.katana.client import KatanaClient, asking, events, said


async def test_a_stream_is_the_answer_in_pieces(katana: KatanaClient) -> None:
    """Role first, thoughts, words, an end, usage, ``[DONE]``; together they are what the plain answer says."""
    stream = await katana.stream()
    plain = (await katana.ask())["choices"][0]["message"]
    assert stream[0]["choices"][0]["delta"]["role"] == "assistant"
    assert said(stream) == plain["content"]
    assert said(stream, "reasoning_content") == plain["reasoning_content"]
    assert [event["choices"][0]["finish_reason"] for event in stream[:-2]][-2:] == [None, "stop"]
    assert stream[-2]["choices"] == []
    assert {event["object"] for event in stream[:-1]} == {"chat.completion.chunk"}
    assert {event["model"] for event in stream[:-1]} == {"grok-4-3"}
    assert len(stream) > 30


async def test_usage_is_told_to_those_who_ask(katana: KatanaClient) -> None:
    """Without ``include_usage`` there is none, and the charge is exact all the same."""
    stream = await katana.stream(usage=False)
    assert all("usage" not in event for event in stream[:-1])
    assert await katana.balance() == Decimal("20813.9")


async def test_a_stream_ends_at_the_limit(katana: KatanaClient) -> None:
    """``length`` says that it was cut off."""
    stream = await katana.stream("a long essay on foxes", model="claude-haiku-4-5", max_tokens=40)
    assert stream[-3]["choices"][0]["finish_reason"] == "length"


async def test_a_stream_that_breaks_off(katana: KatanaClient) -> None:
    """In the middle of its words, without ``[DONE]``; charged as if it had come whole."""
    url = katana.url("/v1/chat/completions")
    got: list[bytes] = []

    async def read(answer: aiohttp.ClientResponse) -> None:
        while chunk := await answer.content.readany():
            got.append(chunk)

    body = asking("a fox? [sandbox: stream-cut]", stream=True)
    async with katana.session.post(url, json=body, headers=katana.headers) as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            await read(answer)
    whole = said(await katana.stream("a fox?"))
    assert whole.startswith(part := said(events(b"".join(got))))
    assert 0 < len(part) < len(whole)
    assert katana.charged == [10, 10]
    assert katana.refunded == [Decimal("9.9")] * 2


async def test_a_stream_in_broken_pieces(katana: KatanaClient) -> None:
    """Pieces end in the middle of events and of characters; together they are whole."""
    url = katana.url("/v1/chat/completions")
    body = asking("什么是灯塔？ [sandbox: stream-split]", stream=True)
    async with katana.session.post(url, json=body, headers=katana.headers) as answer:
        pieces = [chunk async for chunk, _ in answer.content.iter_chunks()]
    assert sum(not piece.endswith(b"\n\n") for piece in pieces) > 10
    assert sum(not _whole(piece) for piece in pieces) > 0
    assert said(events(b"".join(pieces))) == said(await katana.stream("什么是灯塔？"))


def _whole(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


async def test_a_slow_stream(katana: KatanaClient) -> None:
    """Real seconds between the pieces; all of it comes in the end."""
    stream = await katana.stream("a fox? [sandbox: stream-slow lasting=0.001]")
    assert stream[-1] == "[DONE]"


async def test_who_hangs_up_has_paid(katana: KatanaClient) -> None:
    """A client that leaves in the middle was charged once, and the service goes on."""
    url = katana.url("/v1/chat/completions")
    body = asking("a fox? [sandbox: stream-slow lasting=60]", stream=True)
    async with katana.session.post(url, json=body, headers=katana.headers) as answer:
        assert (await answer.content.readany()).startswith(b"data: ")
    assert await katana.balance() == Decimal("20813.9")


async def test_a_stream_goes_at_the_pace_of_the_clock(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """A sandbox that runs fast writes fast; nothing of the answer is lost."""
    sandbox = Sandbox(home=tmp_path / "fast", clock=ScaledClock(10_000.0))
    await sandbox.start()
    try:
        url = f"{sandbox.base_url}/katana/v1/chat/completions"
        headers = {"Authorization": f"Bearer {KATANA_KEY}:{KATANA_SECRET}"}
        async with session.post(url, json=asking("a fox?", stream=True), headers=headers) as answer:
            assert events(await answer.read())[-1] == "[DONE]"
    finally:
        await sandbox.close()
