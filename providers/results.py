"""Results fetched from where their provider keeps them, into a file, without opening a way inside.

A provider names the address, not we: every hop and every resolved address has to be on the public internet, but for the
origins that the operator allows (the sandbox, a provider in the house). What becomes of the file is the chat's matter.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import aiohttp
from yarl import URL

from providers.errors import PictureError
from providers.intake import PublicOnly, checked_url, sniff
from providers.transport import trusted

MOST = 100 * 1024 * 1024
"""Bytes of a result that are fetched at all."""

STALL = 60.0
"""Seconds without a byte after which a download is given up."""

LONGEST = 120.0
"""Seconds that a download may take as a whole."""

TRIES = 3
PAUSE = 2.0
"""Seconds before the second try; twice that before the third."""

_WRITTEN_OUT = "data:image/png;base64,"
"""How an address begins that is a picture itself."""

_HOPS = 3
_CHUNK = 1 << 20
_HEAD = 64
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_SERVER_TROUBLE = 500
_PASSING = frozenset({408, 425, 429})


class ResultProblem(StrEnum):
    """Why a result cannot be fetched. Closed."""

    FORBIDDEN_ADDRESS = "forbidden_address"  # no plain https address on the public internet
    UNREACHABLE = "unreachable"  # nobody answered, or not with a file
    TOO_BIG = "too_big"


class Unfetched(Exception):
    """A result was not fetched. ``passes``: another try may do better."""

    def __init__(self, problem: ResultProblem, detail: str, *, passes: bool = False) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.passes = passes


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file on disk. ``kind`` is what its first bytes prove, such as ``video/mp4``; empty where nothing is known."""

    path: Path
    size: int
    kind: str


def kind_of(head: bytes) -> str:
    """Return the mime type that the first bytes of a file prove, or nothing."""
    if (picture := sniff(head)) is not None:
        return picture
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    starts = {b"\x1aE\xdf\xa3": "video/webm", b"OggS": "audio/ogg", b"ID3": "audio/mpeg", b"fLaC": "audio/flac"}
    found = next((kind for start, kind in starts.items() if head.startswith(start)), "")
    is_mp3 = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0  # noqa: PLR2004 - the sync word of MPEG audio
    return found or ("audio/mpeg" if is_mp3 else "")


class Downloads:
    """Fetches results. ``origins`` are addresses such as ``http://127.0.0.1:8766`` that are allowed besides.

    ``pause`` waits between tries.
    """

    def __init__(self, pause: Callable[[float], Awaitable[None]], origins: Iterable[str] = ()) -> None:
        self._pause = pause
        self._origins = frozenset(URL(origin).origin() for origin in origins)

    async def fetch(self, address: str, path: Path, most: int | None = None) -> Fetched:
        """Bring an address into a new file of at most so many bytes (``MOST``); raises :class:`Unfetched`."""
        most = MOST if most is None else most
        if address.startswith(_WRITTEN_OUT):
            return await asyncio.to_thread(_unfolded, address, path, most)
        left, pause = TRIES, PAUSE
        while True:
            left -= 1
            try:
                return await self._once(address, path, most)
            except Unfetched as no:
                if not no.passes or not left:
                    raise
                await self._pause(pause)
                pause *= 2

    async def _once(self, address: str, path: Path, most: int) -> Fetched:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._follow(URL(address), path, most)
        except PictureError as error:
            raise Unfetched(ResultProblem.FORBIDDEN_ADDRESS, error.problem.value) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unfetched(ResultProblem.UNREACHABLE, type(error).__name__, passes=True) from None
        except ValueError:
            raise Unfetched(ResultProblem.FORBIDDEN_ADDRESS, "not an address") from None

    async def _follow(self, url: URL, path: Path, most: int) -> Fetched:
        for _ in range(_HOPS + 1):
            is_ours = self._check(url)
            async with self._session(is_ours=is_ours) as session, session.get(url, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await _saved(answer, path, most)
                target = answer.headers.get("Location", "")
            url = url.join(URL(target))
        raise Unfetched(ResultProblem.UNREACHABLE, "too many redirects")

    def _check(self, url: URL) -> bool:
        """Return whether an address is one of the operator's; raises where it may not be asked."""
        if url.host and url.scheme in {"http", "https"} and url.origin() in self._origins:
            return True
        checked_url(str(url), any_port=True)
        return False

    def _session(self, *, is_ours: bool) -> aiohttp.ClientSession:
        names = aiohttp.ThreadedResolver()
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=names if is_ours else PublicOnly(names),
                use_dns_cache=False,
                force_close=True,
                ssl=trusted(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "User-Agent": "Limner"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=STALL),
            auto_decompress=False,
            trust_env=False,
        )


def _unfolded(address: str, path: Path, most: int) -> Fetched:
    """Write a picture whose bytes are in its address into a file."""
    try:
        data = base64.b64decode(address.removeprefix(_WRITTEN_OUT), validate=True)
    except ValueError:
        raise Unfetched(ResultProblem.FORBIDDEN_ADDRESS, "not an address") from None
    if len(data) > most:
        raise Unfetched(ResultProblem.TOO_BIG, f"{len(data)} bytes")
    if sniff(data[:_HEAD]) is None:
        raise Unfetched(ResultProblem.FORBIDDEN_ADDRESS, "not a picture")
    path.write_bytes(data)
    return Fetched(path, len(data), kind_of(data[:_HEAD]))


async def _saved(answer: aiohttp.ClientResponse, path: Path, most: int) -> Fetched:
    if answer.status != _OK:
        passes = answer.status >= _SERVER_TROUBLE or answer.status in _PASSING
        raise Unfetched(ResultProblem.UNREACHABLE, f"status {answer.status}", passes=passes)
    if (answer.content_length or 0) > most:
        raise Unfetched(ResultProblem.TOO_BIG, f"{answer.content_length} bytes")
    with await asyncio.to_thread(path.open, "wb") as file:
        size, head = await _copied(answer.content, file, most)
    if not size:
        raise Unfetched(ResultProblem.UNREACHABLE, "empty", passes=True)
    return Fetched(path, size, kind_of(head))


async def _copied(content: aiohttp.StreamReader, file: BinaryIO, most: int) -> tuple[int, bytes]:
    size, head, part = 0, b"", bytearray()
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > most:
            raise Unfetched(ResultProblem.TOO_BIG, f"more than {most} bytes")
        head = head if len(head) >= _HEAD else (head + chunk)[:_HEAD]
        part += chunk
        if len(part) >= _CHUNK:  # a slow disk must not hold everybody up
            await asyncio.to_thread(file.write, bytes(part))
            part.clear()
    file.write(part)
    return size, head
