"""The web chat's door: names, origins, tokens, cookies, methods, paths and sizes that strangers may try."""

import asyncio
import contextlib
import gzip
import io
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from bot.listener import ListenerSettings
from providers.contract import Secret
from tests.fakes.web_chat import Chat, open_chat
from tests.fakes.web_visitor import WebVisitor, visiting

CODE = "correct horse battery"
MILLION = 1_000_000

HOSTS = (
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "evil.localhost",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io",
    "127.0.0.1@evil.example",
    "evil.example@127.0.0.1.example",
    "localhost,evil.example",
    "localhost evil.example",
    "10.0.0.7",
    "0.0.0.0",  # noqa: S104 - what is turned away
    "169.254.169.254",
    "2130706433",
    "0x7f000001",
    "127.1",
    "[::ffff:127.0.0.1]",
    "[::2]",
    "[::1",
    "::1]",
    "",
    ":80",
    "..",
    "localhost/../evil",
    "xn--localhost",
    "a" * 2000,
)
ORIGINS = (
    "http://evil.example",
    "https://evil.example",
    "null",
    "",
    "*",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost.evil.example",
    "http://{host}.evil.example",
    "http://evil.example/{host}",
    "http://evil.example#{host}",
    "http://evil.example?{host}",
    "http://user@{host}",
    "http://{host}@evil.example",
    "ftp://{host}",
    "file://{host}",
    "javascript://{host}",
    "chrome-extension://{host}",
    "{host}",
    "//{host}",
    "http:{host}",
    "http://{host} http://evil.example",
    "http://[::1",
)
TOKENS = ("", "0", "f" * 32, "F" * 32, "g" * 32, "f" * 31, "f" * 33, " " * 32, "é" * 32, "%66" * 32)
PATHS = (
    "/static/../page.html",
    "/static/..%2fpage.html",
    "/static/%2e%2e/page.html",
    "/static/....//page.html",
    "/static/page.html",
    "/static/door.html",
    "/static/inbound.py",
    "/static/chat.js%00",
    "/static//etc/passwd",
    "/static/%5c..%5cpage.html",
    "/c/..",
    "/c/%2e%2e",
    "/c/a%2fb",
    "/c/%00",
    "/c/-a",
    "/c/A",
    "/c/" + "a" * 33,
    "/c/a b",
    "/c/é",
    "/c/a%0d%0aSet-Cookie:%20x=1",
    "/c/' OR 1=1 --",
    "/c/studio/messages?before=0",
    "/c/studio/messages?before=-1",
    "/c/studio/messages?before=1;DROP TABLE message",
    "/c/studio/messages?before=" + "9" * 19,
    "/.git/config",
    "/.env",
    "/limner.db",
    "/metrics/../c/studio/../../etc/passwd",
)


@contextlib.asynccontextmanager
async def visited(folder: Path) -> AsyncIterator[tuple[Chat, WebVisitor]]:
    """A web chat and somebody in it."""
    async with open_chat(folder) as chat, visiting(chat.url) as ana:
        yield chat, ana


async def test_another_name_gets_nothing(tmp_path: Path) -> None:
    """Reading and writing under a name that is not ours (DNS rebinding): 421 or unreadable, without cookies."""
    async with visited(tmp_path) as (chat, ana):
        for host in HOSTS:
            for ask in (ana.session.get, ana.session.post):
                async with ask(f"{chat.url}/c/studio", headers={"Host": host}) as answer:
                    assert answer.status in {400, 421}, host
                    assert "Set-Cookie" not in answer.headers
        assert chat.studio.heard == []


