"""A paid call whose answer streams in: what a broken connection means before it began and after. No provider here."""

import asyncio

import pytest

from providers.errors import FailureCode, ProviderError, Sent
from providers.transport import MAX_BODY, Transport
from tests.providers.raw_server import Script, Talk, closed_port, serving

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def transport(url: str, seconds: float = 5.0) -> Transport:
    """Return a door to that server."""
    return Transport(url, {}, pay_seconds=seconds)


async def refused(script: Script, seconds: float = 5.0) -> ProviderError:
    """Return the error of a stream that does not begin."""
    async with serving(script) as server:
        door = transport(server.url, seconds)
        with pytest.raises(ProviderError) as caught:
            await door.pay_stream("/chat", b"{}", stall_seconds=5)
        await door.close()
        assert len(server.requests) == 1
    return caught.value


async def received(script: Script, stall: float = 5.0) -> tuple[bytes, FailureCode | None]:
    """Return what arrived, and how it broke off if it did."""
    got, broke = b"", None
    async with serving(script) as server:
        door = transport(server.url)
        flow = await door.pay_stream("/chat", b"{}", stall_seconds=stall)
        try:
            async for piece in flow.chunks():
                got += piece
        except ProviderError as error:
            broke = error.code
        await flow.close()
        await flow.close()
        await door.close()
        assert (len(server.requests), server.connections) == (1, 1)
    return got, broke


async def _hang_up(talk: Talk) -> None:
    talk.hang_up()


async def _slam(talk: Talk) -> None:
    talk.slam()


async def _stay_silent(talk: Talk) -> None:
    await asyncio.Event().wait()


async def _half_a_head(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nConten")
    talk.hang_up()


@pytest.mark.parametrize(
    "script,code",
    [
        (_hang_up, FailureCode.UNREACHABLE),
        (_slam, FailureCode.UNREACHABLE),
        (_half_a_head, FailureCode.UNREACHABLE),
        (_stay_silent, FailureCode.TIMED_OUT),
    ],
)
async def test_before_the_answer_began_nobody_knows(script: Script, code: FailureCode) -> None:
    """The request may have been read and charged."""
    error = await refused(script, seconds=0.2 if script is _stay_silent else 5.0)
    assert (error.code, error.sent) == (code, Sent.MAYBE)


async def test_where_nobody_listens_nothing_was_sent() -> None:
    """That one is certain."""
    door = transport(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ProviderError) as caught:
        await door.pay_stream("/chat", b"{}", stall_seconds=5)
    await door.close()
    assert (caught.value.code, caught.value.sent) == (FailureCode.UNREACHABLE, Sent.NO)


async def test_a_whole_stream_ends_quietly() -> None:
    """Every byte, in order."""

    async def script(talk: Talk) -> None:
        talk.say(HEAD + b"3\r\none\r\n4\r\n two\r\n0\r\n\r\n")

    assert await received(script) == (b"one two", None)


@pytest.mark.parametrize("end", ["hang_up", "silence"])
async def test_in_the_middle_it_breaks_off_with_what_came(end: str) -> None:
    """The call was answered, so this is no doubt about sending any more."""

    async def script(talk: Talk) -> None:
        talk.say(HEAD + b"3\r\none\r\n")
        await talk.writer.drain()
        if end == "silence":
            await asyncio.Event().wait()
        talk.hang_up()

    assert await received(script, stall=0.1 if end == "silence" else 5.0) == (b"one", FailureCode.BROKEN_OFF)


async def test_a_stream_without_end_is_cut() -> None:
    """At the longest answer that is read."""
    piece = b"x" * (1024 * 1024)

    async def script(talk: Talk) -> None:
        talk.say(HEAD)
        for _ in range(MAX_BODY // len(piece) + 1):
            talk.say(b"%x\r\n%s\r\n" % (len(piece), piece))
            await talk.writer.drain()

    got, broke = await received(script)
    assert broke is FailureCode.UNREADABLE
    assert len(got) <= MAX_BODY


async def test_every_stream_has_a_connection_of_its_own() -> None:
    """As every paid call: one that was used before can die under the request."""

    async def script(talk: Talk) -> None:
        talk.answer("200 OK", b"done")

    async with serving(script) as server:
        door = transport(server.url)
        for _ in range(2):
            flow = await door.pay_stream("/chat", b"{}", stall_seconds=5)
            assert (await flow.whole()).body == b"done"
            await flow.close()
        await door.close()
        assert server.connections == 2
