"""``limner doctor``: each part of an installation by itself, in order or not, with the next step and an exit code."""

import asyncio
import contextlib
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.clock import WallClock
from bot.core.budget import Period, Scope
from bot.doctor import Wish, closely, overview
from bot.errors import SettingsProblem
from bot.findings import Finding, Level
from bot.i18n import Translators
from bot.platforms.discord.checkup import ours
from bot.platforms.discord.translator import CatalogueTranslator
from bot.sections import BudgetSection
from bot.settings import (
    DiscordSection,
    FeishuSection,
    ProviderSection,
    Settings,
    StoreSection,
    WebSection,
)
from bot.storage.sqlite import SqliteStore
from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import APP_KEY, KEY, Sandbox
from tests.fakes.discord_server import DiscordServer
from tests.fakes.feishu_server import FeishuServer
from tests.stories.test_command_line import LIMNER, PATIENCE, limner


def settings(home: Path, sandbox: Sandbox | None = None, **changed: Any) -> Settings:
    """Return settings with a provider; without a ``sandbox`` nobody answers there."""
    base_url = f"{sandbox.base_url}/ima" if sandbox else f"http://127.0.0.1:{closed_port()}"
    provider = ProviderSection(key=SecretStr(KEY), app_key=SecretStr(APP_KEY), base_url=base_url)
    given = {"store": StoreSection(path=home / "limner.db"), "web": WebSection(enabled=False)}
    return Settings.model_construct(**{**given, "providers": {"ima_studio": provider}, "defaults": {}, **changed})


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def provider(home: Path) -> AsyncIterator[Sandbox]:
    """Run a provider that can be reached."""
    sandbox = Sandbox(home=home / "sandbox", clock=ScaledClock(1.0))
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.close()


async def parts(looked_at: Settings) -> dict[str, Finding]:
    """Return what is found, by part."""
    return {finding.part: finding async for finding in overview(looked_at)}


# --- this machine -------------------------------------------------------------------------------------------------


async def test_a_database_that_can_be_made(tmp_path: Path) -> None:
    """Before the first start, also where its folder has to be made; and looking makes nothing."""
    found = await parts(settings(tmp_path / "var" / "deep"))
    assert found["database"].level is Level.OK
    assert not await asyncio.to_thread((tmp_path / "var").exists)


async def test_a_database_where_nothing_can_be_written(tmp_path: Path) -> None:
    """The start would fail there, so it is said before."""
    (tmp_path / "taken").write_text("a file where a folder should be")
    found = (await parts(settings(tmp_path / "taken")))["database"]
    assert (found.level, "store.path" in found.step) == (Level.PROBLEM, True)
    assert str(tmp_path / "taken") in found.said


async def test_a_database_that_is_there(tmp_path: Path) -> None:
    """Its open orders are counted."""
    store = await SqliteStore.open(tmp_path / "limner.db", WallClock().now)
    await store.close()
    found = (await parts(settings(tmp_path)))["database"]
    assert (found.level, "0 open orders" in found.said) == (Level.OK, True)


async def test_a_file_that_is_another_program_s(tmp_path: Path) -> None:
    """It is not taken for ours."""
    with contextlib.closing(sqlite3.connect(tmp_path / "limner.db")) as database:
        database.execute("CREATE TABLE theirs (x)")
    found = (await parts(settings(tmp_path)))["database"]
    assert (found.level, bool(found.step)) == (Level.PROBLEM, True)


# --- money --------------------------------------------------------------------------------------------------------


async def test_a_budget_in_money_that_would_refuse_everything_is_a_problem(tmp_path: Path) -> None:
    """A provider without a rate in that currency sells nothing under it; with one all is well."""
    budgets = (BudgetSection(scope=Scope.TOTAL, period=Period.MONTH, unit="USD", amount=Decimal(9)),)
    without = [f async for f in overview(settings(tmp_path, budgets=budgets)) if f.part == "budgets"]
    assert [(f.level, "ima_studio.rate" in f.step) for f in without] == [(Level.PROBLEM, True), (Level.OK, False)]
    section = ProviderSection(key=SecretStr(KEY), base_url="http://127.0.0.1:9", rate=Decimal("0.01"), currency="USD")
    priced = settings(tmp_path, budgets=budgets, providers={"ima_studio": section})
    assert [f.level async for f in overview(priced) if f.part == "budgets"] == [Level.OK]


# --- providers ----------------------------------------------------------------------------------------------------


async def test_a_provider_that_is_well(tmp_path: Path) -> None:
    """With the number of its models, which cost nothing to read."""
    async with provider(tmp_path) as sandbox:
        found = (await parts(settings(tmp_path, sandbox)))["providers.ima_studio"]
    assert (found.level, found.step) == (Level.OK, "")


