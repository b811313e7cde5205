"""The door to Discord: what a request carries, and when it counts towards the limit for everything."""

import asyncio
from pathlib import Path

import pytest

from bot.platforms.discord.buckets import EVERYTHING
from bot.platforms.discord.transport import NotTaken, Transport, follow_up, send
from providers.contract import Secret
from tests.fakes.clock import StoryClock
from tests.fakes.discord_server import Clock, DiscordServer


async def test_what_is_long_on_its_way_counts_when_it_arrives() -> None:
    """A second's requests that arrive together with the next second's would be too many: those are not sent yet."""
    clock = StoryClock()
    async with DiscordServer(clock=Clock(lambda: clock.now().timestamp())) as discord:
        transport = Transport(Secret(discord.token), clock, discord.api_base)
        rooms = [discord.world.add_channel(discord.studio, f"room-{n}") for n in range(2 * EVERYTHING)]
        calls = [asyncio.create_task(transport.tell(send(str(room.id)), {"content": "hello"})) for room in rooms]
        clock.workers = lambda: calls
        with discord.faults.hold("channels.send") as hold:
            await hold.reached(EVERYTHING)
            clock.skip(2.0)
        while not all(call.done() for call in calls):
            await clock.step()
        await transport.close()
        assert not discord.buckets.exceeded
        assert len(discord.calls.to("channels.send", status=200)) == len(rooms)


async def test_no_password_of_the_machine_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of passwords for other programs is neither read nor in the way, and no proxy of theirs is used."""
    passwords = tmp_path / "netrc"
    passwords.write_text("default login somebody password something\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(passwords))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    async with DiscordServer() as discord:
        ann = discord.person("ann")
        transport = Transport(Secret(discord.token), StoryClock(), discord.api_base)
        await transport.tell(send(str(ann.home.id)), {"content": "hello"})
        with pytest.raises(NotTaken, match="401/50027"):
            await transport.tell(follow_up(str(discord.application), "a-token-of-nobody"), {"content": "hello"})
        await transport.close()
        assert [call.as_bot for call in discord.calls] == [True, False]
