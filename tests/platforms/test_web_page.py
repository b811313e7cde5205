"""The page itself: in the reader's language, nothing in it can run but our own files, and the door before it."""

import re
from collections.abc import AsyncIterator
from datetime import UTC
from importlib import resources
from pathlib import Path

import aiohttp
import pytest

from bot.core import webpage
from bot.errors import SettingsProblem
from bot.i18n import Translators
from bot.listener import ListenerSettings
from bot.platforms.web.page import Page
from bot.text import Phrase
from providers.contract import Secret
from tests.fakes.web_chat import Chat, open_chat
from tests.fakes.web_visitor import WebVisitor, visiting

CODE = "correct horse battery"
NASTY = "</script><script>alert(1)</script>"


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat with a demo's media server and a banner."""
    banner = Phrase("waits are <b>short</b>")()
    async with open_chat(tmp_path, media=("http://127.0.0.1:9",), banner=banner) as running:
        yield running


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat behind an access code and a TLS proxy."""
    settings = ListenerSettings(port=0, token=Secret(CODE), https=True)
    async with open_chat(tmp_path, settings=settings) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps no cookies of its own."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def test_only_our_own_files_can_run(chat: Chat, client: aiohttp.ClientSession) -> None:
    """No inline script, no foreign script, no frame; media from https, our charts, the demo's server."""
    async with client.get(f"{chat.url}/c/studio") as answer:
        rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split(";"))
        html = await answer.text()
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' blob: data: https: http://127.0.0.1:9",
        "media-src": "'self' https: http://127.0.0.1:9",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert re.findall(r"<script(?! type=\"application/json\"| type=\"module\" src=\"/static/)", html) == []
    assert re.findall(r"\s(?:on\w+|style)=", html) == []


def test_the_pages_code_never_makes_markup_of_text() -> None:
    """Every string goes into a text node: nothing in our scripts parses HTML or runs text."""
    for file in resources.files("bot.platforms.web").iterdir():
        if file.name.endswith(".js"):
            code = file.read_text(encoding="utf-8")
            assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|DOMParser", code) == []


async def test_the_visitor_cookie_is_for_us_alone(chat: Chat, client: aiohttp.ClientSession) -> None:
    """No script can read the cookies and no other site can send them; they are kept for a visit next year."""
    async with client.get(f"{chat.url}/c/studio") as answer:
        cookies = answer.headers.getall("Set-Cookie")
    assert sorted(cookie.split("=")[0] for cookie in cookies) == ["limner_page", "limner_visitor"]
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=31536000"} <= set(cookie.split("; "))
        assert "Secure" not in cookie


async def test_behind_tls_the_cookies_only_travel_over_tls(guarded: Chat, client: aiohttp.ClientSession) -> None:
    """Where the operator says https, every cookie is Secure."""
    async with client.get(f"{guarded.url}/c/studio", headers={"Accept": "text/html"}) as answer:
        assert all("Secure" in cookie.split("; ") for cookie in answer.headers.getall("Set-Cookie"))


async def test_who_somebody_is_survives_a_reload(chat: Chat) -> None:
    """The same browser is the same person, with the same page token in all of its tabs."""
    async with visiting(chat.url) as ana:
        first = ana.page
        await ana.load("films")
        assert (ana.page["me"], ana.page["token"]) == (first["me"], first["token"])


async def test_a_made_up_cookie_makes_somebody_new(chat: Chat, client: aiohttp.ClientSession) -> None:
    """Cookies that we did not give are replaced."""
    forged = {"Cookie": "limner_visitor=admin; limner_page=<x>"}
    async with client.get(f"{chat.url}/c/studio", headers=forged) as answer:
        assert len(answer.headers.getall("Set-Cookie")) == 2
        assert "<x>" not in await answer.text()


async def test_names_cannot_break_out_of_the_page(chat: Chat) -> None:
    """A name that is markup is shown as it is, in the header and in the page's data."""
    async with visiting(chat.url) as ana:
        await ana.post("/me", {"name": NASTY, "locale": "en"})
        html = await ana.load()
        assert ana.page["me"]["name"] == NASTY
    assert NASTY not in html
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in html


async def test_the_banner_is_text_on_top(chat: Chat) -> None:
    """The operator's note is shown, escaped like everything else."""
    async with visiting(chat.url) as ana:
        assert "waits are &lt;b&gt;short&lt;/b&gt;" in await ana.load()


