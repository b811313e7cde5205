"""What ``limner budget`` and ``limner usage`` do: beside a running service, and without its chats or providers."""

import csv
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.clock import WallClock
from bot.core import budget_words, statements
from bot.core.budget import Budget, BudgetChange, Period, in_force, window
from bot.core.usage import HEADER, Spending, Total, record, total, totals
from bot.errors import Refused, SettingsProblem
from bot.i18n import Translator, Translators
from bot.settings import Settings, load
from bot.storage import counter

OPERATOR = "operator"
"""Who changed a budget from the command line, in the audit."""


def _words(settings: Settings) -> Translator:
    return Translators(ZoneInfo(settings.chat.timezone)).get(settings.chat.language)


async def show_budgets(config: Path | None) -> int:
    """Print every budget that holds, and where it comes from."""
    settings = load(config)
    changes = counter.changes(settings.store.path)
    words = _words(settings)
    changed = {change.budget.key: change for change in changes}
    held = in_force([section.budget for section in settings.budgets], changes)
    for budget in held:
        print(f"{words.say(statements.in_words(budget))} ({_origin(budget, changed.get(budget.key))})")
    if not held:
        print(words.say(statements.all_budgets(()).title or ""))
    return 0


def _origin(budget: Budget, change: BudgetChange | None) -> str:
    if change is None or change.is_cleared or change.budget != budget:
        return "settings"
    return f"set by {change.by}, {change.at:%Y-%m-%d %H:%M} UTC"


async def change_budget(said: Sequence[str], config: Path | None, *, is_cleared: bool) -> int:
    """Set a budget at run time, or go back to what the settings say."""
    settings = load(config)
    words = [*said[:2], "unlimited", *said[2:]] if is_cleared else list(said)
    try:
        budget = budget_words.parse(words)
    except Refused:
        example = "person month USD" if is_cleared else "person month 20 USD"
        raise SettingsProblem(
            f"That is no budget. For example: {example}. First person, channel, team or total; then day or month; "
            "at the end, if it is for one alone, platform/id."
        ) from None
    counter.keep(settings.store.path, BudgetChange(budget, OPERATOR, WallClock().now(), is_cleared))
    print(f"Cleared: {' '.join(said)}." if is_cleared else f"Set: {' '.join(said)}.")
    return 0


async def usage(config: Path | None, period: Period, export: Path | None) -> int:
    """Print what was spent since the day or month began, or write it to a file for a spreadsheet."""
    settings = load(config)
    since, _ = window(period, WallClock().now(), ZoneInfo(settings.chat.timezone))
    found = counter.spendings(settings.store.path, since)
    if export is None:
        _tell(found, since, _words(settings))
    else:
        _write(found, export)
        print(f"Wrote {len(found)} orders to {export}.", file=sys.stderr)
    return 0


_BY: dict[str, Callable[[Spending], str]] = {
    "service": lambda one: one.entry.provider,
    "model": lambda one: one.model_name,
    "person": lambda one: f"{one.address.platform}/{one.person}",
    "channel": lambda one: f"{one.address.platform}/{one.address.place}",
}


def _tell(found: Sequence[Spending], since: datetime, words: Translator) -> None:
    whole = total(found)
    print(f"Since {since:%Y-%m-%d %H:%M} UTC: {_line(whole, words)}")
    for heading, name in _BY.items():
        for part in totals(found, name):
            print(f"  {heading:<9}{part.name}: {_line(part, words)}")


def _line(part: Total, words: Translator) -> str:
    return f"{part.orders} orders {words.say(statements.amounts(part))}".strip()


def _write(found: Sequence[Spending], export: Path) -> None:
    if export == Path("-"):
        _rows(found, sys.stdout)
        return
    try:
        with export.open("x", encoding="utf-8", newline="") as file:
            _rows(found, file)
    except OSError as problem:
        raise SettingsProblem(f"{export} cannot be written: {problem.strerror}.") from None


def _rows(found: Sequence[Spending], file: TextIO) -> None:
    writer = csv.writer(file)
    writer.writerow(HEADER)
    # A name that begins like a formula would be one in a spreadsheet.
    writer.writerows(tuple(_harmless(cell) for cell in record(spending)) for spending in found)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "@", "\t", "\r")) else cell
