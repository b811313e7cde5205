"""The fake's own tools: the clock, the loop in a hurry, menus, the closing verdicts, and the server on its own."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from typing_extensions import override

from tests.fakes.discord.library import discord
from tests.fakes.discord.rest import asking
from tests.fakes.discord.stage import Interaction, connected, connecting
from tests.fakes.discord_server import Clock, DiscordServer, Limit, Permission, Upload, verdicts
from tests.fakes.discord_server.__main__ import TOKEN
from tests.fakes.discord_server.control import Control
from tests.fakes.discord_server.haste import hasty, hasty_clock
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.world import ORDINARY


async def test_a_clock_runs_stands_still_and_moves_on() -> None:
    """Frozen time passes only by `advance`; thawed, it goes on from where it stood."""
    moments = iter([100.0, 110.0, 200.0, 203.0])
    clock = Clock(lambda: next(moments))
    assert clock.time() == 100
    clock.freeze()
    clock.advance(5)
    assert clock.time() == clock.time() == 115
    clock.thaw()
    assert clock.time() == 118
    with pytest.raises(ValueError, match="back in time"):
        clock.advance(-1)


async def test_whoever_sleeps_on_the_clock_is_woken_by_it() -> None:
    """No real time passes."""
    clock = Clock()
    clock.freeze()
    sleeping = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    clock.advance(3599)
    await asyncio.sleep(0)
    assert not sleeping.done()
    clock.advance(1)
    await sleeping


@hasty
async def test_a_hasty_loop_lets_an_hour_pass_at_once() -> None:
    """Sleeping costs a few milliseconds, and the fake's clock comes along."""
    clock, began = hasty_clock(), time.monotonic()
    before = clock.time()
    await asyncio.sleep(3600)
    assert time.monotonic() - began < 5
    assert 3600 <= clock.time() - before < 3605


@hasty
async def test_what_never_happens_fails_with_words() -> None:
    """A waiting test ends with what it waited for, not by hanging."""
    with pytest.raises(AssertionError, match="the rain"):
        await News().until(lambda: None, lambda: "the rain did not come")


async def test_a_select_menu_is_chosen_by_label_within_its_bounds() -> None:
    """Values come back to the bot; what the menu does not offer, nobody can choose."""

    class Menu(discord.ui.Select[Any]):
        @override
        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.edit_message(content=f"chosen {self.values}", view=None)

    async def script(interaction: Interaction, **_: object) -> None:
        view = discord.ui.View(timeout=None)
        options = [discord.SelectOption(label=name.title(), value=name) for name in ("red", "blue")]
        view.add_item(Menu(custom_id="colour", placeholder="Colour", options=options))
        await interaction.response.send_message("choose", view=view)

    async with connected() as stage:
        stage.bot.script = script
        ann = stage.server.person("ann")
        message = await (await ann.slash("make", {"prompt": "x"})).replied()
        for values in (["Green"], ["Red", "Blue"]):
            with pytest.raises(AssertionError):
                await ann.select(message, "Colour", values)
        chosen = await ann.select(message, "Colour", ["Blue"])
        await chosen.acked()
        assert message.history == ("choose", "chosen ['blue']")


async def test_each_verdict_finds_what_it_is_for() -> None:
    """A verdict that is never wrong proves nothing."""
    async with asking() as rest:
        server = rest.server
        verdicts.assert_well_behaved(server, "a clean log")
        exchange = await rest.ask()
        for secret in (server.token, exchange.interaction.token):
            with pytest.raises(AssertionError, match=r"a secret after: \.\.\.POST /x/"):
                verdicts.assert_no_secrets(server, f"POST /x/{secret}/callback")
        verdicts.assert_all_acked(server)
        exchange.interaction.delivered = 1
        with pytest.raises(AssertionError, match="not answered"):
            verdicts.assert_all_acked(server)
        await rest.answer(exchange, 5)
        with pytest.raises(AssertionError, match="still thinking"):
            verdicts.assert_nobody_left_thinking(server)
        await rest.send({"content": "x" * 2001})
        with pytest.raises(AssertionError, match="refused forms"):
            verdicts.assert_within_limits(server)
        await rest.call("GET", "/stickers")
        with pytest.raises(AssertionError, match="unknown routes"):
            verdicts.assert_no_unknown_routes(server)


