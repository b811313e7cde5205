"""What driving a running job needs between two looks, and how often it is looked at. Looking is in ``runner``."""

import functools
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.core import job as jobs
from bot.core import speech
from bot.core.job import Address, Job
from bot.core.progress import Progress
from bot.engine.glimpse import Glimpse
from bot.text import Amount, Text
from providers.contract import Provider
from providers.models import MediaKind, Seconds
from providers.outcomes import Running

SPREAD = 2.0
"""Seconds over which the first looks after a restart are spread."""

SLOW = 60.0
"""Seconds between looks at a job that outlived its patience, growing to ``SLOWEST``."""

SLOWEST = 600.0

PROMPT_SHOWN = 200
"""Characters of the prompt that a progress message repeats."""

_Value = TypeVar("_Value", bound=Hashable)


@functools.lru_cache(maxsize=1024)
def shared(value: _Value) -> _Value:
    """Return an equal value that other watches hold already: thousands of jobs have few places and paces."""
    return value


@dataclass(slots=True)
class Watch:
    """What driving a running job needs between two looks: small, since there are thousands of them.

    ``token`` is empty where the provider gives no hints.
    """

    job: str
    ref: str
    provider: Provider
    address: Address
    locale: str
    media: MediaKind
    model_name: str
    prompt: str
    cost: Amount | Text
    expected: Seconds
    pace: jobs.Pace
    since: datetime
    ask_at: float
    shown: int = 0
    shown_at: float = 0.0
    misses: int = 0
    text: str = ""
    kept: int = 0
    kept_at: float = 0.0
    token: str = ""


def watch_of(job: Job, provider: Provider) -> Watch:
    """Return what watching a running job needs."""
    return Watch(
        job=job.id,
        ref=job.ref,
        provider=provider,
        address=shared(job.address),
        locale=job.locale,
        media=job.media,
        model_name=job.model_name,
        prompt=job.request.prompt[:PROMPT_SHOWN],
        cost=speech.spent(job.quote),
        expected=shared(job.expected),
        pace=shared(job.pace),
        since=job.submitted_at or job.created_at,
        ask_at=job.pace.patience * (job.asked + 1),
        token=job.token if provider.capabilities.takes_hints else "",
    )


def pause(watch: Watch, outcome: Running, elapsed: float) -> float:
    """Return the seconds to the next look: the model's own pace, slower after errors and after the patience."""
    every = outcome.poll_after or watch.pace.poll_every
    if watch.misses:
        every = min(every * 2 ** min(watch.misses, 6), max(SLOW, every))
    if elapsed > watch.pace.patience:
        every = max(every, min(SLOWEST, SLOW * elapsed / watch.pace.patience))
    return every


def glimpse(watch: Watch, progress: Progress, outcome: Running) -> Glimpse:
    """Return what a chat needs to show how far a job is."""
    return Glimpse(
        watch.job,
        watch.address,
        watch.locale,
        watch.media,
        watch.model_name,
        watch.prompt,
        watch.cost,
        watch.expected,
        progress,
        watch.text[-speech.LONGEST_PART - 1 :],
        outcome.phase,
        outcome.preview,
        watch.provider.capabilities.can_cancel,
    )
