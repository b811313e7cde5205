"""The figures: what is compared with what, the aim, and how they are printed. Measuring is not here."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``value`` is what the aim is about; ``least`` says that it must not be below the aim."""

    name: str
    floor: str
    limner: str
    value: float
    aim: float
    unit: str = ""
    least: bool = False
    spread: tuple[float, ...] = ()

    @property
    def met(self) -> bool:
        """Whether the aim is met."""
        return self.value >= self.aim if self.least else self.value <= self.aim


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    table = Table(title="Limner and its floors")
    for heading in ("figure", "floor", "Limner", "value", "aim", ""):
        table.add_column(heading, justify="left" if heading in {"figure", ""} else "right")
    for figure in figures:
        aim = f"{'>=' if figure.least else '<='} {figure.aim:g}{figure.unit}"
        value = f"{figure.value:.2f}{figure.unit}"
        table.add_row(figure.name, figure.floor, figure.limner, value, aim, "met" if figure.met else "missed")
    Console(width=120).print(table)


def keep(figures: Sequence[Figure], file: Path) -> None:
    """Write the figures as JSON."""
    rows = [{**asdict(figure), "met": figure.met} for figure in figures]
    file.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
