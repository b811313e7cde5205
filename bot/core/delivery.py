"""What is said when something was made: media, answer, links, receipt. What comes before that is in ``speech``."""

from dataclasses import replace
from decimal import Decimal

from bot.core import wording
from bot.core.actions import Action, Verb
from bot.core.cards import Button, Card, Fact, Medium, Tone
from bot.core.job import Job
from bot.core.pages import split_answer
from bot.core.pricing import is_at_most
from bot.core.speech import LONGEST_PART, cost, money_fact, span
from bot.text import Amount, Lapse, Moment, Text
from providers.models import MediaKind
from providers.outcomes import Asset, ExtraKind


def result(job: Job) -> Card:
    """Return the message with the media itself and its caption."""
    took = wording.TOOK(expected=span(job.expected), actual=Lapse(job.took))
    lines = [wording.SOME_LOST(count=job.lost)] if job.lost else []
    return Card(
        title=wording.READY[job.media](),
        quote=job.request.prompt,
        facts=(
            Fact(wording.FACT_MODEL(), job.model_name),
            Fact(wording.FACT_TOOK(), took),
            Fact(wording.FACT_COST(), _spent(job)),
        ),
        lines=tuple(lines),
        media=tuple(Medium(a.kind, a.url, a.cover, a.width, a.height, a.held) for a in job.assets),
        buttons=_result_buttons(job),
        tone=Tone.GOOD,
    )


def _spent(job: Job) -> Text | Amount:
    """Return what a job really cost, or its quoted price where the provider does not say."""
    return cost(job.quote) if job.cost is None else Amount(job.cost, job.quote.unit)


def _result_buttons(job: Job) -> tuple[Button, ...]:
    if job.media is MediaKind.IMAGE:
        return (Button(wording.BUTTON_ANIMATE(), Action(Verb.ANIMATE, job.id, "0").encode()),)
    if any(extra.kind is ExtraKind.FINAL_FRAME for asset in job.assets for extra in asset.extras):
        return (Button(wording.BUTTON_CONTINUE(), Action(Verb.CONTINUE, job.id, "0").encode()),)
    return ()


def answer(job: Job) -> tuple[Card, ...]:
    """Return a written answer, word for word, in as many messages as it needs."""
    parts = [part for asset in job.assets for part in split_answer(asset.text, LONGEST_PART)]
    ready = wording.READY[MediaKind.TEXT]()
    cards = [Card(title=None if n else ready, text=part) for n, part in enumerate(parts)]
    if cards and job.lost:
        cards[-1] = replace(cards[-1], lines=(wording.ANSWER_CUT(),))
    return tuple(replace(card, tone=Tone.GOOD) for card in cards)


def links(job: Job) -> tuple[Card, ...]:
    """Return one message per result with nothing but its bare address to copy, and one with what else there is."""
    cards = []
    for asset in job.assets:
        if not asset.url:
            continue
        lines = (wording.EXPIRES(when=Moment(asset.expires_at)),) if asset.expires_at else ()
        cards.append(Card(title=wording.LINK(), copy=asset.url, lines=lines))
    more = tuple(wording.EXTRA[extra.kind](url=extra.url) for asset in job.assets for extra in asset.extras)
    return (*cards, *((Card(title=wording.EXTRAS(), lines=more),) if more else ()))


def receipt(job: Job, rate: Decimal | None, currency: str) -> Card | None:
    """Return the account of a finished order, where its provider wants one."""
    given = job.receipt
    if given is None:
        return None
    spent = job.quote.total if job.cost is None else job.cost
    at_most = job.cost is None and is_at_most(job.quote)
    facts = [Fact(wording.FACT_MODEL(), job.model_name)]
    if given.privacy is not None:
        facts.append(Fact(wording.FACT_PRIVACY(), wording.PRIVACY_SHORT[given.privacy]()))
    if given.reference:
        facts.append(Fact(wording.FACT_REFERENCE(), given.reference))
    if given.tokens_in is not None and given.tokens_out is not None:
        facts.append(Fact(wording.FACT_TOKENS(), wording.TOKENS(read=given.tokens_in, written=given.tokens_out)))
    facts += [Fact(wording.FACT_SIZE(), size) for asset in job.assets for size in _sizes(asset)]
    facts += [Fact(wording.FACT_COST(), _spent(job)), *money_fact(spent, rate, currency, at_most=at_most)]
    return Card(title=wording.RECEIPT(), facts=(*facts, Fact(wording.FACT_TOOK(), Lapse(job.took))))


def _sizes(asset: Asset) -> tuple[Text, ...]:
    if not asset.width or not asset.height:
        return ()
    width, height = str(asset.width), str(asset.height)
    if asset.duration:
        return (wording.LASTS(width=width, height=height, duration=Lapse(round(asset.duration))),)
    return (wording.SIZE(width=width, height=height),)