async def test_another_site_cannot_change_anything(tmp_path: Path) -> None:
    """Neither typed, pressed, renamed nor let in, wherever the request says that it comes from."""
    bodies = {
        "/c/studio/messages": {"event": "a" * 32, "text": "/video a puppy"},
        "/c/studio/press": {"event": "b" * 32, "action": "lm1|confirm|ab|1"},
        "/me": {"name": "Eve", "locale": "en"},
        "/door": {"token": CODE},
    }
    async with visited(tmp_path) as (chat, ana):
        host = chat.url.removeprefix("http://")
        for origin in ORIGINS:
            for path, body in bodies.items():
                status, told = await ana.post(path, body, {"Origin": origin.replace("{host}", host)})
                assert (status, told["why"]) == (403, "origin_not_ours"), (origin, path)
        for path, body in bodies.items():
            status, told = await ana.post(path, body, {"Origin": None})
            assert (status, told["why"]) == (403, "origin_not_ours"), path
        assert (chat.studio.heard, chat.studio.pressed) == ([], [])


async def test_a_page_that_we_did_not_draw_cannot_change_anything(tmp_path: Path) -> None:
    """A guessed token is none, also where the cookie was set to the same by somebody."""
    async with visited(tmp_path) as (chat, ana):
        for token in TOKENS:
            said = {"X-Limner-Page": token.encode().decode("latin-1")}
            status, told = await ana.post("/me", {"name": "Eve", "locale": "en"}, said)
            assert (status, told["why"]) == (403, "page_out_of_date"), token
        assert chat.studio.heard == []


async def test_a_form_of_another_site_is_not_read(tmp_path: Path) -> None:
    """What a page elsewhere can send without asking first (text, forms) is no message, even past the other guards."""
    body = json.dumps({"event": "a" * 32, "text": "/video a puppy"}).encode()
    async with visited(tmp_path) as (chat, ana):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "text/json", "application/json5", ""):
            status, told = await ana.post("/c/studio/messages", body, {"Content-Type": kind})
            assert (status, told["why"]) == (415, "unreadable"), kind
        assert chat.studio.heard == []


async def test_paths_lead_nowhere_else(tmp_path: Path) -> None:
    """No file, no other channel, no header of somebody's making; nothing but "not there" and no cookie."""
    async with visited(tmp_path) as (chat, ana):
        ana.session.cookie_jar.clear()
        for path in PATHS:
            host, _, port = chat.url.removeprefix("http://").partition(":")
            answer = await _raw(host, int(port), f"GET {_quoted(path)} HTTP/1.1\r\nHost: {host}\r\n")
            assert answer.split()[1] in {b"400", b"403", b"404"}, path
            assert b"Set-Cookie: limner" not in answer
            assert b"root:" not in answer


def _quoted(path: str) -> str:
    return path.replace(" ", "%20").replace("é", "%C3%A9")


def _everything(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*")]


async def _raw(host: str, port: int, head: str, body: bytes = b"") -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"{head}Connection: close\r\n\r\n".encode("latin-1") + body)
    answer = await reader.read()
    writer.close()
    return answer


RAW: Mapping[str, str] = {
    "no host": "GET /c/studio HTTP/1.1\r\n",
    "two lengths": "POST /me HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
    "length and chunks": "POST /me HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "negative length": "POST /me HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n",
    "length in words": "POST /me HTTP/1.1\r\nHost: localhost\r\nContent-Length: five\r\n",
    "blank before the colon": "GET /c/studio HTTP/1.1\r\nHost : localhost\r\n",
    "null in a header": "GET /c/studio HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n",
    "huge header": "GET /c/studio HTTP/1.1\r\nHost: localhost\r\nX: " + "a" * 100_000 + "\r\n",
    "huge cookie": "GET /c/studio HTTP/1.1\r\nHost: localhost\r\nCookie: a=" + "b" * 100_000 + "\r\n",
    "huge path": "GET /c/" + "a" * 100_000 + " HTTP/1.1\r\nHost: localhost\r\n",
    "many headers": "GET /c/studio HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"X{n}: a\r\n" for n in range(40_000)),
    "no http": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
    "method of somebody's making": "BREW /c/studio HTTP/1.1\r\nHost: localhost\r\n",
    "trace": "TRACE /c/studio HTTP/1.1\r\nHost: localhost\r\n",
    "connect": "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n",
    "whole address": "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n",
}


