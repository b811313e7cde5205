"""The connection comes back whatever ends it, and Discord is told our commands exactly when they changed."""

import asyncio
import logging
import threading
from pathlib import Path

import pytest
from discord.gateway import KeepAliveHandler

from bot.core import slash
from bot.platforms.discord import connection
from bot.platforms.discord.connection import LONGEST_PAUSE
from bot.platforms.discord.sessions import SESSIONS_KEPT
from bot.platforms.discord.transport import GATEWAY
from bot.platforms.discord.wire import Gateway
from bot.text import Phrase
from tests.fakes.discord_server.refusals import Json
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

SYNC = "commands.sync"


async def _again(at: DiscordStage, sessions: int) -> None:
    """Let the pauses pass until Limner has connected so many times."""
    async with asyncio.timeout(10):
        while len(at.discord.gateway.limits.identifies) < sessions:
            if not await at.clock.step():
                await asyncio.sleep(0)  # the library is still taking the old client apart
    await at.discord.gateway.ready()


async def _works(at: DiscordStage) -> None:
    ann = at.discord.person("ann")
    assert "What your video will take" in (await at.ask(ann, prompt=PROMPT)).message.text


async def test_a_malformed_event_does_not_end_the_service(tmp_path: Path) -> None:
    """The library gives up on it; the next client is there a moment later, and jobs were never disturbed."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")

        def spoil(event: Json) -> None:
            del event["version"]

        await at.discord.calls.until(SYNC)
        await ann.slash("video", {"prompt": PROMPT}, mangle=spoil)
        await at.discord.gateway.gone()
        await _again(at, 2)
        await _works(at)
        assert at.room.connection.starts == 2


@pytest.mark.parametrize("code", [4004, 4013, 4014])
async def test_a_close_that_ends_the_library_is_survived(tmp_path: Path, code: int) -> None:
    """Somebody has switched something off in the portal, and on again."""
    async with stage(tmp_path) as at:
        await at.discord.calls.until(SYNC)
        at.discord.gateway.close(code)
        await at.discord.gateway.gone()
        await _again(at, 2)
        await _works(at)


async def test_a_short_break_is_resumed(tmp_path: Path) -> None:
    """The library does that by itself: the same session goes on, and what was sent meanwhile is not lost."""
    async with stage(tmp_path) as at:
        at.discord.gateway.close(4000)
        await at.discord.gateway.resumed()
        await _works(at)
        assert at.room.connection.starts == 1


async def test_a_failed_first_connect_is_tried_again(tmp_path: Path) -> None:
    """Discord is away while Limner starts: the service runs, and people are answered once it is back."""
    at = DiscordStage(tmp_path)
    at.discord.faults.status("gateway.bot", 503, times=3)
    at.ready = False
    async with at:
        await _again(at, 1)
        assert len(at.discord.calls.to("gateway.bot", status=503)) == 3
        await _works(at)


async def test_a_login_that_fails_is_tried_again(tmp_path: Path) -> None:
    """Also where the library gives up at once."""
    at = DiscordStage(tmp_path)
    at.discord.faults.status("users.me", 503)
    at.ready = False
    async with at:
        await _again(at, 1)
        assert at.discord.calls.to("users.me", status=503)
        await _works(at)


async def test_sessions_are_not_used_up(tmp_path: Path) -> None:
    """Who starts a thousand in a day loses the token: near the end Limner waits until the day is over."""
    at = DiscordStage(tmp_path)
    at.ready = False
    at.discord.gateway.limits.total = SESSIONS_KEPT
    async with at:
        await at.discord.calls.until("gateway.bot")
        began = at.clock.now()
        await at.clock.run(lambda: at.clock.elapsed(began) > LONGEST_PAUSE)
        assert not at.discord.gateway.limits.identifies


async def test_sessions_that_discord_calls_invalid_are_counted_too(tmp_path: Path) -> None:
    """The library starts the next one by itself: a bad hour of Discord's must not use up the day."""
    at = DiscordStage(tmp_path)
    at.discord.gateway.limits.total = SESSIONS_KEPT + 2
    async with at:
        at.clock.skip(10)
        at.discord.gateway.invalidate()
        await at.discord.gateway.identified(2)
        await at.discord.gateway.ready()
        at.clock.skip(10)
        at.discord.gateway.invalidate()
        began = at.clock.now()
        async with asyncio.timeout(10):
            while len(at.discord.gateway.limits.identifies) < 3:
                if not await at.clock.step():
                    await asyncio.sleep(0)
        assert at.clock.elapsed(began) > 3600
        await at.discord.gateway.ready()
        await _works(at)


