"""A server that does exactly what a test tells it, byte by byte, and counts what it saw. No HTTP library here."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET, socket

Script = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """One connection, after its first request was read completely."""

    writer: asyncio.StreamWriter
    request: bytes

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    def answer(self, status: str, body: bytes = b"", *headers: str) -> None:
        """Send a whole HTTP answer."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        self.say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def hang_up(self) -> None:
        """Close the connection in the ordinary way (FIN)."""
        self.writer.close()

    def slam(self) -> None:
        """Close the connection so that the other side sees a reset (RST)."""
        inner: socket = self.writer.get_extra_info("socket")
        inner.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class RawServer:
    """What the server saw: how many connections, and every complete request."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Serve every request with ``script`` until the block ends."""
    seen = RawServer()
    open_now: set[asyncio.StreamWriter] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        open_now.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                request = await _read_request(reader)
                seen.requests.append(request)
                await script(Talk(writer, request))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for writer in open_now:
            writer.transport.abort()
        await server.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
