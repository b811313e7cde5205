"""Connecting, and everything that can happen to a connection, with unmodified discord.py."""

import aiohttp
import pytest

from tests.fakes.discord.library import DiscordWebSocket, Route, discord
from tests.fakes.discord.stage import Bot, Interaction, connected, connecting
from tests.fakes.discord_server import Ack, DiscordServer
from tests.fakes.discord_server.haste import hasty, hasty_clock


async def defer(interaction: Interaction, **_: object) -> None:
    """Answer first, as a bot should."""
    await interaction.response.defer()


async def test_a_bot_logs_in_gets_ready_and_knows_its_guild() -> None:
    """Checks 1-3: login, READY, GUILD_CREATE with channels, threads and the bot's own permissions."""
    async with DiscordServer() as server:
        server.world.add_thread(server.general, "side talk")
        async with connecting(server) as stage:
            await server.gateway.ready()
            await stage.until(lambda: stage.bot.readies == 1, "on_ready")
            guild = stage.bot.get_guild(server.studio.id)
            assert guild is not None
            assert (guild.name, [c.name for c in guild.text_channels]) == ("Studio", ["general"])
            assert [thread.name for thread in guild.threads] == ["side talk"]
            assert guild.text_channels[0].permissions_for(guild.me).send_messages
            assert stage.bot.user is not None
            assert stage.bot.user.id == server.world.bot.id
            assert stage.bot.application_id == server.application


