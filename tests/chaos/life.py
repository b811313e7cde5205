"""One life of the service's process inside ours: every task it began is known, so that a kill can take them all.

What is lost is what a process loses: its tasks, its memory, a transaction that was not committed. Real processes and
real signals are in ``processes``.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from bot.core.job import State
from bot.storage.database import Database
from bot.storage.writer import Statement, Writer

Result = TypeVar("Result")

_life: contextvars.ContextVar["Life | None"] = contextvars.ContextVar("life", default=None)

ROUNDS = 100
"""How often tasks are cancelled that would rather tidy up: a dead process does not."""


class Killed(Exception):
    """The life ended in the middle of this."""


class Fuse:
    """Stops the process at the n-th commit from now on, just before it or just after it; ``at`` 0 = never.

    With a ``state`` only the commits count in which a job comes to it.
    """

    def __init__(self, at: int = 0, state: State | None = None, *, after: bool = False) -> None:
        self._left = at
        self._state = state
        self._after = after
        self.blown = asyncio.Event()

    async def write(self, database: Database, statements: Sequence[Statement]) -> None:
        """Commit, or stand still for ever."""
        counts = self._counts(statements)
        self._left -= counts
        hit = counts and self._left == 0
        if hit and not self._after:
            self.blown.set()
        if not self.blown.is_set():
            await Database.write(database, statements)
        if hit:
            self.blown.set()
        if self.blown.is_set():
            await asyncio.Event().wait()

    def _counts(self, statements: Sequence[Statement]) -> bool:
        rows = (row for statement in statements for row in statement.rows)
        return self._left > 0 and (self._state is None or any(self._state in row for row in rows))


class Life:
    """A process that was started. ``tasks`` are all that it and its children began."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.fuse = Fuse()
        self._database: Database | None = None
        self._context = contextvars.copy_context()
        self._context.run(_life.set, self)

    def spawn(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Let the process do something."""
        return asyncio.get_running_loop().create_task(work, context=self._context)

    async def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Let the process do something and wait for it. Raises :class:`Killed` where the fuse blows first."""
        doing, blowing = self.spawn(work), asyncio.ensure_future(self.fuse.blown.wait())
        try:
            await asyncio.wait([doing, blowing], return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Killed
            return doing.result()
        finally:
            blowing.cancel()

    def watch(self, database: Database) -> None:
        """Let every commit of this process go past the fuse."""
        self._database = database

        async def write(statements: Sequence[Statement]) -> None:
            await self.fuse.write(database, statements)

        database.write = write  # type: ignore[method-assign] # only this one, and only while it is open

    async def kill(self) -> None:
        """End every task where it stands, and let go of the file without writing what was queued."""
        for _ in range(ROUNDS):
            left = [task for task in self.tasks if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1.0)
        self.tasks.clear()
        if self._database is not None:
            await _drop(self._database._writer)


async def _drop(writer: Writer) -> None:
    """Let go of a transaction that nobody will end any more, and of what was queued behind it."""
    writer._closing = True
    writer._task = asyncio.create_task(asyncio.sleep(0))
    with contextlib.suppress(Exception):
        await writer._connection.rollback()


def _born(
    loop: asyncio.AbstractEventLoop, work: Any, context: contextvars.Context | None = None, **more: Any
) -> "asyncio.Task[Any]":
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context, **more)
    life = _life.get() if context is None else context.get(_life)
    if life is not None:
        life.tasks.add(task)
        task.add_done_callback(life.tasks.discard)
    return task


@contextlib.contextmanager
def lives() -> Any:
    """Know of every task whose it is, until the block ends."""
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    loop.set_task_factory(_born)
    try:
        yield
    finally:
        loop.set_task_factory(before)
