"""Missing permissions are found where they are missing, by their names, with what breaks without them."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.platforms.discord.permissions import NEEDS, Permission, Rule, permitted
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_server.world import ORDINARY
from tests.fakes.discord_server.world import Permission as Theirs
from tests.platforms.discord.looking import about, look, told, wrong


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
async def test_a_permission_that_is_missing_in_a_server(need: Any) -> None:
    """By its name in Discord's settings, and what breaks without it; one that is only nice to have is no problem."""
    async with DiscordServer() as server:
        await told(server)
        server.world.join(server.world.bot, server.studio, ORDINARY & ~Theirs(need.permission))
        server.world.add_guild("Another")
        found = await look(server)
        [said] = about(found, "server Studio")
        assert f"{need.name} is missing: {need.without}" in said
        assert wrong(found) == (["server Studio"] if need.vital else [])


async def test_an_administrator_may_everything() -> None:
    """Nothing is missing that is implied."""
    async with DiscordServer() as server:
        await told(server)
        server.world.join(server.world.bot, server.studio, Theirs.ADMINISTRATOR)
        found = await look(server, channel=str(server.general.id))
        assert wrong(found) == []
        assert "in 1" in about(found, "servers")[0]
        assert about(found, "channel general") == ["ok: every permission it needs "]


async def test_nobody_looks_for_previews_where_files_are_sent() -> None:
    """Embed Links is not missed with `media_mode = "upload"`."""
    async with DiscordServer() as server:
        await told(server)
        server.world.join(server.world.bot, server.studio, ORDINARY & ~Theirs.EMBED_LINKS)
        assert wrong(await look(server, mode="upload")) == []
        assert wrong(await look(server, mode="unfurl")) == ["server Studio"]


async def test_a_bot_in_no_server_is_no_problem() -> None:
    """People may have brought it along themselves; the links say how to go on."""
    async with DiscordServer() as server:
        await told(server)
        server.world.kick_bot(server.studio)
        found = await look(server)
        assert wrong(found) == []
        assert about(found, "servers")[0].startswith("note")


async def test_servers_come_in_pages_and_many_findings_are_counted() -> None:
    """None of 201 is left out, and nobody scrolls through hundreds of lines."""
    async with DiscordServer() as server:
        server.buckets.off()
        await told(server)
        for number in range(200):
            guild = server.world.add_guild(f"Guild {number}")
            server.clock.advance(1)
            server.world.join(server.world.bot, guild, ORDINARY & ~Theirs.ATTACH_FILES)
        found = await look(server)
        named = [finding for finding in found if finding.part.startswith("server Guild")]
        assert len(named) == 20
        assert "and 180 more" in about(found, "servers")[0]
        assert len([call for call in server.calls if call.route == "users.guilds"]) == 2


async def test_a_permission_that_a_channel_takes_away() -> None:
    """The server allows it, the channel does not: only a look at the channel finds that."""
    async with DiscordServer() as server:
        await told(server)
        server.general.deny(server.world.bot, Theirs.SEND_MESSAGES | Theirs.EMBED_LINKS)
        assert wrong(await look(server)) == []
        found = await look(server, channel=str(server.general.id))
        assert [said.split(" is missing")[0] for said in about(found, "channel general")] == [
            "problem: Send Messages",
            "problem: Embed Links",
        ]


async def test_what_is_taken_from_everybody_can_be_given_back_to_one() -> None:
    """A channel for announcements in which the bot may write."""
    async with DiscordServer() as server:
        await told(server)
        server.general.deny(server.studio, Theirs.SEND_MESSAGES)
        assert wrong(await look(server, channel=str(server.general.id))) == ["channel general"]
        server.general.grant(server.world.bot, Theirs.SEND_MESSAGES)
        assert wrong(await look(server, channel=str(server.general.id))) == []


async def test_a_thread_has_the_rules_of_its_channel_and_a_permission_of_its_own() -> None:
    """Who may not write in the channel may still write in its threads, and the other way round."""
    async with DiscordServer() as server:
        await told(server)
        thread = server.world.add_thread(server.general, "ideas")
        server.general.deny(server.world.bot, Theirs.SEND_MESSAGES)
        assert wrong(await look(server, channel=str(thread.id))) == []
        server.general.deny(server.world.bot, Theirs.SEND_MESSAGES_IN_THREADS)
        assert "Send Messages in Threads" in about(await look(server, channel=str(thread.id)), "channel ideas")[0]


async def test_what_is_taken_from_somebody_else_is_not_taken_from_the_bot() -> None:
    """Neither from another member nor by a role that it does not have."""
    async with DiscordServer() as server:
        await told(server)
        server.general.deny(server.person("ann").user, Theirs.SEND_MESSAGES)
        assert wrong(await look(server, channel=str(server.general.id))) == []


@pytest.mark.parametrize(
    "rules,may",
    [
        ([], 0b011),
        ([Rule("server", 0, 0, 0b001)], 0b010),
        ([Rule("mine", 0, 0b100, 0)], 0b111),
        ([Rule("mine", 0, 0, 0b001), Rule("also", 0, 0b001, 0)], 0b011),
        ([Rule("also", 0, 0b001, 0), Rule("mine", 0, 0, 0b001)], 0b011),
        ([Rule("server", 0, 0b100, 0), Rule("mine", 0, 0, 0b100)], 0b011),
        ([Rule("me", 1, 0b100, 0), Rule("mine", 0, 0, 0b100)], 0b111),
        ([Rule("me", 1, 0, 0b001), Rule("also", 0, 0b001, 0)], 0b010),
        ([Rule("theirs", 0, 0b100, 0b011)], 0b011),
        ([Rule("you", 1, 0b100, 0b011)], 0b011),
        ([Rule("mine", 1, 0, 0b011)], 0b011),
        ([Rule("me", 0, 0, 0b011)], 0b011),
    ],
)
def test_how_the_rules_of_a_channel_add_up(rules: Sequence[Rule], may: int) -> None:
    """Everybody's first, then the roles' together, then the member's own; in each, what is allowed wins."""
    roles = [("server", 0b001), ("mine", 0b010), ("also", 0)]
    assert permitted("server", "me", roles, rules) == may


async def test_a_channel_that_is_hidden() -> None:
    """Discord does not even tell its name; the permission is named all the same."""
    async with DiscordServer() as server:
        await told(server)
        server.general.deny(server.world.bot, Theirs.VIEW_CHANNEL)
        found = await look(server, channel=str(server.general.id))
        assert wrong(found) == [f"channel {server.general.id}"]
        assert found[-1].said.startswith("View Channel is missing")


@pytest.mark.parametrize("channel", ["5", "general", "../users/@me", "٣"])
async def test_a_channel_that_is_not_there(channel: str) -> None:
    """The step says where an id is found; what is no id is not asked for."""
    async with DiscordServer() as server:
        await told(server)
        found = await look(server, channel=channel)
        assert wrong(found) == [f"channel {channel}"]
        assert "Copy Channel ID" in found[-1].step
        assert len([call for call in server.calls if call.route == "channels.get"]) == (channel == "5")


async def test_a_dm_has_no_permissions() -> None:
    """Nothing can be missing there."""
    async with DiscordServer() as server:
        await told(server)
        dm = server.person("ann").dm
        assert wrong(await look(server, channel=str(dm.id))) == []


def test_every_permission_has_its_bit() -> None:
    """As Discord numbers them, by another hand."""
    assert {p.name: int(p) for p in Permission} == {p.name: int(Theirs[str(p.name)]) for p in Permission}
