"""What Limner answers to free commands and to what it cannot do. What it says of jobs is in ``speech``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.core import failures, wording
from bot.core.cards import Card, Tone
from bot.core.job import Job, State
from bot.core.preferences import Preference
from bot.core.pricing import in_money
from bot.core.speech import spent
from bot.errors import Refused
from bot.text import Amount, Listing, Moment, Span, Text, Value
from providers.errors import FailureCode
from providers.models import MediaKind, ModelSpec, Task
from providers.outcomes import Balance, Refund


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
    listed = [(command, what) for command, what in wording.HELP if command not in without]
    lines = tuple(wording.HELP_ITEM(command=command, what=what()) for command, what in listed)
    return Card(
        title=wording.HELP_TITLE(),
        lines=(wording.HELP_INTRO(), *lines, wording.HELP_SETTINGS(), wording.HELP_ALWAYS()),
    )


def model_list(task: Task, models: Sequence[ModelSpec], services: Mapping[str, str] | None = None) -> Card:
    """Return the models of one task with price range, usual time and main trait.

    ``services`` are the names of the providers: a model that two of them offer is listed with the name of each.
    """
    ordered = sorted(models, key=lambda m: (not m.recommended, not m.traits, m.price or 0))
    twice = {name for name, count in Counter(m.name for m in models).items() if count > 1}
    named = [
        replace(m, name=f"{m.name} · {services[m.provider]}") if services and m.name in twice else m for m in ordered
    ]
    return Card(title=wording.MODELS_TITLE(task=task_name(task)), lines=tuple(_model_line(m) for m in named))


def task_name(task: Task) -> Text:
    """Return what people call a task."""
    return wording.TASK_NAMES[task.value]()


def _model_line(model: ModelSpec) -> Text:
    price = price_range(model)
    expected = Span(model.expected.low, model.expected.high)
    trait = failures.main_trait(model)
    if trait is None:
        return wording.MODELS_ITEM(model=model.name, cost=price, expected=expected)
    word = wording.TRAITS[trait]()
    return wording.MODELS_ITEM_TRAIT(model=model.name, cost=price, expected=expected, trait=word)


def price_range(model: ModelSpec) -> Value:
    """Return the lowest and highest price of a model, or one price."""
    low, high = model.price_from, model.price_to
    if low is None or high is None:
        return wording.PRICE_UNKNOWN()
    if model.media is MediaKind.TEXT and model.price is not None:
        return wording.COST_AT_MOST(total=Amount(model.price, model.unit))
    if low == high:
        return Amount(low, model.unit)
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
    return Card(title=wording.BALANCE_TITLE(), lines=tuple(_balance_line(one) for one in left))


def _balance_line(left: Left) -> Text:
    if left.balance is None:
        return wording.BALANCE_UNREAD(service=left.service)
    amount = Amount(left.balance.amount, left.balance.unit)
    if left.rate is None:
        return wording.BALANCE_ITEM(service=left.service, left=amount)
    money = in_money(left.balance.amount, left.rate, left.currency)
    return wording.BALANCE_MONEY(service=left.service, left=amount, money=money)


def remembered(preferences: Mapping[Task, Preference], *, careful: bool = False) -> Card:
    """Return what is remembered about a person."""
    lines = []
    for task, preference in preferences.items():
        if preference.always:
            lines.append(wording.PREFS_ALWAYS(task=task_name(task), model=preference.always_name))
        elif preference.last:
            lines.append(wording.PREFS_LAST(task=task_name(task), model=preference.last_name))
    if careful:
        lines.append(wording.PREFS_CAREFUL())
    language = wording.PREFS_LANGUAGE(language=wording.LANGUAGE_NAME())
    return Card(title=wording.PREFS_TITLE(), lines=(*(lines or [wording.PREFS_NONE()]), language))


def kept(model: ModelSpec, tasks: Sequence[Task]) -> Card:
    """Return the promise to always use a model."""
    return plain(wording.REMEMBERED(model=model.name, tasks=Listing(tuple(task_name(t) for t in tasks))))


def forgotten(tasks: Sequence[Task]) -> Card:
    """Return the promise to go back to the recommendation."""
    return plain(wording.FORGOTTEN(tasks=Listing(tuple(task_name(t) for t in tasks))))


def open_jobs(jobs: Sequence[Job], undelivered: frozenset[str]) -> Card:
    """Return a person's open orders, and the results the chat has not taken."""
    if not jobs:
        return plain(wording.JOBS_NONE())
    lines = [_job_line(job, undelivered) for job in jobs]
    waiting = [job for job in jobs if job.id in undelivered]
    lines += [wording.JOBS_LINK(code=job.code, url=asset.url) for job in waiting for asset in job.assets]
    return Card(title=wording.JOBS_TITLE(), lines=tuple(lines))


def past_jobs(jobs: Sequence[Job], undelivered: frozenset[str]) -> Card:
    """Return what a person has had made, newest first."""
    if not jobs:
        return plain(wording.HISTORY_NONE())
    lines = []
    for job in jobs:
        cost = _cost(job)
        when = Moment(job.ended_at or job.created_at)
        state = _state(job, undelivered)
        item = wording.HISTORY_ITEM(code=job.code, model=job.model_name, state=state, cost=cost, when=when)
        lines.append(item)
    return Card(title=wording.HISTORY_TITLE(), lines=tuple(lines))


def _cost(job: Job) -> Text | Amount:
    """Return what an ended job cost, as far as it is known."""
    if not _may_have_cost(job):
        return Amount(Decimal(0), job.quote.unit)
    return spent(job.quote) if job.cost is None else Amount(job.cost, job.quote.unit)


def _may_have_cost(job: Job) -> bool:
    """Whether an ended job's money was spent, or nobody can say that it was not."""
    if job.state is State.FAILED:
        return job.trouble is None or job.trouble.refund in {Refund.KEPT, Refund.UNKNOWN}
    return bool(job.assets) or (job.state is State.CANCELLED and job.token != "")


def _job_line(job: Job, undelivered: frozenset[str]) -> Text:
    cost = spent(job.quote)
    return wording.JOBS_ITEM(code=job.code, model=job.model_name, state=_state(job, undelivered), cost=cost)


def _state(job: Job, undelivered: frozenset[str]) -> Text:
    key = "undelivered" if job.id in undelivered and job.assets else job.state.value
    if job.state is State.CANCELLED and job.token:
        key = State.IN_DOUBT.value  # it was ordered and left in doubt: nobody knows more since
    return wording.STATES[key]()
