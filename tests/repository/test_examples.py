"""Links of the documents lead somewhere, and what they tell people to type, run or write into a file works."""

import os
import re
import shlex
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from bot.core.grammar import MAKING, Ask, parse
from bot.settings import ProviderSection, Settings, described, load
from providers.ima_studio.models import RECOMMENDED
from providers.models import Task
from tests.repository.documents import Document, document, documents
from tests.repository.test_docs import CLI
from tests.repository.test_walls import ROOMS, ROOT, sources

EXAMPLE = ROOT / "deploy" / "limner.example.toml"
KNOWN = ROOT / "providers" / "katana" / "known.toml"
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
SECTIONS = {name.partition(".")[0] for name in described()}

OF_OTHERS = {
    Task.UPSCALE_IMAGE: "flux-upscale",
    Task.REMOVE_BACKGROUND: "remove-bg",
    Task.IMAGE_TO_TEXT: "describe",
    Task.REWORK_IMAGE: "midjourney",
    Task.VIDEO_TO_VIDEO: "grok/grok-imagine-video",
    Task.EXTEND_VIDEO: "grok/grok-imagine-video",
    Task.VIDEO_TO_TEXT: "grok/grok-4.3",
}
"""What ImaginePro and ima2 are recommended for."""

_PATH = re.compile(r"(?:bot|providers|locales|tests|docs|deploy|requirements|\.ci)/[\w./-]+")
_TYPED = re.compile(r"/(?!/)[^\s/]+")