async def test_a_wrong_key_is_not_a_network_that_is_away(tmp_path: Path) -> None:
    """Different sentences with different steps: a new key helps only the one."""
    async with provider(tmp_path) as sandbox:
        wrong = ProviderSection(key=SecretStr("ima_wrong"), base_url=f"{sandbox.base_url}/ima")
        key = (await parts(settings(tmp_path, providers={"ima_studio": wrong})))["providers.ima_studio"]
    away = (await parts(settings(tmp_path)))["providers.ima_studio"]
    assert (key.level, away.level) == (Level.PROBLEM, Level.PROBLEM)
    assert "key_file" in key.step
    assert "network" in away.step
    assert "key_file" not in away.step
    assert "ima_wrong" not in key.said + key.step


async def test_a_providers_own_trouble_is_neither(tmp_path: Path) -> None:
    """Nobody changes a key or a network for it."""
    async with provider(tmp_path) as sandbox:
        sandbox.faults.add("503", "products")
        found = (await parts(settings(tmp_path, sandbox)))["providers.ima_studio"]
    assert (found.level, "status page" in found.step) == (Level.PROBLEM, True)


async def test_without_a_key_the_other_parts_are_still_looked_at(tmp_path: Path) -> None:
    """And the sentence says where a key goes."""
    found = await parts(settings(tmp_path, providers={}))
    assert found["providers"].level is Level.PROBLEM
    assert "key_file" in found["providers"].said
    assert found["database"].level is Level.OK


# --- Discord ------------------------------------------------------------------------------------------------------


def in_discord(server: DiscordServer, token: str = "") -> DiscordSection:
    """Return settings for a Discord."""
    return DiscordSection(token=SecretStr(token or server.token), api_base=server.api_base)


async def test_the_overview_has_one_line_for_a_chat_that_is_well(tmp_path: Path) -> None:
    """And none for one that is not switched on."""
    async with provider(tmp_path) as sandbox, DiscordServer() as server:
        assert not [part for part in await parts(settings(tmp_path, sandbox)) if "discord" in part]
        await _told(server)
        found = await parts(settings(tmp_path, sandbox, discord=in_discord(server)))
    assert [name for name in found if "discord" in name] == ["discord"]
    assert found["discord"].level is Level.OK
    assert "limner doctor discord" in found["discord"].said


async def test_the_overview_names_what_is_wrong_with_a_chat(tmp_path: Path) -> None:
    """Each problem with its step, and nothing that is well."""
    async with DiscordServer() as server:
        server.portal["interactions_endpoint_url"] = "https://elsewhere.example"
        found = await parts(settings(tmp_path, discord=in_discord(server)))
    named = {name: finding for name, finding in found.items() if "discord" in name}
    assert set(named) == {"discord portal", "discord commands"}
    assert all(finding.level is Level.PROBLEM and finding.step for finding in named.values())


async def test_a_chat_that_is_not_known_is_a_mistake(tmp_path: Path) -> None:
    """The answer names those there are."""
    with pytest.raises(SettingsProblem, match="there is discord, feishu"):
        [finding async for finding in closely("irc", settings(tmp_path), Wish())]


async def _told(server: DiscordServer) -> None:
    """Let Discord have our commands, as a start does."""
    words = Translators(UTC)
    server.commands.replace_all(None, [dict(c) for c in await ours(words, CatalogueTranslator(words))])


# --- Feishu -------------------------------------------------------------------------------------------------------


def on_feishu(feishu: FeishuServer) -> FeishuSection:
    """Return settings for a Feishu."""
    app = feishu.app
    return FeishuSection(app_id=app.app_id, app_secret=SecretStr(app.secret), base_url=feishu.domain)


async def test_the_overview_looks_at_feishu_without_taking_its_events(tmp_path: Path) -> None:
    """One line where it is well, each problem where it is not; no connection that a running service would miss."""
    async with FeishuServer() as feishu:
        found = await parts(settings(tmp_path, feishu=on_feishu(feishu)))
        assert (found["feishu"].level, "limner doctor feishu" in found["feishu"].said) == (Level.OK, True)
        feishu.app.scopes.discard("im:message:update")
        found = await parts(settings(tmp_path, feishu=on_feishu(feishu)))
        assert [name for name in found if "feishu" in name] == ["feishu scopes"]
        assert feishu.lines.opened == 0
    assert not [part for part in await parts(settings(tmp_path)) if "feishu" in part]


async def test_a_webhook_without_its_key_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    """As it is at the start of the service."""
    async with FeishuServer() as feishu:
        section = on_feishu(feishu).model_copy(update={"transport": "webhook"})
        found = [finding async for finding in closely("feishu", settings(tmp_path, feishu=section), Wish())]
    assert [(f.level, "feishu.encrypt_key" in f.said) for f in found] == [(Level.PROBLEM, True)]


# --- as an operator types it --------------------------------------------------------------------------------------


def keys_of_discord(server: DiscordServer, sandbox: Sandbox, token: str = "") -> dict[str, str]:
    """Return an environment with both and no other chat."""
    return keys(sandbox) | {
        "LIMNER_WEB__ENABLED": "false",
        "LIMNER_DISCORD__TOKEN": token or server.token,
        "LIMNER_DISCORD__API_BASE": server.api_base,
    }


