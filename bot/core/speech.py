"""What Limner says at each step of a job, as neutral cards. The sentences are in ``wording``, lists in ``replies``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from bot.core import deeds, failures, treasury, wording
from bot.core.actions import Action, Verb
from bot.core.cards import Bar, Button, Card, Fact, Style, Tone
from bot.core.job import Job, Reason, State, was_stopped
from bot.core.order import shown
from bot.core.pricing import EXPENSIVE, in_money, is_at_most, is_covered
from bot.core.progress import Progress
from bot.core.shelf import MONEY
from bot.text import Amount, Lapse, Listing, Moment, Span, Text
from providers.contract import Quote
from providers.errors import FailureCode
from providers.models import MediaKind, ModelSpec, ParamSpec, ParamValue, Privacy, Seconds
from providers.outcomes import Refund


def cost(quote: Quote) -> Text | Amount:
    """Return the price of a whole order: the total, and how it comes about where there are several units."""
    total = Amount(quote.total, quote.unit)
    if is_covered(quote):
        return wording.COST_PLAN(total=total)
    if is_at_most(quote):
        return wording.COST_AT_MOST(total=total)
    if quote.units == 1:
        return total
    return wording.COST_TIMES(total=total, units=quote.units, each=Amount(quote.per_unit, quote.unit))


def spent(quote: Quote) -> Text | Amount:
    """Return what an order took as far as it is known before its bill: the total, or the most that it can be."""
    return cost(quote) if is_at_most(quote) or is_covered(quote) else Amount(quote.total, quote.unit)


def notice(
    job: Job,
    *,
    asks: bool,
    cheaper: Sequence[ModelSpec] = (),
    results: int = 1,
    age: int = 0,
    rate: Decimal | None = None,
    currency: str = "",
    privacy: Privacy | None = None,
    params: Sequence[ParamSpec] = (),
    changed: bool = False,
    enhances: bool = False,
) -> Card:
    """Return the card that says the price before anything is spent.

    ``results`` is how many results the order yields, ``age`` how many seconds ago the price was read, ``rate`` the
    money one unit costs, ``params`` the model's settings: what is not as they have it is told. ``enhances`` says that
    somebody can make a short prompt richer.
    """
    lines = [wording.PRICE_CHANGED()] if changed else []
    if job.shifted:
        lines.append(wording.SHIFTED(wished=job.shifted, model=job.model_name))
    else:
        lines.append(wording.WHY[job.reason](model=job.model_name))
    if results > job.request.count:
        lines.append(wording.SEVERAL_AT_ONCE(count=results))
    offered = cheaper if job.quote.total > EXPENSIVE and job.reason not in _ASKED_FOR else ()
    if offered:
        named = tuple(wording.CHEAPER_ITEM(model=m.name, cost=_usual_price(job, m)) for m in offered)
        lines.append(wording.CHEAPER(models=Listing(named, either=True)))
    if age > STALE_AFTER:
        lines.append(wording.PRICE_READ(age=Lapse(age)))
    lines.append(wording.NOTHING_SPENT_YET() if asks else wording.STARTS_NOW())
    who = (Fact(wording.FACT_PRIVACY(), wording.PRIVACY[privacy]()),) if privacy else ()
    return Card(
        title=wording.NOTICE[job.media](),
        quote=job.request.prompt,
        facts=(*_facts(job, params), *_in_money(job.quote, rate, currency), *who),
        lines=tuple(lines),
        buttons=_notice_buttons(job, offered, enhances=enhances and is_short(job)) if asks else (),
        tone=Tone.ASKING if asks else Tone.WORKING,
    )


SHORT = 60
"""Characters up to which a prompt is offered to be made richer."""


def is_short(job: Job) -> bool:
    """Whether a prompt could say more than it does, and is the person's own to say."""
    return job.request.deed is None and job.media is not MediaKind.TEXT and 0 < len(job.request.prompt) <= SHORT


STALE_AFTER = 900
"""A price read longer ago than this (seconds) is shown with its age."""

_ASKED_FOR = frozenset({Reason.EXPLICIT, Reason.BEST})
"""Who asked for this model or for the best one is not told to save (seed: cost transparency)."""


