"""What is said when something was made: media, answer, links, receipt. What comes before that is in ``speech``."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from bot.core import deeds, wording
from bot.core.actions import Action, Verb
from bot.core.cards import Button, Card, Fact, Medium, Tone
from bot.core.job import Job
from bot.core.pages import split_answer
from bot.core.pricing import is_at_most
from bot.core.speech import LONGEST_PART, cost, money_fact, span
from bot.text import Amount, Lapse, Moment, Text
from providers.models import MediaKind, Task
from providers.outcomes import Asset, Deed, ExtraKind


def result(job: Job, offered: Collection[Task] = ()) -> Card:
    """Return the message with the media itself and its caption. ``offered`` is what can be made of pictures here."""
    took = wording.TOOK(expected=span(job.expected), actual=Lapse(job.took))
    lines = [wording.SOME_LOST(count=job.lost)] if job.lost else []
    lines += [deeds.noted(note) for note in job.notes]
    step = job.request.deed
    return Card(
        title=wording.READY[job.media](),
        quote=job.request.prompt,
        facts=(
            *([Fact(wording.FACT_STEP(), deeds.told(step))] if step else []),
            Fact(wording.FACT_MODEL(), job.model_name),
            Fact(wording.FACT_TOOK(), took),
            Fact(wording.FACT_COST(), _spent(job)),
            Fact(wording.FACT_CODE(), job.code),
        ),
        lines=tuple(lines),
        media=tuple(Medium(a.kind, a.url, a.cover, a.width, a.height, a.held) for a in job.assets),
        buttons=_result_buttons(job, offered),
        tone=Tone.GOOD,
    )


def _spent(job: Job) -> Text | Amount:
    """Return what a job really cost, or its quoted price where the provider does not say."""
    return cost(job.quote) if job.cost is None else Amount(job.cost, job.quote.unit)


def _result_buttons(job: Job, offered: Collection[Task]) -> tuple[Button, ...]:
    """Return what can be done next: what the provider offers for this very result, then what goes with any."""
    steps = [
        Button(deeds.told(follow), Action(Verb.STEP, job.id, str(n)).encode())
        for n, follow in enumerate(job.follow_ups[:MOST_STEPS])
    ]
    if job.media is MediaKind.IMAGE:
        is_grid = any(follow.deed is Deed.PICK for follow in job.follow_ups)
        return (*steps, *(() if is_grid else _picture_buttons(job, offered)))
    if any(extra.kind is ExtraKind.FINAL_FRAME for asset in job.assets for extra in asset.extras):
        steps.append(Button(wording.BUTTON_CONTINUE(), Action(Verb.CONTINUE, job.id, "0").encode()))
    return tuple(steps)


MOST_STEPS = 16
"""Follow-ups that a message has buttons for; Midjourney offers thirteen at most."""

_OF_PICTURES = (
    (Task.UPSCALE_IMAGE, Verb.UPSCALE, wording.BUTTON_UPSCALE),
    (Task.REMOVE_BACKGROUND, Verb.CUTOUT, wording.BUTTON_CUTOUT),
    (Task.IMAGE_TO_TEXT, Verb.DESCRIBE, wording.BUTTON_DESCRIBE),
)


def _picture_buttons(job: Job, offered: Collection[Task]) -> tuple[Button, ...]:
    more = [(verb, label) for task, verb, label in _OF_PICTURES if task in offered and task is not job.request.task]
    buttons = ((Verb.ANIMATE, wording.BUTTON_ANIMATE), *more)
    return tuple(Button(label(), Action(verb, job.id, "0").encode()) for verb, label in buttons)


def of_pictures() -> tuple[Task, ...]:
    """Return what the buttons under a picture can make of it."""
    return tuple(task for task, _, _ in _OF_PICTURES)


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
        if not (address := link_of(asset)):
            continue
        lines = (wording.EXPIRES(when=Moment(asset.expires_at)),) if asset.expires_at else ()
        cards.append(Card(title=wording.LINK(), copy=address, lines=lines))
    if not cards and any(asset.held for asset in job.assets):
        cards.append(Card(title=wording.NO_LINK()))
    shown = [asset for asset in job.assets if not asset.held]
    more = tuple(wording.EXTRA[extra.kind](url=extra.url) for asset in shown for extra in asset.extras)
    return (*cards, *((Card(title=wording.EXTRAS(), lines=more),) if more else ()))


def link_of(asset: Asset) -> str:
    """Return the address that people can open, if there is one: of a held result it is the maker's own."""
    return next(iter(asset.others), "") if asset.held else asset.url


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
