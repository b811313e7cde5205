"""Pictures that people give: their bytes are checked here, and addresses are read without opening a way inside.

Where pictures go afterwards is not here. An address that a person typed is the one request whose target we do not
choose, so every hop and every resolved address is held against the same rule before a connection is made.
"""

import asyncio
import ipaddress
import socket
import ssl
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from providers.contract import Picture
from providers.errors import PictureError, PictureProblem

MAX_PICTURE: Final = 10 * 1024 * 1024
"""The most bytes a picture may have."""

_MEGABYTE: Final = 1024 * 1024
_SECONDS: Final = 20.0
_HOPS: Final = 3
_HTTPS: Final = 443
_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_UNICAST6: Final = ipaddress.ip_network("2000::/3")


def checked(data: bytes) -> Picture:
    """Return the bytes as a picture, or raise :class:`PictureError` saying what is wrong with them."""
    if not data:
        raise PictureError(PictureProblem.EMPTY)
    if len(data) > MAX_PICTURE:
        raise _too_big()
    mime = sniff(data)
    if mime is None:
        raise PictureError(PictureProblem.NOT_A_PICTURE)
    width, height = measure(data)
    return Picture(mime, data, width=width, height=height)


def sniff(data: bytes) -> str | None:
    """Return the mime type that the first bytes prove: PNG, JPEG, WebP or GIF, else ``None``."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def measure(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels as the header says them, ``(0, 0)`` where it does not."""
    match sniff(data):
        case "image/png":
            return _number(data, 16, 4), _number(data, 20, 4)
        case "image/gif":
            return _number(data, 6, 2, "little"), _number(data, 8, 2, "little")
        case "image/webp":
            return _measure_webp(data)
        case "image/jpeg":
            return _measure_jpeg(data)
    return 0, 0


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also behind IPv6 forms that carry an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    inner = ip.ipv4_mapped or ip.sixtofour
    if inner is None and ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(str(inner))
    return ip in _UNICAST6 and ip.is_global and ip.teredo is None


class PublicOnly(AbstractResolver):
    """Resolves names through ``inner`` and refuses every answer that leads into somebody's own network.

    The connection goes to the very addresses that were checked, so a name that changes its mind gains nothing.
    """

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise PictureError(PictureProblem.PRIVATE_ADDRESS)
        return found

    @override
    async def close(self) -> None:
        await self._inner.close()


class Intake:
    """Fetches pictures from addresses that people give.

    ``resolver`` and ``tls`` are for tests that stand in for the internet; without them only public addresses with
    certificates that this machine trusts are reached. ``seconds`` limits the whole fetch, redirects included.
    """

    def __init__(
        self,
        *,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        self._resolver = resolver
        self._tls = tls
        self._seconds = seconds

    async def fetch(self, address: str) -> Picture:
        """Return the picture at an https address, or raise :class:`PictureError`."""
        try:
            async with asyncio.timeout(self._seconds), self._session() as session:
                return checked(await self._follow(session, checked_url(address)))
        except TimeoutError:
            raise PictureError(PictureProblem.TOO_SLOW, {"seconds": int(self._seconds)}) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise PictureError(PictureProblem.UNREACHABLE) from None

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver or PublicOnly(aiohttp.ThreadedResolver()),
                use_dns_cache=False,
                force_close=True,
                ssl=self._tls or True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "Limner"},
            auto_decompress=False,  # a small packed answer must not become a big one here
            trust_env=False,
        )

    async def _follow(self, session: aiohttp.ClientSession, url: URL) -> bytes:
        for _ in range(_HOPS + 1):
            async with session.get(url, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await _read(answer)
                target = answer.headers.get("Location", "")
            url = checked_url(str(url.join(URL(target))))
        raise PictureError(PictureProblem.UNREACHABLE)


def checked_url(address: str, *, any_port: bool = False) -> URL:
    """Return the address if it may be asked at all, else raise ``PictureError``.

    Names are checked again when they are resolved, by :class:`PublicOnly`.
    """
    try:
        url = URL(address.strip())
        port = url.port
    except ValueError:
        raise PictureError(PictureProblem.BAD_ADDRESS) from None
    if url.scheme != "https":
        raise PictureError(PictureProblem.NOT_HTTPS)
    host = url.host or ""
    if not host or not (any_port or port == _HTTPS) or url.raw_user is not None or url.raw_password is not None:
        raise PictureError(PictureProblem.BAD_ADDRESS)
    if _is_ip(host):
        if not is_public(host):
            raise PictureError(PictureProblem.PRIVATE_ADDRESS)
    elif _ends_in_a_number(host):
        raise PictureError(PictureProblem.BAD_ADDRESS)
    return url


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ends_in_a_number(host: str) -> bool:
    """``2130706433``, ``127.1`` and ``0x7f.0.0.1`` are addresses to some resolvers and names to others."""
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or last.lower().startswith("0x")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    if answer.status != _OK:
        raise PictureError(PictureProblem.UNREACHABLE, {"status": answer.status})
    data = bytearray()
    async for chunk in answer.content.iter_any():
        data += chunk
        if len(data) > MAX_PICTURE:
            raise _too_big()
    return bytes(data)


def _too_big() -> PictureError:
    return PictureError(PictureProblem.TOO_BIG, {"megabytes": MAX_PICTURE // _MEGABYTE})


def _number(data: bytes, start: int, size: int, order: str = "big") -> int:
    return int.from_bytes(data[start : start + size], "little" if order == "little" else "big")


def _measure_webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return _number(data, 24, 3, "little") + 1, _number(data, 27, 3, "little") + 1
        case b"VP8 ":
            return _number(data, 26, 2, "little") & 0x3FFF, _number(data, 28, 2, "little") & 0x3FFF
        case b"VP8L":
            bits = _number(data, 21, 4, "little")
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    return 0, 0


def _measure_jpeg(data: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header (SOF0 to SOF15, without the tables DHT, JPG and DAC)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - every segment starts with this byte
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 - the SOF range
            return _number(data, at + 7, 2), _number(data, at + 5, 2)
        at += 2 + _number(data, at + 2, 2)
    return 0, 0