def _usual_price(job: Job, model: ModelSpec) -> Amount | Text:
    """Return what as many results as the job's cost with another model's default settings; of an answer the most."""
    total = Amount((model.price or Decimal(0)) * job.request.count, model.unit)
    return wording.COST_AT_MOST(total=total) if model.media is MediaKind.TEXT else total


def _facts(job: Job, params: Sequence[ParamSpec] = ()) -> tuple[Fact, ...]:
    step = job.request.deed
    facts = [
        *([Fact(wording.FACT_STEP(), deeds.told(step))] if step else []),
        Fact(wording.FACT_MODEL(), job.model_name),
        Fact(wording.FACT_EXPECTED(), span(job.expected)),
        Fact(wording.FACT_COST(), cost(job.quote)),
    ]
    told = dict(job.request.params)
    if is_at_most(job.quote):
        told.pop("duration", None)  # how long it becomes is what is not known yet
    settings = (*told_settings(told), *_chosen(job.request.params, params))
    if settings:
        facts.append(Fact(wording.FACT_SETTINGS(), Listing(settings, bare=True)))
    return (*facts, *_number(job), *_approved(job))


def _approved(job: Job) -> tuple[Fact, ...]:
    """Return who gave the second yes, and when: it stays under the order for everybody to see."""
    if job.approved_at is None:
        return ()
    told = treasury.APPROVED_BY(who=job.approver, when=Moment(job.approved_at))
    return (Fact(treasury.FACT_APPROVED(), told),)


def awaiting(job: Job) -> Card:
    """Return the notice of an order that waits for a second person's yes."""
    approve, decline = (Action(verb, job.id).encode() for verb in (Verb.APPROVE, Verb.DECLINE))
    return Card(
        title=treasury.APPROVAL_TITLE(),
        quote=job.request.prompt,
        facts=_facts(job),
        lines=(treasury.APPROVAL_WHY(),),
        buttons=(
            Button(treasury.BUTTON_APPROVE(), approve, Style.PRIMARY),
            Button(treasury.BUTTON_DECLINE(), decline),
            Button(wording.BUTTON_CANCEL(), Action(Verb.CANCEL, job.id).encode()),
        ),
        tone=Tone.ASKING,
    )


def declined(job: Job, who: str, now: datetime) -> Card:
    """Return the notice of an order that an approver said no to."""
    line = treasury.DECLINED_BY(who=who, when=Moment(now))
    return Card(title=treasury.DECLINED_TITLE(), quote=job.request.prompt, facts=_facts(job), lines=(line,))


def _number(job: Job) -> tuple[Fact, ...]:
    """Return the provider's name of an order: with it an admin finds it in the account's records."""
    return (Fact(wording.FACT_REFERENCE(), job.told),) if job.told else ()


def _in_money(quote: Quote, rate: Decimal | None, currency: str) -> tuple[Fact, ...]:
    """Return what an order is in money, unless its price says so already."""
    if is_covered(quote) or quote.unit in MONEY:
        return ()
    return money_fact(quote.total, rate, currency, at_most=is_at_most(quote))


def money_fact(amount: Decimal, rate: Decimal | None, currency: str, *, at_most: bool = False) -> tuple[Fact, ...]:
    """Return what an amount is in money, where the price of one unit is known."""
    if rate is None:
        return ()
    money = in_money(amount, rate, currency)
    return (Fact(wording.FACT_MONEY(), wording.COST_AT_MOST(total=money) if at_most else money),)


_TOLD = ("duration", "resolution", "size", "quality", "aspect_ratio", "sound")


def told_settings(params: Mapping[str, ParamValue]) -> tuple[Text | str, ...]:
    """Return the settings worth telling, as short values: ``5 s``, ``1080P``, ``16:9``, ``with sound``."""
    told: list[Text | str] = []
    for name in _TOLD:
        if name not in params:
            continue
        value = shown(params[name])
        if name == "duration" and value.isdecimal():
            told.append(wording.SETTING_DURATION(duration=Lapse(int(value))))
        elif name == "aspect_ratio" and value == "auto":
            told.append(wording.SETTING_OF(setting=wording.setting_label(name), value=value))
        elif name == "sound" and value in {"on", "off"}:
            told.append(wording.SOUND_ON() if value == "on" else wording.SOUND_OFF())
        else:
            told.append(value)
    return tuple(told)


