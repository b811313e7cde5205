"""The fake's own tools: the closing verdicts, the routes for other processes, and the server on its own."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord_server.haste import hasty, hasty_clock
from tests.fakes.feishu.receiver import Receiver, answering, receiving
from tests.fakes.feishu.rest import IM, Rest, asking
from tests.fakes.feishu.samples import button, card, form, menu, mp4
from tests.fakes.feishu_server import FeishuServer, verdicts
from tests.fakes.feishu_server.control import Control
from tests.fakes.feishu_server.deliveries import LADDER

TEXT = {"text": "hello"}


async def test_a_good_story_passes_every_verdict() -> None:
    """An event taken, a click answered, cards and texts with a uuid."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        await rest.server.deliveries.settled(rest.server.delivery(await ann.say("x")))
        message = await rest.sent("interactive", card(button("Go")), ann.dm.id)
        receiver.script = answering(toast={"type": "info", "content": "ok"})
        await ann.answered(await ann.click(message, "Go"))
        verdicts.assert_well_behaved(rest.server, "a clean log")


async def test_events_and_clicks_without_a_good_answer_are_found() -> None:
    """Late, failed or silent."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        message = await rest.sent("interactive", card(button("Go")), ann.dm.id)
        click = await ann.answered(await ann.click(message, "Go"))
        assert click.code == 0
        with pytest.raises(AssertionError, match="nothing came of"):
            verdicts.assert_clicks_answered(rest.server)
        verdicts.assert_all_accepted(rest.server)
        receiver.script = lambda _: {"code": 500}
        await ann.answered(await ann.click(message, "Go"))
        for verdict, words in (
            (verdicts.assert_clicks_answered, "200671"),
            (verdicts.assert_all_accepted, "not accepted"),
        ):
            with pytest.raises(AssertionError, match=words):
                verdict(rest.server)


async def refused_form(rest: Rest) -> None:
    """Send a card that is none."""
    await rest.create("interactive", card({"tag": "note"}), uuid="x")


async def no_uuid(rest: Rest) -> None:
    """Send without a uuid."""
    await rest.create("text", TEXT)


async def too_often(rest: Rest) -> None:
    """Run over a rate."""
    for index in range(6):
        await rest.create("text", TEXT, uuid=f"{index}")


async def unknown_route(rest: Rest) -> None:
    """Ask for what there is not."""
    await rest.call("GET", f"{IM}/stickers")


async def grey_tile(rest: Rest) -> None:
    """Send a video without a cover."""
    key = (await rest.file(mp4(), duration="5")).data["file_key"]
    await rest.sent("media", {"file_key": key})


async def bad_frame(rest: Rest) -> None:
    """Send what is no frame."""
    receiver = Receiver(rest)
    await receiver.open()
    await receiver.send(b"?")
    await rest.server.lines.gone()
    await receiver.close()


async def crossing(rest: Rest) -> None:
    """Patch a card while a click on it waits."""
    receiver = Receiver(rest)
    await receiver.open()
    receiver.script = lambda _: None
    ann = rest.server.person("ann")
    message = await rest.sent("interactive", card(button("Go")), ann.dm.id)
    await ann.click(message, "Go")
    await rest.server.news.until(lambda: bool(receiver.events), lambda: "no event")
    await rest.patch(message, card())
    await receiver.close()


@pytest.mark.parametrize(
    "mistake, verdict, words",
    [
        (refused_form, verdicts.assert_within_limits, "refused forms"),
        (no_uuid, verdicts.assert_uuids, "without a uuid"),
        (too_often, verdicts.assert_not_limited, "rates exceeded"),
        (unknown_route, verdicts.assert_no_unknown_routes, "stickers"),
        (grey_tile, verdicts.assert_videos_play, "grey tile"),
        (bad_frame, verdicts.assert_clean_frames, "malformed frame"),
        (crossing, verdicts.assert_one_writer, "between click and answer"),
    ],
)
async def test_each_verdict_finds_what_it_is_for(mistake: Any, verdict: Any, words: str) -> None:
    """A verdict that is never wrong proves nothing."""
    async with asking(limited=True) as rest:
        rest.server.clock.freeze()
        verdict(rest.server)
        await mistake(rest)
        with pytest.raises(AssertionError, match=words):
            verdict(rest.server)


async def test_secrets_are_found_in_logs() -> None:
    """The application's secret, its token, its keys."""
    async with asking() as rest:
        rest.server.app.encrypt_key = "pretend key"
        for secret in (rest.server.app.secret, rest.token, "pretend key", rest.server.app.verification_token):
            with pytest.raises(AssertionError, match="a secret after"):
                verdicts.assert_no_secrets(rest.server, f"the log says {secret} here")
        verdicts.assert_no_secrets(rest.server, "the log says nothing")
        assert rest.token not in str(rest.server.calls.all)


