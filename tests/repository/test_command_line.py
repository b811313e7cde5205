"""What is installed: a command that explains itself, packages that are ours alone, adapters that load."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points, packages_distributions, version
from pathlib import Path
from typing import Any

import pytest
import typer

from bot import cli
from tests.repository.test_walls import PROJECT, ROOMS, ROOT

LIMNER = Path(sys.executable).parent / "limner"
COMMANDS = [name for name, _ in sorted(vars(typer.main.get_command(cli.app))["commands"].items())]


def limner(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command as an operator does."""
    return subprocess.run([LIMNER, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def explained(command: Any, name: str = "limner") -> Iterator[tuple[str, str | None]]:
    """Yield every command and option with its help text."""
    yield name, command.help
    for param in command.params:
        if param.name != "help":
            yield f"{name} {param.name}", getattr(param, "help", None)
    for word, below in getattr(command, "commands", {}).items():
        yield from explained(below, f"{name} {word}")


def test_every_command_and_option_says_what_it_does() -> None:
    """In a whole sentence."""
    texts = dict(explained(typer.main.get_command(cli.app)))
    assert len(texts) > len(COMMANDS)
    assert not [name for name, text in texts.items() if not text or not text.strip().endswith((".", "。"))]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_one_word_away(command: str) -> None:
    """``limner --help`` lists the commands; each one's ``--help`` shows its own options."""
    asked = limner(*command.split(), "--help")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "Usage: limner" in asked.stdout
    assert not [name for name in COMMANDS if not command and name not in asked.stdout]


@pytest.mark.parametrize("words", [["paint"], ["demo", "--colour", "red"], ["demo", "--speed", "0"]])
def test_a_mistake_is_one_clear_answer(words: list[str]) -> None:
    """It names what was wrong, without a traceback, and nothing was started."""
    made = limner(*words)
    assert made.returncode == 2
    assert words[-2 if len(words) > 1 else -1] in made.stderr
    assert "Traceback" not in made.stderr


def test_help_does_not_wake_the_service() -> None:
    """It answers at once: neither the service nor its libraries are imported."""
    heavy = "{'aiohttp', 'pydantic', 'httpx', 'bot.app', 'bot.commands'}"
    asked = subprocess.run(
        [sys.executable, "-c", f"import sys, bot.cli; print(sorted({heavy} & set(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert asked.stdout.strip() == "[]"


def test_the_command_leads_to_our_command_line() -> None:
    """The installed script is this checkout's."""
    (script,) = entry_points(group="console_scripts", name="limner")
    assert script.load() is cli.main


@pytest.mark.parametrize("adapter", entry_points(group="limner.providers"), ids=lambda adapter: adapter.name)
def test_every_adapter_loads(adapter: EntryPoint) -> None:
    """By its entry point, as the service finds it."""
    assert callable(adapter.load())


def test_our_packages_are_ours_alone() -> None:
    """``bot`` and ``providers`` are common names: another distribution with them would be run in place of ours."""
    owners = packages_distributions()
    assert not {name: owner for name in ROOMS if (owner := set(owners.get(name, [])) - {"limner"})}
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(ROOMS)


def test_what_is_installed_is_this_version() -> None:
    """An old installation would test something else."""
    assert version("limner") == PROJECT["project"]["version"]