def keys(sandbox: Sandbox) -> dict[str, str]:
    """Return an environment with a provider."""
    return {
        "LIMNER_PROVIDERS__IMA_STUDIO__KEY": KEY,
        "LIMNER_PROVIDERS__IMA_STUDIO__BASE_URL": f"{sandbox.base_url}/ima",
    }


async def test_from_a_token_to_a_bot_that_answers(tmp_path: Path) -> None:
    """The guide's way: doctor, run with nothing but Discord, doctor again; then a person asks and gets an answer."""
    async with provider(tmp_path) as sandbox, DiscordServer() as server:
        given = keys_of_discord(server, sandbox)
        before = await asyncio.to_thread(limner, "doctor", "discord", home=tmp_path, keys=given)
        assert before.returncode == 1
        assert "problem  commands: Discord has not been told any yet" in before.stdout
        assert "integration_type=0" in before.stdout
        assert before.stderr == ""
        assert server.token not in before.stdout

        process = await asyncio.create_subprocess_exec(
            *LIMNER, "run", cwd=tmp_path, env={**_path(), **given}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert b"Discord is being connected" in await process.stdout.readline()
        await server.gateway.ready()
        ann = server.person("ann")
        assert "What I can do" in (await (await ann.slash("help")).replied()).text

        general = str(server.general.id)
        good = await asyncio.to_thread(limner, "doctor", "discord", "--channel", general, home=tmp_path, keys=given)
        assert (good.returncode, "problem" in good.stdout) == (0, False)
        assert "channel general" in good.stdout
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
        assert process.returncode == 0
        assert server.token not in log.decode()


async def test_from_an_application_to_a_bot_that_answers(tmp_path: Path) -> None:
    """With a running service the doctor asks that how it is connected, and opens no second connection."""
    async with provider(tmp_path) as sandbox, FeishuServer() as feishu:
        app, port = feishu.app, str(closed_port())
        given = keys(sandbox) | {
            "LIMNER_LISTENER__PORT": port,
            "LIMNER_FEISHU__APP_ID": app.app_id,
            "LIMNER_FEISHU__APP_SECRET": app.secret,
            "LIMNER_FEISHU__BASE_URL": feishu.domain,
        }
        process = await asyncio.create_subprocess_exec(
            *LIMNER, "run", cwd=tmp_path, env={**_path(), **given}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert b"Feishu is being connected" in await process.stdout.readline()
        await feishu.lines.connected()
        ann = feishu.person("ann", locale="zh_cn")
        await ann.say("/help", where=feishu.studio)
        await ann.finds("/视频", where=feishu.studio)

        opened = feishu.lines.opened
        good = await asyncio.to_thread(limner, "doctor", "feishu", home=tmp_path, keys=given)
        assert (good.returncode, "a running service has it" in good.stdout) == (0, True)
        assert feishu.lines.opened == opened
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
    assert process.returncode == 0
    assert app.secret not in good.stdout + log.decode()


async def test_a_wrong_token_in_the_log_is_one_line_and_in_the_doctor_a_step(tmp_path: Path) -> None:
    """No traceback, and no token."""
    async with provider(tmp_path) as sandbox, DiscordServer() as server:
        given = keys_of_discord(server, sandbox, "wrong.token.here")
        found = await asyncio.to_thread(limner, "doctor", "discord", home=tmp_path, keys=given)
        assert found.returncode == 1
        assert found.stdout.splitlines()[1].startswith("         -> make a new one")
        process = await asyncio.create_subprocess_exec(
            *LIMNER, "run", cwd=tmp_path, env={**_path(), **given}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        while b"discord_connection_ended" not in (line := await process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        _, rest = await process.communicate()
    assert b"401" in line
    assert b"Traceback" not in rest
    assert "wrong.token.here" not in found.stdout + found.stderr + (line + rest).decode()


def test_a_service_without_any_chat_does_not_start(tmp_path: Path) -> None:
    """It names the ways to get one."""
    done = limner("run", home=tmp_path, keys={"LIMNER_WEB__ENABLED": "false"})
    assert done.returncode == 2
    assert all(way in done.stderr for way in ("web.enabled", "discord.token_file", "limner chat"))


@pytest.mark.parametrize("chat,library", [("discord", "discord"), ("feishu", "websockets")])
def test_without_its_library_the_step_is_to_install_it(tmp_path: Path, chat: str, library: str) -> None:
    """The service without a chat is installed without what that needs."""
    done = _without(library, tmp_path, "doctor", chat)
    assert done.returncode == 1
    assert f"limner[{chat}]" in done.stdout


@pytest.mark.parametrize("library", ["lark_oapi", "segno"])
def test_without_its_libraries_nothing_is_set_up(tmp_path: Path, library: str) -> None:
    """One line with the step, and no traceback."""
    done = _without(library, tmp_path, "setup", "feishu")
    assert (done.returncode, "limner[feishu]" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def _without(library: str, home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command where a library is not installed."""
    without = f"import sys; sys.modules['{library}'] = None; from bot.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", without, *arguments],
        cwd=home,
        env=_path(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2])}
