"""Media that a browser cannot get by itself: seen by whoever may see their message, and by nobody else."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.core import wording
from bot.core.cards import Bar, Card, Medium, Tone
from providers.models import MediaKind
from providers.outcomes import Preview
from tests.fakes.web_chat import Chat, open_chat
from tests.fakes.web_visitor import WebVisitor, visiting
from tests.providers.ima_stage import png

VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40
PAGE = b"<html><script>alert(1)</script></html>"
FILES: Mapping[str, bytes] = {"v.mp4": VIDEO, "p.png": png(8, 8), "page.png": PAGE}


class House:
    """A service on this machine that keeps what it makes; ``asked`` is what it was asked for."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self._app = web.Application()
        self._app.router.add_get("/generated/{name}", self._give)
        self._runner = web.AppRunner(self._app)

    async def start(self) -> None:
        """Listen on a free port."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _give(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked.append(name)
        if name == "away.png":
            raise web.HTTPFound("http://169.254.169.254/latest")
        if name not in FILES:
            raise web.HTTPNotFound
        return web.Response(body=FILES[name], content_type="text/html")

    def medium(self, name: str, kind: MediaKind = MediaKind.IMAGE) -> Medium:
        """Return a kept result."""
        return Medium(kind, f"{self.url}/generated/{name}", held=True)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A running service of the house."""
    running = House()
    await running.start()
    yield running
    await running.close()


@pytest.fixture
async def chat(tmp_path: Path, house: House) -> AsyncIterator[Chat]:
    """A running web chat that may fetch from the house."""
    async with open_chat(tmp_path, origins=(house.url,)) as running:
        yield running


@pytest.fixture
async def ana(chat: Chat) -> AsyncIterator[WebVisitor]:
    """Somebody."""
    async with visiting(chat.url) as visitor:
        yield visitor


def _card(*media: Medium) -> Card:
    return Card(title=wording.READY[MediaKind.VIDEO](), media=media)


async def _drawn(ana: WebVisitor, number: int = 0) -> str:
    async with ana.listen() as stream:
        history = (await stream.next("history")).data
    return str(history["messages"][-1]["card"]["media"][number]["url"])


async def _get(ana: WebVisitor, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    async with ana.session.get(ana.url + path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_a_kept_video_comes_through_us_and_can_be_sought(chat: Chat, house: House, ana: WebVisitor) -> None:
    """The page never learns the address; a part in the middle can be had, and all parts cost one download."""
    await chat.say("j.result", _card(house.medium("v.mp4", MediaKind.VIDEO)))
    path = await _drawn(ana)
    assert path == "/c/studio/kept/j.result/0"
    status, headers, body = await _get(ana, path)
    assert (status, headers["Content-Type"], body) == (200, "video/mp4", VIDEO)
    status, headers, body = await _get(ana, path, Range="bytes=100-199")
    assert (status, headers["Content-Range"]) == (206, f"bytes 100-199/{len(VIDEO)}")
    assert body == VIDEO[100:200]
    assert house.asked == ["v.mp4"]


async def test_a_kept_result_can_be_saved(chat: Chat, house: House, ana: WebVisitor) -> None:
    """Under a name of ours with the ending that its bytes prove."""
    await chat.say("j.result", _card(house.medium("p.png")))
    _, shown, _ = await _get(ana, await _drawn(ana))
    _, saved, body = await _get(ana, f"{await _drawn(ana)}?save")
    assert shown["Content-Disposition"].startswith("inline")
    assert saved["Content-Disposition"] == 'attachment; filename="limner-1.png"'
    assert body == FILES["p.png"]


async def test_what_proves_to_be_no_medium_is_never_shown(chat: Chat, house: House, ana: WebVisitor) -> None:
    """A page that calls itself a picture cannot run in our name."""
    await chat.say("j.result", _card(house.medium("page.png")))
    _, headers, _ = await _get(ana, await _drawn(ana))
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["gone.png", "away.png"])
async def test_what_is_not_there_is_said_so(chat: Chat, house: House, ana: WebVisitor, name: str) -> None:
    """Also where its keeper sends us on to an address inside our network: nobody goes there."""
    await chat.say("j.result", _card(house.medium(name)))
    assert (await _get(ana, await _drawn(ana)))[0] == 404


async def test_only_whoever_may_see_the_message_gets_its_media(chat: Chat, house: House, ana: WebVisitor) -> None:
    """Knowing the path is not enough, and neither is another channel or a number that is not there."""
    await chat.say("secret.result", _card(house.medium("p.png")), private=True)
    await chat.say("j.result", _card(house.medium("p.png"), Medium(MediaKind.IMAGE, f"{house.url}/generated/p.png")))
    for path in ("studio/kept/secret.result/0", "other/kept/j.result/0", "studio/kept/j.result/1", "studio/kept/x/0"):
        assert (await _get(ana, f"/c/{path}"))[0] == 404
    async with aiohttp.ClientSession() as stranger, stranger.get(f"{chat.url}/c/studio/kept/j.result/0") as answer:
        assert answer.status != 200
    assert house.asked == []


async def test_a_preview_is_shown_and_never_stored(chat: Chat, ana: WebVisitor) -> None:
    """From this server, while the rest is made; progress without one keeps it, and the last form drops it."""
    await chat.say("j.notice", Card(title=wording.CANCELLED()))
    working = Card(title=wording.CANCELLED(), bar=Bar(30), tone=Tone.WORKING)
    async with ana.listen() as stream:
        await stream.next("history")
        await chat.show("j.notice", Card(bar=Bar(10), preview=Preview("image/png", png(8, 8), 3)))
        path = (await stream.next("show")).data["card"]["preview"]
        await chat.show("j.notice", working)
        assert (await stream.next("show")).data["card"]["preview"] == path
    status, headers, body = await _get(ana, path)
    assert (status, headers["Content-Type"], body) == (200, "image/png", png(8, 8))
    stored = await chat.conversations.message("j.notice")
    assert stored is not None
    assert stored.card is not None
    assert stored.card.preview is None
    await chat.edit("j.notice", Card(title=wording.FINISHED()))
    assert (await _get(ana, path))[0] == 404


async def test_a_preview_on_a_message_is_not_stored_with_it(chat: Chat) -> None:
    """Megabytes of what nobody looks at again stay out of the database."""
    await chat.say("j.notice", Card(title=wording.CANCELLED(), preview=Preview("image/png", png(8, 8))))
    stored = await chat.conversations.message("j.notice")
    assert stored is not None
    assert stored.card == Card(title=wording.CANCELLED())
