"""What an operator is told about Limner in Discord: each thing that is wrong, by name, with the next step."""

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.findings import Level
from bot.platforms.discord.permissions import NEEDS, WANTED
from bot.platforms.discord.transport import NotTaken
from bot.platforms.discord.verdicts import unread
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_server.sessions import Identify
from tests.fakes.discord_server.world import Permission as Theirs
from tests.platforms.discord.looking import about, look, told, wrong


async def test_nothing_is_wrong() -> None:
    """A bot that is set up by the guide has no problem, and the operator sees whose token it is."""
    async with DiscordServer() as server:
        await told(server)
        server.portal["bot_public"] = False
        found = await look(server, channel=str(server.general.id))
        assert wrong(found) == []
        assert {finding.level for finding in found} == {Level.OK}
        assert [finding.part for finding in found if finding.part != "install"] == [
            *("token", "intents", "gateway", "commands", "servers", "texts", "channel general")
        ]
        assert str(server.application) in found[0].said


# --- getting in ---------------------------------------------------------------------------------------------------


async def test_without_a_token_nobody_is_asked() -> None:
    """And the step says where one is made."""
    async with DiscordServer() as server:
        found = await look(server, token="")
        assert wrong(found) == ["token"]
        assert "discord.com/developers/applications" in found[0].step
        assert not len(server.calls)


@pytest.mark.parametrize("token", ["two words", "a\nb", "tökén", "\t.\t"])
async def test_what_cannot_be_a_token_is_not_sent(token: str) -> None:
    """A file with more in it than the token would break the request, or be shown to others."""
    async with DiscordServer() as server:
        assert wrong(await look(server, token=token)) == ["token"]
        assert not len(server.calls)


async def test_a_wrong_token_is_told_from_everything_else() -> None:
    """One question is enough to know, and nothing else is asked."""
    async with DiscordServer() as server:
        found = await look(server, token="wrong.token.here")
        assert wrong(found) == ["token"]
        assert "Reset Token" in found[0].step
        assert len(server.calls) == 1


async def test_nobody_answers() -> None:
    """No network is not a wrong token; with an address of the operator's own the step names it."""
    async with DiscordServer() as server:
        [found] = await look(server, api_base=f"http://127.0.0.1:{_closed_port()}/api/v10")
        assert (found.part, found.level) == ("network", Level.PROBLEM)
        assert "what discord.api_base names" in found.step
    own_network = unread("network", NotTaken(0), "")
    assert "this machine's network" in own_network.step
    assert "discord.api_base" not in own_network.step


@pytest.mark.parametrize("status,step", [(503, "discordstatus.com"), (500, "discordstatus.com")])
async def test_discord_has_trouble(status: int, step: str) -> None:
    """It is said to be Discord's own, so that nobody changes the settings."""
    async with DiscordServer() as server:
        server.faults.status("users.me", status)
        [found] = await look(server)
        assert (found.part, found.level) == ("network", Level.PROBLEM)
        assert step in found.step


async def test_discord_turned_the_address_away() -> None:
    """Whoever asks too much is told to wait."""
    async with DiscordServer() as server:
        server.faults.rate_limit("users.me", 700, via=False)
        [found] = await look(server)
        assert (found.part, found.level) == ("network", Level.PROBLEM)
        assert "wait ten minutes" in found.step


async def test_an_address_without_the_version_is_named() -> None:
    """It is the likeliest mistake with a proxy."""
    async with DiscordServer() as server:
        [found] = await look(server, api_base=server.api_base.removesuffix("/v10"))
        assert "discord.api_base" in found.step
        assert "/api/v10" in found.step


@pytest.mark.parametrize(
    "route,part", [("gateway.bot", "gateway"), ("commands.list", "commands"), ("users.guilds", "servers")]
)
async def test_one_answer_that_fails_does_not_hide_the_others(route: str, part: str) -> None:
    """Everything else is still looked at."""
    async with DiscordServer() as server:
        await told(server)
        server.faults.status(route, 500)
        found = await look(server)
        assert wrong(found) == [part]
        assert "texts" in [finding.part for finding in found]


