"""What is known in memory of our running orders, by what the server's events say. The connection is in ``bus``.

Every client of the server hears of every job, so whatever is not ours is passed over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from providers.ima2 import failures
from providers.ima2.frames import Event
from providers.ima2.outcome import finished, preview
from providers.ima2.ticket import Links, Ticket
from providers.ima2.wire import Made, Step, read, trouble
from providers.outcomes import Done, Failed, Phase, Running

_KEPT: Final = timedelta(hours=1)
_MOST_KEPT: Final = 256
_LONGEST_RUN: Final = timedelta(hours=2)
_SILENCE: Final = timedelta(seconds=30)
"""How long the stream may say nothing of a running order before it is asked for."""

_FURTHEST: Final = 100


@dataclass(slots=True)
class Entry:
    """One order. ``doubtful``: an event of it may have been missed. ``missed`` counts looks that found it nowhere."""

    ticket: Ticket
    known_at: datetime
    running: Running = field(default_factory=Running)
    outcome: Done | Failed | None = None
    ended_at: datetime | None = None
    doubtful: bool = True
    missed: int = 0
    previews: int = 0

    def end(self, outcome: Done | Failed, at: datetime) -> None:
        """Let it be over. What ended first stays: an end is told twice, or again later."""
        if self.outcome is None:
            self.outcome, self.ended_at, self.running = outcome, at, Running()


class Board:
    """Our orders by their tokens. ``redacted`` makes words of the server fit for the log."""

    def __init__(self, now: Callable[[], datetime], links: Links, redacted: Callable[[str], str]) -> None:
        self._now = now
        self._links = links
        self._redacted = redacted
        self._entries: dict[str, Entry] = {}

    def begin(self, ticket: Ticket) -> Entry:
        """Listen for an order from now on, anew where there was one of that name."""
        self._forget()
        entry = self._entries[ticket.token] = Entry(ticket, self._now())
        return entry

    def entry(self, ticket: Ticket) -> Entry:
        """Return what is known of an order; of one from before a restart that is nothing yet."""
        return self._entries.get(ticket.token) or self.begin(ticket)

    def drop(self, ticket: Ticket) -> None:
        """Listen no longer for an order that was not taken."""
        self._entries.pop(ticket.token, None)

    def doubt(self) -> None:
        """Something may have been missed: ask for every running order before anything is said of it."""
        for entry in self._entries.values():
            entry.doubtful = True

    def is_fresh(self, entry: Entry) -> bool:
        """Tell whether the stream said so lately how an order is doing that it can be believed."""
        return not entry.doubtful and self._now() - entry.known_at < _SILENCE

    def looked(self, entry: Entry, running: Running) -> None:
        """Note that an order was found running; what the stream said of it before stays."""
        phase = entry.running.phase or running.phase
        entry.running = replace(entry.running, phase=phase)
        entry.doubtful, entry.missed, entry.known_at = False, 0, self._now()

    def take(self, event: Event) -> None:
        """Take one event of the stream."""
        if event.name == "error":
            self._failed(event.data)
        elif event.name == "done":
            self._done(event.data)
        elif (step := read(Step, event.data)) is not None:
            entry = self._ours(step.job_id or step.request_id)
            if entry is not None:
                self._moved(entry, event.name, step)

    def _ours(self, token: str) -> Entry | None:
        entry = self._entries.get(token)
        return entry if entry is not None and entry.outcome is None else None

    def _moved(self, entry: Entry, name: str, step: Step) -> None:
        entry.doubtful, entry.missed, entry.known_at = False, 0, self._now()
        match name:
            case "planning":
                entry.running = replace(entry.running, phase=Phase.PLANNING)
            case "progress":
                percent = entry.running.percent if step.progress is None else _percent(step.progress)
                phase = Phase.STALLED if step.stalled else Phase.MAKING
                entry.running = replace(entry.running, percent=percent, phase=phase)
            case "partial":
                entry.running = replace(entry.running, phase=Phase.MAKING)
                if (shown := preview(step.image, entry.previews + 1)) is not None:
                    entry.previews += 1
                    entry.running = replace(entry.running, preview=shown)
            case "phase" | "submitted" | "image":
                entry.running = replace(entry.running, phase=Phase.MAKING)
            case _:
                pass  # a newer server says more

    def _done(self, data: bytes) -> None:
        made = read(Made, data)
        entry = None if made is None else self._ours(made.job_id or made.request_id)
        if made is not None and entry is not None:
            entry.end(finished(entry.ticket, made, self._links), self._now())

    def _failed(self, data: bytes) -> None:
        said = trouble(data)
        entry = self._ours(said.job)
        # A second order under this id was refused; the first one goes on (reference section 1.8).
        if entry is None or said.code == failures.TAKEN:
            return
        detail = failures.told(said, said.status, self._redacted)
        entry.end(failures.failed(said.status, said.code, detail), self._now())

    def _forget(self) -> None:
        """Let go of orders that ended long ago or are asked for no more, and of the oldest where there are many."""
        now = self._now()
        for token, entry in list(self._entries.items()):
            old = entry.ended_at is not None and now - entry.ended_at > _KEPT
            if old or now - max(entry.known_at, entry.ticket.started) > _LONGEST_RUN:
                del self._entries[token]
        ended = sorted((e.ended_at, token) for token, e in self._entries.items() if e.ended_at is not None)
        for _, token in ended[: max(0, len(ended) - _MOST_KEPT)]:
            del self._entries[token]


def _percent(share: float) -> int:
    return max(0, min(_FURTHEST, round(share * _FURTHEST)))
