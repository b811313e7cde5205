"""Where an order stands that waits for its turn, and the notice that says so. Whose turn it is: ``engine.queue``."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core import speech, waiting, wording
from bot.core.actions import Action, Verb
from bot.core.cards import Button, Card, Fact
from bot.core.job import Job
from bot.text import Lapse, Span, Text
from providers.models import Seconds

TWO_MINUTES = 120
"""Seconds from which on a wait is told in whole minutes."""


class Cause(StrEnum):
    """What an order waits for."""

    OWN = "own"  # its person's order before it: this provider takes one at a time
    PERSON = "person"  # its person has as many under way as the operator allows
    SERVICE = "service"  # the provider has as many at work as it takes
    FULL = "full"  # the provider said that it takes no more for the moment


@dataclass(frozen=True, slots=True)
class Standing:
    """Why an order waits and behind how many: its person's own ones, or everybody's where the provider is the reason.

    ``wait`` is the least and the most seconds until it starts, ``None`` where nobody can say. ``most`` is the limit.
    """

    cause: Cause
    before: int
    wait: Seconds | None = None
    most: int = 0

    def is_news_after(self, told: "Standing | None") -> bool:
        """Whether a person should hear of it; far back in a long line only every tenth place is worth a message."""
        if told is None or told.cause is not self.cause:
            return True
        return abs(told.before - self.before) * 10 >= max(told.before, 1)


def notice(job: Job, standing: Standing) -> Card:
    """Return the notice of an order that was said yes to and waits for its turn."""
    is_full = standing.cause is Cause.FULL
    starts = () if is_full or standing.wait is None else (Fact(waiting.FACT_STARTS(), _span(standing.wait)),)
    begun = speech.starting(job)
    return replace(
        begun,
        title=waiting.FULL() if is_full else wording.QUEUED(),
        lines=tuple(_why(standing)),
        facts=(*starts, *begun.facts),
        buttons=(Button(wording.BUTTON_CANCEL(), Action(Verb.CANCEL, job.id).encode()),),
        bar=None,
    )


def _why(standing: Standing) -> Iterator[Text]:
    match standing.cause:
        case Cause.OWN:
            yield wording.QUEUED_BEHIND(count=standing.before)
            yield wording.QUEUED_WHY()
        case Cause.PERSON:
            yield wording.QUEUED_BEHIND(count=standing.before)
            yield waiting.PERSON_WHY(count=standing.most)
        case Cause.SERVICE:
            yield _place(standing.before)
            yield waiting.SERVICE_WHY(count=standing.most)
        case Cause.FULL:
            yield waiting.FULL_NOTHING()
            if standing.before:
                yield _place(standing.before)
            yield _again(None if standing.before else standing.wait)


def _place(before: int) -> Text:
    return waiting.AHEAD(count=before) if before else waiting.NEXT()


def _again(wait: Seconds | None) -> Text:
    if wait is None or not wait.high:
        return waiting.FULL_LATER()
    return waiting.FULL_AGAIN(wait=Lapse(_rounded(wait.high, up=True)))


def _span(wait: Seconds) -> Span | Text:
    """Return a wait no more exactly than it is known: in steps of five seconds, then of minutes."""
    low, high = _rounded(wait.low, up=False), _rounded(max(wait.high, 1), up=True)
    if not low:
        return waiting.WITHIN(longest=Lapse(high))
    return Span(low, high) if high < TWO_MINUTES else waiting.MINUTES(low=max(1, low // 60), high=-(-high // 60))


def _rounded(seconds: int, *, up: bool) -> int:
    step = 5 if seconds < TWO_MINUTES else 60
    return -(-seconds // step) * step if up else seconds // step * step
