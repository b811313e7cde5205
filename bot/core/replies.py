"""What Limner answers to free commands and to what it cannot do. What it says of jobs is in ``speech``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from bot.core import deeds, failures, listings, wording
from bot.core.cards import Card, Tone
from bot.core.delivery import link_of
from bot.core.job import Job, State, was_stopped
from bot.core.preferences import Preference
from bot.core.pricing import in_money
from bot.core.shelf import MONEY
from bot.core.speech import spent
from bot.errors import Refused
from bot.text import Amount, Lapse, Listing, Moment, Span, Text, Value
from providers.errors import FailureCode
from providers.models import MediaKind, ModelSpec, Task
from providers.outcomes import Balance, PastWork, Quota, Refund


def refusal(refused: Refused) -> Card:
    """Return why something is not done and what to do instead."""
    return Card(title=wording.REFUSALS[refused.code](**dict(refused.data)), tone=Tone.BAD)


def trouble() -> Card:
    """Return the apology for something of ours that broke."""
    return Card(title=wording.FAILURES[FailureCode.UNKNOWN](), tone=Tone.BAD)


def plain(text: Text) -> Card:
    """Return a card of one sentence."""
    return Card(title=text)


def welcome(without: frozenset[str] = frozenset()) -> Card:
    """Return the list of commands, ``without`` those that nobody here can serve."""
    listed = [(command, what) for command, what in listings.HELP if command not in without]
    lines = tuple(listings.HELP_ITEM(command=command, what=what()) for command, what in listed)
    return Card(
        title=listings.HELP_TITLE(),
        lines=(listings.HELP_INTRO(), *lines, listings.HELP_SETTINGS(), listings.HELP_OF(), listings.HELP_ALWAYS()),
    )


def model_list(task: Task, models: Sequence[ModelSpec], services: Mapping[str, str] | None = None) -> Card:
    """Return the models of one task, in the order given, with price range, usual time and main trait.

    ``services`` are the names of the providers: a model that two of them offer is listed with the name of each.
    """
    twice = {name for name, count in Counter(m.name for m in models).items() if count > 1}
    named = [
        replace(m, name=f"{m.name} · {services[m.provider]}") if services and m.name in twice else m for m in models
    ]
    return Card(title=listings.MODELS_TITLE(task=task_name(task)), lines=tuple(map(_model_line, named)))


def task_name(task: Task) -> Text:
    """Return what people call a task."""
    return listings.TASK_NAMES[task.value]()


def _model_line(model: ModelSpec) -> Text:
    price = price_range(model)
    expected = Span(model.expected.low, model.expected.high)
    trait = failures.main_trait(model)
    if trait is None:
        return listings.MODELS_ITEM(model=model.name, cost=price, expected=expected)
    word = wording.TRAITS[trait]()
    return listings.MODELS_ITEM_TRAIT(model=model.name, cost=price, expected=expected, trait=word)


def price_range(model: ModelSpec) -> Value:
    """Return the lowest and highest price of a model, or one price."""
    low, high = model.price_from, model.price_to
    if low is None or high is None:
        return wording.PRICE_UNKNOWN()
    if model.media is MediaKind.TEXT and model.price is not None:
        return wording.COST_AT_MOST(total=Amount(model.price, model.unit))
    if low == high:
        return Amount(low, model.unit)
    if model.unit in MONEY:
        return wording.PRICE_RANGE(low=Amount(low, model.unit), high=Amount(high, model.unit))
    whole = low == low.to_integral_value()
    return wording.PRICE_RANGE(low=int(low) if whole else str(low), high=Amount(high, model.unit))


@dataclass(frozen=True, slots=True)
class Left:
    """What is left at a service, or nothing where it could not be read; ``rate`` is the money of one unit."""

    service: str
    balance: Balance | None
    rate: Decimal | None = None
    currency: str = ""


def balances(left: Sequence[Left]) -> Card:
    """Return what is left in each account."""
    return Card(title=listings.BALANCE_TITLE(), lines=tuple(line for one in left for line in _balance_lines(one)))


def _balance_lines(left: Left) -> Iterator[Text]:
    if left.balance is None:
        yield listings.BALANCE_UNREAD(service=left.service)
        return
    if left.balance.amount is not None:
        yield _balance_line(left, left.balance.amount, left.balance.unit)
    elif not left.balance.quotas:
        yield deeds.BALANCE_NOTHING(service=left.service)
    for quota in left.balance.quotas:
        yield _quota_line(left.service, quota)


def _quota_line(service: str, quota: Quota) -> Text:
    """Return how much of a plan is used up, and when it begins anew."""
    name = f"{service} · {quota.service}" if quota.service else service
    if quota.spent is not None and quota.limit is not None:
        spent, limit = f"{quota.spent} {quota.currency}", f"{quota.limit} {quota.currency}"
        used = deeds.QUOTA_MONEY(percent=quota.used, spent=spent, limit=limit)
    elif quota.hours:
        used = deeds.QUOTA_WINDOW(percent=quota.used, window=Lapse(quota.hours * 3600))
    else:
        used = deeds.QUOTA_USED(percent=quota.used)
    if quota.resets_at is None:
        return listings.BALANCE_ITEM(service=name, left=used)
    return deeds.QUOTA_RESETS(service=name, used=used, when=Moment(quota.resets_at))


def _balance_line(left: Left, count: Decimal, unit: str) -> Text:
    amount = Amount(count, unit)
    if left.rate is None:
        return listings.BALANCE_ITEM(service=left.service, left=amount)
    money = in_money(count, left.rate, left.currency)
    return listings.BALANCE_MONEY(service=left.service, left=amount, money=money)


def remembered(preferences: Mapping[Task, Preference], *, careful: bool = False) -> Card:
    """Return what is remembered about a person."""
    lines = []
    for task, preference in preferences.items():
        if preference.always:
            lines.append(listings.PREFS_ALWAYS(task=task_name(task), model=preference.always_name))
        elif preference.last:
            lines.append(listings.PREFS_LAST(task=task_name(task), model=preference.last_name))
    if careful:
        lines.append(listings.PREFS_CAREFUL())
    language = listings.PREFS_LANGUAGE(language=listings.LANGUAGE_NAME())
    return Card(title=listings.PREFS_TITLE(), lines=(*(lines or [listings.PREFS_NONE()]), language))


def kept(model: ModelSpec, tasks: Sequence[Task]) -> Card:
    """Return the promise to always use a model."""
    return plain(listings.REMEMBERED(model=model.name, tasks=Listing(tuple(task_name(t) for t in tasks))))


def forgotten(tasks: Sequence[Task]) -> Card:
    """Return the promise to go back to the recommendation."""
    return plain(listings.FORGOTTEN(tasks=Listing(tuple(task_name(t) for t in tasks))))


def open_jobs(jobs: Sequence[Job], undelivered: frozenset[str]) -> Card:
    """Return a person's open orders, and the results the chat has not taken."""
    if not jobs:
        return plain(listings.JOBS_NONE())
    lines = [_job_line(job, undelivered) for job in jobs]
    waiting = [job for job in jobs if job.id in undelivered]
    links = [(job.code, link) for job in waiting for asset in job.assets if (link := link_of(asset))]
    lines += [listings.JOBS_LINK(code=code, url=url) for code, url in links]
    return Card(title=listings.JOBS_TITLE(), lines=tuple(lines))


