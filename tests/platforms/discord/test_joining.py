"""Discord joins the service where the operator has given a token, and costs nothing where not."""

import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.app import serve
from bot.settings import DiscordSection, ProviderSection, Settings, StoreSection, WebSection
from bot.world import World
from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import APP_KEY, KEY, Sandbox
from tests.fakes.discord_server import DiscordServer


def _settings(home: Path, sandbox: Sandbox, discord: DiscordServer | None) -> Settings:
    provider = ProviderSection(key=SecretStr(KEY), app_key=SecretStr(APP_KEY), base_url=f"{sandbox.base_url}/ima")
    section = DiscordSection()
    if discord is not None:
        section = DiscordSection(token=SecretStr(discord.token), api_base=discord.api_base)
    return Settings.model_construct(
        store=StoreSection(path=home / "limner.db"),
        web=WebSection(enabled=False),
        discord=section,
        providers={"ima_studio": provider},
        defaults={},
    )


@contextlib.asynccontextmanager
async def _outside(home: Path) -> AsyncIterator[tuple[Sandbox, DiscordServer]]:
    """Return a provider and a Discord."""
    sandbox = Sandbox(home=home / "sandbox", clock=ScaledClock())
    async with DiscordServer() as discord:
        await sandbox.start()
        try:
            yield sandbox, discord
        finally:
            await sandbox.close()


async def test_with_a_token_limner_is_in_discord(tmp_path: Path) -> None:
    """Nothing but the token and a provider is needed: it connects, tells its commands, and answers."""
    async with _outside(tmp_path) as (sandbox, discord):
        async with serve(_settings(tmp_path, sandbox, discord), World.real()) as service:
            assert set(service.platforms) == {"discord"}
            await discord.gateway.ready()
            ann = discord.person("ann")
            asked = await ann.slash("help")
            assert "What I can do" in (await asked.replied()).text
        await discord.gateway.gone()


async def test_without_a_token_it_is_not(tmp_path: Path) -> None:
    """And nobody is asked anything."""
    async with (
        _outside(tmp_path) as (sandbox, discord),
        serve(_settings(tmp_path, sandbox, None), World.real()) as service,
    ):
        assert not service.platforms
        assert not len(discord.calls)


def test_the_library_is_loaded_only_for_who_uses_it() -> None:
    """A demo without Discord starts without its second and its memory."""
    found = "import sys, bot.app, bot.commands; print([m for m in sys.modules if m.partition('.')[0] == 'discord'])"
    loaded = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "address",
    ["https://proxy.example.org/api/v10", "wss://gateway.example.org", "http://127.0.0.1:8080/api/v10", "ws://[::1]:1"],
)
def test_an_address_that_may_have_the_token(address: str) -> None:
    """Encrypted, or on this machine."""
    assert DiscordSection(api_base=address).api_base == address


@pytest.mark.parametrize(
    "address", ["http://proxy.example.org/api/v10", "ftp://127.0.0.1", "proxy.example.org", "ws://x"]
)
def test_an_address_that_may_not(address: str) -> None:
    """The token would be read by everybody on the way; the message does not repeat the address."""
    with pytest.raises(ValidationError) as refused:
        DiscordSection(gateway_url=address)
    assert address not in str(refused.value)
