"""How far a running job is, with just enough to draw it, and who shows it. Looking at it is in ``runner``."""

from dataclasses import dataclass
from typing import Protocol

from bot.core.cards import Card
from bot.core.job import Address
from bot.core.progress import Progress
from bot.text import Amount, Text
from providers.models import MediaKind, Seconds
from providers.outcomes import Phase, Preview


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A running job's progress with just enough to draw it, so that no poll and no edit reads a row.

    ``text`` is the newest part of an answer that arrives bit by bit. ``phase`` is what the provider says it is doing,
    ``preview`` the newest unfinished picture; ``can_stop`` means that it can stop the order.
    """

    job: str
    address: Address
    locale: str
    media: MediaKind
    model_name: str
    prompt: str
    cost: Amount | Text
    expected: Seconds
    progress: Progress
    text: str = ""
    phase: Phase | None = None
    preview: Preview | None = None
    can_stop: bool = False


class ProgressSink(Protocol):
    """Who shows progress."""

    async def show_progress(self, glimpse: Glimpse) -> None:
        """Show it if the place has room for it; never raises."""
        ...

    async def show_notice(self, job: str, address: Address, locale: str, card: Card) -> bool:
        """Show a job's notice in another form for now, on the same terms; return whether it was shown."""
        ...

    def forget(self, job: str) -> None:
        """Drop what was remembered for showing a job's progress."""
        ...
