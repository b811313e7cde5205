"""The server: where it dares to listen, and whom it lets in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from ipaddress import IPv4Address

import aiohttp
import pytest
from aiohttp import web

from bot.errors import SettingsProblem
from bot.listener import PAGE_COOKIE, PAGE_HEADER, Listener, ListenerSettings
from providers.contract import Secret
from tests.fakes.web_chat import CountingIds

TOKEN = "0" * 31 + "1"
CODE = Secret("correct horse battery")
EVERYTHING = str(IPv4Address(0))


async def echo(_request: web.Request) -> web.Response:
    """Answer anything that came in."""
    return web.Response(text="inside")


@contextlib.asynccontextmanager
async def listening(settings: ListenerSettings | None = None) -> AsyncIterator[Listener]:
    """A server with one room that says "inside"."""
    listener = Listener(settings or ListenerSettings(port=0), CountingIds())
    listener.add([web.get("/room", echo), web.post("/room", echo)])
    await listener.start()
    try:
        yield listener
    finally:
        await listener.close()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps no cookies of its own."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.mark.parametrize("host", ["192.168.1.5", EVERYTHING, "::", "example.org", ""])
def test_other_machines_can_only_reach_it_with_a_code(host: str) -> None:
    """A bind that others can reach without an access code is a settings problem that names the field."""
    with pytest.raises(SettingsProblem, match=r"^listener\.token: must be set"):
        Listener(ListenerSettings(host=host, hosts=("limner.example",)), CountingIds())


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.5"])
def test_a_short_code_is_refused(host: str) -> None:
    """Fifteen characters are too few anywhere; the message does not repeat the code."""
    with pytest.raises(SettingsProblem, match=r"^listener\.token: must have at least 16") as caught:
        Listener(ListenerSettings(host=host, token=Secret("fifteen letters")), CountingIds())
    assert "fifteen" not in str(caught.value)


def test_a_bind_to_everything_needs_the_names_people_type() -> None:
    """Without them no Host header could be told from a rebound one."""
    with pytest.raises(SettingsProblem, match=r"^listener\.hosts: "):
        Listener(ListenerSettings(host=EVERYTHING, token=CODE), CountingIds())


def test_loopback_is_the_default() -> None:
    """Out of the box nobody else on the network can reach Limner."""
    assert ListenerSettings().host == "127.0.0.1"


async def test_a_taken_port_is_a_settings_problem() -> None:
    """The operator reads which address is taken instead of a traceback."""
    async with listening() as first:
        second = Listener(ListenerSettings(port=first.port), CountingIds())
        with pytest.raises(SettingsProblem, match=f"cannot listen on 127.0.0.1:{first.port}"):
            await second.start()


async def test_health_says_which_part_is_in_trouble(client: aiohttp.ClientSession) -> None:
    """A probe needs no code and no host name, and gets 503 when a part is not well."""
    well = {"store": True}
    async with listening(ListenerSettings(port=0, token=CODE)) as listener:
        listener.watch("store", lambda: well["store"])
        async with client.get(f"{listener.url}/health", headers={"Host": "10.0.0.7"}) as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok", "parts": {"store": True}})
        well["store"] = False
        async with client.get(f"{listener.url}/health") as answer:
            assert (answer.status, await answer.json()) == (503, {"status": "trouble", "parts": {"store": False}})


@pytest.mark.parametrize(
    "host, status",
    [
        ("localhost", 200),
        ("LOCALHOST:9999", 200),
        ("127.0.0.1:80", 200),
        ("[::1]:8765", 200),
        ("limner.example", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.nip.io", 421),
        ("localhost:80@evil.example", 421),
        ("[::1", 421),
    ],
)
async def test_only_our_own_names_are_answered(client: aiohttp.ClientSession, host: str, status: int) -> None:
    """A name that somebody points at this machine (DNS rebinding) gets nothing."""
    async with (
        listening(ListenerSettings(port=0, hosts=("limner.example",))) as listener,
        client.get(f"{listener.url}/room", headers={"Host": host}) as answer,
    ):
        assert answer.status == status
        assert ("inside" in await answer.text()) == (status == 200)


@pytest.mark.parametrize(
    "changed, status, why",
    [
        ({}, 200, ""),
        ({"Origin": "http://evil.example"}, 403, "origin_not_ours"),
        ({"Origin": "null"}, 403, "origin_not_ours"),
        ({"Origin": ""}, 403, "origin_not_ours"),
        ({"Origin": "http://127.0.0.1:1"}, 403, "origin_not_ours"),
        ({"Origin": "http://[::1"}, 403, "origin_not_ours"),
        ({PAGE_HEADER: ""}, 403, "page_out_of_date"),
        ({PAGE_HEADER: "f" * 32}, 403, "page_out_of_date"),
        ({PAGE_HEADER: "é"}, 403, "page_out_of_date"),
        ({"Cookie": ""}, 403, "page_out_of_date"),
        ({"Cookie": f"{PAGE_COOKIE}=", PAGE_HEADER: ""}, 403, "page_out_of_date"),
        ({"Cookie": f"{PAGE_COOKIE}=x", PAGE_HEADER: "x"}, 403, "page_out_of_date"),
    ],
)
async def test_only_our_own_page_can_change_something(
    client: aiohttp.ClientSession, changed: dict[str, str], status: int, why: str
) -> None:
    """Another site can neither post with a person's cookies nor guess the page's token."""
    async with listening() as listener:
        headers = {"Origin": listener.url, PAGE_HEADER: TOKEN, "Cookie": f"{PAGE_COOKIE}={TOKEN}"} | changed
        async with client.post(f"{listener.url}/room", headers=headers) as answer:
            assert answer.status == status
            assert not why or (await answer.json())["why"] == why


async def test_reading_and_changing_need_the_code_where_there_is_one(client: aiohttp.ClientSession) -> None:
    """Without the access cookie no room is reached, whatever else the request brings along."""
    async with listening(ListenerSettings(port=0, token=CODE)) as listener:
        headers = {"Origin": listener.url, PAGE_HEADER: TOKEN, "Cookie": f"{PAGE_COOKIE}={TOKEN}; limner_access=0"}
        async with client.get(f"{listener.url}/room", headers=headers) as answer:
            assert answer.status == 401
        async with client.post(f"{listener.url}/room", headers=headers) as answer:
            assert answer.status == 401


@pytest.mark.parametrize("path", ["/room", "/health", "/nowhere"])
async def test_every_answer_is_hardened(client: aiohttp.ClientSession, path: str) -> None:
    """No answer is framed, sniffed, cached, or tells other sites where a person came from."""
    async with listening() as listener, client.get(f"{listener.url}{path}") as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_link_on_another_site_is_asked_again_from_ours(client: aiohttp.ClientSession) -> None:
    """The browser keeps strict cookies back on such a visit; taking it as a new person would lose who they are."""
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with listening() as listener:
        async with client.get(f"{listener.url}/room", headers=followed) as answer:
            assert "Set-Cookie" not in answer.headers
            assert "inside" not in await answer.text()
            assert 'http-equiv="refresh"' in await answer.text()
        async with client.get(f"{listener.url}/room", headers={"Sec-Fetch-Site": "same-origin"}) as answer:
            assert await answer.text() == "inside"


async def test_closing_ends_streams_instead_of_waiting_for_them(client: aiohttp.ClientSession) -> None:
    """A stop does not wait for pages that listen forever."""
    listener = Listener(ListenerSettings(port=0), CountingIds())
    over = asyncio.Event()
    listener.on_closing(over.set)

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"here\n")
        await over.wait()
        return response

    listener.add([web.get("/stream", stream)])
    await listener.start()
    async with client.get(f"{listener.url}/stream") as answer:
        assert await answer.content.readline() == b"here\n"
        await listener.close()
        assert await answer.content.read() == b""
    await listener.close()