async def test_knocking_twice_at_a_closed_door_and_running_over_a_limit_are_found() -> None:
    """403 once is bad luck, twice is a bot that does not listen."""
    async with asking(limited=True) as rest:
        server = rest.server
        server.general.deny(server.world.bot, Permission.SEND_MESSAGES)
        await rest.send({"content": "x"})
        verdicts.assert_forbidden_asked_once(server)
        await rest.send({"content": "x"})
        with pytest.raises(AssertionError, match="asked again"):
            verdicts.assert_forbidden_asked_once(server)
        verdicts.assert_not_limited(server)
        server.buckets.limits["channels.send"] = Limit(0, 5.0)
        await rest.send({"content": "x"})
        with pytest.raises(AssertionError, match="rate limited"):
            verdicts.assert_not_limited(server)


async def test_a_form_the_fake_does_not_understand_fails_the_test() -> None:
    """A mistake of the fake is not hidden behind a 500 that the bot survives."""
    with pytest.raises(ExceptionGroup) as crashed:
        async with asking() as rest:
            assert (await rest.send({"flags": 1 << 15, "components": [{"type": 12, "items": [5]}]})).status == 500
    assert isinstance(crashed.value.exceptions[0], AttributeError)


async def test_every_request_can_be_looked_at_with_its_files() -> None:
    """Route, place, payload, uploads and answer; no token in its words."""
    async with asking() as rest:
        await rest.send({"content": "x"}, Upload("a.bin", b"12345"))
        (call,) = rest.server.calls.to("channels.*")
        assert (call.payload, call.uploads[0].data, call.status) == ({"content": "x"}, b"12345", 200)
        assert call.where == {"channel": str(rest.server.general.id)}


async def test_link_buttons_are_read_by_their_labels() -> None:
    """What a person could follow, apart from what they could press."""
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://a.example/"}
    async with asking() as rest:
        sent = await rest.send({"content": "x", "components": [{"type": 1, "components": [link]}]})
        now = rest.server.board.all[int(sent.body["id"])].now
        assert (now.links, now.buttons) == ({"Open": "https://a.example/"}, ())


async def test_old_addresses_of_files_can_be_renewed_fifty_at_a_time() -> None:
    """`POST /attachments/refresh-urls` (reference section 1.6)."""
    async with asking() as rest:
        url = (await rest.send({}, Upload("a.bin", b"1"))).body["attachments"][0]["url"]
        rest.server.clock.advance(86_401)
        async with rest.session.get(url) as response:
            assert response.status == 404
        renewed = await rest.call(
            "POST", "/attachments/refresh-urls", {"attachment_urls": [url, "https://a.example/x"]}
        )
        fresh, foreign = renewed.body["refreshed_urls"]
        assert foreign["refreshed"] is None
        async with rest.session.get(fresh["refreshed"]) as response:
            assert await response.read() == b"1"
        assert (await rest.call("POST", "/attachments/refresh-urls", {"attachment_urls": [url] * 51})).code == 50035


async def test_what_a_doctor_asks_is_answered() -> None:
    """Guilds, channels with overwrites, the bot's roles, session limits: enough to name a missing permission."""
    async with asking() as rest:
        server, bot = rest.server, rest.server.world.bot
        server.general.deny(bot, Permission.ATTACH_FILES)
        (guild,) = (await rest.call("GET", "/users/@me/guilds")).body
        whole = (await rest.call("GET", f"/guilds/{guild['id']}")).body
        assert guild["permissions"] == str(int(ORDINARY))
        own = [role["id"] for role in whole["roles"] if role["name"] == "limner"]
        (channel,) = (await rest.call("GET", f"/guilds/{guild['id']}/channels")).body
        assert channel["permission_overwrites"][0]["deny"] == str(int(Permission.ATTACH_FILES))
        assert (await rest.call("GET", f"/guilds/{guild['id']}/members/{bot.id}")).body["roles"] == own
        assert (await rest.call("GET", "/gateway/bot")).body["session_start_limit"]["remaining"] == 1000
        server.world.kick_bot(server.studio)
        assert (await rest.call("GET", f"/guilds/{guild['id']}")).code == 50001
        assert (await rest.call("GET", "/users/@me/guilds")).body == []


