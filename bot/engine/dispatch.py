"""Who drives what in one process: an asyncio task per job and per talking place. What driving means is not here."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.core.job import Address
from bot.engine.ports import Clock
from bot.errors import StoreTrouble

_Subject = TypeVar("_Subject")

log = structlog.get_logger(__name__)

AGAIN_AFTER = 5.0
"""Seconds before a driver that ended with an unexpected error is started again, doubling up to a minute."""

LONGEST_PAUSE = 60.0


class EmbeddedDispatch:
    """Starts each driver once, and again if it breaks or is wanted meanwhile: nothing is ever left alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._drive: Callable[[str], Awaitable[None]] | None = None
        self._drain: Callable[[Address], Awaitable[None]] | None = None
        self._look_again: Callable[[str], None] | None = None
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._wanted: set[str] = set()
        self._places: dict[Address, asyncio.Task[None]] = {}
        self._woken: set[Address] = set()
        self._closed = False

    def attach(
        self,
        drive: Callable[[str], Awaitable[None]],
        drain: Callable[[Address], Awaitable[None]],
        look_again: Callable[[str], None],
    ) -> None:
        """Say what driving a job, draining a place and changing a driven job mean; called once, by ``app``."""
        self._drive = drive
        self._drain = drain
        self._look_again = look_again

    def drive(self, job: str) -> None:
        """See to it that the job is driven."""
        if self._closed or self._drive is None:
            return
        if job in self._jobs:
            # Its driver may be about to end with what it read before: then there is work for another one.
            self._wanted.add(job)
            if self._look_again is not None:
                self._look_again(job)
            return
        task = asyncio.create_task(self._keep(self._drive, job), name=job)
        self._jobs[job] = task
        task.add_done_callback(self._job_ended)

    def _job_ended(self, task: asyncio.Task[None]) -> None:
        job = task.get_name()
        self._jobs.pop(job, None)
        if job in self._wanted:
            self._wanted.discard(job)
            self.drive(job)

    def drain(self, address: Address) -> None:
        """See to it that the place's lines are said; a place that is being drained is looked at once more."""
        if self._closed or self._drain is None:
            return
        self._woken.add(address)
        if address not in self._places:
            self._places[address] = asyncio.create_task(self._keep_draining(address))

    @property
    def driven(self) -> int:
        """How many jobs have a driver now."""
        return len(self._jobs)

    @property
    def workers(self) -> tuple[asyncio.Task[None], ...]:
        """Every driver there is now, of jobs and of places."""
        return (*self._jobs.values(), *self._places.values())

    async def close(self) -> None:
        """Stop every driver where it stands; what was saved goes on at the next start."""
        self._closed = True
        tasks = self.workers
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_draining(self, address: Address) -> None:
        try:
            while address in self._woken:
                self._woken.discard(address)
                if self._drain is not None:
                    await self._keep(self._drain, address)
        finally:
            self._places.pop(address, None)

    async def _keep(self, work: Callable[[_Subject], Awaitable[None]], subject: _Subject) -> None:
        pause = AGAIN_AFTER
        while True:
            try:
                await work(subject)
            except StoreTrouble as trouble:
                log.error("driver_waits", subject=str(subject), detail=str(trouble))  # noqa: TRY400 - thousands may wait
            except Exception:
                # A worker's loop is the one place where everything is caught: the person is still owed an end.
                log.exception("driver_broke", subject=str(subject))
            else:
                return
            await self._clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