def _chosen(values: Mapping[str, ParamValue], params: Sequence[ParamSpec]) -> tuple[Text, ...]:
    """Return the other settings that a person chose, by name: what is sent is told."""
    return tuple(
        wording.SETTING_OF(setting=wording.setting_label(p.name, p.label), value=shown(values[p.name])[:60])
        for p in params
        if p.name not in _TOLD and values.get(p.name, p.default) != p.default
    )


def span(expected: Seconds) -> Span:
    """Return an expected time as it is said."""
    return Span(expected.low, expected.high)


def _notice_buttons(job: Job, cheaper: Sequence[ModelSpec], *, enhances: bool) -> tuple[Button, ...]:
    confirm = Action(Verb.CONFIRM, job.id, str(job.rev)).encode()
    buttons = [Button(wording.BUTTON_CONFIRM(), confirm, Style.PRIMARY)]
    buttons += _switches(job, cheaper[:1])
    buttons += [Button(wording.BUTTON_ENHANCE(), Action(Verb.ENHANCE, job.id).encode())] if enhances else []
    return (*buttons, Button(wording.BUTTON_CANCEL(), Action(Verb.CANCEL, job.id).encode()))


def _switches(job: Job, models: Sequence[ModelSpec]) -> list[Button]:
    """Return a button for each model that a button can name."""
    actions = [(model, Action(Verb.SWITCH, job.id, _model_word(job, model))) for model in models]
    return [
        Button(wording.BUTTON_SWITCH(model=model.name, cost=_usual_price(job, model)), action.encode())
        for model, action in actions
        if action.fits
    ]


def _model_word(job: Job, model: ModelSpec) -> str:
    return model.id if model.provider == job.request.provider else f"{model.provider}/{model.id}"


def starting(job: Job) -> Card:
    """Return the notice once it is confirmed: the same facts and, once it is known, the order's name; no buttons."""
    return Card(
        title=wording.STARTING[job.media](),
        quote=job.request.prompt,
        facts=_facts(job),
        bar=None if job.media is MediaKind.TEXT else Bar(0),
        tone=Tone.WORKING,
    )


LONGEST_PART = 3_400
"""Characters of an answer in one message: with the rest of a card it has to fit the tightest chat, which takes 4,000
(reference ``discord.md`` section 1.4)."""


def writing(model: str, prompt: str, price: Text | Amount, text: str) -> Card:
    """Return the card of an answer that arrives bit by bit: its newest part."""
    newest = text if len(text) <= LONGEST_PART else f"…{text[-LONGEST_PART:]}"
    return Card(
        title=wording.WRITING(),
        quote=prompt,
        text=newest,
        facts=(Fact(wording.FACT_MODEL(), model), Fact(wording.FACT_COST(), price)),
        tone=Tone.WORKING,
    )


def working(
    media: MediaKind,
    model: str,
    prompt: str,
    price: Text | Amount,
    expected: Seconds,
    progress: Progress,
    *,
    stop: str = "",
) -> Card:
    """Return the card of a running job; ``stop`` is the job's id where its provider can stop it."""
    waited = Lapse(progress.waited)
    if progress.overdue:
        late = progress.waited > 2 * expected.high
        line = wording.LATE(waited=waited) if late else wording.NEARLY(waited=waited)
    else:
        line = wording.WAITED(waited=waited, longest=Lapse(expected.high))
    return Card(
        title=wording.WORKING[media](percent=progress.percent),
        quote=prompt,
        facts=(Fact(wording.FACT_MODEL(), model), Fact(wording.FACT_COST(), price)),
        lines=(line,),
        bar=Bar(progress.percent),
        buttons=(Button(wording.BUTTON_STOP(), Action(Verb.STOP, stop).encode()),) if stop else (),
        tone=Tone.WORKING,
    )


def finished(job: Job) -> Card:
    """Return the notice once the result is there."""
    bar = None if job.media is MediaKind.TEXT else Bar(100)
    return Card(title=wording.FINISHED(), quote=job.request.prompt, facts=_facts(job), bar=bar, tone=Tone.GOOD)