def enhanced(prompt: str) -> Card:
    """Return richer words, to be copied into an order."""
    return Card(title=listings.ENHANCED(), copy=prompt, lines=(listings.ENHANCED_NEXT(),))


def _found(work: PastWork, service: str, code: str) -> Text:
    """Return something that the service itself lists: what became of an order, or somebody else's."""
    link = link_of(work.asset) if work.asset is not None else ""
    when = Moment(work.at)
    if code and link:
        return listings.HISTORY_FOUND_LINK(code=code, service=service, when=when, url=link)
    if code:
        return listings.HISTORY_FOUND(code=code, service=service, when=when)
    return listings.HISTORY_OTHERS(service=service, model=work.model, prompt=work.prompt[:60], when=when)


Listed: TypeAlias = tuple[PastWork, str, str]
"""What a service lists by itself, with the service's name and the code of the order it belongs to, if it is ours."""


def past_jobs(jobs: Sequence[Job], undelivered: frozenset[str], works: Sequence[Listed] = ()) -> Card:
    """Return what a person has had made, newest first.

    ``works`` is what services list by themselves.
    """
    if not jobs and not works:
        return plain(listings.HISTORY_NONE())
    lines = []
    for job in jobs:
        cost = _cost(job)
        when = Moment(job.ended_at or job.created_at)
        state = _state(job, undelivered)
        item = listings.HISTORY_ITEM(code=job.code, model=job.model_name, state=state, cost=cost, when=when)
        lines.append(item)
    found = tuple(_found(work, service, code) for work, service, code in works)
    return Card(title=listings.HISTORY_TITLE(), lines=(*lines, *found))


def _cost(job: Job) -> Text | Amount:
    """Return what an ended job cost, as far as it is known."""
    if not _may_have_cost(job):
        return Amount(Decimal(0), job.quote.unit)
    return spent(job.quote) if job.cost is None else Amount(job.cost, job.quote.unit)


def _may_have_cost(job: Job) -> bool:
    """Whether an ended job's money was spent, or nobody can say that it was not."""
    if job.state is State.FAILED or was_stopped(job):
        return job.trouble is None or job.trouble.refund in {Refund.KEPT, Refund.UNKNOWN}
    return bool(job.assets) or (job.state is State.CANCELLED and job.token != "")


def _job_line(job: Job, undelivered: frozenset[str]) -> Text:
    cost = spent(job.quote)
    return listings.JOBS_ITEM(code=job.code, model=job.model_name, state=_state(job, undelivered), cost=cost)


def _state(job: Job, undelivered: frozenset[str]) -> Text:
    key = "undelivered" if job.id in undelivered and job.assets else job.state.value
    if job.state is State.CANCELLED and job.token and not was_stopped(job):
        key = State.IN_DOUBT.value  # it was ordered and left in doubt: nobody knows more since
    return listings.STATES[key]()