async def mistaken() -> None:
    """Ask for a page of so many messages that the fake goes wrong."""
    async with asking() as rest:
        query = {"container_id_type": "chat", "container_id": rest.server.studio.id, "page_size": "many"}
        assert (await rest.call("GET", f"{IM}/messages", **query)).status == 500


async def test_a_mistake_of_the_fake_fails_the_test() -> None:
    """It is not hidden behind a 500 that the bot survives."""
    with pytest.raises(ExceptionGroup) as crashed:
        await mistaken()
    assert isinstance(crashed.value.exceptions[0], ValueError)


async def test_a_mistake_on_a_connection_fails_the_test_too() -> None:
    """An event that cannot be written."""
    with pytest.raises(BaseExceptionGroup) as crashed:
        async with receiving() as (rest, _):
            rest.server.deliveries.send({"header": {"event_type": "x"}, "event": object()})
    assert isinstance(crashed.value.exceptions[0], TypeError)


@hasty
async def test_the_hours_of_the_ladder_pass_at_once_in_a_hasty_loop() -> None:
    """The fake's clock comes along, so a story of a day takes milliseconds."""
    async with receiving(hasty_clock()) as (rest, receiver):
        receiver.script = lambda _: {"code": 500}
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        await rest.server.deliveries.settled(delivery)
        assert (delivery.state, len(receiver.events)) == ("given up", 5)
        assert delivery.attempts[-1].at - delivery.attempts[0].at >= sum(LADDER)


async def test_another_process_drives_it_over_http() -> None:
    """The routes under `/fake`: people, messages, clicks, faults, the clock, and what came of it."""
    server = FeishuServer()
    server.also_serve(Control(server).routes())
    async with server, aiohttp.ClientSession() as session:
        rest = Rest(server, session)
        await rest.login()
        receiver = Receiver(rest)
        await receiver.open()

        async def post(path: str, expected: int = 200, **form: Any) -> Any:
            async with session.post(f"{server.domain}/fake/{path}", json=form) as response:
                assert response.status == expected, await response.text()
                return await response.json()

        async def get(path: str) -> Any:
            async with session.get(f"{server.domain}/fake/{path}") as response:
                return await response.json()

        await post("people", name="ann", locale="zh_cn")
        sent = await post("say", person="ann", text="/draw a boat", group=True)
        assert (sent["by"], sent["chat"]) == ("ann", "Studio")
        notice = await rest.sent("interactive", card(button("Go")))
        receiver.script = answering(toast={"type": "info", "content": "ok"})
        assert await post("click", person="ann", message=notice.id, button="Go") == {
            "code": 0,
            "toast": "ok",
            "replaced": False,
            "snapped_back": True,
        }
        asked = await rest.sent("interactive", card(form(menu("model", "wan")), menu("language", "de")))
        assert (await post("submit", person="ann", message=asked.id, values={"model": "WAN"}))["toast"] == "ok"
        assert (await post("select", person="ann", message=asked.id, menu="language", choices=["DE"]))["code"] == 0
        assert await post("webhook", url="http://127.0.0.1:9/nobody") == {"verified": False}
        server.webhook.url = ""
        await post("say", person="ann", text="U2", reply=notice.id)
        assert await post("menu", person="ann", key="help") == {"told": True}
        assert await post("enter", person="ann") == {"told": True}
        assert await post("bot", person="ann", present=False) == {"told": True}
        await post("clock", advance=60)
        await post("faults", kind="code", route="bot.info", code=2200)
        assert (await rest.call("GET", "/open-apis/bot/v3/info")).code == 2200
        assert "there is no bob" in (await post("say", 400, person="bob", text="x"))["error"]
        assert await get("transcript?person=ann&group=1") == [
            "ann: @Limner /draw a boat",
            "Limner:  (Go)",
            "Limner:  (Save)",
            "ann: @Limner U2",
        ]
        assert [one["kind"] for one in await get("messages")] == ["text", "interactive", "interactive", "text"]
        assert any("messages.create" in call for call in await get("calls"))
        await receiver.close()


async def test_it_runs_alone() -> None:
    """`python -m tests.fakes.feishu_server` says where it is and lets a bot in."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-u", "-m", "tests.fakes.feishu_server", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        told: dict[str, str] = {}
        while "app_secret" not in told:
            words = (await process.stdout.readline()).decode().split()
            told |= {words[0]: words[1]} if len(words) == 2 else {}
        form = {"AppID": told["app_id"], "AppSecret": told["app_secret"]}
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{told['region']}/callback/ws/endpoint", json=form) as response:
                url = (await response.json())["data"]["URL"]
            async with session.ws_connect(url) as socket:
                assert not socket.closed
    finally:
        process.terminate()
        await process.wait()
