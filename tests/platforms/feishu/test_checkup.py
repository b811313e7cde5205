"""What an operator is told about Limner on Feishu: each thing that is wrong, by name, with the next step."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.findings import Level
from bot.platforms.feishu.advice import Console, account, is_about_the_call, unconnected, unread, unsent
from bot.platforms.feishu.checkup import Running, Wish
from bot.platforms.feishu.client import Application, NotTaken
from bot.platforms.feishu.events import CLICK
from bot.platforms.feishu.wire import DOMAINS, Bot, Code
from providers.contract import Secret
from tests.fakes.feishu_server import FeishuServer
from tests.fakes.feishu_server.clicks import NOT_OK
from tests.fakes.feishu_server.deliveries import Attempt
from tests.platforms.feishu.looking import about, look, look_with, terms, wrong

HOME = Console(Application("cli_a", Secret("s"), DOMAINS["feishu"]))


@pytest.fixture(name="feishu")
async def a_feishu() -> AsyncIterator[FeishuServer]:
    """A pretend Feishu whose application is set up by the guide."""
    async with FeishuServer() as server:
        yield server


async def test_nothing_is_wrong(feishu: FeishuServer) -> None:
    """An application that is set up by the guide has no problem, and the operator sees whose it is."""
    found = await look(feishu)
    assert wrong(found) == []
    assert [finding.part for finding in found] == ["bot", *["scopes"] * 4, "connection", "events"]
    assert [f.part for f in found if f.level is Level.NOTE] == ["events"]
    assert feishu.app.app_id in found[0].said
    assert feishu.lines.opened == 1


async def test_a_short_look_opens_nothing_and_uploads_nothing(feishu: FeishuServer) -> None:
    """As part of ``limner doctor`` it must not take a running service's events."""
    found = await look(feishu, Wish(briefly=True))
    assert wrong(found) == []
    assert "im:resource is granted" not in str(found)
    assert feishu.lines.opened == 0
    assert not feishu.media.all


# --- the application ----------------------------------------------------------------------------------------------


async def test_without_an_application_nobody_is_asked(feishu: FeishuServer) -> None:
    """The step makes one."""
    [found] = await look_with(feishu, app_id="", secret="")
    assert (found.part, "limner setup feishu" in found.step) == ("application", True)
    [found] = await look_with(feishu, secret="")
    assert (found.part, "feishu.app_secret_file" in found.step) == ("application", True)
    assert not len(feishu.calls)


@pytest.mark.parametrize("secret", ["two words", "a\nb", "geheimnisvöll"])
async def test_what_cannot_be_a_secret_is_not_sent(feishu: FeishuServer, secret: str) -> None:
    """A file with more in it than the secret."""
    assert wrong(await look_with(feishu, secret=secret)) == ["application"]
    assert not len(feishu.calls)


@pytest.mark.parametrize("wrong_part", ["app_id", "secret"])
async def test_a_wrong_secret_is_told_from_everything_else(feishu: FeishuServer, wrong_part: str) -> None:
    """One question is enough to know; the step names the page and the region."""
    found = await look_with(feishu, **{wrong_part: "cli_or_secret_of_another"})
    assert wrong(found) == ["token"]
    assert all(word in found[0].step for word in ("Credentials & Basic Info", "feishu.region", feishu.app.app_id[:4]))
    assert [call.route for call in feishu.calls] == ["auth.token"]


async def test_an_application_that_is_switched_off(feishu: FeishuServer) -> None:
    """It is not the secret's fault."""
    feishu.app.enabled = False
    [found] = await look(feishu)
    assert (found.part, str(Code.APP_OFF.value) in found.said) == ("bot", True)


async def test_nobody_answers() -> None:
    """No network is not a wrong secret; with an address of the operator's own the step names it."""
    async with FeishuServer() as server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            nowhere = f"http://127.0.0.1:{probe.getsockname()[1]}"
        known = terms(server)
        [found] = await look(server, settings=replace(known, application=replace(known.application, domain=nowhere)))
    assert (found.level, "feishu.base_url" in found.step) == (Level.PROBLEM, True)
    at_home = unread("bot", NotTaken("bot/v3/info: ConnectError"), HOME)
    assert "network" in at_home.step
    assert "base_url" not in at_home.step


