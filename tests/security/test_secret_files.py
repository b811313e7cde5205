"""Secrets come from the environment or from files that nobody else can read, and are on no command's screen."""

import os
import stat
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr

from bot import cli, settings
from bot.errors import SettingsProblem
from bot.settings import load, secret

SECRET = "pretend-key-0123456789abcdef"
PRIVATE = (0o400, 0o600, 0o700)
SHARED = (0o440, 0o640, 0o660, 0o604, 0o644, 0o664, 0o666, 0o602, 0o620, 0o601, 0o444, 0o777)


def _kept(folder: Path, mode: int, text: str = SECRET) -> Path:
    path = folder / "a secret.key"
    path.write_text(f"{text}\n", encoding="utf-8")
    path.chmod(mode)
    return path


def _read(path: Path) -> str:
    return secret(SecretStr(""), path, "providers.x.key_file")


@pytest.mark.parametrize("mode", PRIVATE, ids=oct)
def test_a_private_file_is_read(tmp_path: Path, mode: int) -> None:
    """Whoever runs Limner may read it, and nobody else."""
    assert _read(_kept(tmp_path, mode)) == SECRET


@pytest.mark.parametrize("mode", SHARED, ids=oct)
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The message names the setting, the file, its mode and the command that mends it, and never the secret."""
    path = _kept(tmp_path, mode)
    with pytest.raises(SettingsProblem) as told:
        _read(path)
    said = str(told.value)
    assert all(part in said for part in ("providers.x.key_file", str(path), f"{mode:04o}", f"chmod 600 {path}"))
    assert SECRET not in said


@pytest.mark.parametrize("mode", SHARED, ids=oct)
def test_a_mounted_secret_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    """A container's mount is made 0444 by its engine, and only the container sees it."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert _read(_kept(tmp_path, mode)) == SECRET


@pytest.mark.parametrize("named", ["", ".", "relative", "/nowhere", "/"])
def test_another_directory_vouches_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """Neither an empty nor a relative name, nor one that only begins alike; the root itself would be everything."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", named)
    with pytest.raises(SettingsProblem, match="chmod 600"):
        _read(_kept(tmp_path, 0o644))


def test_the_containers_own_mounts_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker, Podman and Compose mount at one place; a path that only leads there by ".." is not there."""
    assert Path("/run/secrets") in settings.MOUNTS
    monkeypatch.setattr(settings, "MOUNTS", (tmp_path / "mounted",))
    (tmp_path / "mounted").mkdir()
    _kept(tmp_path, 0o644)
    assert _read(_kept(tmp_path / "mounted", 0o444)) == SECRET
    with pytest.raises(SettingsProblem, match="chmod 600"):
        _read(tmp_path / "mounted" / ".." / "a secret.key")


@pytest.mark.parametrize("mode, taken", [(0o440, True), (0o640, True), (0o444, False), (0o660, False), (0o460, False)])
def test_a_file_of_roots_may_be_for_our_group(monkeypatch: pytest.MonkeyPatch, mode: int, *, taken: bool) -> None:
    """Kubernetes gives a secret to the group of the pod; to everybody, or for writing, is too much."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = os.stat_result((stat.S_IFREG | mode, 0, 0, 1, 0, 1000, 10, 0, 0, 0))
    if taken:
        settings._check_private(found, Path("/etc/limner/key"), "x")
        return
    with pytest.raises(SettingsProblem, match="chmod 600"):
        settings._check_private(found, Path("/etc/limner/key"), "x")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, data: bytes) -> None:
    """One line instead of a traceback."""
    path = tmp_path / "key"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(SettingsProblem, match=r"providers\.x\.key_file: .* is not a text file"):
        _read(path)


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    """Somebody named the wrong file: memory is not filled with it."""
    assert len(_read(_kept(tmp_path, 0o600, "k" * 1_000_000))) == settings.MOST_SECRET


@pytest.mark.parametrize("line", ["key = [", 'key = "{s}" trailing', "key = {s}", 'key_ = "{s}"', 'port = "{s}"'])
def test_a_broken_settings_file_does_not_repeat_a_secret(tmp_path: Path, line: str) -> None:
    """Whatever is wrong near it."""
    file = tmp_path / "limner.toml"
    file.write_text(f'[providers.x]\nkey = "{SECRET}"\n[discord]\n{line.replace("{s}", SECRET)}\n', encoding="utf-8")
    with pytest.raises(SettingsProblem) as told:
        load(file)
    assert SECRET not in str(told.value)


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Arguments are on the list of processes that everybody on the machine can read."""
    root = typer.main.get_command(cli.app)
    names = [name for command in _commands(root) for option in command.params for name in option.opts]
    assert [n for n in names if any(word in n for word in ("key", "token", "secret", "password", "code"))] == [
        "--secret-file"
    ]


def _commands(command: object) -> list[typer.core.TyperCommand]:
    inner = getattr(command, "commands", {})
    return [found for one in inner.values() for found in _commands(one)] if inner else [command]  # type: ignore[list-item] # a leaf of typer's tree
