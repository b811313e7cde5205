"""An address that somebody types reaches pictures on the open internet and nothing else."""

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Mapping

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from providers.errors import PictureError, PictureProblem
from providers.intake import MAX_PICTURE, Intake, PublicOnly, checked, is_public, measure, sniff
from tests.providers.ima_stage import png
from tests.providers.raw_server import RawServer, Script, Talk, serving

P = PictureProblem
GIF = b"GIF89a" + (3).to_bytes(2, "little") + (2).to_bytes(2, "little") + bytes(10)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0001108000200030301220002110103110100ffd9")
WEBP = {
    "lossy": b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0" + bytes(3) + b"\x9d\x01\x2a" + b"\x03\0\x02\0" + bytes(8),
    "lossless": b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f" + ((3 - 1) | ((2 - 1) << 14)).to_bytes(4, "little") + bytes(8),
    "extended": b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\x02\0\0" + b"\x01\0\0" + bytes(8),
}


class Names(AbstractResolver):
    """A pretend name service: names to addresses, all on one port."""

    def __init__(self, names: Mapping[str, str], port: int = 443) -> None:
        self._names = names
        self._port = port
        self.asked: list[str] = []

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self._names:
            raise OSError("unknown name")
        kind = socket.AF_INET6 if ":" in self._names[host] else socket.AF_INET
        one = ResolveResult(hostname=host, host=self._names[host], port=self._port, family=kind, proto=0, flags=0)
        return [one]

    @override
    async def close(self) -> None:
        pass


@contextlib.asynccontextmanager
async def _internet(script: Script, *names: str, seconds: float = 5.0) -> AsyncIterator[tuple[Intake, RawServer]]:
    """Serve the names with real TLS on loopback; only the resolver pretends."""
    ca = trustme.CA()
    server_tls, client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert(*names).configure_cert(server_tls)
    ca.configure_trust(client_tls)
    async with serving(script, server_tls) as server:
        resolver = Names(dict.fromkeys(names, "127.0.0.1"), server.port)
        yield Intake(resolver=resolver, tls=client_tls, seconds=seconds), server


def _say(status: str, body: bytes = b"", *headers: str) -> Script:
    async def script(talk: Talk) -> None:
        talk.answer(status, body, *headers)

    return script


async def _problem(intake: Intake, address: str) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        await intake.fetch(address)
    return caught.value.problem


async def test_a_picture_is_fetched() -> None:
    """The bytes decide what it is, not what the server or the name says."""
    async with _internet(_say("200 OK", png(), "Content-Type: text/html"), "pictures.example") as (intake, server):
        picture = await intake.fetch(" https://pictures.example/a.jpg?x=1 ")
    assert (picture.mime, picture.data, picture.width, picture.height) == ("image/png", png(), 640, 480)
    assert server.requests[0].startswith(b"GET /a.jpg?x=1 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "address,problem",
    [
        ("http://pictures.example/a.png", P.NOT_HTTPS),
        ("ftp://pictures.example/a.png", P.NOT_HTTPS),
        ("file:///etc/passwd", P.NOT_HTTPS),
        ("data:image/png;base64,AAAA", P.NOT_HTTPS),
        ("pictures.example/a.png", P.NOT_HTTPS),
        ("", P.NOT_HTTPS),
        ("https://", P.BAD_ADDRESS),
        ("https:///a.png", P.BAD_ADDRESS),
        ("https://pictures.example:8443/a.png", P.BAD_ADDRESS),
        ("https://pictures.example:80/a.png", P.BAD_ADDRESS),
        ("https://pictures.example:99999/a.png", P.BAD_ADDRESS),
        ("https://user@pictures.example/a.png", P.BAD_ADDRESS),
        ("https://user:word@pictures.example/a.png", P.BAD_ADDRESS),
        ("https://:@pictures.example/a.png", P.BAD_ADDRESS),
        ("https://[::1/a.png", P.BAD_ADDRESS),
        ("https://2130706433/", P.BAD_ADDRESS),
        ("https://127.1/", P.BAD_ADDRESS),
        ("https://0x7f.0.0.1/", P.BAD_ADDRESS),
        ("https://0177.0.0.1/", P.BAD_ADDRESS),
        ("https://0x7f000001/", P.BAD_ADDRESS),
        ("https://127.0.0.1./", P.BAD_ADDRESS),
        ("https://127.0.0.1/", P.PRIVATE_ADDRESS),
        ("https://10.0.0.7/", P.PRIVATE_ADDRESS),
        ("https://169.254.169.254/latest/meta-data", P.PRIVATE_ADDRESS),
        ("https://[::1]/", P.PRIVATE_ADDRESS),
        ("https://[::ffff:10.0.0.1]/", P.PRIVATE_ADDRESS),
        ("https://[fe80::1]/", P.PRIVATE_ADDRESS),
        ("https://①②⑦.0.0.1/", P.PRIVATE_ADDRESS),
    ],
)
async def test_addresses_that_are_never_asked(address: str, problem: PictureProblem) -> None:
    """No connection is made and no name is looked up."""
    names = Names({})
    assert await _problem(Intake(resolver=names), address) is problem
    assert names.asked == []


