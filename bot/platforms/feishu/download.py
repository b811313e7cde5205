"""Results fetched from where their provider keeps them, into a file, without opening a way inside. Uploads: ``media``.

A provider names the address, not we: every hop and every resolved address has to be on the public internet, but for the
origins that the operator allows (the sandbox).
"""

import asyncio
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import aiohttp
from yarl import URL

from bot.core.lark import Why
from bot.engine.ports import Clock
from providers.errors import PictureError
from providers.intake import PublicOnly, is_public, sniff
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

_HOPS = 3
_CHUNK = 1 << 20
_HEAD = 64
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_SERVER_TROUBLE = 500
_PASSING = frozenset({408, 425, 429})


class Missing(Exception):
    """A result cannot be brought into the chat. ``passes``: another try may do better."""

    def __init__(self, why: Why, detail: str, *, passes: bool = False) -> None:
        super().__init__(f"{why.value}: {detail}")
        self.why = why
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
    """Fetches results. ``origins`` are addresses such as ``http://127.0.0.1:8766`` that are allowed besides."""

    def __init__(self, clock: Clock, origins: Iterable[str] = ()) -> None:
        self._clock = clock
        self._origins = frozenset(URL(origin).origin() for origin in origins)

    async def fetch(self, address: str, path: Path) -> Fetched:
        """Bring an address into a new file; raises :class:`Missing`."""
        left, pause = TRIES, PAUSE
        while True:
            left -= 1
            try:
                return await self._once(address, path)
            except Missing as missing:
                if not missing.passes or not left:
                    raise
                await self._clock.sleep(pause)
                pause *= 2

    async def _once(self, address: str, path: Path) -> Fetched:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._follow(URL(address), path)
        except PictureError as error:
            raise Missing(Why.FORBIDDEN_ADDRESS, error.problem.value) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Missing(Why.UNREACHABLE, type(error).__name__, passes=True) from None
        except ValueError:
            raise Missing(Why.FORBIDDEN_ADDRESS, "not an address") from None

    async def _follow(self, url: URL, path: Path) -> Fetched:
        for _ in range(_HOPS + 1):
            is_ours = self._check(url)
            async with self._session(is_ours=is_ours) as session, session.get(url, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await _saved(answer, path)
                target = answer.headers.get("Location", "")
            url = url.join(URL(target))
        raise Missing(Why.UNREACHABLE, "too many redirects")

    def _check(self, url: URL) -> bool:
        """Return whether an address is one of the operator's; raises where it may not be asked."""
        if url.host and url.scheme in {"http", "https"} and url.origin() in self._origins:
            return True
        if url.scheme != "https" or not url.host or url.raw_user is not None or url.raw_password is not None:
            raise Missing(Why.FORBIDDEN_ADDRESS, "not a plain https address")
        if not _may_be_public(url.host):
            raise Missing(Why.FORBIDDEN_ADDRESS, "an address inside")
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


async def _saved(answer: aiohttp.ClientResponse, path: Path) -> Fetched:
    if answer.status != _OK:
        passes = answer.status >= _SERVER_TROUBLE or answer.status in _PASSING
        raise Missing(Why.UNREACHABLE, f"status {answer.status}", passes=passes)
    if (answer.content_length or 0) > MOST:
        raise Missing(Why.TOO_BIG, f"{answer.content_length} bytes")
    with await asyncio.to_thread(path.open, "wb") as file:
        size, head = await _copied(answer.content, file)
    if not size:
        raise Missing(Why.UNREACHABLE, "empty", passes=True)
    return Fetched(path, size, kind_of(head))


async def _copied(content: aiohttp.StreamReader, file: BinaryIO) -> tuple[int, bytes]:
    size, head, part = 0, b"", bytearray()
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > MOST:
            raise Missing(Why.TOO_BIG, f"more than {MOST} bytes")
        head = head if len(head) >= _HEAD else (head + chunk)[:_HEAD]
        part += chunk
        if len(part) >= _CHUNK:  # a slow disk must not hold everybody up
            await asyncio.to_thread(file.write, bytes(part))
            part.clear()
    file.write(part)
    return size, head


def _may_be_public(host: str) -> bool:
    """Whether a host is a public address or a name, which is checked again when it is resolved.

    ``2130706433`` and ``0x7f.0.0.1`` are names to Python and addresses to some resolvers.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return not (last.isdigit() or last.startswith("0x"))
    return is_public(host)
