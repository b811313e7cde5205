"""What holds for the whole repository: the walls between rooms, sizes, names, reasons, locked requirements."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = ("bot", "providers", "locales")
LOCKS = ("demo.txt", "service.txt", "dev.txt")

_BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base"}
_REASONED = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+ - \S|type: ignore\[[a-z, -]+\] # \S)")
_HOMES = re.compile(
    rf"{re.escape(str(ROOT))}\b|(?<![\w.])/(?:home|Users|root)/[\w.-]+|\b[A-Z]:\\+Users\\", re.IGNORECASE
)
_PINNED = re.compile(r"^[a-z0-9][a-z0-9.-]*==[0-9][\w.!+]*(?: ; [^\\]+)?$")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the repository."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@cache
def files() -> Sequence[Path]:
    """Return the files that belong to the repository: what git knows or would add, else whatever is there."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    names = listed.stdout.split("\0") if listed.returncode == 0 else _found()
    return [path for name in names if name and (path := ROOT / name).is_file()]


def _found() -> list[str]:
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    return [str(p) for p in paths if not any(part.startswith((".", "var")) for part in p.parts)]


def sources(*suffixes: str, within: Sequence[str] = ROOMS) -> list[Path]:
    """Return the repository's files of a kind in some of its folders."""
    return [p for p in files() if p.suffix in suffixes and p.relative_to(ROOT).parts[0] in within]


def shown(path: Path) -> str:
    """Return a path as people write it."""
    return path.relative_to(ROOT).as_posix()


# --- walls -------------------------------------------------------------------------------------------------------


def test_the_rooms_keep_their_walls() -> None:
    """Every import contract of the project file holds."""
    linted = run(str(Path(sys.executable).parent / "lint-imports"), "--no-cache")
    assert linted.returncode == 0, linted.stdout
    assert " 0 broken" in linted.stdout


def test_every_platform_is_behind_the_wall_between_platforms() -> None:
    """A new chat is added to the contract, or it could borrow from another."""
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    blind = next(contract for contract in contracts if contract["id"] == "platforms")
    rooms = {path.parent.name for path in (ROOT / "bot" / "platforms").glob("*/__init__.py")}
    assert set(blind["modules"]) == {f"bot.platforms.{room}" for room in rooms}


def test_every_adapter_is_an_entry_point() -> None:
    """What can be configured is what is there: no adapter is forgotten and none is promised."""
    own = {path.parent.name for path in (ROOT / "providers").glob("*/provider.py")}
    assert set(PROJECT["project"]["entry-points"]["limner.providers"]) == own


# --- sizes, names, reasons ---------------------------------------------------------------------------------------


def test_no_file_is_too_long_to_read() -> None:
    """400 lines are the most; what grows beyond that has become two things."""
    lengths = {
        shown(p): len(p.read_text(encoding="utf-8").splitlines()) for p in sources(".py", ".js", ".css", ".html")
    }
    assert lengths
    assert not {name: lines for name, lines in lengths.items() if lines > 400}


def test_modules_are_named_for_what_they_are() -> None:
    """A drawer for everything is where nobody finds anything."""
    paths = sources(".py", within=(*ROOMS, "tests"))
    assert paths
    assert not [shown(p) for p in paths if _BANNED_NAMES & {p.stem, *p.relative_to(ROOT).parts[:-1]}]


def test_every_module_says_what_lives_in_it() -> None:
    """In whole sentences, as the first thing in the file."""
    for path in sources(".py", within=(*ROOMS, "tests")):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert said, shown(path)
        assert said.splitlines()[0].endswith((".", ":")), shown(path)


def comments(path: Path) -> Iterator[str]:
    """Yield a module's comments."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_every_exception_to_a_rule_has_its_reason_beside_it() -> None:
    """A silenced check without a reason cannot be reviewed."""
    silenced = [
        (shown(path), comment)
        for path in sources(".py", within=(*ROOMS, "tests"))
        for comment in comments(path)
        if re.search(r"#\s*(?:noqa|type:\s*ignore|pragma)", comment) and not _REASONED.search(comment)
    ]
    assert not silenced


def test_every_rule_that_is_switched_off_has_its_reason() -> None:
    """In the project file, for the whole repository."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = re.search(r"^ignore = \[\n(.+?)^\]", text, re.MULTILINE | re.DOTALL)
    assert ignored
    assert not [line for line in ignored[1].splitlines() if not re.fullmatch(r'\s+"[A-Z0-9]+",\s+# .+', line)]


def test_no_file_knows_whose_machine_it_was_written_on() -> None:
    """Paths of somebody's home, or of this checkout, mean nothing anywhere else."""
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [(shown(path), match[0]) for match in _HOMES.finditer(text)]
    assert not found


# --- requirements ------------------------------------------------------------------------------------------------


def entries(lock: str) -> dict[str, list[str]]:
    """Return a lock file's pinned requirements, each with its hashes."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [re.split(r"\s+--hash=", line.strip()) for line in text.splitlines() if line.strip()]
    return {pinned.strip(): hashes for pinned, *hashes in lines}


def names(lock: str) -> dict[str, str]:
    """Return the locked versions by distribution."""
    return {pinned.partition("==")[0]: pinned.partition("==")[2] for pinned in entries(lock)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    """Nothing is installed that is not exactly what was tested."""
    found = entries(lock)
    assert found
    assert not [pinned for pinned in found if not _PINNED.match(pinned)]
    assert not [
        pinned
        for pinned, hashes in found.items()
        if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes)
    ]


@pytest.mark.parametrize("lock", [*LOCKS, "build.in"])
def test_requirements_name_no_place_to_get_them_from(lock: str) -> None:
    """Whoever installs decides about the index."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert not re.findall(r"^.*(?:://|index-url|find-links|trusted-host).*$", text, re.MULTILINE)


def test_the_locks_hold_everything_that_is_declared() -> None:
    """The demo's lock is part of a service's, and that of the developers', with the same versions."""
    demo, service, dev = (names(lock) for lock in LOCKS)
    assert demo.items() <= service.items() <= dev.items()
    extras = PROJECT["project"]["optional-dependencies"]
    needed = PROJECT["project"]["dependencies"] + extras["sandbox"]
    assert {_name(need) for need in needed} <= demo.keys()
    assert {_name(need) for extra in extras.values() for need in extra} <= service.keys()
    assert {_name(need) for need in PROJECT["dependency-groups"]["dev"]} <= dev.keys()


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")
