"""``limner doctor`` prints no secret, whatever is wrong with the installation."""

import logging
from pathlib import Path

import pytest
import structlog

from bot import commands
from bot.doctor import Wish
from tests.stories.test_doctor import closed_port

PLANTED = {
    "LIMNER_LISTENER__TOKEN": "planted-access-0123456789",
    "LIMNER_FEISHU__APP_SECRET": "planted-app-secret-0123456789",
    "LIMNER_FEISHU__ENCRYPT_KEY": "planted-encrypt-0123456789",
    "LIMNER_FEISHU__VERIFICATION_TOKEN": "planted-verify-0123456789",
    "LIMNER_PROVIDERS__IMA_STUDIO__KEY": "planted-ima-0123456789",
    "LIMNER_PROVIDERS__IMA_STUDIO__APP_KEY": "planted-upload-0123456789",
    "LIMNER_PROVIDERS__KATANA__KEY": "planted-name-0123456789:planted-pair-0123456789",
}


@pytest.mark.parametrize("chat", ["", "feishu"])
@pytest.mark.parametrize("wrong", ["nobody answers", "no text for a number", "no such level"])
async def test_no_look_shows_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], chat: str, wrong: str
) -> None:
    """The overview and a close look, with services away and with settings that cannot be used."""
    away = f"http://127.0.0.1:{closed_port()}"
    given = {
        **PLANTED,
        "LIMNER_STORE__PATH": str(tmp_path / "limner.db"),
        "LIMNER_FEISHU__APP_ID": "cli_a",
        "LIMNER_FEISHU__BASE_URL": away,
        "LIMNER_PROVIDERS__IMA_STUDIO__BASE_URL": away,
        "LIMNER_PROVIDERS__KATANA__BASE_URL": away,
    }
    broken = {"no text for a number": ("LIMNER_LISTENER__PORT", PLANTED["LIMNER_LISTENER__TOKEN"])}
    broken["no such level"] = ("LIMNER_LOG__LEVEL", PLANTED["LIMNER_FEISHU__APP_SECRET"])
    for name, value in [*given.items(), *([broken[wrong]] if wrong in broken else [])]:
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger(), "handlers", logging.getLogger().handlers)
    assert await commands.doctor(chat, Wish(briefly=True), None) == commands.FAILED
    structlog.reset_defaults()
    told = capsys.readouterr()
    assert told.out
    assert "0123456789" not in told.out + told.err