@pytest.mark.parametrize(
    "wish, tag",
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"), ("fr,zh-TW;q=0.5", "zh-Hans"), ("en-GB", "en"), ("fr", "en"), ("", "en")],
)
async def test_the_first_visit_speaks_the_browsers_language(chat: Chat, wish: str, tag: str) -> None:
    """Nobody has to find a menu in a language they do not read."""
    async with visiting(chat.url, wish) as visitor:
        assert f'<html lang="{tag}">' in await visitor.load()


async def test_every_word_of_the_page_comes_from_the_catalogue(chat: Chat) -> None:
    """The script gets each sentence it may need, with the figures filled in."""
    async with visiting(chat.url) as ana:
        words = ana.page["words"]
    assert set(words) == (set(webpage.PAGE) | set(webpage.PAGE_REFUSALS)) - {"guest", "pictures"}
    assert words["text_too_long"] == "That's too long: a message has at most 20,000 characters. Please shorten it."
    assert not [sentence for sentence in words.values() if "{" in sentence]
    for file in resources.files("bot.platforms.web").iterdir():
        if file.name.endswith(".js"):
            assert set(re.findall(r"\bwords\.(\w+)", file.read_text(encoding="utf-8"))) <= set(words)


async def test_the_first_address_leads_to_the_studio(chat: Chat, client: aiohttp.ClientSession) -> None:
    """Whoever types only the host arrives in the default channel."""
    async with client.get(chat.url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/c/studio")


async def test_files_are_served_once_and_asked_for_again(chat: Chat, client: aiohttp.ClientSession) -> None:
    """A browser keeps the files and asks whether they changed; nothing else in the folder is served."""
    for name, kind in {"chat.css": "text/css", "chat.js": "text/javascript", "mark.svg": "image/svg+xml"}.items():
        async with client.get(f"{chat.url}/static/{name}") as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            tag = answer.headers["ETag"]
        async with client.get(f"{chat.url}/static/{name}", headers={"If-None-Match": tag}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
    for name in ("page.html", "inbound.py", "..%2finbound.py", "nothing.js"):
        async with client.get(f"{chat.url}/static/{name}") as answer:
            assert answer.status == 404


@pytest.mark.parametrize("origin", ["127.0.0.1:9", "http://x; script-src *", "http://x y", "javascript:", "http://x/p"])
def test_a_media_address_that_would_open_the_page_is_a_settings_problem(origin: str) -> None:
    """An operator's slip cannot loosen what the page may load."""
    with pytest.raises(SettingsProblem, match=r"^web\.media_hosts: "):
        Page(Translators(UTC), media=[origin])


async def test_the_door_asks_for_the_code_and_then_lets_in(guarded: Chat) -> None:
    """A wrong code gets a sentence, the right one a cookie that is not the code itself; then the page opens."""
    person = WebVisitor(guarded.url)
    try:
        html = await person.load()
        assert webpage.PAGE["access_title"].one in html
        assert "me" not in person.page
        # The client does not return Secure cookies over plain http, so it is handed them as a browser behind TLS would.
        headers: dict[str, str | None] = {"Cookie": f"limner_page={person.page['token']}"}
        status, said = await person.post("/door", {"token": "wrong horse battery"}, headers)
        assert (status, said["error"]) == (403, webpage.PAGE_REFUSALS["access_wrong"].one)
        status, said = await person.post("/door", {"token": f" {CODE} "}, headers)
        assert (status, said) == (200, {})
        (given,) = [cookie for cookie in person.session.cookie_jar if cookie.key == "limner_access"]
        assert CODE not in given.value
        opened = {"Cookie": f"limner_access={given.value}", "Accept": "text/html"}
        async with person.session.get(f"{guarded.url}/c/studio", headers=opened) as answer:
            assert 'id="composer"' in await answer.text()
    finally:
        await person.session.close()


async def test_behind_the_door_nothing_is_read_or_done(guarded: Chat, client: aiohttp.ClientSession) -> None:
    """Without the code there is no stream, no history, no message and no channel name; only the door's own files."""
    for path in ("/c/studio/events", "/c/studio/messages?before=1", "/", "/nowhere"):
        async with client.get(f"{guarded.url}{path}") as answer:
            assert answer.status == 401
            said = await answer.json()
            assert (said["why"], said["error"]) == ("access_needed", webpage.PAGE_REFUSALS["access_needed"].one)
    async with client.get(f"{guarded.url}/static/door.js") as answer:
        assert answer.status == 200
    assert guarded.studio.heard == []
