"""Addresses that people and providers name lead to the open internet or nowhere, however they are written."""

import socket
import ssl
from pathlib import Path
from typing import ClassVar

import aiohttp
import pytest
import trustme
from aiohttp.abc import ResolveResult
from typing_extensions import override

from providers import intake
from providers.errors import PictureError, PictureProblem
from providers.intake import Intake, PublicOnly, is_public
from providers.results import Downloads, ResultProblem, Unfetched
from tests.providers.raw_server import Talk, serving
from tests.providers.test_intake import Names

INSIDE_HOSTS = (
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - what must be refused
    "0",
    "0.0",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.0x1",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0x7F000001",
    "0X7f.0X0.0X0.0X1",
    "127.0.0.0x1",
    "127。0。0。1",
    "127\uff0e0\uff0e0\uff0e1",
    "127｡0｡0｡1",
    "\uff11\uff12\uff17.0.0.1",
    "①②⑦.0.0.①",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127.0.0.1%00.example.com",
    "127.0.0.1%2f.example.com",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[2001:db8::1]",
    "[100::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fec0::1]",
    "[ff02::1]",
    "[::1%25lo]",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ip6-localhost",
    "evil.example",
    "EVIL.example.",
)
"""Every way we know to write an address inside, and names that lead there."""

ODD = (
    "https://user@pictures.example/",
    "https://user:word@pictures.example/",
    "https://:@pictures.example/",
    "https://@pictures.example/",
    "https://pictures.example@127.0.0.1/",
    "https://pictures.example\\@127.0.0.1/",
    "https://127.0.0.1\\@pictures.example/",
    "https://pictures.example:443@127.0.0.1/",
    "https://127.0.0.1:443\\@pictures.example/",
    "https://a@b@127.0.0.1/",
    "https://[::1/",
    "https://::1/",
    "https://[pictures.example]/",
    "https://xn--/",
    "https://.../",
    "https://./",
    "https:127.0.0.1/",
    "https:/127.0.0.1/",
    "https:////127.0.0.1/",
    "https://127.0.0.1?@pictures.example/",
    "https://127.0.0.1#@pictures.example/",
    "https://127.0.0.1/\r\nHost: pictures.example",
    "https://\u202e127.0.0.1/",
    "https://127.0.\u200b0.1/",
    "http://pictures.example/",
    "HTTP://pictures.example/",
    "ftp://pictures.example/",
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "ldap://127.0.0.1/",
    "jar:https://pictures.example!/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "view-source:https://127.0.0.1/",
    "//127.0.0.1/",
    "/etc/passwd",
    "",
    " ",
    "\x00",
    "https://" + "a" * 300 + ".example/",
    "https://" + "a." * 5000 + "example/",
)
PORTS = (0, 1, 22, 25, 80, 8080, 8443, 3306, 5432, 6379, 65535, 65536, 99999, -1)

INSIDE = {
    "localhost": "127.0.0.1",
    "localhost.": "127.0.0.1",
    "ip6-localhost": "::1",
    "evil.example": "10.0.0.7",
    "evil.example.": "10.0.0.7",
}


class Inside(Names):
    """A name service that knows names that lead inside, and notes for whom it had an address."""

    given: ClassVar[list[str]] = []

    def __init__(self) -> None:
        super().__init__(INSIDE)
        self.given.clear()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        self.given.append(host)
        return found


async def _refused(address: str) -> PictureProblem:
    with pytest.raises(PictureError) as told:
        await Intake(resolver=PublicOnly(Inside()), seconds=5).fetch(address)
    problem = told.value.problem
    # Unreachable is only what has no address: a refused connection would look the same.
    assert problem is not PictureProblem.UNREACHABLE or not Inside.given
    return problem


@pytest.mark.parametrize("host", INSIDE_HOSTS)
async def test_a_person_s_address_leads_nowhere_inside(host: str) -> None:
    """No way of writing it opens a connection; the test's own sockets could only reach this machine."""
    assert await _refused(f"https://{host}/a.png") in {
        PictureProblem.PRIVATE_ADDRESS,
        PictureProblem.BAD_ADDRESS,
        PictureProblem.UNREACHABLE,
    }


@pytest.mark.parametrize("address", ODD, ids=[f"odd {n}" for n in range(len(ODD))])
async def test_an_odd_address_is_refused(address: str) -> None:
    """Two readers who read it differently never get the chance to disagree."""
    assert await _refused(address) in {
        PictureProblem.NOT_HTTPS,
        PictureProblem.PRIVATE_ADDRESS,
        PictureProblem.BAD_ADDRESS,
        PictureProblem.UNREACHABLE,
    }


@pytest.mark.parametrize("port", PORTS)
async def test_only_the_usual_port_is_asked(port: int) -> None:
    """Nobody looks through somebody's ports with our help."""
    assert await _refused(f"https://pictures.example:{port}/a.png") is PictureProblem.BAD_ADDRESS