@pytest.mark.parametrize(
    "address,public",
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("0.1.2.3", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("127.0.0.53", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:100.64.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("no address", False),
    ],
)
def test_what_counts_as_the_open_internet(address: str, *, public: bool) -> None:
    """Everything else is somebody's own network, also behind forms that carry another address."""
    assert is_public(address) is public


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.0.1"])
async def test_a_public_name_with_a_private_address_is_refused(address: str) -> None:
    """The name says nothing; where it leads is checked, at the moment when it is used."""
    guarded = PublicOnly(Names({"evil.example": address}))
    assert await _problem(Intake(resolver=guarded), "https://evil.example/a.png") is P.PRIVATE_ADDRESS


async def test_one_private_address_among_several_is_enough() -> None:
    """A name that leads both outside and inside is not given a choice."""

    class Both(Names):
        @override
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            first = (await super().resolve(host, port, family))[0]
            return [first, {**first, "host": "10.0.0.1"}]

    guarded = PublicOnly(Both({"evil.example": "93.184.216.34"}))
    assert await _problem(Intake(resolver=guarded), "https://evil.example/a.png") is P.PRIVATE_ADDRESS


async def test_without_being_told_otherwise_the_guard_is_on() -> None:
    """The name of this very machine is refused by the product's own resolver."""
    assert await _problem(Intake(), "https://localhost/a.png") is P.PRIVATE_ADDRESS


async def test_redirects_are_followed_three_times() -> None:
    """Also relative ones and to other names."""

    async def script(talk: Talk) -> None:
        step = int(talk.request.split(b" ", 2)[1].rpartition(b"/")[2])
        targets = ["Location: https://b.example/1", "Location: /2", "Location: ../3"]
        if step < 3:
            talk.answer("302 Found", b"", targets[step])
        else:
            talk.answer("200 OK", GIF)

    async with _internet(script, "a.example", "b.example") as (intake, server):
        assert (await intake.fetch("https://a.example/0")).mime == "image/gif"
    assert [request.split(b"\r\n")[1] for request in server.requests] == [b"Host: a.example", *[b"Host: b.example"] * 3]


async def test_a_fourth_redirect_is_too_many() -> None:
    """A circle ends."""
    async with _internet(_say("301 Moved", b"", "Location: /again"), "a.example") as (intake, server):
        assert await _problem(intake, "https://a.example/") is P.UNREACHABLE
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "target,problem",
    [
        ("http://a.example/", P.NOT_HTTPS),
        ("https://169.254.169.254/latest", P.PRIVATE_ADDRESS),
        ("https://[::1]/", P.PRIVATE_ADDRESS),
        ("//10.0.0.1/a.png", P.PRIVATE_ADDRESS),
        ("https://a.example:22/", P.BAD_ADDRESS),
        ("https://user@a.example/", P.BAD_ADDRESS),
        ("https://[", P.UNREACHABLE),
    ],
)
async def test_every_hop_is_checked(target: str, problem: PictureProblem) -> None:
    """A friendly first address cannot lead inside."""
    async with _internet(_say("302 Found", b"", f"Location: {target}"), "a.example") as (intake, server):
        assert await _problem(intake, "https://a.example/") is problem
    assert len(server.requests) == 1


async def _endless(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + png()[:50])
    talk.hang_up()