# --- the portal ---------------------------------------------------------------------------------------------------


async def test_the_link_for_servers_asks_for_what_is_needed_and_nothing_else() -> None:
    """The number is the sum of the six permissions by Discord's own bits."""
    async with DiscordServer() as server:
        said = about(await look(server), "install")
        server_link, person_link = (parse_qs(urlsplit(line.split()[-1]).query) for line in said[:2])
    assert server_link["client_id"] == person_link["client_id"] == [str(server.application)]
    assert server_link["scope"] == ["bot applications.commands"]
    bits = Theirs.VIEW_CHANNEL | Theirs.SEND_MESSAGES | Theirs.SEND_MESSAGES_IN_THREADS
    bits |= Theirs.EMBED_LINKS | Theirs.ATTACH_FILES | Theirs.READ_MESSAGE_HISTORY
    assert server_link["permissions"] == [str(int(bits))] == [str(WANTED)]
    assert person_link["scope"] == ["applications.commands"]
    assert "permissions" not in person_link
    assert (server_link["integration_type"], person_link["integration_type"]) == (["0"], ["1"])
    assert all(need.name in said[2] for need in NEEDS)


@pytest.mark.parametrize(
    "changed,part,level,said",
    [
        ({"interactions_endpoint_url": "https://x.example"}, "portal", Level.PROBLEM, "Interactions Endpoint URL"),
        ({"bot_require_code_grant": True}, "portal", Level.PROBLEM, "OAuth2 Code Grant"),
        ({"bot_public": True}, "portal", Level.NOTE, "Public Bot"),
        ({"integration_types_config": {"1": {}}}, "install", Level.PROBLEM, "Guild Install"),
        ({"integration_types_config": {"0": {}}}, "install", Level.NOTE, "User Install"),
        ({"integration_types_config": None}, "install", Level.NOTE, "look at"),
        ({"flags": 1 << 18}, "intents", Level.NOTE, "Message Content"),
        ({"flags": 1 << 15}, "intents", Level.NOTE, "Server Members"),
        ({"flags": 1 << 12}, "intents", Level.NOTE, "Presence"),
        ({"flags": 1 << 13}, "intents", Level.NOTE, "Presence"),
    ],
)
async def test_what_stands_wrong_in_the_portal(changed: Mapping[str, Any], part: str, level: Level, said: str) -> None:
    """Each with the page on which it is changed; what only could be better is no problem."""
    async with DiscordServer() as server:
        await told(server)
        server.portal.update(changed)
        found = await look(server)
        assert [f.level for f in found if f.part == part and said in f.said + f.step] == [level]
        assert wrong(found) == ([part] if level is Level.PROBLEM else [])


async def test_other_flags_of_an_application_mean_nothing() -> None:
    """Discord marks applications with commands and many other things."""
    async with DiscordServer() as server:
        server.portal["flags"] = 1 << 23 | 1 << 16 | 1 << 17
        assert about(await look(server), "intents")[0].startswith("ok")


# --- the gateway --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("used,is_well", [(899, True), (900, False), (1000, False)])
async def test_how_many_connections_are_left(used: int, is_well: bool) -> None:  # noqa: FBT001 - a row of a table
    """It is a problem from where the service itself waits: a hundred are kept."""
    async with DiscordServer() as server:
        await told(server)
        server.gateway.limits.identifies += [Identify(server.clock.time(), None, 1)] * used
        found = await look(server)
        assert wrong(found) == ([] if is_well else ["gateway"])
        assert f"{1000 - used} of 1000" in about(found, "gateway")[0]


@pytest.mark.parametrize("own", [True, False])
async def test_the_gateway_cannot_be_reached(own: bool) -> None:  # noqa: FBT001 - a row of a table
    """A firewall may let the API pass and not the gateway: then no command ever arrives."""
    async with DiscordServer() as server:
        await told(server)
        address = f"ws://127.0.0.1:{_closed_port()}"
        if not own:
            server.gateway.url = address
        found = await look(server, gateway_url=address if own else "")
        assert wrong(found) == ["gateway"]
        assert ("discord.gateway_url" in about(found, "gateway")[1]) is own


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