@pytest.mark.parametrize(
    "no,said,step",
    [
        (NotTaken("x", status=502, unclear=True), "trouble", "wait"),
        (NotTaken("x", status=429, retry_after=3.0), "pause", "minute"),
        (NotTaken("x", status=400, code=Code.LIMITED), "pause", "minute"),
        (NotTaken("x", status=400, code=Code.QUOTA), "used up", "next month"),
        (NotTaken("x", status=400, code=Code.IP_FORBIDDEN), "address", "Security Settings"),
        (NotTaken("x", status=400, code=Code.NOT_INSTALLED), "released", "Version Management"),
        (NotTaken("x", status=400, code=Code.BOT_OFF), "no bot", "Add Features"),
        (NotTaken("x", status=400, code=Code.TOKEN_INVALID), "token", "report"),
        (NotTaken("x", status=200, code=11205), "unexpected", "Add Features"),
    ],
)
def test_each_refusal_has_its_next_step(no: NotTaken, said: str, step: str) -> None:
    """Nobody is sent to the wrong page."""
    found = unread("bot", no, HOME)
    assert (found.level, said in found.said, step in found.step) == (Level.PROBLEM, True, True)


@pytest.mark.parametrize("state,said", [(1, "admin"), (3, "not switched on"), (5, "licence"), (99, "99")])
def test_a_bot_that_is_not_in_use(state: int, said: str) -> None:
    """The likeliest mistake: a version that was never published or approved."""
    found = account(Bot(open_id="ou_1", app_name="Limner", activate_status=state), HOME)
    assert (found.level, said in found.said, "Version Management" in found.step) == (Level.PROBLEM, True, True)


# --- permissions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope,level",
    [
        ("im:message:send_as_bot", Level.PROBLEM),
        ("im:message:update", Level.PROBLEM),
        ("im:resource", Level.PROBLEM),
        ("im:message:readonly", Level.NOTE),
    ],
)
async def test_a_scope_that_is_missing_is_named(feishu: FeishuServer, scope: str, level: Level) -> None:
    """With what goes wrong without it and a link to the page that grants it; the others are still looked at."""
    feishu.app.scopes.discard(scope)
    found = [f for f in await look(feishu) if f.part == "scopes"]
    assert [(f.level, f.said.split()[0]) for f in found if f.level is not Level.OK] == [(level, scope)]
    lacking = next(f for f in found if f.level is level)
    assert f"/app/{feishu.app.app_id}/auth?q={scope}" in lacking.step
    assert "publish" in lacking.step
    assert len(found) == 4


@pytest.mark.parametrize(
    "no,holds",
    [
        (NotTaken("x", status=400, code=Code.BAD_RECEIVER), True),
        (NotTaken("x", status=500, code=Code.INTERNAL, unclear=True), False),
        (NotTaken("x", status=429, code=Code.LIMITED), False),
        (NotTaken("x", status=400, code=Code.APP_OFF), False),
        (NotTaken("x: ConnectError"), False),
    ],
)
def test_only_a_refusal_of_the_call_shows_a_permission(no: NotTaken, holds: bool) -> None:  # noqa: FBT001 - a table's row
    """Trouble on the way shows nothing, so nothing is said to be granted then."""
    assert is_about_the_call(no) is holds


async def test_trouble_on_the_way_grants_nothing(feishu: FeishuServer) -> None:
    """A gateway's error page while a permission is tried."""
    feishu.faults.html("messages.patch")
    found = await look(feishu)
    assert wrong(found) == ["scopes"]
    assert "im:message:update is granted" not in str(found)


# --- the long connection ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code,step",
    [
        (Code.WRONG_DOMAIN, 'region = "lark"'),
        (Code.TOO_MANY_CONNECTIONS, "an application of its own"),
        (Code.SYSTEM_BUSY, "keeps trying"),
        (Code.CONNECTION_REFUSED, "self-built"),
    ],
)
async def test_a_connection_that_is_not_offered(feishu: FeishuServer, code: Code, step: str) -> None:
    """Each code with what is to be done, also in the short look."""
    for wish in (Wish(), Wish(briefly=True)):
        feishu.lines.refuse(code)
        found = await look(feishu, wish)
        assert wrong(found) == ["connection"]
        assert str(code.value) in about(found, "connection")[0]
    assert step in unconnected(NotTaken("ws", status=200, code=code), HOME).step


async def test_a_connection_that_does_not_open(feishu: FeishuServer) -> None:
    """A firewall may let the API pass and not the WebSocket: then nothing is ever heard."""
    feishu.lines.turn_down(514, code=Code.TOO_MANY_CONNECTIONS)
    assert "50 connections" in about(await look(feishu), "connection")[0]
    feishu.faults.drop("ws.handshake")
    found = await look(feishu)
    assert wrong(found) == ["connection"]
    assert "WebSocket" in unconnected(NotTaken("handshake: OSError"), HOME).step


