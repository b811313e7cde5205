"""The one door: what a broken connection means for the money, and what never leaves the process."""

import asyncio
import gzip
import io
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Iterator

import httpx
import pytest
import trustme

from providers.errors import FailureCode, ProviderError, Sent
from providers.transport import MAX_BODY, Transport, is_safe, paid_error, redact
from tests.providers.raw_server import Script, Talk, closed_port, serving

KEY = "ima_very_secret_key"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
OK = b'{"code":0}'


def _transport(url: str, seconds: float = 5.0, tls: ssl.SSLContext | None = None) -> Transport:
    return Transport(url, HEADERS, secrets=(KEY,), tls=tls, read_seconds=seconds, pay_seconds=seconds)


async def _say_ok(talk: Talk) -> None:
    talk.answer("200 OK", OK)


async def _hang_up(talk: Talk) -> None:
    talk.hang_up()


async def _slam(talk: Talk) -> None:
    talk.slam()


async def _stay_silent(talk: Talk) -> None:
    await asyncio.Event().wait()


async def _half_a_head(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Le")
    talk.hang_up()


async def _half_a_body(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + OK)
    talk.hang_up()


async def _no_http(talk: Talk) -> None:
    talk.say(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    talk.hang_up()


async def _too_long(talk: Talk) -> None:
    talk.answer("200 OK", b"x" * (MAX_BODY + 1))


async def _bad_gzip(talk: Talk) -> None:
    talk.answer("200 OK", b"no gzip", "Content-Encoding: gzip")


async def _gzip_bomb(talk: Talk) -> None:
    talk.answer("200 OK", gzip.compress(b"0" * (MAX_BODY + 1)), "Content-Encoding: gzip")


MAYBE = {
    "read, then closed": (_hang_up, FailureCode.UNREACHABLE),
    "read, then reset": (_slam, FailureCode.UNREACHABLE),
    "read, then silence": (_stay_silent, FailureCode.TIMED_OUT),
    "half a head": (_half_a_head, FailureCode.UNREACHABLE),
    "half a body": (_half_a_body, FailureCode.UNREACHABLE),
    "not HTTP": (_no_http, FailureCode.UNREACHABLE),
    "too long": (_too_long, FailureCode.UNREADABLE),
    "bad gzip": (_bad_gzip, FailureCode.UNREADABLE),
    "gzip bomb": (_gzip_bomb, FailureCode.UNREADABLE),
}


@pytest.mark.parametrize("case", MAYBE)
async def test_a_paid_call_that_was_read_is_in_doubt(case: str) -> None:
    """Whatever happens after the server has the order: one attempt, and nobody claims that it was not sent."""
    script, code = MAYBE[case]
    async with serving(script) as server:
        door = _transport(server.url, seconds=0.3 if script is _stay_silent else 10.0)
        with pytest.raises(ProviderError) as caught:
            await door.pay("/create", b'{"order":1}')
        await door.close()
    assert (caught.value.sent, caught.value.code) == (Sent.MAYBE, code)
    assert len(server.requests) == server.connections == 1


async def test_a_paid_call_to_nobody_was_not_sent() -> None:
    """A refused connection is safe to try again."""
    door = _transport(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ProviderError) as caught:
        await door.pay("/create", b"{}")
    await door.close()
    assert (caught.value.sent, caught.value.code) == (Sent.NO, FailureCode.UNREACHABLE)


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_paid_call_needs_a_trusted_certificate(*, trusted: bool) -> None:
    """A stranger with a certificate of their own never sees the order, and it counts as not sent."""
    ours, theirs = trustme.CA(), trustme.CA()
    server_tls, client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    (ours if trusted else theirs).issue_cert("127.0.0.1").configure_cert(server_tls)
    ours.configure_trust(client_tls)
    async with serving(_say_ok, server_tls) as server:
        door = _transport(f"https://127.0.0.1:{server.port}", tls=client_tls)
        if trusted:
            assert (await door.pay("/create", b"{}")).body == OK
            assert (await door.get("/list")).body == OK
        else:
            with pytest.raises(ProviderError) as caught:
                await door.pay("/create", b"{}")
            assert caught.value.sent is Sent.NO
            assert server.requests == []
        await door.close()


def _exceptions(of: type[httpx.HTTPError]) -> Iterator[type[httpx.HTTPError]]:
    for each in of.__subclasses__():
        yield each
        yield from _exceptions(each)


@pytest.mark.parametrize("kind", sorted(_exceptions(httpx.HTTPError), key=str))
def test_only_four_exceptions_prove_that_nothing_was_sent(kind: type[httpx.HTTPError]) -> None:
    """An exception that httpx adds later counts as doubt until somebody has looked at it."""
    safe = {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol}
    made = kind.__new__(kind)
    assert paid_error(made, "POST /create").sent is (Sent.NO if kind in safe else Sent.MAYBE)


async def test_every_paid_call_has_its_own_connection() -> None:
    """No order rides on a connection that may already be dying; polls share one."""
    async with serving(_say_ok) as server:
        door = _transport(server.url)
        for _ in range(3):
            await door.pay("/create", b"{}")
        assert server.connections == 3
        for _ in range(3):
            await door.post("/detail", b"{}")
            await door.get("/list")
        assert server.connections == 4
        await door.close()


async def test_a_paid_call_follows_no_redirect_and_keeps_no_cookie() -> None:
    """An order goes where it was meant to go, once, and one answer does not change the next call."""

    async def elsewhere(talk: Talk) -> None:
        talk.answer("307 Temporary Redirect", b"", "Location: /elsewhere", "Set-Cookie: session=1")

    async with serving(elsewhere) as server:
        door = _transport(server.url)
        await door.pay("/a", b"{}")
        await door.pay("/b", b"{}")
        await door.post("/c", b"{}")
        await door.get("/d")
        await door.close()
    paths = [request.split(b" ", 2)[1] for request in server.requests]
    assert paths == [b"/a", b"/b", b"/c", b"/d"]
    assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_a_paid_call_says_exactly_what_it_was_given() -> None:
    """Path, headers and body arrive unchanged."""
    async with serving(_say_ok) as server:
        door = _transport(server.url + "/ima/")
        reply = await door.pay("/open/v1/tasks/create", '{"prompt":"灯塔"}'.encode())
        await door.close()
    (request,) = server.requests
    assert request.startswith(b"POST /ima/open/v1/tasks/create HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".encode() in request.lower()
    assert request.endswith('\r\n\r\n{"prompt":"灯塔"}'.encode())
    assert (reply.status, reply.body) == (200, OK)


FREE: dict[str, tuple[Script, FailureCode]] = {
    "closed": (_hang_up, FailureCode.UNREACHABLE),
    "reset": (_slam, FailureCode.UNREACHABLE),
    "silence": (_stay_silent, FailureCode.TIMED_OUT),
    "half a body": (_half_a_body, FailureCode.UNREADABLE),
    "not HTTP": (_no_http, FailureCode.UNREACHABLE),
    "too long": (_too_long, FailureCode.UNREADABLE),
    "gzip bomb": (_gzip_bomb, FailureCode.UNREADABLE),
}


@pytest.mark.parametrize("case", FREE)
async def test_a_free_call_that_fails_is_safe_to_repeat(case: str) -> None:
    """A read never puts money in doubt, whatever happened to it."""
    script, code = FREE[case]
    async with serving(script) as server:
        door = _transport(server.url, seconds=0.3 if script is _stay_silent else 10.0)
        with pytest.raises(ProviderError) as caught:
            await door.post("/detail", b"{}")
        await door.close()
    assert (caught.value.sent, caught.value.code) == (Sent.NO, code)


async def test_an_upload_carries_none_of_our_headers() -> None:
    """The storage that an upload goes to is not the provider and gets no key."""
    async with serving(_say_ok) as server:
        door = _transport("https://api.example")
        await door.put(f"{server.url}/bucket/1?signature=abc", b"picture", "image/png")
        await door.close()
    (request,) = server.requests
    assert request.startswith(b"PUT /bucket/1?signature=abc ")
    assert b"content-type: image/png" in request.lower()
    assert b"authorization" not in request.lower()
    assert KEY.encode() not in request


async def test_an_upload_needs_https() -> None:
    """An upload address in the clear is refused before a byte is sent."""
    door = _transport("https://api.example")
    with pytest.raises(ProviderError) as caught:
        await door.put("http://storage.example/1", b"picture", "image/png")
    assert caught.value.sent is Sent.NO


@pytest.mark.parametrize(
    "url,safe",
    [
        ("https://api.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://api.example", False),
        ("http://127.0.0.1.example", False),
        ("ftp://127.0.0.1", False),
        ("api.example", False),
        ("", False),
    ],
)
def test_a_key_travels_over_https_only(url: str, *, safe: bool) -> None:
    """The one exception is this machine."""
    assert is_safe(url) is safe
    if not safe:
        with pytest.raises(ValueError, match="https"):
            _transport(url)


async def test_closing_twice_is_fine_and_nothing_opens_again() -> None:
    """A closed door stays closed, also for a call that comes late."""
    async with serving(_say_ok) as server:
        door = _transport(server.url)
        await door.get("/list")
        await door.pay("/create", b"{}")
        await door.close()
        await door.close()
        for call in (door.get("/list"), door.pay("/create", b"{}"), door.put(server.url, b"", "image/png")):
            with pytest.raises(ProviderError) as caught:
                await call
            assert caught.value.sent is Sent.NO
        assert len(server.requests) == 2


@pytest.fixture
async def heard() -> AsyncIterator[io.StringIO]:
    """Everything that any logger says, at any level."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    for name in ("httpx", "httpcore", "aiohttp.client"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


async def test_no_key_and_no_query_reaches_a_log_or_an_error(heard: io.StringIO) -> None:
    """Even with everything logged: not the key, not the header, not what an address carries as its query."""
    for script in (_say_ok, _hang_up, _too_long):
        async with serving(script) as server:
            door = _transport(server.url, seconds=1.0)
            calls: list[Awaitable[object]] = [
                door.get("/token", {"appUid": KEY, "sign": "ABCDEF"}),
                door.put(f"{server.url}/x?token={KEY}", b"", "image/png"),
                door.pay(f"/create?key={KEY}", KEY.encode()),
                door.post("/detail", KEY.encode()),
            ]
            for call in calls:
                try:
                    await call
                except ProviderError as error:
                    logging.getLogger("test").exception("failed")
                    heard.write(f"{error}{error.detail}{error.data}")
            await door.close()
    said = heard.getvalue()
    assert "failed" in said
    assert "HTTP Request" not in said
    for secret in (KEY, "ABCDEF", "Bearer", "appUid"):
        assert secret not in said


def test_redaction_leaves_the_rest_readable() -> None:
    """The operator still sees what happened."""
    text = "bad key a/b+c for https://api.example/x?key=1&n=2 (Authorization: Bearer abc.def), encoded a%2Fb%2Bc"
    said = redact(text, ("a/b+c", ""))
    assert said == "bad key *** for https://api.example/x?*** (Authorization: Bearer ***), encoded ***"