async def test_the_class_attributes_are_put_back() -> None:
    """Nothing of one test stays in the library for the next one."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with connected():
        assert before[0] != Route.BASE
    assert (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY) == before == ("https://discord.com/api/v10", before[1])


async def test_a_wrong_token_is_told_at_login() -> None:
    """401 at login is `LoginFailure`, and it counts as an invalid request."""
    async with DiscordServer() as server, connecting(server, Bot()) as stage:
        stage.running.cancel()
        with pytest.raises(discord.LoginFailure):
            await stage.bot.login("wrong")
        assert server.buckets.invalid_count >= 1


async def test_new_guilds_and_channels_arrive_while_connected() -> None:
    """GUILD_CREATE, CHANNEL_CREATE, CHANNEL_DELETE and GUILD_DELETE reach a connected bot."""
    async with connected() as stage:
        server, bot = stage.server, stage.bot
        guild = server.world.add_guild("Annex")
        lobby = server.world.add_channel(guild, "lobby", nsfw=True)
        fetched = await bot.fetch_channel(server.general.id)
        assert isinstance(fetched, discord.TextChannel)
        assert (fetched.name, fetched.nsfw) == ("general", False)
        await stage.until(lambda: bot.get_channel(lobby.id) is not None, "the channel")
        server.world.delete_channel(lobby)
        await stage.until(lambda: bot.get_channel(lobby.id) is None, "the channel is gone")
        server.world.kick_bot(guild)
        await stage.until(lambda: bot.get_guild(guild.id) is None, "the guild is gone")


async def test_a_missed_interaction_is_replayed_and_can_still_be_acked() -> None:
    """Check: close 4000 -> RESUME; what happened in between arrives, and within 3 s the answer counts."""
    async with connected() as stage:
        server = stage.server
        stage.bot.script = defer
        ann = server.person("ann")
        server.gateway.close(4000)
        await server.gateway.gone()
        exchange = await ann.slash("make", {"prompt": "a boat"})
        await server.gateway.resumed()
        assert await exchange.acked() is Ack.THINKING
        await stage.until(lambda: stage.bot.resumes == 1, "on_resumed")
        assert stage.bot.readies == 1


@pytest.mark.parametrize("how", ["reconnect", "abort", "close-1000", "close-4009", "invalid-resumable"])
async def test_a_broken_connection_is_resumed(how: str) -> None:
    """Checks: op 7, a cut connection, 1000, 4009 and op 9 true end in RESUME, at the address READY named."""
    async with connected() as stage:
        gateway = stage.server.gateway
        match how:
            case "reconnect":
                gateway.reconnect()
            case "abort":
                gateway.abort()
            case "invalid-resumable":
                gateway.invalidate(resumable=True)
            case _:
                gateway.close(int(how[6:]))
        await gateway.resumed()
        assert [connection.path for connection in gateway.connections] == ["/resume"]
        assert len(gateway.limits.identifies) == 1


@pytest.mark.parametrize("how", ["op 9", "forgotten"])
async def test_an_invalid_session_leads_to_a_new_identify_and_a_second_ready(how: str) -> None:
    """Check: op 9 false -> IDENTIFY again, `on_ready` fires again; an unknown session is answered with op 9 too."""
    async with connected() as stage:
        gateway = stage.server.gateway
        stage.server.clock.advance(10)
        if how == "op 9":
            gateway.invalidate()
        else:
            gateway.forget()
            gateway.close(4000)
        await gateway.identified(2)
        await stage.until(lambda: stage.bot.readies == 2, "a second on_ready")
        assert gateway.limits.remaining == 998


@pytest.mark.parametrize(
    "code, error",
    [
        (4004, discord.ConnectionClosed),
        (4013, discord.ConnectionClosed),
        (4014, discord.PrivilegedIntentsRequired),
    ],
)
async def test_some_close_codes_end_the_client(code: int, error: type[Exception]) -> None:
    """Reference section 2: after these nobody comes back by itself."""
    async with connected() as stage:
        stage.server.gateway.close(code)
        assert isinstance(await stage.ended(), error)


async def test_privileged_intents_need_the_portals_consent() -> None:
    """4014 without it; with it the session starts."""
    intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
    async with DiscordServer() as server:
        async with connecting(server, Bot(intents=intents)) as stage:
            assert isinstance(await stage.ended(), discord.PrivilegedIntentsRequired)
        server.gateway.allowed_privileged = 1 << 15
        async with connecting(server, Bot(intents=intents)):
            await server.gateway.ready()


async def test_a_dispatch_with_a_missing_field_ends_the_client() -> None:
    """Surprise 5: a missing key in INTERACTION_CREATE comes out of `start()` as a KeyError."""
    async with connected() as stage:
        ann = stage.server.person("ann")
        await ann.slash("make", {"prompt": "x"}, mangle=lambda event: event.pop("attachment_size_limit"))
        assert isinstance(await stage.ended(), KeyError)


async def test_messages_of_others_come_without_words_unless_the_portal_allows_it() -> None:
    """With the guild message intent alone the bot reads its own words only; with guilds alone nothing comes."""
    seen: list[tuple[str, str]] = []

    class Reader(Bot):
        async def on_message(self, message: discord.Message) -> None:
            seen.append((message.author.name, message.content))
            self.news.tell()

    async with connected(Reader(intents=discord.Intents(guilds=True, guild_messages=True))) as stage:
        ann = stage.server.person("ann")
        await ann.say("hello")
        await stage.bot.get_partial_messageable(stage.server.general.id).send("hi")
        await stage.until(lambda: len(seen) == 2, "both messages")
        assert seen == [("ann", ""), ("limner", "hi")]
        events = [payload["t"] for payload in stage.server.gateway.live[0].buffer]
        assert events == ["READY", "GUILD_CREATE", "MESSAGE_CREATE", "MESSAGE_CREATE"]
    async with connected() as stage:
        await stage.server.person("ann").say("hello")
        assert [payload["t"] for payload in stage.server.gateway.live[0].buffer] == ["READY", "GUILD_CREATE"]


async def test_a_frame_that_is_no_json_ends_the_client() -> None:
    """A malformed dispatch can be ordered byte by byte."""
    async with connected() as stage:
        stage.server.gateway.send_raw('{"op": 0, "t": ')
        assert isinstance(await stage.ended(), ValueError)


@hasty
async def test_a_refused_first_connection_is_tried_again() -> None:
    """A gateway that answers 503 to the first connect does not end an AutoShardedClient (rule 11)."""
    async with DiscordServer(clock=hasty_clock()) as server:
        server.gateway.refuse(503, times=2)
        async with connecting(server):
            await server.gateway.ready()


async def test_the_first_heartbeat_comes_before_identify_and_op_1_gets_one_at_once() -> None:
    """Surprise 9: HELLO, heartbeat, IDENTIFY; and a heartbeat whenever the gateway asks."""
    async with connected() as stage:
        gateway = stage.server.gateway
        assert gateway.connections[0].heartbeats == 1
        gateway.ask_heartbeat()
        await gateway.heartbeats(2)


async def test_frames_come_compressed_when_asked_for_and_plain_otherwise() -> None:
    """Surprise 8: the library asks for zlib-stream; a client that does not ask gets text frames."""
    async with connected() as stage, aiohttp.ClientSession() as session:
        assert stage.server.gateway.connections[0].compressed
        async with session.ws_connect(f"{stage.server.gateway_url}?v=10&encoding=json") as plain:
            hello = await plain.receive_json()
            assert hello["op"] == 10


async def test_ready_echoes_the_shard_and_names_what_the_library_reads() -> None:
    """Surprise 6: `shard`, `resume_gateway_url`, `application` and `guilds` are in READY."""
    async with connected() as stage:
        (session,) = stage.server.gateway.live
        ready = session.buffer[0]["d"]
        assert ready["shard"] == [0, 1]
        assert ready["resume_gateway_url"].startswith("ws://127.0.0.1:")
        assert set(ready["application"]) == {"id", "flags"}
        assert ready["guilds"] == [{"id": str(stage.server.studio.id), "unavailable": True}]


async def test_each_guild_goes_to_its_own_shard_and_dms_to_shard_0() -> None:
    """Reference section 2: `(guild_id >> 22) % n`; the interactions of a guild arrive at its shard only."""
    async with DiscordServer() as server:
        server.gateway.limits.max_concurrency = 16
        guilds = [server.studio, *(server.world.add_guild(f"guild {n}") for n in range(6))]
        async with connecting(server, Bot(shard_count=4, shard_ids=[2, 3])) as stage:
            await server.gateway.ready(2)
            await stage.until(lambda: stage.bot.readies == 1, "on_ready")
            wanted = {guild.id for guild in guilds if (guild.id >> 22) % 4 in {2, 3}}
            assert {guild.id for guild in stage.bot.guilds} == wanted
            assert {session.shard for session in server.gateway.live} == {(2, 4), (3, 4)}
            for guild in guilds:
                ann = server.person("ann", home=server.world.add_channel(guild, "lobby"))
                exchange = await ann.slash("make", {"prompt": "x"})
                assert exchange.interaction.delivered == (1 if guild.id in wanted else 0)
            bob = server.person("bob")
            in_dm = await bob.slash("make", {"prompt": "x"}, where=bob.dm)
            assert in_dm.interaction.delivered == 0


@hasty
async def test_shards_of_one_lane_start_five_seconds_apart() -> None:
    """With `max_concurrency` 1 the library's own five seconds are enough; in a hasty loop they take no time."""
    async with DiscordServer(clock=hasty_clock()) as server, connecting(server, Bot(shard_count=3, patient=True)):
        await server.gateway.ready(3)
        first, second, third = (identify.at for identify in server.gateway.limits.identifies)
        assert second - first >= 5
        assert third - second >= 5


