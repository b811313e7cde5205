"""The unmodified lark-oapi client works with the pretend Feishu: connection, REST and its webhook dispatcher.

One server and one process for all of these tests: the client's import alone takes seconds.
"""

import asyncio
import base64
import itertools
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.discord_server.news import News
from tests.fakes.feishu.lark import MARK
from tests.fakes.feishu.samples import NOTICE, button, card, form, menu, mp4, png
from tests.fakes.feishu_server import FeishuServer, Framing, Seal
from tests.fakes.feishu_server.deliveries import LADDER
from tests.fakes.feishu_server.lines import ClientConfig

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("lark")]
ROOT = Path(__file__).parents[3]
KEY = "pretend encrypt key"


@dataclass
class Lark:
    """The process with the client."""

    server: FeishuServer
    process: asyncio.subprocess.Process
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    told: list[dict[str, Any]] = field(default_factory=list)
    heard: News = field(default_factory=News)

    async def do(self, work: str, **form: Any) -> dict[str, Any]:
        """Let the client do something, and return its answer."""
        number = next(self.numbers)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"number": number, "do": work, **form}).encode() + b"\n")
        return await self.says(number=number)

    async def says(self, **what: Any) -> dict[str, Any]:
        """Wait until the process has said something that holds this, and return the last."""
        return await self.heard.until(
            lambda: next((one for one in reversed(self.told) if what.items() <= one.items()), None),
            lambda: f"the client did not say {what} but {self.told[-5:]}; {self.server.calls.tail()}",
        )

    async def listen(self) -> None:
        """Take in what the process says."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.startswith(MARK.encode()):
                self.told.append(json.loads(line[len(MARK) :]))
                self.heard.tell()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def lark() -> AsyncIterator[Lark]:
    """Start a server and the client's process, which is connected."""
    async with FeishuServer() as server:
        server.quotas.off()
        server.lines.config = ClientConfig(reconnect_interval=1, reconnect_nonce=0, ping_interval=1)
        command = [sys.executable, "-m", "tests.fakes.feishu.lark", server.domain, server.app.app_id, server.app.secret]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=1 << 20)
        client = Lark(server, process)
        listening = asyncio.create_task(client.listen())
        async with asyncio.timeout(60):
            while not server.lines.live:
                await server.news.next()
        yield client
        process.kill()
        await process.wait()
        await listening


async def test_a_message_reaches_the_handler_and_is_acknowledged(lark: Lark) -> None:
    """The frame is parsed and its echo accepted."""
    ann = lark.server.person("ann", locale="zh_cn")
    sent = await ann.say("画一只船", where=lark.server.studio)
    told = await lark.says(news="message", id=sent.id)
    assert json.loads(told["content"]) == {"text": "@_user_1 画一只船"}
    assert told["sender"] == ann.user.open_id
    delivery = await lark.server.deliveries.settled(lark.server.delivery(sent))
    assert [(one.code, one.problem) for one in delivery.attempts] == [(200, "")]
    await lark.server.lines.pinged()
    assert lark.server.lines.violations == []


async def test_parts_in_any_order_become_one_message(lark: Lark) -> None:
    """Split frames are put together."""
    lark.server.lines.manners.framing = Framing(parts=3, order=(2, 0, 1))
    sent = await lark.server.person("bob").say("in three parts")
    lark.server.lines.manners.framing = Framing()
    await lark.says(news="message", id=sent.id)
    assert (await lark.server.deliveries.settled(lark.server.delivery(sent))).accepted


async def test_a_failing_handler_and_a_type_without_one_are_delivered_again(lark: Lark) -> None:
    """The client acknowledges both with 500; the ladder goes on (reference section 1.4)."""
    ann = lark.server.person("ann")
    failed = lark.server.delivery(await ann.say("boom"))
    unknown = await ann.enter()
    assert unknown is not None
    for times in range(1, len(LADDER) + 2):
        for delivery in (failed, unknown):
            assert (await lark.server.deliveries.tried(delivery, times)).code == 500
        lark.server.clock.advance(LADDER[min(times, len(LADDER)) - 1])
    assert (failed.state, unknown.state) == ("given up", "given up")
    assert len(failed.attempts) == 5