async def test_a_running_service_is_asked_and_not_robbed(feishu: FeishuServer) -> None:
    """Feishu gives each event to one of the connections, so a second one is not opened."""
    found = await look(feishu, Wish(running=Running(connected=True, silent_for=4, reconnects=2)))
    assert about(found, "connection") == ["ok: a running service has it: heard 4 s ago, 2 reconnects "]
    found = await look(feishu, Wish(running=Running(connected=False)))
    assert wrong(found) == ["connection"]
    assert feishu.lines.opened == 0


async def test_behind_a_webhook_the_address_is_named(feishu: FeishuServer) -> None:
    """Whether Feishu reaches it cannot be seen from here."""
    found = await look(feishu, settings=replace(terms(feishu), webhook=True, encrypt_key=Secret("k")))
    assert wrong(found) == []
    assert "/feishu/events" in about(found, "webhook")[0]
    assert feishu.lines.discovered == 0


# --- the card -----------------------------------------------------------------------------------------------------


async def test_a_press_comes_back(feishu: FeishuServer) -> None:
    """The card says that it worked, to the person and to the operator, and cannot be pressed again."""
    ann = feishu.person("ann", locale="zh_cn")
    looking = asyncio.create_task(look(feishu, Wish(to=ann.user.open_id)))
    card = await ann.finds_where(lambda message: bool(ann.view(message).buttons))
    click = await ann.answered(await ann.click(card, ann.view(card).buttons[0].label))
    assert (click.code, click.replaced, ann.view(card).buttons) == (0, True, [])
    assert "按钮" in click.toast
    found = await looking
    assert wrong(found) == []
    assert "callbacks work" in about(found, "card")[-1]


async def test_a_forgotten_callback_is_named(feishu: FeishuServer) -> None:
    """The mistake everybody makes once: a tab of its own, and no press arrives without it."""
    feishu.app.callbacks.clear()
    found = await look(feishu, Wish(to=feishu.studio.id, seconds=0.01))
    assert wrong(found) == ["card"]
    assert all(word in found[-1].step for word in ("200340", "Callback Configuration", CLICK))


async def test_what_is_meant_for_the_service_is_left_for_it(feishu: FeishuServer) -> None:
    """Feishu sends a message again that came to the doctor by chance."""
    ann = feishu.person("ann")
    looking = asyncio.create_task(look(feishu, Wish(to=ann.user.open_id)))
    card = await ann.finds("Limner's doctor")
    refused: Attempt = await feishu.deliveries.tried(feishu.delivery(await ann.say("/help")))
    assert refused.code == 500
    await ann.answered(await ann.click(card, "All commands"))
    assert wrong(await looking) == []


async def test_a_press_on_another_card_proves_nothing(feishu: FeishuServer) -> None:
    """Such as the one of an earlier look; it is refused, and the doctor goes on waiting."""
    ann = feishu.person("ann")
    assert wrong(await look(feishu, Wish(to=ann.user.open_id, seconds=0.01))) == ["card"]
    old = await ann.finds("Limner's doctor")
    looking = asyncio.create_task(look(feishu, Wish(to=ann.user.open_id)))
    new = await ann.finds_where(lambda message: message is not old)
    assert (await ann.answered(await ann.click(old, "All commands"))).code == NOT_OK
    assert not looking.done()
    await ann.answered(await ann.click(new, "All commands"))
    assert wrong(await looking) == []


async def test_a_card_that_a_running_service_answers(feishu: FeishuServer) -> None:
    """The press goes to the service, so the doctor does not wait for it."""
    ann = feishu.person("ann")
    found = await look(feishu, Wish(to=ann.user.open_id, running=Running(connected=True)))
    assert "a running service answers" in about(found, "card")[0]
    assert (await ann.finds("Limner's doctor")).kind == "interactive"


@pytest.mark.parametrize(
    "to,step",
    [("ann", "open_id"), ("ou_other", "look at the id"), ("oc_other", "add the bot")],
)
async def test_nobody_to_send_it_to(feishu: FeishuServer, to: str, step: str) -> None:
    """The step says what an id looks like, or how the bot gets there."""
    found = await look(feishu, Wish(to=to, seconds=1))
    assert wrong(found) == ["card"]
    assert step in found[-1].step


@pytest.mark.parametrize(
    "code,step",
    [
        (Code.FOREIGN_PERSON, "oc_"),
        (Code.PERSON_UNAVAILABLE, "availability"),
        (Code.MUTED, "owner"),
        (Code.NOT_IN_CHAT, "add the bot"),
        (Code.BOT_OFF, "Add Features"),
    ],
)
def test_why_a_card_is_not_sent(code: Code, step: str) -> None:
    """Each with its next step."""
    found = unsent(NotTaken("x", status=400, code=code), HOME)
    assert (found.level, step in found.step) == (Level.PROBLEM, True)
