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
_PARTIAL = 206
_NO_SUCH_RANGE = 416
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

    ``pause`` waits between tries. A download that broke off goes on where it did, if the server says that it is still
    the same file.
    """

    def __init__(self, pause: Callable[[float], Awaitable[None]], origins: Iterable[str] = ()) -> None:
        self._pause = pause
        self._origins = frozenset(URL(origin).origin() for origin in origins)

    async def fetch(self, address: str, path: Path, most: int | None = None) -> Fetched:
        """Bring an address into a new file of at most so many bytes (``MOST``); raises :class:`Unfetched`."""
        most = MOST if most is None else most
        if address.startswith(_WRITTEN_OUT):
            return await asyncio.to_thread(_unfolded, address, path, most)
        left, pause, part = TRIES, PAUSE, _Part(path, most)
        while True:
            left -= 1
            try:
                return await self._once(address, part)
            except Unfetched as no:
                if not no.passes or not left:
                    raise
                await self._pause(pause)
                pause *= 2

    async def _once(self, address: str, part: "_Part") -> Fetched:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._follow(URL(address), part)
        except PictureError as error:
            raise Unfetched(ResultProblem.FORBIDDEN_ADDRESS, error.problem.value) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unfetched(ResultProblem.UNREACHABLE, type(error).__name__, passes=True) from None
        except ValueError:
            raise Unfetched(ResultProblem.FORBIDDEN_ADDRESS, "not an address") from None

    async def _follow(self, url: URL, part: "_Part") -> Fetched:
        for _ in range(_HOPS + 1):
            is_ours = self._check(url)
            async with (
                self._session(is_ours=is_ours) as session,
                session.get(url, headers=part.headers(), allow_redirects=False) as answer,
            ):
                if answer.status not in _REDIRECTS:
                    return await part.take(answer)
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


class _Part:
    """What has come of one file so far, over several tries."""

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._most = most
        self._size = 0
        self._head = b""
        self._tag = ""

    def headers(self) -> dict[str, str]:
        """Return what asks for the rest. Only a strong tag says that the rest belongs to what is here."""
        if not self._size or not self._tag or self._tag.startswith("W/"):
            return {}
        return {"Range": f"bytes={self._size}-", "If-Range": self._tag}

    async def take(self, answer: aiohttp.ClientResponse) -> Fetched:
        """Write what comes; raises :class:`Unfetched` or what broke the connection."""
        goes_on = answer.status == _PARTIAL and bool(self.headers()) and self._fits(answer)
        if answer.status != _OK and not goes_on:
            passes = answer.status >= _SERVER_TROUBLE or answer.status in _PASSING
            self._size, again = 0, answer.status in {_PARTIAL, _NO_SUCH_RANGE}
            raise Unfetched(ResultProblem.UNREACHABLE, f"status {answer.status}", passes=passes or again)
        if not goes_on:
            self._size, self._head, self._tag = 0, b"", answer.headers.get("ETag", "")
        if self._size + (answer.content_length or 0) > self._most:
            raise Unfetched(ResultProblem.TOO_BIG, f"{answer.content_length} bytes")
        with await asyncio.to_thread(self._path.open, "ab" if goes_on else "wb") as file:
            await self._copy(answer.content, file)
        if not self._size:
            raise Unfetched(ResultProblem.UNREACHABLE, "empty", passes=True)
        return Fetched(self._path, self._size, kind_of(self._head))

    def _fits(self, answer: aiohttp.ClientResponse) -> bool:
        return answer.headers.get("Content-Range", "").startswith(f"bytes {self._size}-")

    async def _copy(self, content: aiohttp.StreamReader, file: BinaryIO) -> None:
        part = bytearray()
        try:
            async for chunk in content.iter_any():
                if self._size + len(part) + len(chunk) > self._most:
                    raise Unfetched(ResultProblem.TOO_BIG, f"more than {self._most} bytes")
                self._head = self._head if len(self._head) >= _HEAD else (self._head + chunk)[:_HEAD]
                part += chunk
                if len(part) >= _CHUNK:  # a slow disk must not hold everybody up
                    await asyncio.to_thread(file.write, bytes(part))
                    self._size += len(part)
                    part.clear()
        finally:
            # Also where the connection broke: the next try goes on from here.
            file.write(part)
            self._size += len(part)