every_document = pytest.mark.parametrize("doc", documents(), ids=lambda doc: doc.name)


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples are read as they are written."""
    for name in [name for name in os.environ if name.startswith("LIMNER_")]:
        monkeypatch.delenv(name)


@cache
def written() -> str:
    """Return all source, to look for names that are written there and nowhere in a list."""
    paths = sources(".py", within=(*ROOMS, "tests"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path != Path(__file__))


def _variable(name: str) -> str:
    name = name.partition("[]")[0]  # a list is one variable
    return f"LIMNER_{name.replace('.', '__').upper()}"


# --- links -------------------------------------------------------------------------------------------------------


@every_document
def test_every_link_leads_to_a_file_and_a_heading(doc: Document) -> None:
    """Nobody is sent into the void."""
    assert not [link for link in doc.links if not re.match(r"https?://", link) and not _leads(doc, link)]


def _leads(doc: Document, link: str) -> bool:
    name, _, heading = link.partition("#")
    path = (doc.path.parent / name).resolve() if name else doc.path
    if not path.is_file() or not path.is_relative_to(ROOT):
        return False
    return not heading or (path.suffix == ".md" and heading in Document(path).anchors)


@every_document
def test_every_file_that_is_named_is_there(doc: Document) -> None:
    """A path in backticks is one of this repository."""
    named = [code for code in doc.code if _PATH.fullmatch(code)]
    assert not [path for path in named if not (ROOT / path).exists()]


# --- commands ----------------------------------------------------------------------------------------------------


def test_the_readme_begins_with_two_commands() -> None:
    """To see it, and to check it."""
    first = document("README.md").blocks("sh")[0]
    assert re.findall(r"^make (\w+)", first, re.MULTILINE) == ["demo", "test"]


@every_document
def test_every_make_target_is_there(doc: Document) -> None:
    """A target in a document is one of the Makefile."""
    lines = [line for block in doc.blocks("sh") for line in block.splitlines()] + doc.code
    assert {found[1] for line in lines if (found := re.match("make ([a-z]+)", line))} <= TARGETS


@every_document
def test_every_line_for_the_shell_is_understood(doc: Document) -> None:
    """Commands and options of ``limner`` in a document are those of the command line."""
    lines = [line for block in doc.blocks("sh") for line in block.splitlines()] + doc.code
    asked = [(name, options) for line in lines for name, options in _calls(line)]
    assert not [name for name, _ in asked if name not in CLI]
    assert not [(name, o) for name, options in asked for o in options if o not in _options(name)]


def _calls(line: str) -> list[tuple[str, Sequence[str]]]:
    made = re.search(r'make demo ARGS=["\'](--.*)["\']', line)
    found = re.match(r"(?:\S*/)?limner ([a-z]+)(.*)", line)
    name, rest = ("demo", made[1]) if made else (found[1], found[2]) if found else ("", "")
    options = [word.partition("=")[0] for word in shlex.split(rest) if word.startswith("-")]
    return [(name, options)] if name else []


def _options(name: str) -> set[str]:
    below = getattr(CLI[name], "commands", {}).values()
    return {"--help", *(word for command in (CLI[name], *below) for option in command.params for word in option.opts)}


@every_document
def test_every_message_for_the_chat_is_understood(doc: Document) -> None:
    """What people are told to type is a command, and one that makes something has something to make."""
    lines = [line for block in doc.blocks("chat") for line in block.splitlines()]
    asks = {line: parse(line) for line in [*lines, *(code for code in doc.code if _is_message(code))]}
    assert not [line for line, ask in asks.items() if not isinstance(ask, Ask)]
    assert not [
        line for line in lines if isinstance(ask := asks[line], Ask) and ask.verb in MAKING and not _has_matter(ask)
    ]


def _has_matter(ask: Ask) -> bool:
    """Whether there is something to make it of: words, a picture, an earlier result."""
    return bool(ask.rest or ask.links or ask.of)


def _is_message(told: str) -> bool:
    """Whether something with a slash is meant for the chat: else it is an address or a word of the code."""
    word = _TYPED.match(told)
    return word is not None and not re.search(rf'"{re.escape(word[0])}["/]', written())


# --- settings ----------------------------------------------------------------------------------------------------


@every_document
def test_every_setting_that_is_named_is_there(doc: Document) -> None:
    """With a dot as in the file, or as a variable of the environment."""
    dotted = {code for code in doc.code if re.fullmatch(r"[a-z]+(?:\.[a-z_<>]+)+", code)}
    named = {code.replace(".ima_studio.", ".<name>.") for code in dotted if code.partition(".")[0] in SECTIONS}
    own = {code for code in named if code in {f"providers.{room.stem}" for room in (ROOT / "providers").iterdir()}}
    assert not named - own - set(described())
    told = {name.rstrip("_") for name in re.findall(r"LIMNER_[A-Z_<>]+", doc.text)} - {"LIMNER"}
    tasks = (f"defaults.{task.value}" for task in Task)
    adapted = (name.replace("<name>", "ima_studio") for name in described())
    variables = {_variable(name) for name in (*described(), *tasks, *adapted)}
    assert not [name for name in told - variables if f'"{name}"' not in written()]


@every_document
def test_every_piece_of_a_settings_file_can_be_used(doc: Document, tmp_path: Path) -> None:
    """What is copied into ``limner.toml`` is understood there."""
    for block in doc.blocks("toml"):
        if "project" not in tomllib.loads(block):
            file = tmp_path / "limner.toml"
            file.write_text(block.replace("my_provider", "ima_studio"), encoding="utf-8")
            load(file)


def test_the_example_holds_every_setting_with_its_default() -> None:
    """Whoever copies it has changed nothing yet, and sees everything that could be changed."""
    unchanged = Settings(providers={"ima_studio": ProviderSection()})
    assert load(EXAMPLE).model_dump() == unchanged.model_dump()
    sections = tomllib.loads(_switched_on())
    sections |= {f"providers.{name}": section for name, section in sections.pop("providers").items()}
    sections |= {f"{name}[]": sections.pop(name)[0] for name in ("budgets", "rules")}
    named = {f"{name}.{field}" for name, section in sections.items() for field in section}
    wanted = {name.replace("<name>", "ima_studio") for name in described() if not name.startswith("defaults.")}
    assert named == wanted | {f"defaults.{task.value}" for task in Task}


def test_the_example_works_with_everything_switched_on(tmp_path: Path) -> None:
    """Taking the sign away from a line leaves a file that can be used, with models that are recommended."""
    file = tmp_path / "limner.toml"
    file.write_text(_switched_on(), encoding="utf-8")
    answers = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["recommended"]["text_to_text"]
    assert load(file).defaults == {**RECOMMENDED, Task.TEXT_TO_TEXT: answers, **OF_OTHERS}


def _switched_on() -> str:
    return re.sub(r"^# ([a-z_]+ = |\[\[)", r"\1", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
