"""The one connection to ``/api/events`` for all orders (reference section 1.8). What events mean is in ``board``."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from providers.errors import FailureCode, ProviderError, Sent
from providers.ima2.board import Board
from providers.ima2.frames import Event, Frames
from providers.ima2.wire import Health, read
from providers.transport import Transport

_PATH: Final = "/api/events"
_STALL: Final = 45.0
"""Seconds without a byte; the server sends a ping every 15."""

_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_OK: Final = 200

_log = structlog.get_logger()


class Bus:
    """Keeps the connection open from when it is first needed. ``sleep`` waits between tries."""

    def __init__(self, api: Transport, board: Board, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._api = api
        self._board = board
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._run: tuple[object, object] | None = None
        self._cursor: int | None = None
        self._pause = _PAUSE
        self.is_open = False
        """Whether events come at the moment; else orders have to be asked for one by one."""

    def ensure(self) -> None:
        """Connect, if nobody did yet."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Hang up. Safe to repeat."""
        self.is_open = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            try:
                await self._listen()
            except ProviderError as error:
                _log.info("ima2_events_lost", detail=error.detail)
            except OverflowError:
                _log.warning("ima2_events_unreadable", detail="a line without an end")
            self.is_open = False
            self._board.doubt()
            await self._sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    async def _listen(self) -> None:
        await self._meet()
        cursor = {} if self._cursor is None else {"Last-Event-ID": str(self._cursor)}
        frames, headers = Frames(), {"Accept": "text/event-stream", **cursor}
        async with contextlib.aclosing(self._api.listen(_PATH, headers, stall_seconds=_STALL)) as pieces:
            async for piece in pieces:
                self.is_open = True
                for event in frames.feed(piece):
                    self._take(event)

    async def _meet(self) -> None:
        """See whether it is still the same run of the server: another one counts its events from 1 again."""
        reply = await self._api.get("/api/health")
        health = read(Health, reply.body) if reply.status == _OK else None
        if health is None:
            raise ProviderError(FailureCode.UNAVAILABLE, f"health: {reply.status}", sent=Sent.NO)
        run = (health.pid, health.started_at)
        if run == self._run:
            return
        _log.info("ima2_server_met", version=health.version, again=self._run is not None)
        self._run, self._cursor = run, None
        self._board.doubt()

    def _take(self, event: Event) -> None:
        self._pause = _PAUSE
        if event.name == "replay-gap":
            self._board.doubt()
            return
        if event.number is not None:
            if self._cursor is not None and event.number <= self._cursor:
                _log.info("ima2_events_restarted", was=self._cursor, now=event.number)
                self._run = None
                self._board.doubt()
            self._cursor = event.number
        self._board.take(event)