async def _unfetched(address: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ResultProblem:
    monkeypatch.setattr(aiohttp, "ThreadedResolver", Inside)
    with pytest.raises(Unfetched) as told:
        await Downloads(_no_pause).fetch(address, folder / "result")
    assert not (folder / "result").exists()
    assert told.value.problem is not ResultProblem.UNREACHABLE or not Inside.given
    return told.value.problem


async def _no_pause(_: float) -> None:
    return


@pytest.mark.parametrize("host", INSIDE_HOSTS)
async def test_a_provider_s_address_leads_nowhere_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """A provider that was taken over cannot look into our network either; other ports are allowed to it."""
    for port in ("", ":8443"):
        problem = await _unfetched(f"https://{host}{port}/a.mp4", tmp_path, monkeypatch)
        assert problem in {ResultProblem.FORBIDDEN_ADDRESS, ResultProblem.UNREACHABLE}


@pytest.mark.parametrize("address", ODD, ids=[f"odd {n}" for n in range(len(ODD))])
async def test_a_provider_s_odd_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The same table."""
    assert await _unfetched(address, tmp_path, monkeypatch) in {
        ResultProblem.FORBIDDEN_ADDRESS,
        ResultProblem.UNREACHABLE,
    }


class Rebinding(Names):
    """Answers with another address every time it is asked."""

    def __init__(self, port: int, *addresses: str) -> None:
        super().__init__({}, port)
        self._addresses = list(addresses)

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self._names = {host: self._addresses.pop(0)}
        return await super().resolve(host, port, family)


@pytest.mark.parametrize("hops", [0, 1, 2])
async def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch, hops: int) -> None:
    """Each connection goes to the very address that was checked; every redirect is looked up and checked anew."""
    monkeypatch.setattr(intake, "is_public", lambda address: address == "127.0.0.1")

    async def script(talk: Talk) -> None:
        talk.answer("302 Found", b"", "Location: https://evil.example/again", "Connection: close")

    ca = trustme.CA()
    server_tls, client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("evil.example").configure_cert(server_tls)
    ca.configure_trust(client_tls)
    async with serving(script, server_tls) as server:
        names = Rebinding(server.port, *["127.0.0.1"] * hops, "169.254.169.254", "127.0.0.1")
        with pytest.raises(PictureError) as told:
            await Intake(resolver=PublicOnly(names), tls=client_tls).fetch("https://evil.example/a.png")
    assert told.value.problem is PictureProblem.PRIVATE_ADDRESS
    assert len(server.requests) == hops
    assert len(names.asked) == hops + 1


@pytest.mark.parametrize("host", [host for host in INSIDE_HOSTS if "\u2460" not in host])
async def test_a_redirect_leads_nowhere_inside(host: str) -> None:
    """An honest first address does not vouch for the second one."""

    async def script(talk: Talk) -> None:
        talk.answer("302 Found", b"", f"Location: https://{host}/latest/meta-data", "Connection: close")

    ca = await _authority()
    async with serving(script, ca[0]) as server:
        names = {**INSIDE, "pictures.example": "127.0.0.1"}
        fetching = Intake(resolver=_Trusting(names, server.port), tls=ca[1], seconds=5)
        with pytest.raises(PictureError) as told:
            await fetching.fetch("https://pictures.example/a.png")
    assert told.value.problem in {
        PictureProblem.PRIVATE_ADDRESS,
        PictureProblem.BAD_ADDRESS,
        PictureProblem.UNREACHABLE,
    }
    assert len(server.requests) == 1


class _Trusting(PublicOnly):
    """The guard, but for the one name that the pretend internet has."""

    def __init__(self, names: dict[str, str], port: int) -> None:
        super().__init__(Names(names, port))
        self._open = Names(names, port)

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == "pictures.example":
            return await self._open.resolve(host, port, family)
        return await super().resolve(host, port, family)


_MADE: list[tuple[ssl.SSLContext, ssl.SSLContext]] = []


async def _authority() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the TLS of the pretend internet, made once: keys take a while."""
    if not _MADE:
        ca = trustme.CA()
        server_tls, client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        ca.issue_cert("pictures.example").configure_cert(server_tls)
        ca.configure_trust(client_tls)
        _MADE.append((server_tls, client_tls))
    return _MADE[0]


@pytest.mark.parametrize("number", range(40))
def test_no_network_of_ours_is_public_in_any_form(number: int) -> None:
    """Generated: an address inside is inside too where IPv6 carries it."""
    nets = ("10.{}.7.1", "127.{}.0.1", "169.254.{}.9", "192.168.{}.3", "100.64.{}.1")
    inner = nets[number % len(nets)].format(number)
    a, b, c, d = map(int, inner.split("."))
    pair = f"{a:x}{b:02x}:{c:x}{d:02x}"
    forms = (inner, f"::ffff:{inner}", f"::{inner}", f"64:ff9b::{pair}", f"2002:{pair}::1", f"::ffff:{pair}")
    assert [form for form in forms if is_public(form)] == []