async def test_a_stop_while_a_session_is_started_ends(tmp_path: Path) -> None:
    """The library swallows the order to stop meanwhile, and forgets its heart: the service stops all the same."""
    at = DiscordStage(tmp_path)
    at.pace = 60.0
    async with at:
        at.discord.gateway.invalidate()
        await at.discord.gateway.gone()
        await at.discord.gateway.news.until(lambda: at.discord.gateway.connections, lambda: "it did not come back")
        await at.discord.gateway.heartbeats(1)
        async with asyncio.timeout(10):
            await at.stop()
        assert at.room.connection.running is None
        hearts = [thread for thread in threading.enumerate() if isinstance(thread, KeepAliveHandler)]
        for heart in hearts:
            heart.join(5)
        assert not [heart for heart in hearts if heart.is_alive()]


async def test_pauses_grow_while_discord_is_away(tmp_path: Path) -> None:
    """Nobody knocks every five seconds at a door that stays shut."""
    at = DiscordStage(tmp_path)
    at.discord.faults.status("gateway.bot", 503, times=20)
    at.ready = False
    async with at:
        began = at.clock.now()
        await at.clock.run(lambda: at.clock.elapsed(began) > 3600)
        assert len(at.discord.calls.to("gateway.bot")) < 20


async def test_commands_that_take_for_ever_do_not_keep_people_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord may let nobody change them for hours: the old ones are answered meanwhile."""
    monkeypatch.setattr(connection, "SYNC_WITHIN", 0.05)
    at = DiscordStage(tmp_path)
    with at.discord.faults.hold(SYNC):
        async with at:
            assert at.room.connection.client is not None


async def test_commands_are_sent_once(tmp_path: Path) -> None:
    """A restart sends nothing that Discord knows already: it takes two hundred new commands a day."""
    async with stage(tmp_path) as at:
        await at.discord.calls.until(SYNC)
        await at.restart(after=10)
        await _works(at)
        assert len(at.discord.calls.to(SYNC)) == 1


async def test_changed_commands_are_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new description reaches people with the next start."""
    async with stage(tmp_path) as at:
        await at.discord.calls.until(SYNC)
        words = {**slash.SLASH, "help": (slash.SLASH["help"][0], Phrase("what is new"))}
        monkeypatch.setattr(slash, "SLASH", words)
        await at.restart(after=10)
        await _works(at)
        assert len(at.discord.calls.to(SYNC)) == 2


async def test_commands_that_were_not_taken_are_sent_with_the_next_start(tmp_path: Path) -> None:
    """The old ones go on working meanwhile."""
    at = DiscordStage(tmp_path)
    at.discord.faults.status(SYNC, 400, code=30034)
    async with at:
        await at.restart(after=10)
        await at.discord.calls.until(SYNC, 2)
        await _works(at)


async def test_no_token_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the bot's nor any interaction's, whatever went wrong."""
    # Raised to that in every real process, by ``bot.logs``.
    caplog.set_level(logging.WARNING, "aiosqlite")
    # As in a new process: what another test has set must not help.
    caplog.set_level(logging.NOTSET, "discord")
    # The last one counts for what is caught.
    caplog.set_level(logging.DEBUG)
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.faults.status("webhooks.edit", 500, times=2)
        at.discord.faults.status("channels.send", 502, after=True)
        at.discord.faults.drop("channels.send", after=True)
        await at.finish()
        await at.seconds(60)
        at.discord.gateway.close(4014)
        await at.discord.gateway.gone()
        await _again(at, 2)
        told = caplog.text + capsys.readouterr().out
        assert "line_not_taken" in told
        assert not [secret for secret in at.discord.secrets if secret in told]


def test_what_discord_says_of_its_gateway_is_read() -> None:
    """Fields that we do not know are ignored."""
    read = Gateway.model_validate({"url": "wss://g", "shards": 3, "new": 1, "session_start_limit": {"remaining": 7}})
    assert (read.shards, read.session_start_limit.remaining) == (3, 7)
    assert GATEWAY.path == "/gateway/bot"