async def test_guilds_come_in_pages() -> None:
    """In the order of their ids, behind the last one seen; more than 200 at once is a mistake."""
    async with asking() as rest:
        first = rest.server.studio
        rest.server.clock.advance(1)
        second = rest.server.world.add_guild("Second")
        pages = [
            await rest.call("GET", f"/users/@me/guilds?limit=1&after={after}") for after in (0, first.id, second.id)
        ]
        assert [[guild["name"] for guild in page.body] for page in pages] == [["Studio"], ["Second"], []]
        assert (await rest.call("GET", "/users/@me/guilds?limit=201")).code == 50035


async def test_what_a_channel_takes_from_everybody_it_can_give_to_one() -> None:
    """The overwrites of everybody and of a member are two, and the member's counts more."""
    async with asking() as rest:
        server, bot = rest.server, rest.server.world.bot
        server.general.deny(server.studio, Permission.SEND_MESSAGES)
        assert (await rest.send({"content": "hello"})).code == 50013
        server.general.grant(bot, Permission.SEND_MESSAGES)
        assert (await rest.send({"content": "hello"})).status == 200
        channel = (await rest.call("GET", f"/channels/{server.general.id}")).body
        assert [rule["type"] for rule in channel["permission_overwrites"]] == [0, 1]


async def test_another_process_drives_it_over_http() -> None:
    """The routes under `/fake`: people, commands, clicks, faults, the clock, and what came of it."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_message("hello", view=discord.ui.View().add_item(Hello()))

    class Hello(discord.ui.Button[Any]):
        def __init__(self) -> None:
            super().__init__(label="Hello", custom_id="hello")

        @override
        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.edit_message(content="hello again", view=None)

    server = DiscordServer()
    server.also_serve(Control(server).routes())
    async with server, connecting(server) as stage, aiohttp.ClientSession(f"{server.cdn.base_url}/fake/") as session:

        async def post(path: str, expected: int = 200, **form: Any) -> Any:
            async with session.post(path, json=form) as response:
                assert response.status == expected
                return await response.json()

        await server.gateway.ready()
        stage.bot.script = script
        stage.bot.suggest = lambda text: [text * 2]
        await post("people", name="ann", locale="de")
        options = {"prompt": "x"}
        assert await post("autocomplete", person="ann", command="make", option="model", text="k", options=options) == [
            {"name": "kk", "value": "kk"}
        ]
        answer = await post("slash", person="ann", command="make", options=options)
        assert (answer["ack"], answer["messages"][0]["buttons"]) == ("MESSAGE", ["Hello"])
        await post("click", person="ann", message=answer["messages"][0]["id"], button="Hello")
        async with session.get(f"interactions/{answer['interaction']}") as response:
            assert (await response.json())["messages"][0]["history"] == ["hello", "hello again"]
        async with session.get("messages") as response:
            assert [message["author"] for message in await response.json()] == ["limner"]
        await post("clock", advance=60)
        await post("faults", kind="status", route="interactions.callback", status=500, times=1)
        assert "there is no bob" in (await post("slash", 400, person="bob", command="make"))["error"]
        async with session.get("calls") as response:
            assert any("interactions.callback" in call for call in await response.json())


async def test_it_runs_alone() -> None:
    """`python -m tests.fakes.discord_server` says where it is and lets a bot in."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-u", "-m", "tests.fakes.discord_server", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        told: dict[str, str] = {}
        while "gateway_url" not in told:
            words = (await process.stdout.readline()).decode().split()
            told |= {words[0]: words[1]} if len(words) == 2 else {}
        assert told["token"] == TOKEN
        async with aiohttp.ClientSession(headers={"Authorization": f"Bot {TOKEN}"}) as session:
            async with session.get(f"{told['api_base']}/users/@me") as response:
                assert (await response.json())["username"] == "limner"
            async with session.ws_connect(f"{told['gateway_url']}?v=10") as socket:
                assert (await socket.receive_json())["op"] == 10
    finally:
        process.terminate()
        await process.wait()
