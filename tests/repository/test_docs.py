"""What the documents say is what there is: nothing is left out, nothing made up. Examples are in ``test_examples``."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import pytest
import typer
from pydantic import BaseModel, SecretStr

from bot import cli
from bot.core import failures, job, webpage
from bot.core.grammar import NAMES
from bot.errors import RefusalCode
from bot.sections import BudgetSection, RuleSection
from bot.settings import ProviderSection, Settings, described
from providers.errors import FailureCode
from providers.sandbox.faults import FAULTS
from tests.fakes.jobs import a_model
from tests.repository.documents import codes, document, keyed, rows
from tests.repository.test_walls import PROJECT, ROOMS, ROOT, shown, sources

COMMANDS, SETTINGS, FAILURES = document("docs/commands.md"), document("docs/settings.md"), document("docs/failures.md")
OPERATIONS, ARCHITECTURE = document("docs/operations.md"), document("docs/architecture.md")
CHANGELOG = document("CHANGELOG.md")
CLI: Mapping[str, Any] = vars(typer.main.get_command(cli.app))["commands"]
LISTS: Mapping[str, type[BaseModel]] = {"budgets[]": BudgetSection, "rules[]": RuleSection}
"""The sections of which there may be many, so that a field of theirs may have no default."""

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


# --- what people type --------------------------------------------------------------------------------------------


def test_every_typed_command_has_its_row() -> None:
    """Each word of a command, in both languages, stands in the row of that command and in no other."""
    told = [set(codes(f"{row[0]} {row[1]}")) for row in rows(COMMANDS.section("Typed commands")) if "`/" in row[0]]
    there = [{f"/{word}" for word in words} for verb, words in NAMES.items()]
    assert sorted(map(sorted, told)) == sorted(map(sorted, there))


def test_every_command_of_the_command_line_has_its_section() -> None:
    """None is forgotten and none is promised."""
    told = {heading for heading in COMMANDS.headings if heading.startswith("`limner ")}
    assert told == {f"`limner {name}`" for name in CLI}


@pytest.mark.parametrize("name", CLI)
def test_every_option_is_in_its_section(name: str) -> None:
    """With its default where it has one."""
    section = COMMANDS.section(f"`limner {name}`")
    options = {o.opts[0]: o.default for o in CLI[name].params if o.opts[0].startswith("--") and o.name != "help"}
    assert {code for code in codes(section) if code.startswith("--")} >= set(options)
    table = keyed(section)
    assert set(table) <= set(options)
    for option in table:
        assert table[option][1].strip("`") == _plain(options[option]), option


def _plain(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default or "")


# --- what operators set ------------------------------------------------------------------------------------------


def _rows_of_settings() -> Mapping[str, Sequence[str]]:
    sections = {name.partition(".")[0].removesuffix("[]") for name in described()}
    return {name: row for section in sorted(sections) for name, row in keyed(SETTINGS.section(section)).items()}


def test_every_setting_has_its_row() -> None:
    """None is forgotten and none is promised."""
    assert set(_rows_of_settings()) == set(described())


@pytest.mark.parametrize("name", described())
def test_a_setting_is_told_as_it_is(name: str) -> None:
    """Its default and its environment variable."""
    _, default, _, variable, meaning = _rows_of_settings()[name]
    assert default.strip("`") == _told(_default(name))
    in_environment = name.partition("[]")[0]  # a list is one variable
    assert variable == f"`LIMNER_{in_environment.replace('.', '__').upper()}`"
    assert meaning.endswith(".")


def _default(name: str) -> object:
    section, _, field = name.rpartition(".")
    if section == "defaults":
        return None
    if section in LISTS:
        info = LISTS[section].model_fields[field]
        return None if info.is_required() else info.default
    whole = ProviderSection() if section == "providers.<name>" else Settings.model_fields[section].default
    return getattr(whole, field)


def _told(default: object) -> str:
    if default is None:
        return "none"
    if default in ("", SecretStr("")):
        return "empty"
    return str(default).lower() if isinstance(default, bool) else str(default).replace("()", "[]")


# --- what goes wrong ---------------------------------------------------------------------------------------------


def values(closed: type[Enum]) -> set[str]:
    """Return a closed set of codes as the documents write them."""
    return {str(code.value) for code in closed}


def test_every_refusal_and_failure_has_its_row() -> None:
    """Whatever a person is told, an operator can look it up."""
    refusing, _, _ = FAILURES.section("Refusals").partition("\n### ")
    assert set(keyed(FAILURES.section("Failures of a provider"))) == values(FailureCode)
    assert set(keyed(refusing)) == values(RefusalCode)
    assert set(keyed(FAILURES.section("The web page's own"))) == set(webpage.PAGE_REFUSALS)


@pytest.mark.parametrize("code", FailureCode)
def test_what_is_offered_after_a_failure_is_told(code: FailureCode) -> None:
    """Whether it can be tried again, and whether other models are named."""
    row = keyed(FAILURES.section("Failures of a provider"))[code.value]
    others = failures.alternatives([a_model("other")], "ima_studio", "failed", code)
    assert (row[3], row[4].partition(",")[0]) == (_yes(failures.retry_helps(code)), _yes(bool(others)))


def _yes(holds: bool) -> str:  # noqa: FBT001 - it reads as a word
    return "yes" if holds else "no"


def test_every_fault_of_the_sandbox_has_its_row() -> None:
    """What can be made to happen can be found."""
    assert set(keyed(FAILURES.section("Make it happen"))) == set(FAULTS)


def _events() -> Iterator[tuple[str, str]]:
    """Yield every event that is logged, with its level."""
    for path in sources(".py", within=ROOMS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name("log" | "_log"), level), [ast.Constant(str(event)), *_]):
                    yield event, "error" if level == "exception" else level


def test_every_event_of_the_log_has_its_row() -> None:
    """With its level, so that whoever watches knows what to watch for."""
    told = {event: row[1] for event, row in keyed(OPERATIONS.section("Logs")).items()}
    assert told == dict(_events())


# --- how it is made ----------------------------------------------------------------------------------------------


def test_the_moves_of_a_job_are_drawn_as_they_are() -> None:
    """The picture of the states has every arrow of the table and no other."""
    [drawn] = ARCHITECTURE.blocks("mermaid")
    arrows = re.findall(r"^ +(\w+) --> (\w+)", drawn, re.MULTILINE)
    assert set(arrows) == {(start.value, end.value) for start, ends in job._MOVES.items() for end in ends}
    over = {state.value for state in job.State if not job._MOVES[state]}
    assert set(re.findall(r"(\w+) --> \[\*\]", drawn)) == over


def test_the_walls_are_told_as_they_are_checked() -> None:
    """The order of the rooms is the one of the contracts."""
    contracts = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
    told = re.sub(r"\s+", " ", "".join(ARCHITECTURE.blocks("text")))
    for wall in ("bot-rooms", "engine-rooms", "provider-rooms"):
        layers = [f"({layer})" if "|" in layer else layer for layer in contracts[wall]["layers"]]
        assert " > ".join(layers) in told, wall


def test_every_decision_is_numbered_and_listed() -> None:
    """Without gaps, with context, decision and consequences, and found from the architecture."""
    listed = {row[0].strip("[").partition("]")[0]: row[1] for row in rows(ARCHITECTURE.section("Decisions"))}
    assert [path.name[:4] for path in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    assert set(listed) == {path.name[:4] for path in DECISIONS}
    for path in DECISIONS:
        number, record = path.name[:4], document(shown(path))
        assert record.headings == [f"{number}: {listed[number]}", "Context", "Decision", "Consequences"]


def test_the_changelog_knows_this_version() -> None:
    """Whoever updates reads what changes."""
    newest = next(heading for heading in CHANGELOG.headings if heading.startswith("["))
    assert newest.startswith(f"[{PROJECT['project']['version']}] - ")
    assert CHANGELOG.section(newest).count("\n- ") > 0
