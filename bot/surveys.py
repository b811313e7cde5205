"""What a provider publishes about itself, held against what the operator approved last. Asking it is not here.

The approved state is one file per provider beside the database, for its owner alone. Nothing in Limner follows a
change by itself: a difference is for a person to read.
"""

import difflib
import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import SettingsProblem
from providers.outcomes import Survey


class Approved(BaseModel):
    """What was approved, and when."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    approved_at: datetime
    page: str
    models: Mapping[str, str]


def place(database: Path, provider: str) -> Path:
    """Return where the approved state of a provider is kept."""
    return database.parent / "providers" / f"{provider}.json"


def approved(file: Path) -> Approved | None:
    """Return what was approved last, ``None`` where nothing was. Raises ``SettingsProblem`` for a spoilt file."""
    try:
        return Approved.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise SettingsProblem(f"{file} cannot be read. Move it away, and approve what is published again.") from None


def approve(file: Path, survey: Survey, now: datetime) -> None:
    """Remember a survey as approved: whole or not at all. Raises ``SettingsProblem`` where it cannot be written."""
    state = Approved(approved_at=now, page=survey.page, models=survey.models)
    part = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
            written.write(state.model_dump_json(indent=1))
        part.replace(file)
    except OSError as error:
        raise SettingsProblem(f"{file} cannot be written ({error.strerror}).") from None


def checksum(page: str) -> str:
    """Return the SHA-256 of a page, the first thing to compare."""
    return hashlib.sha256(page.encode()).hexdigest()


def differences(before: Approved, today: Survey) -> tuple[str, ...]:
    """Return what changed as lines to print, the page first; none where all is as it was approved."""
    return tuple(_harmless(line) for line in (*_page(before, today), *_models(before.models, today.models)))


def _page(before: Approved, today: Survey) -> Iterator[str]:
    old, new = checksum(before.page), checksum(today.page)
    if old == new:
        return
    yield "The page changed."
    yield f"  approved {old} ({before.approved_at:%Y-%m-%d %H:%M} UTC)"
    yield f"  today    {new}"
    yield from difflib.unified_diff(
        before.page.splitlines(), today.page.splitlines(), "approved", "today", lineterm="", n=2
    )


def _models(before: Mapping[str, str], today: Mapping[str, str]) -> Iterator[str]:
    added, removed = sorted(today.keys() - before.keys()), sorted(before.keys() - today.keys())
    changed = [name for name in sorted(before.keys() & today.keys()) if before[name] != today[name]]
    if not (added or removed or changed):
        return
    yield f"The models changed: {len(added)} added, {len(removed)} removed, {len(changed)} different."
    yield from (f"+ {name}: {today[name]}" for name in added)
    yield from (f"- {name}: {before[name]}" for name in removed)
    for name in changed:
        yield f"- {name}: {before[name]}"
        yield f"+ {name}: {today[name]}"


def _harmless(line: str) -> str:
    """Return a line without what could command a terminal: it comes from somebody else's server."""
    return "".join(letter if letter.isprintable() else " " for letter in line)