async def _claims_little(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    megabyte = bytes(1024 * 1024)
    for _ in range(11):
        talk.say(b"100000\r\n" + megabyte + b"\r\n")
    talk.say(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "script,problem,data",
    [
        (_say("404 Not Found", png()), P.UNREACHABLE, {"status": 404}),
        (_say("500 Oops"), P.UNREACHABLE, {"status": 500}),
        (_say("304 Not Modified"), P.UNREACHABLE, {"status": 304}),
        (_say("200 OK"), P.EMPTY, {}),
        (_say("200 OK", b"<html>picture</html>", "Content-Type: image/png"), P.NOT_A_PICTURE, {}),
        (_say("200 OK", png(), "Content-Encoding: gzip"), None, {}),
        (_say("200 OK", b"\x1f\x8b" + bytes(30), "Content-Encoding: gzip"), P.NOT_A_PICTURE, {}),
        (_say("200 OK", png() + bytes(MAX_PICTURE)), P.TOO_BIG, {"megabytes": 10}),
        (_claims_little, P.TOO_BIG, {"megabytes": 10}),
        (_endless, P.UNREACHABLE, {}),
    ],
)
async def test_answers_that_are_no_picture(
    script: Script, problem: PictureProblem | None, data: Mapping[str, int]
) -> None:
    """Each has its own reason, with the figure that belongs to it."""
    async with _internet(script, "a.example") as (intake, _):
        if problem is None:
            assert (await intake.fetch("https://a.example/")).mime == "image/png"
            return
        with pytest.raises(PictureError) as caught:
            await intake.fetch("https://a.example/")
    assert (caught.value.problem, caught.value.data) == (problem, data)


async def test_nobody_waits_for_ever() -> None:
    """A server that says nothing is given up; the limit covers the whole fetch."""

    async def drip(talk: Talk) -> None:
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")

    async with _internet(drip, "a.example", seconds=0.3) as (intake, _):
        assert await _problem(intake, "https://a.example/") is P.TOO_SLOW


async def test_a_stranger_with_the_wrong_certificate() -> None:
    """The certificate has to be for the name that was typed."""
    async with _internet(_say("200 OK", png()), "a.example") as (intake, server):
        intake._resolver = Names({"b.example": "127.0.0.1"}, server.port)
        assert await _problem(intake, "https://b.example/") is P.UNREACHABLE
        assert await _problem(intake, "https://unknown.example/") is P.UNREACHABLE
    assert server.requests == []


async def test_nothing_about_us_goes_along() -> None:
    """No cookie, no referrer, and nothing that a first server could plant."""

    async def script(talk: Talk) -> None:
        where = b"/b" in talk.request.split(b"\r\n")[0]
        if where:
            talk.answer("200 OK", GIF)
        else:
            talk.answer("302 Found", b"", "Location: /b", "Set-Cookie: a=1")

    async with _internet(script, "a.example") as (intake, server):
        await intake.fetch("https://a.example/a#fragment")
    names = {line.split(b":")[0].lower() for line in server.requests[1].split(b"\r\n")[1:] if line}
    assert names == {b"host", b"accept", b"accept-encoding", b"user-agent", b"connection"}


@pytest.mark.parametrize(
    "data,mime,size",
    [
        (png(800, 600), "image/png", (800, 600)),
        (GIF, "image/gif", (3, 2)),
        (b"GIF87a" + GIF[6:], "image/gif", (3, 2)),
        (JPEG, "image/jpeg", (3, 2)),
        (JPEG[:25], "image/jpeg", (0, 0)),
        (b"\xff\xd8\xff\xe0\0\0" * 9, "image/jpeg", (0, 0)),
        *((data, "image/webp", (3, 2)) for data in WEBP.values()),
        (b"RIFF\x24\0\0\0WEBPVP9 " + bytes(20), "image/webp", (0, 0)),
        (b"RIFF\x24\0\0\0AVI " + bytes(20), None, (0, 0)),
        (b"%PDF-1.7", None, (0, 0)),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, (0, 0)),
        (b"", None, (0, 0)),
    ],
)
def test_the_bytes_say_what_it_is_and_how_large(data: bytes, mime: str | None, size: tuple[int, int]) -> None:
    """Also of pictures that are attached to a message; a broken header has no size and does no harm."""
    assert (sniff(data), measure(data)) == (mime, size)


def test_attached_pictures_are_held_to_the_same_rules() -> None:
    """Where the bytes come from makes no difference."""
    assert checked(GIF).mime == "image/gif"
    for data, problem in ((b"", P.EMPTY), (b"%PDF", P.NOT_A_PICTURE), (png() + bytes(MAX_PICTURE), P.TOO_BIG)):
        with pytest.raises(PictureError) as caught:
            checked(data)
        assert caught.value.problem is problem