async def test_a_click_is_answered_with_toast_and_card(lark: Lark) -> None:
    """The data of the acknowledgement is the client's own JSON in base64."""
    server, after = lark.server, card({"tag": "markdown", "content": "running"})
    ann = server.person("ann", locale="zh_cn")
    answer = {
        "toast": {"type": "success", "content": "started", "i18n": {"zh_cn": "已开始", "en_us": "started"}},
        "card": {"type": "raw", "data": after},
    }
    before = card(button("Go", behaviors=[{"type": "callback", "value": {"answer": answer}}]))
    sent = await lark.do("create", to=ann.dm.id, kind="interactive", content=before, uuid="click-1")
    message = server.board.all[sent["data"]["message_id"]]
    click = await ann.answered(await ann.click(message, "Go"))
    assert (click.code, click.toast, click.replaced) == (0, "已开始", True)
    assert ann.view(message).text == "running"


async def test_a_click_without_an_answer_snaps_back_and_a_form_brings_its_values(lark: Lark) -> None:
    """An empty answer is one, and ``form_value`` reaches the handler."""
    ann = lark.server.person("ann")
    settings = form(menu("model", "wan", "kling"), {"tag": "input", "name": "size"})
    sent = await lark.do("create", to=ann.dm.id, kind="interactive", content=card(settings), uuid="form-1")
    message = lark.server.board.all[sent["data"]["message_id"]]
    click = await ann.answered(await ann.submit(message, {"model": "KLING", "size": "9:16"}))
    assert (click.code, click.snapped_back) == (0, True)
    assert (await lark.says(news="click"))["form"] == {"model": "kling", "size": "9:16"}


async def test_a_string_as_value_breaks_the_client(lark: Lark) -> None:
    """The person sees 200671 (reference section 1.4); such a card is refused here, so an event has to be bent."""
    ann = lark.server.person("ann")
    sent = await lark.do("create", to=ann.dm.id, kind="interactive", content=card(button("Go")), uuid="string-1")
    message = lark.server.board.all[sent["data"]["message_id"]]

    def bend(event: dict[str, Any]) -> dict[str, Any]:
        event["event"]["action"]["value"] = "a string"
        return event

    assert (await ann.answered(await ann.click(message, "Go", mangle=bend))).code == 200671


async def test_messages_are_written_changed_read_and_recalled(lark: Lark) -> None:
    """Every message route the service needs, through the client's typed requests."""
    server = lark.server
    ann = server.person("ann")
    asked = await ann.say("hello", where=server.studio)
    notice = await lark.do("reply", message=asked.id, kind="interactive", content=NOTICE, uuid="r-1")
    assert notice["data"]["root_id"] == asked.id
    assert (await lark.do("reply", message=asked.id, kind="interactive", content=NOTICE, uuid="r-1")) | {
        "number": 0
    } == {
        **notice,
        "number": 0,
    }
    number = notice["data"]["message_id"]
    assert (await lark.do("patch", message=number, content=card()))["code"] == 0
    text = await lark.do("create", to=server.studio.id, kind="text", content={"text": "one"}, uuid="r-2")
    one = text["data"]["message_id"]
    assert (await lark.do("update", message=one, kind="text", content={"text": "two"}))["code"] == 0
    read = await lark.do("get", message=one)
    assert json.loads(read["data"]["items"][0]["body"]["content"]) == {"text": "two"}
    assert (await lark.do("react", message=asked.id, emoji="OnIt"))["data"]["reaction_type"] == {"emoji_type": "OnIt"}
    assert (await lark.do("delete", message=one))["code"] == 0
    assert (await lark.do("reply", message=one, kind="text", content={"text": "x"}, uuid="r-3"))["code"] == 230011
    assert ann.transcript(server.studio)[-2:] == ["ann: @Limner hello", "Limner: hello"]


async def test_media_are_uploaded_sent_and_downloaded(lark: Lark) -> None:
    """Multipart forms of the client; a video with length and cover plays."""
    server = lark.server
    ann = server.person("ann")
    cover = await lark.do("image", data=base64.b64encode(png()).decode())
    video = await lark.do("file", data=base64.b64encode(mp4()).decode(), kind="mp4", name="船.mp4", duration=5000)
    content = {"file_key": video["data"]["file_key"], "image_key": cover["data"]["image_key"]}
    await lark.do("create", to=ann.dm.id, kind="media", content=content, uuid="m-1")
    seen = await ann.finds("[video 5 s, cover]")
    assert (ann.video(seen).name, ann.video(seen).data) == ("船.mp4", mp4())
    sent = await ann.send_image(png(3, 3))
    got = await lark.do("resource", message=sent.id, key=sent.content["image_key"], kind="image")
    assert base64.b64decode(got["data"]) == png(3, 3)
    wrong = await lark.do("create", to=ann.dm.id, kind="file", content={"file_key": content["file_key"]}, uuid="m-2")
    assert wrong["code"] == 230055