async def test_an_identify_too_soon_is_answered_with_op_9() -> None:
    """Two shards of one lane within 5 s: the second has no session and has to ask again; other lanes are free."""
    async with DiscordServer() as server, aiohttp.ClientSession() as session:
        url = f"{server.gateway_url}?v=10&encoding=json"
        limits = server.gateway.limits
        limits.max_concurrency = 2

        async def first_event(shard: int) -> object:
            async with session.ws_connect(url) as socket:
                await socket.receive_json()
                await socket.send_json({"op": 2, "d": {"token": server.token, "intents": 1, "shard": [shard, 4]}})
                answer = await socket.receive_json()
                return answer["t"] if answer["op"] == 0 else answer["op"]

        assert [await first_event(shard) for shard in (0, 1, 2)] == ["READY", "READY", 9]
        server.clock.advance(5)
        assert await first_event(2) == "READY"


async def test_an_empty_identify_budget_resets_the_token() -> None:
    """Rule 12: the 1001st IDENTIFY of a day costs the bot its token."""
    async with DiscordServer() as server:
        token = server.token
        server.gateway.limits.total = 1
        async with connecting(server):
            await server.gateway.ready()
        server.clock.advance(10)
        async with connecting(server) as stage:
            assert isinstance(await stage.ended(), discord.ConnectionClosed)
        assert server.token != token


async def test_two_sessions_of_one_shard_both_get_everything() -> None:
    """Rule 13: during a change of processes both get an interaction, and only one can answer it."""
    async with DiscordServer() as server, connecting(server) as old:
        await server.gateway.ready()
        server.clock.advance(10)
        async with connecting(server) as new:
            await server.gateway.ready(2)
            await new.until(lambda: new.bot.readies == 1, "on_ready")
            old.bot.script = new.bot.script = defer
            ann = server.person("ann")
            exchange = await ann.slash("make", {"prompt": "x"})
            await server.calls.until("interactions.callback", 2)
            assert exchange.interaction.delivered == 2
            assert sorted(call.status or 0 for call in server.calls.to("interactions.callback")) == [200, 400]
            assert len(server.calls.to("interactions.callback", code=40060)) == 1


@pytest.mark.parametrize(
    "frames, code",
    [
        (["not json"], 4002),
        (['{"op": 99, "d": null}'], 4001),
        (['{"op": 3, "d": null}'], 4003),
        (['{"op": 2, "d": {"token": "wrong", "intents": 1}}'], 4004),
        (['{"op": 2, "d": {"token": "TOKEN", "intents": 1}}'] * 2, 4005),
        (['{"op": 1, "d": null}'] * 121, 4008),
        (['{"op": 2, "d": {"token": "TOKEN", "intents": 1, "shard": [3, 2]}}'], 4010),
        (['{"op": 2, "d": {"token": "TOKEN"}}'], 4013),
        (['{"op": 2, "d": {"token": "TOKEN", "intents": 32768}}'], 4014),
    ],
)
async def test_a_client_that_misbehaves_is_closed_with_the_right_code(frames: list[str], code: int) -> None:
    """The gateway is as strict as the real one."""
    async with (
        DiscordServer() as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.gateway_url}?v=10&encoding=json") as socket,
    ):
        for frame in frames:
            await socket.send_str(frame.replace("TOKEN", server.token))
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == code


async def test_503_at_login_is_told_at_once() -> None:
    """Reference section 2: the library does not retry 503, a supervisor has to."""
    async with DiscordServer() as server:
        server.faults.status("users.me", 503)
        async with connecting(server) as stage:
            assert isinstance(await stage.ended(), discord.DiscordServerError)
