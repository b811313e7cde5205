"""What a look at the installation found: how a part is and the next step, if it needs one. Looking is elsewhere."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How well a part is. Only a problem makes a look unsuccessful."""

    OK = "ok"
    NOTE = "note"  # it works, and there is something to know
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. ``step`` is what to do about it; neither text ever holds a secret."""

    level: Level
    part: str
    said: str
    step: str = ""


def ok(part: str, said: str) -> Finding:
    """Return that a part is as it should be."""
    return Finding(Level.OK, part, said)


def note(part: str, said: str, step: str = "") -> Finding:
    """Return something to know about a part that works."""
    return Finding(Level.NOTE, part, said, step)


def problem(part: str, said: str, step: str = "") -> Finding:
    """Return what is wrong with a part, and the next step."""
    return Finding(Level.PROBLEM, part, said, step)
