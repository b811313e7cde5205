"""The command line as an operator uses it, in processes of its own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.errors import RefusalCode, StoreTrouble

LIMNER = (sys.executable, "-c", "from bot.cli import main; main()")
SECRET = "ima_very_secret_key"
PATIENCE = 60


def limner(
    *args: str, home: Path, keys: dict[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in an empty directory."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMNER_")}
    environment = clean | {"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "100"} | (keys or {})
    return subprocess.run(
        [*LIMNER, *args],
        cwd=home,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_one_conversation_in_the_terminal_ends_well(tmp_path: Path) -> None:
    """The README's line: price, yes, progress, result, link, exit 0; nothing is left in the directory."""
    done = limner("demo", "--say", "/video a puppy", "--speed", "600", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = [done.stdout.index(what) for what in ("40 points", "Confirm", "Making your video", "Your video is ready")]
    assert told == sorted(told)
    assert done.stdout.strip().endswith(".mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("say", ["/video a puppy [sandbox: failed]", "/vidoe a puppy", "/video model=nonsense a puppy"])
def test_one_conversation_that_fails_exits_with_a_code(tmp_path: Path, say: str) -> None:
    """A script can tell."""
    assert limner("demo", "--say", say, "--speed", "600", home=tmp_path).returncode == 1


def test_the_demo_speaks_chinese(tmp_path: Path) -> None:
    """Language and command words, from the first word to the last."""
    done = limner("demo", "--say", "／视频 一只小狗", "--language", "zh_Hans", "--speed", "600", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "40 积分" in done.stdout
    assert "points" not in done.stdout


@pytest.mark.parametrize(
    "name,value,told",
    [
        ("LIMNER_PROVIDERS__IMA_STUDIO__CONFIRM", "sometimes", "providers.ima_studio.confirm"),
        ("LIMNER_LISTENER__PORT", "99999", "listener.port"),
        ("LIMNER_CHAT__LANGUAGE", "fr", "chat.language"),
        ("LIMNER_CHAT__TIMEZONE", "Mars/Base", "chat.timezone"),
        ("LIMNER_PROVIDERS__NOBODY__KEY", SECRET, "providers.nobody"),
        ("LIMNER_PROVIDERS__IMA_STUDIO__BASE_URL", "http://example.com", "providers.ima_studio"),
        ("LIMNER_LISTENER__HOST", "0.0.0.0", "listener"),  # noqa: S104 - what must be refused
        ("LIMNER_PROVIDERS__IMA_STUDIO__KEY_FILE", "missing", "providers.ima_studio.key_file"),
        ("LIMNER_RULES", '[{"effect": "deny", "command": "vidoe"}]', "rules.0.command"),
        ("LIMNER_RULES", '[{"effect": "deny", "provider": "nobody"}]', "nobody"),
        ("LIMNER_RULES", '[{"effect": "deny", "person": "ann"}]', "rules.0.person"),
        (
            "LIMNER_BUDGETS",
            '[{"scope": "person", "period": "year"}]',
            "budgets.0.period",
        ),
        ("LIMNER_APPROVAL__ABOVE", "5", "approval"),
        ("LIMNER_ADMINS__PEOPLE", '["ann"]', "admins.people"),
        ("LIMNER_CHAT__CONFIRM", '{"stage/room": "sometimes"}', "chat.confirm"),
    ],
)
def test_a_bad_setting_is_named_and_the_key_is_not(tmp_path: Path, name: str, value: str, told: str) -> None:
    """One clear line, exit 2, no traceback, no secret."""
    keys = {"LIMNER_PROVIDERS__IMA_STUDIO__KEY": SECRET, name: value}
    done = limner("run", home=tmp_path, keys=keys)
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_without_any_key_the_next_step_is_named(tmp_path: Path) -> None:
    """An operator's first start says what to write where, and that the demo needs nothing."""
    done = limner("run", home=tmp_path)
    assert done.returncode == 2
    assert "LIMNER_PROVIDERS__IMA_STUDIO__KEY" in done.stderr
    assert "limner demo" in done.stderr


def test_a_second_process_on_the_same_database_is_refused(tmp_path: Path) -> None:
    """Two of them would drive every order twice."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [*LIMNER, "demo", "--home", str(tmp_path / "home"), "--port", port, "--sandbox-port", "0"]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        while "ready" not in (said := first.stdout.readline()):
            assert said or first.poll() is None
        second = limner("demo", "--home", str(tmp_path / "home"), "--port", "0", "--sandbox-port", "0", home=tmp_path)
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=PATIENCE) == 0
    assert second.returncode == 2
    assert "limner:" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    "trouble",
    [
        StoreTrouble(RefusalCode.STORE_BUSY, "database is locked"),
        StoreTrouble(RefusalCode.STORE_FULL, "database or disk is full"),
    ],
)
def test_a_start_that_cannot_write_says_what_to_do(trouble: StoreTrouble, capsys: pytest.CaptureFixture[str]) -> None:
    """A locked or full database at the start is one line with a next step and exit 2, as every operator's trouble."""

    async def starting() -> int:
        raise trouble

    with pytest.raises(SystemExit) as end:
        cli._run(starting())
    assert end.value.code == 2
    assert str(trouble) in (said := capsys.readouterr().err)
    assert "start again" in said


def test_the_terminal_chat_answers_and_ends_with_its_input(tmp_path: Path) -> None:
    """Typed lines are answered even when no provider can be reached; /quit ends it."""
    keys = {
        "LIMNER_PROVIDERS__IMA_STUDIO__KEY": SECRET,
        "LIMNER_PROVIDERS__IMA_STUDIO__BASE_URL": "http://127.0.0.1:9",
        "LIMNER_LOG__LEVEL": "error",
    }
    done = limner("chat", home=tmp_path, keys=keys, typed="/help\n/video a puppy\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "/animate" in done.stdout
    assert "list of models and prices" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_the_database_can_be_copied(tmp_path: Path) -> None:
    """`limner backup` writes a copy that opens, and refuses to write over a file."""
    keys = {"LIMNER_PROVIDERS__IMA_STUDIO__KEY": SECRET, "LIMNER_PROVIDERS__IMA_STUDIO__BASE_URL": "http://127.0.0.1:9"}
    assert limner("chat", home=tmp_path, keys=keys, typed="/quit\n").returncode == 0
    assert limner("backup", "copy.db", home=tmp_path, keys=keys).returncode == 0
    assert (tmp_path / "copy.db").read_bytes().startswith(b"SQLite format 3")
    again = limner("backup", "copy.db", home=tmp_path, keys=keys)
    assert again.returncode == 2
    assert "copy.db" in again.stderr
