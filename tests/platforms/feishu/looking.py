"""Looking at Limner in a pretend Feishu as ``limner doctor feishu`` does, and what was found. No test is here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from bot.clock import WallClock
from bot.findings import Finding, Level
from bot.i18n import Translators
from bot.platforms.feishu.checkup import Wish, checkup
from bot.platforms.feishu.client import Application
from bot.platforms.feishu.room import Terms
from providers.contract import Secret
from tests.fakes.feishu_server import FeishuServer

WORDS = Translators(UTC)


def terms(server: FeishuServer) -> Terms:
    """Return the settings of somebody whose application is in this Feishu."""
    return Terms(Application(server.app.app_id, Secret(server.app.secret), server.domain), "en")


async def look(server: FeishuServer, wish: Wish | None = None, settings: Terms | None = None) -> list[Finding]:
    """Return everything that is found, and make sure that looking changed nothing and told no secret."""
    messages = list(server.board)
    found = [finding async for finding in checkup(settings or terms(server), WORDS, WallClock(), wish or Wish())]
    if wish is None or not wish.to:
        assert list(server.board) == messages
    assert not server.lines.open
    assert not [f for f in found for secret in server.secrets if secret in f.said + f.step]
    return found


async def look_with(server: FeishuServer, app_id: str | None = None, secret: str | None = None) -> list[Finding]:
    """Return what is found with another id or secret."""
    known = terms(server)
    app = known.application
    other = Application(
        app.id if app_id is None else app_id, app.secret if secret is None else Secret(secret), app.domain
    )
    return await look(server, settings=replace(known, application=other))


def wrong(found: Sequence[Finding]) -> list[str]:
    """Return the parts with problems; each problem has a next step."""
    problems = [finding for finding in found if finding.level is Level.PROBLEM]
    assert all(finding.step for finding in problems)
    return [finding.part for finding in problems]


def about(found: Sequence[Finding], part: str) -> list[str]:
    """Return what is said about a part."""
    return [f"{finding.level.value}: {finding.said} {finding.step}" for finding in found if finding.part == part]