async def test_broken_requests_get_a_short_no(tmp_path: Path) -> None:
    """Refused or hung up on; the page goes on working for everybody else."""
    async with visited(tmp_path) as (chat, ana):
        host, _, port = chat.url.removeprefix("http://").partition(":")
        for name, head in RAW.items():
            with contextlib.suppress(ConnectionError):
                answer = await _raw(host, int(port), head)
                assert answer[:12] == b"" or answer.split()[1][:1] in {b"4", b"5"}, name
                assert b"Traceback" not in answer, name
            assert "studio" in await ana.load()


BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "brackets": b"[" * MILLION,
    "braces": b'{"a":' * 150_000,
    "list": b"[]",
    "null": b"null",
    "half": b'{"event": "',
    "more fields": json.dumps({"event": "a" * 32, "action": "x", "person": "somebody"}).encode(),
    "number for a text": json.dumps({"event": 7, "action": "x"}).encode(),
    "list for a text": json.dumps({"event": ["a" * 32], "action": "x"}).encode(),
    "event of somebody else": json.dumps({"event": f"{'a' * 32}:{'b' * 32}", "action": "x"}).encode(),
    "event with a line": json.dumps({"event": "a" * 31 + "\n", "action": "x"}).encode(),
    "event with a line behind": json.dumps({"event": "a" * 32 + "\n", "action": "x"}).encode(),
    "long event": json.dumps({"event": "a" * 100_000, "action": "x"}).encode(),
    "long action": json.dumps({"event": "a" * 32, "action": "x" * 101}).encode(),
    "no action": json.dumps({"event": "a" * 32, "action": ""}).encode(),
    "half a character": b'{"event": "' + b"a" * 32 + b'", "action": "\\ud83d"}',
    "huge": b'{"event": "' + b"a" * (2 * MILLION) + b'"}',
    "huge number": b'{"event": ' + b"9" * 100_000 + b"}",
}


async def test_a_press_that_no_page_of_ours_sends_is_refused(tmp_path: Path) -> None:
    """With a sentence in the person's language and without a word of what was sent."""
    async with visited(tmp_path) as (chat, ana):
        for name, body in BODIES.items():
            status, told = await ana.post("/c/studio/press", body)
            assert status in {400, 413}, name
            assert told["error"], name
            assert len(json.dumps(told)) < 500, name
        assert chat.studio.pressed == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_request_does_not_unpack_without_end(tmp_path: Path, encoding: str) -> None:
    """A hundred kilobytes that would become a hundred megabytes end at the limit for any body."""
    packed = (gzip.compress if encoding == "gzip" else zlib.compress)(b" " * (100 * MILLION))
    async with visited(tmp_path) as (chat, ana):
        for path in ("/c/studio/press", "/c/studio/messages", "/me", "/door"):
            status, told = await ana.post(path, packed, {"Content-Encoding": encoding})
            assert (status, told["why"]) == (413, "too_big"), path
        assert (chat.studio.heard, chat.studio.pressed) == ([], [])


