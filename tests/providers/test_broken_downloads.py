"""Results that arrive in pieces are put together, byte for byte."""

import asyncio
from pathlib import Path

from providers.results import Downloads
from tests.providers.raw_server import Talk, serving

_FILE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 12_000
_HALF = 2_000_000


class _Waits:
    """Waits for nothing, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, seconds: float) -> None:
        self.times += 1


def _has_begun(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


async def _rest(talk: Talk, tag: bytes, path: Path) -> None:
    """Answer as a server that knows of ranges, and break the first answer off once some of it is on the disk."""
    if b"Range: bytes=" not in talk.request:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(_FILE)}\r\nETag: ".encode()
        talk.say(head + tag + b"\r\n\r\n" + _FILE[:_HALF])
        await talk.writer.drain()
        for _ in range(1_000_000):
            if _has_begun(path):
                break
            await asyncio.sleep(0)
        talk.hang_up()
        return
    start = int(talk.request.partition(b"Range: bytes=")[2].partition(b"-")[0])
    told = f"Content-Range: bytes {start}-{len(_FILE) - 1}/{len(_FILE)}"
    talk.answer("206 Partial Content", _FILE[start:], told)


async def test_a_download_that_broke_off_goes_on(tmp_path: Path) -> None:
    """The second try asks for the rest of the same file, and the whole is what the server has."""

    async def script(talk: Talk) -> None:
        await _rest(talk, b'"abc"', tmp_path / "a")

    async with serving(script) as server:
        got = await Downloads(_Waits(), [server.url]).fetch(f"{server.url}/a.png", tmp_path / "a")
    assert got.path.read_bytes() == _FILE
    assert (got.size, got.kind) == (len(_FILE), "image/png")
    assert b'If-Range: "abc"' in server.requests[1]
    start = int(server.requests[1].partition(b"Range: bytes=")[2].partition(b"-")[0])
    assert 0 < start <= _HALF


async def test_another_file_begins_anew(tmp_path: Path) -> None:
    """Where the file has changed meanwhile the server sends all of it, and nothing of the old one stays."""
    answers = iter([b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\nETag: "a"\r\n\r\n' + b"x" * 500])

    async def script(talk: Talk) -> None:
        first = next(answers, None)
        if first is not None:
            talk.say(first)
            talk.hang_up()
        else:
            talk.answer("200 OK", _FILE, 'ETag: "b"')

    async with serving(script) as server:
        got = await Downloads(_Waits(), [server.url]).fetch(f"{server.url}/a.png", tmp_path / "a")
    assert got.path.read_bytes() == _FILE


async def test_without_a_sure_tag_all_of_it_is_fetched_again(tmp_path: Path) -> None:
    """A weak tag promises nothing about bytes: no part is asked for."""
    begun: list[bytes] = []

    async def script(talk: Talk) -> None:
        begun.append(talk.request)
        if len(begun) == 1:
            await _rest(talk, b'W/"abc"', tmp_path / "a")
        else:
            talk.answer("200 OK", _FILE)

    waits = _Waits()
    async with serving(script) as server:
        got = await Downloads(waits, [server.url]).fetch(f"{server.url}/a.png", tmp_path / "a")
    assert (got.path.read_bytes(), waits.times) == (_FILE, 1)
    assert b"range" not in begun[1].lower()
