"""What a test looks at on the disk and puts there, outside of the event loop's functions."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path


def names(folder: Path, pattern: str = "*") -> list[str]:
    """Return the names of the files in a folder, sorted."""
    return sorted(file.name for file in folder.glob(pattern))


def modes(folder: Path) -> dict[str, int]:
    """Return who may do what with each file of a folder."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def put(path: Path, text: str) -> bytes:
    """Write a file that everybody may read and return its bytes."""
    path.write_text(text)
    path.chmod(0o644)
    return path.read_bytes()


def put_folder(path: Path) -> None:
    """Make a folder."""
    path.mkdir()


def content(path: Path) -> bytes:
    """Return a file's bytes."""
    return path.read_bytes()


def remove(path: Path) -> None:
    """Delete a file or an empty folder."""
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what a database holds, asked from outside."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()