FORMS: Mapping[str, tuple[tuple[str, bytes, str], ...]] = {
    "unknown field": (("file", b"x", "a.png"),),
    "event twice": (("event", b"a" * 32, ""), ("event", b"b" * 32, "")),
    "ten pictures": (("event", b"a" * 32, ""), *((("picture", b"x", "a.png"),) * 10)),
    "long text": (("event", b"a" * 32, ""), ("text", b"x" * 200_000, "")),
    "no event": (("text", b"hello", ""),),
    "text that is none": (("event", b"a" * 32, ""), ("text", b"\xff\xfe", "")),
    "nested": (("event", b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--", ""),),
}
FILE_NAMES = (
    "../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/cron.d/x",
    "C:\\boot.ini",
    "; rm -rf ~",
    "$(id).png",
    "`id`.png",
    "con.png",
    ".htaccess",
    "~root/.ssh/authorized_keys",
    "a" * 3000 + ".png",
    "\u202egnp.exe",
    "%2e%2e%2fpasswd",
    "<img src=x onerror=alert(1)>.png",
    "' OR 1=1; DROP TABLE upload; --.png",
    "",
)


async def test_a_form_that_no_page_of_ours_sends_is_refused(tmp_path: Path) -> None:
    """Fields, counts and sizes are held against what the page can send."""
    async with visited(tmp_path) as (chat, ana):
        for name, parts in FORMS.items():
            form = aiohttp.FormData(default_to_multipart=True)
            for field, data, file in parts:
                form.add_field(field, io.BytesIO(data), filename=file or None)
            status, told = await ana.post("/c/studio/messages", form)
            assert status in {400, 413}, name
            assert told["error"], name
        assert chat.studio.heard == []


async def test_a_file_s_name_is_never_used(tmp_path: Path) -> None:
    """Whatever a picture is called: only its bytes are taken, and nothing appears beside the database."""
    async with visited(tmp_path / "home") as (chat, ana):
        for n, name in enumerate(FILE_NAMES):
            form = aiohttp.FormData(default_to_multipart=True)
            form.add_field("event", f"{n:032x}")
            form.add_field("text", "/animate it waves")
            form.add_field("picture", io.BytesIO(b"bytes"), filename=name, content_type="image/png")
            status, _ = await ana.post("/c/studio/messages", form)
            assert status == 200, name
        assert [heard.attachments[0].data for heard in chat.studio.heard] == [b"bytes"] * len(FILE_NAMES)
        assert {name for name in _everything(tmp_path) if not name.startswith("chat.db")} == {"home"}


NAMES = (
    "limner",
    "LIMNER",
    " Limner ",
    "lim\u200bner",
    "\u202elimner",
    "",
    " ",
    "\u200b",
    "\x00",
    "a" * 41,
    "\n",
)


async def test_a_name_that_is_ours_or_none_is_not_given(tmp_path: Path) -> None:
    """Nobody speaks in our name or with none, also not with signs between that nobody sees."""
    async with visited(tmp_path) as (_, ana):
        for name in NAMES:
            status, told = await ana.post("/me", {"name": name, "locale": "en"})
            assert (status, told["why"]) == (400, "bad_name"), repr(name)


async def test_cookies_are_for_us_alone(tmp_path: Path) -> None:
    """No script and no other site can use them; behind a proxy with https they do not travel without."""
    settings = ListenerSettings(port=0, token=Secret(CODE), https=True)
    async with (
        open_chat(tmp_path, settings=settings) as chat,
        aiohttp.ClientSession() as session,
        session.get(f"{chat.url}/c/studio", headers={"Accept": "text/html"}) as answer,
    ):
        assert answer.status == 401
        cookies = answer.headers.getall("Set-Cookie")
    assert cookies
    assert all({"HttpOnly", "Secure", "SameSite=Strict"} <= set(c.split("; ")) for c in cookies)


ACCESS = ("", "0", CODE, CODE[::-1], "x" * 64, "0" * 64, "' OR ''='", "null", "undefined", "True", "1")


async def test_a_guessed_access_cookie_opens_nothing(tmp_path: Path) -> None:
    """Not even the code itself is the cookie: it is made from it one way."""
    settings = ListenerSettings(port=0, token=Secret(CODE))
    async with open_chat(tmp_path, settings=settings) as chat, aiohttp.ClientSession() as session:
        for guess in ACCESS:
            for path in ("/c/studio", "/c/studio/events", "/c/studio/messages?before=5"):
                headers = {"Cookie": f"limner_access={guess.replace(' ', '%20')}"}
                async with session.get(f"{chat.url}{path}", headers=headers) as answer:
                    assert answer.status in {400, 401}, guess
                    assert CODE not in await answer.text()
