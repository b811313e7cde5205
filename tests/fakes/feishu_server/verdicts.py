"""What must hold at the end of every story, whatever it was about. Raises ``AssertionError`` with what was wrong."""

from collections import Counter
from collections.abc import Iterable

from tests.fakes.feishu_server.cards import check_card
from tests.fakes.feishu_server.deliveries import ANSWER_SECONDS
from tests.fakes.feishu_server.messages import CARD
from tests.fakes.feishu_server.server import FeishuServer

BAD_FORMS = frozenset({230001, 230025, 230054, 230055, 230099, 99992402, 234001, 234006, 234010, 234011, 234039})


def assert_all_accepted(server: FeishuServer) -> None:
    """Every event and click was accepted each time it came, and in time."""
    slow = [
        (delivery.kind, [(one.code, one.problem, one.took) for one in delivery.attempts])
        for delivery in server.deliveries.all
        if delivery.state != "accepted"
        or any(not one.accepted or (one.took or 0) > ANSWER_SECONDS for one in delivery.attempts)
    ]
    assert not slow, f"not accepted in time: {slow}"


def assert_clicks_answered(server: FeishuServer) -> None:
    """No person saw an error after a click, and each of them was told something."""
    failed = [(click.code, click.action) for click in server.clicks.all if click.code or not click.ended]
    assert not failed, f"clicks that failed: {failed}"
    silent = [click.action for click in server.clicks.all if not (click.toast or click.replaced)]
    assert not silent, f"clicks that nothing came of: {silent}"


def assert_within_limits(server: FeishuServer) -> None:
    """No form was refused as too long or malformed, and every card that was kept is one."""
    refused = [str(call) for call in server.calls if call.code in BAD_FORMS and not call.fault]
    assert not refused, f"refused forms: {refused}"
    for message in server.board.by_bot():
        for version in message.versions if message.kind == CARD else ():
            check_card(version.content, server.media)


def assert_not_limited(server: FeishuServer) -> None:
    """No rate ran over."""
    assert not server.quotas.exceeded, f"rates exceeded: {Counter(server.quotas.exceeded)}"


def assert_clean_frames(server: FeishuServer) -> None:
    """Nothing on a long connection broke the protocol."""
    assert not server.lines.violations, f"protocol violations: {server.lines.violations}"


def assert_one_writer(server: FeishuServer) -> None:
    """No card was patched while a click on it waited for its answer."""
    crossed = [message.id for message in server.board if message.crossed]
    assert not crossed, f"patched between click and answer: {crossed}"


def assert_uuids(server: FeishuServer) -> None:
    """Every message was sent with a uuid."""
    bare = [str(call) for call in server.calls.to("messages.*") if _sends(call.route) and not call.payload.get("uuid")]
    assert not bare, f"sent without a uuid: {bare}"


def assert_videos_play(server: FeishuServer) -> None:
    """Every video that was sent is one, with its length and a cover."""
    for message in server.board.by_bot():
        if message.kind == "media" and not message.gone:
            video = server.media.all[message.content["file_key"]]
            assert video.plays, f"uploaded as {video.type}, but it is {video.sniffed}"
            assert video.duration > 0, "a video without its length"
            assert message.content.get("image_key"), "a video without a cover: a grey tile"


def assert_no_unknown_routes(server: FeishuServer) -> None:
    """The bot asked for nothing that Feishu does not have (or that the fake should learn)."""
    unknown = [f"{call.method} {call.path}" for call in server.calls.to("unknown")]
    assert not unknown, f"unknown routes: {unknown}"


def assert_no_secrets(server: FeishuServer, *texts: str, more: Iterable[str] = ()) -> None:
    """No secret is in any of these texts (logs, errors, answers)."""
    for secret in (*server.secrets, *more):
        for text in texts:
            at = text.find(secret)
            assert at < 0, f"a secret after: ...{text[max(0, at - 60) : at]}"


def assert_well_behaved(server: FeishuServer, *logs: str) -> None:
    """All of the above: for a story in which nothing was made to fail."""
    assert_all_accepted(server)
    assert_clicks_answered(server)
    assert_within_limits(server)
    assert_not_limited(server)
    assert_clean_frames(server)
    assert_one_writer(server)
    assert_uuids(server)
    assert_videos_play(server)
    assert_no_unknown_routes(server)
    assert_no_secrets(server, *logs)


def _sends(route: str) -> bool:
    return route in {"messages.create", "messages.reply"}
