"""Looking at Limner in a pretend Discord as ``limner doctor discord`` does, and what was found. No test is here."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from bot.clock import WallClock
from bot.findings import Finding, Level
from bot.i18n import Translators
from bot.platforms.discord.checkup import checkup, ours
from bot.platforms.discord.room import terms
from bot.platforms.discord.translator import CatalogueTranslator
from providers.contract import Secret
from tests.fakes.discord_server import DiscordServer

WORDS = Translators(UTC)


async def look(
    server: DiscordServer,
    *,
    token: str | None = None,
    api_base: str | None = None,
    gateway_url: str = "",
    mode: str = "gallery",
    channel: str = "",
    words: Translators = WORDS,
) -> list[Finding]:
    """Return everything that is found, and make sure that looking cost nothing, changed nothing and told no secret."""
    token = server.token if token is None else token
    settings = terms(Secret(token), server.api_base if api_base is None else api_base, gateway_url, mode)
    sessions = len(server.gateway.limits.identifies)
    found = [finding async for finding in checkup(settings, words, WallClock(), channel)]
    assert {call.method for call in server.calls} <= {"GET"}
    assert len(server.gateway.limits.identifies) == sessions
    assert not [f for f in found if token and token in f.said + f.step]
    return found


async def our_commands() -> list[dict[str, Any]]:
    """Return our commands."""
    return [dict(command) for command in await ours(WORDS, CatalogueTranslator(WORDS))]


async def told(server: DiscordServer) -> None:
    """Let Discord have our commands."""
    server.commands.replace_all(None, await our_commands())


def wrong(found: Sequence[Finding]) -> list[str]:
    """Return the parts with problems; each problem has a next step."""
    problems = [finding for finding in found if finding.level is Level.PROBLEM]
    assert all(finding.step for finding in problems)
    return [finding.part for finding in problems]


def about(found: Sequence[Finding], part: str) -> list[str]:
    """Return what is said about a part."""
    return [f"{finding.level.value}: {finding.said} {finding.step}" for finding in found if finding.part == part]
