"""One call to Discord: whose right it uses, how long it waits, and what is said about it when it goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.platforms.discord import buckets
from bot.platforms.discord.transport import Call, NotTaken, Transport, acknowledge, drop_answer, edit_answer, follow_up
from bot.platforms.discord.wire import Gateway
from providers.contract import Secret
from tests.fakes.clock import StoryClock
from tests.fakes.discord_server import DiscordServer

TOKEN = "right-of-a-person"
GATEWAY = Call("GET", "gateway", "/gateway/bot")
ROUTE = "gateway.bot"


@asynccontextmanager
async def _door(seconds: float = 5.0) -> AsyncIterator[tuple[Transport, DiscordServer, StoryClock]]:
    clock = StoryClock()
    async with DiscordServer() as discord:
        transport = Transport(Secret(discord.token), clock, discord.api_base, seconds=seconds)
        try:
            yield transport, discord, clock
        finally:
            await transport.close()


async def test_only_the_bots_own_calls_carry_its_token() -> None:
    """An answer to a person is made by the right that came with what they did, and by no other."""
    async with _door() as (door, discord, _):
        for call in (acknowledge("1", TOKEN), edit_answer("1", TOKEN), follow_up("1", TOKEN), drop_answer("1", TOKEN)):
            with pytest.raises(NotTaken):
                await door.tell(call, {})
        await door.tell(GATEWAY)
        assert [call.as_bot for call in discord.calls] == [False] * 4 + [True]


@pytest.mark.parametrize("call", [acknowledge("1", TOKEN), edit_answer("1", TOKEN), follow_up("1", TOKEN)])
async def test_what_goes_wrong_is_told_without_the_token(call: Call) -> None:
    """It stands in the address, and errors end in logs and in the database."""
    async with _door() as (door, discord, _):
        discord.faults.drop("*", times=None)
        with pytest.raises(NotTaken) as dropped:
            await door.tell(call, {})
        discord.faults.clear()
        discord.faults.status("*", 500)
        with pytest.raises(NotTaken) as refused:
            await door.tell(call, {})
        for trouble in (dropped.value, refused.value):
            assert trouble.unclear
            assert trouble.__suppress_context__ or trouble.__context__ is None
            assert TOKEN not in f"{trouble!r} {trouble} {call!r} {call}"


async def test_a_call_that_hangs_is_given_up() -> None:
    """Nobody knows then whether it was done."""
    async with _door(seconds=0.05) as (door, discord, _):
        with discord.faults.hold(ROUTE), pytest.raises(NotTaken) as hung:
            await door.tell(GATEWAY)
        assert hung.value.unclear


async def test_a_short_limit_is_waited_out_where_it_is_met() -> None:
    """Whoever asked notices nothing but the time; one who is not patient is told at once."""
    async with _door() as (door, discord, clock):
        discord.faults.rate_limit(ROUTE, 3.0)
        asking = asyncio.create_task(door.ask(GATEWAY, Gateway))
        clock.workers = lambda: (asking,)  # type: ignore[assignment, return-value] # any task is a worker
        began = clock.now()
        await clock.run(asking.done)
        assert (await asking).url
        assert clock.elapsed(began) >= 3.0
        discord.faults.rate_limit(ROUTE, 3.0)
        with pytest.raises(NotTaken) as shed:
            await door.ask(GATEWAY, Gateway, patient=False)
        assert shed.value.status == 429


async def test_somebody_elses_limit_does_not_count_against_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many refusals bring a ban; those that all bots share do not count towards it."""
    monkeypatch.setattr(buckets, "MOST_REFUSED", 1)
    async with _door() as (door, discord, _):
        discord.faults.rate_limit(ROUTE, 300.0, scope="shared")
        with pytest.raises(NotTaken):
            await door.tell(GATEWAY)
        assert door._buckets.closed_for() == 0
        discord.faults.status("users.me", 403)
        with pytest.raises(NotTaken):
            await door.tell(Call("GET", "me", "/users/@me"))
        assert door._buckets.closed_for() > 0


async def test_after_the_end_nothing_is_asked() -> None:
    """A service that stops opens no new connection."""
    async with _door() as (door, discord, _):
        await door.close()
        with pytest.raises(NotTaken):
            await door.tell(GATEWAY)
        assert not len(discord.calls)
