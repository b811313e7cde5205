"""The database's files: who may use them, and copies of them. What is in them is not here."""

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.errors import SettingsProblem


def hold(path: Path) -> int:
    """Make sure that the database's file exists for its owner alone and that only this process uses it.

    Returns the descriptor that holds the lock until it is closed, which the system does for a process that dies. The
    lock is a file of its own (``<name>.lock``) that is never deleted: SQLite's own locks come and go.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor, path, lock)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as problem:
        raise SettingsProblem(
            f"Limner cannot write {path}: {problem.strerror}. "
            "Let its user write to that directory, or choose another place for the database."
        ) from problem
    return descriptor


def _lock(descriptor: int, path: Path, lock: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise SettingsProblem(
            f"{path} is in use by another Limner (process {holder}, which holds {lock}). "
            "Two would order everything twice. Stop that one, or give this one a database of its own."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def copy(path: Path, to: Path) -> None:
    """Write a consistent copy of a database that may be in use: complete or not at all, for its owner alone."""
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)  # VACUUM INTO takes an empty file
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.execute("VACUUM INTO ?", (str(part),))
        os.fsync(descriptor)
        part.replace(to)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