async def test_a_revoked_token_stays_dead_in_the_client(lark: Lark) -> None:
    """It shows the same token again until that has expired (reference section 8): not a fault of the server."""
    server = lark.server
    server.tokens.revoke()
    for _ in range(2):
        assert (await lark.do("get", message="om_x"))["code"] == 99991663
    # Give the client the token back that it holds on to, for the tests that come after this one.
    server.tokens.restore()
    assert (await lark.do("get", message="om_x"))["code"] == 230001


async def test_the_client_comes_back_with_a_new_ticket(lark: Lark) -> None:
    """After the server has dropped it, it asks for an endpoint again."""
    server = lark.server
    opened, discovered = server.lines.opened, server.lines.discovered
    server.lines.drop()
    await server.lines.reopened(opened + 1)
    assert server.lines.discovered == discovered + 1
    sent = await server.person("ann").say("still there?")
    assert (await server.deliveries.settled(server.delivery(sent))).accepted


async def test_the_dispatcher_takes_what_the_webhook_posts(lark: Lark) -> None:
    """Challenge, encryption and signature are right; forged and plain requests end as measured (reference 2.2)."""
    server = lark.server
    server.app.encrypt_key = KEY
    port = (await lark.do("webhook", key=KEY, token=server.app.verification_token))["data"]
    server.webhook.url = f"http://127.0.0.1:{port}/hook"
    try:
        assert await server.webhook.challenge()
        sent = await server.person("ann").say("by webhook")
        delivery = await server.deliveries.settled(server.delivery(sent))
        assert await lark.says(news="message", id=sent.id)
        event, posted = delivery.event, server.webhook.posted[-1]
        assert (posted.status, posted.json) == (200, {"msg": "success"})
        assert (await server.webhook.replay(posted)).status == 200, "the client does not look for replays"
        expected = {
            Seal(age=6 * 3600): 200,
            Seal(plain=True): 200,
            Seal(forged=True): 500,
            Seal(lower_case=True): 500,
            Seal(signed=False): 500,
            Seal(key="another"): 500,
        }
        for seal, status in expected.items():
            assert (await server.webhook.send(event, seal)).status == status, seal
    finally:
        server.webhook.url = server.app.encrypt_key = ""


async def test_an_application_is_created_by_a_code_that_somebody_scans(lark: Lark) -> None:
    """The client's device flow ends with credentials, and differently when the person refuses."""
    new = lark.server.registration
    new.interval = 0
    registering = asyncio.create_task(lark.do("register"))
    code = await lark.says(news="code")
    assert (code["expire_in"], "from=sdk" in code["url"]) == (600, True)
    await lark.says(news="status", status="polling")
    new.scan("ou_ann")
    app = lark.server.app
    assert (await registering)["data"] == {
        "client_id": app.app_id,
        "client_secret": app.secret,
        "user_info": {"open_id": "ou_ann", "tenant_brand": "feishu"},
    }
    new.deny()
    assert (await lark.do("register"))["data"] == {"error": "AppAccessDeniedError"}


@pytest.mark.parametrize(
    "code, error",
    [
        (1, "ServerException"),
        (1000040343, "ServerException"),
        (1000040345, "ClientException"),
        (1000040350, "ClientException"),
        (1000040351, "ClientException"),
        (10014, "ClientException"),
    ],
)
async def test_the_client_reads_the_codes_of_the_endpoint(lark: Lark, code: int, error: str) -> None:
    """In its own two classes (reference section 1.1)."""
    lark.server.lines.refuse(code)
    assert (await lark.do("connect"))["data"] == {"error": error, "code": code}


@pytest.mark.parametrize(
    "status, code, error",
    [(403, None, "ClientException"), (514, 1000040350, "ClientException"), (514, 1000040346, "ServerException")],
)
async def test_the_client_reads_the_headers_of_a_handshake(
    lark: Lark, status: int, code: int | None, error: str
) -> None:
    """The connection limit is told from other failures by a second header."""
    lark.server.lines.turn_down(status, code=code)
    assert (await lark.do("connect"))["data"] == {"error": error, "code": status}