def unhappy(job: Job, models: Sequence[ModelSpec]) -> Card:
    """Return why a job has no result, what happened to the money, and what to try instead."""
    trouble = job.trouble
    code = trouble.code if trouble else FailureCode.UNKNOWN
    known = trouble.refund if trouble else Refund.UNKNOWN
    refund = Refund.NOT_CHARGED if job.state is State.REFUSED else known
    others = failures.alternatives(models, job.request.provider, job.request.model, code)
    lines = [failures.sentence(trouble) if trouble else wording.FAILURES[code]()]
    lines.append(wording.MONEY[refund](cost=spent(job.quote) if refund is Refund.KEPT else _total(job)))
    if others:
        lines.append(wording.SUGGEST())
        lines += [_alternative(job, m) for m in others]
    buttons = [Button(wording.BUTTON_AGAIN(), Action(Verb.AGAIN, job.id).encode(), Style.PRIMARY)]
    titles = wording.NOT_STARTED_TITLE if job.state is State.REFUSED else wording.FAILED_TITLE
    return Card(
        title=titles[job.media](),
        quote=job.request.prompt,
        facts=_number(job),
        lines=tuple(lines),
        buttons=(*(buttons if failures.retry_helps(code) else ()), *_switches(job, others)),
        tone=Tone.BAD,
    )


def _total(job: Job) -> Amount:
    return Amount(job.quote.total, job.quote.unit)


def _alternative(job: Job, model: ModelSpec) -> Text:
    trait = failures.main_trait(model)
    word = wording.TRAITS[trait]() if trait else wording.TRAIT_NONE()
    return wording.ALTERNATIVE(model=model.name, trait=word, cost=_usual_price(job, model))


def in_doubt(job: Job, *, can_find: bool, looked: bool = False) -> Card:
    """Return the honest message about an order of which nobody knows whether it arrived."""
    lines = [wording.IN_DOUBT_WHY(cost=spent(job.quote)), wording.IN_DOUBT_NEXT()]
    if looked:
        lines.append(wording.IN_DOUBT_LOOKED())
    look = (Button(wording.BUTTON_LOOK(), Action(Verb.LOOK, job.id).encode(), Style.PRIMARY),) if can_find else ()
    return Card(
        title=wording.IN_DOUBT_TITLE(),
        quote=job.request.prompt,
        lines=tuple(lines),
        buttons=(
            *look,
            Button(wording.BUTTON_MAY_CHARGE(), Action(Verb.AGAIN, job.id).encode(), Style.DANGER),
            Button(wording.BUTTON_CLOSE(), Action(Verb.CANCEL, job.id).encode()),
        ),
        tone=Tone.BAD,
    )


def stopped(job: Job) -> Text:
    """Return that a running order was stopped, and what is known about its money."""
    refund = job.trouble.refund if job.trouble else Refund.UNKNOWN
    return deeds.STOPPED[refund](cost=_total(job))


def closed(job: Job) -> Card:
    """Return the notice of a job that was cancelled or ran out, or that ended badly and is told below."""
    left = wording.IN_DOUBT_CLOSED() if job.token else wording.CANCELLED()
    line: Mapping[State, Text] = {
        State.CANCELLED: stopped(job) if was_stopped(job) else left,
        State.EXPIRED: wording.EXPIRED(),
        State.IN_DOUBT: wording.IN_DOUBT_TITLE(),
    }
    titles = wording.FAILED_TITLE if job.state is State.FAILED else wording.NOT_STARTED_TITLE
    title = line.get(job.state) or titles[job.media]()
    return Card(title=title, quote=job.request.prompt, facts=_facts(job), tone=Tone.PLAIN)


def still_waiting(job: Job, waited: int) -> Card:
    """Return the question whether to go on waiting for a late job."""
    return Card(
        title=wording.STILL_WAITING(waited=Lapse(waited)),
        quote=job.request.prompt,
        lines=(wording.STILL_PAID(),),
        buttons=(
            Button(wording.BUTTON_WAIT(), Action(Verb.WAIT, job.id).encode(), Style.PRIMARY),
            Button(wording.BUTTON_LEAVE(), Action(Verb.LEAVE, job.id).encode()),
        ),
        tone=Tone.ASKING,
    )
