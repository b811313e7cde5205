"""A pretend Discord for tests: strict enough for an unmodified client library, with a clock, faults and people.

It imports no Discord library: it is written from the facts (reference section 3), so that two mistakes cannot
cancel out. A story is told with people, a clock and faults, and ends with verdicts::

    async with DiscordServer() as server:  # the bot: server.api_base, .gateway_url, .token
        await server.gateway.ready()
        ann = server.person("ann", locale="zh-CN")   # sits in #general of "Studio"
        with server.faults.hold("interactions.callback") as hold:
            exchange = await ann.slash("video", {"prompt": "a boat"})
            await hold.reached()
        notice = await exchange.replied()
        await ann.click(notice, "Confirm")
        server.clock.advance(900)                    # the token is dead now
        await ann.finds("https://")                  # waits for the event; nothing here sleeps or polls
        verdicts.assert_well_behaved(server, log_text)

What can be denied is in the world: ``channel.deny(bot, permissions)``, ``world.kick_bot``, ``world.delete_channel``,
``user.dms_open``, ``guild.blocked`` (AutoMod). Limits are in ``server.buckets`` and ``server.terms``.
"""

from tests.fakes.discord_server.buckets import Limit
from tests.fakes.discord_server.cdn import Loading
from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.exchange import Exchange
from tests.fakes.discord_server.interactions import Ack
from tests.fakes.discord_server.messages import Flag, Message, Upload
from tests.fakes.discord_server.person import Person
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_server.world import Channel, Guild, Permission, User

__all__ = [
    "Ack",
    "Channel",
    "Clock",
    "DiscordServer",
    "Exchange",
    "Flag",
    "Guild",
    "Limit",
    "Loading",
    "Message",
    "Permission",
    "Person",
    "Upload",
    "User",
]
