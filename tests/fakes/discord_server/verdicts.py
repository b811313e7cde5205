"""What must hold at the end of every story, whatever it was about. Raises ``AssertionError`` with what was wrong."""

from collections import Counter
from collections.abc import Iterable

from tests.fakes.discord_server.calls import Call
from tests.fakes.discord_server.components import Layout, everything
from tests.fakes.discord_server.drafts import MOST_CONTENT
from tests.fakes.discord_server.messages import Flag, Version
from tests.fakes.discord_server.refusals import INVALID_FORM, Form
from tests.fakes.discord_server.server import DiscordServer

BAD_FORMS = frozenset({INVALID_FORM, 40005, 50006})


def assert_all_acked(server: DiscordServer, *, within: float = 1.0) -> None:
    """Every interaction that reached the bot was answered within so many seconds of the fake's clock."""
    slow = [
        (interaction.id, interaction.asked.name, interaction.acked_at and interaction.acked_at - interaction.created)
        for interaction in server.interactions.all.values()
        if interaction.delivered
        and (interaction.acked_at is None or interaction.acked_at - interaction.created > within)
    ]
    assert not slow, f"not answered in time: {slow}; {server.calls.tail()}"


def assert_nobody_left_thinking(server: DiscordServer) -> None:
    """No person still reads *... is thinking*."""
    stuck = [message.id for message in server.board.all.values() if message.thinking and not message.deleted]
    assert not stuck, f"still thinking: {stuck}"


def assert_within_limits(server: DiscordServer) -> None:
    """No form was refused as too long or malformed, and no message that was kept is."""
    refused = [str(call) for call in server.calls if call.code in BAD_FORMS]
    assert not refused, f"refused forms: {refused}"
    for message in server.board.all.values():
        for version in message.versions:
            _check(version)


def assert_forbidden_asked_once(server: DiscordServer) -> None:
    """Where the bot was told 403 it did not knock again with its own token."""
    forbidden = Counter(_place(call) for call in server.calls if call.status == 403 and call.as_bot)
    again = {place: count for place, count in forbidden.items() if count > 1}
    assert not again, f"asked again in spite of 403: {again}"


def assert_not_limited(server: DiscordServer) -> None:
    """No bucket ran over and nobody was told 429."""
    limited = [str(call) for call in server.calls if call.status == 429]
    assert not limited, f"rate limited: {limited}"


def assert_no_unknown_routes(server: DiscordServer) -> None:
    """The bot asked for nothing that Discord does not have (or that the fake should learn)."""
    unknown = [f"{call.method} {call.where}" for call in server.calls.to("unknown")]
    assert not unknown, f"unknown routes: {unknown}"


def assert_no_secrets(server: DiscordServer, *texts: str, more: Iterable[str] = ()) -> None:
    """No token is in any of these texts (logs, errors, answers)."""
    for secret in (*server.secrets, *more):
        for text in texts:
            at = text.find(secret)
            assert at < 0, f"a secret after: ...{text[max(0, at - 60) : at]}"


def assert_well_behaved(server: DiscordServer, *logs: str) -> None:
    """All of the above that holds for any story in which nothing was forbidden to the bot."""
    assert_all_acked(server)
    assert_nobody_left_thinking(server)
    assert_within_limits(server)
    assert_forbidden_asked_once(server)
    assert_not_limited(server)
    assert_no_unknown_routes(server)
    assert_no_secrets(server, *logs)


def _check(version: Version) -> None:
    form = Form()
    files = frozenset(file.upload.filename for file in version.files)
    Layout(form, files).check(list(version.components), v2=Flag.COMPONENTS_V2 in version.flags)
    form.length(("content",), version.content, MOST_CONTENT)
    form.close()
    assert len(list(everything(version.components))) <= 40


def _place(call: Call) -> str:
    return call.where.get("channel") or call.where.get("guild") or call.route
