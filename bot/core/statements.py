"""What is answered about money: what is left, what was spent, one order's receipt. Sentences are in ``treasury``."""

from collections.abc import Mapping, Sequence

from bot.core import listings, treasury, wording
from bot.core.budget import Budget, Limit, Standing, is_currency, told
from bot.core.cards import Card, Fact, Medium
from bot.core.job import Job
from bot.core.ledger import Entry
from bot.core.speech import told_settings
from bot.core.usage import Total
from bot.text import Listing, Moment, Text

BAR = 12
"""Signs of the longest bar of a chart in words."""

_MOST = 10
"""Lines of one chart."""


def budgets(standings: Sequence[Standing]) -> Card:
    """Return what is left for somebody in a place."""
    if not standings:
        return Card(title=treasury.BUDGET_NONE())
    return Card(title=treasury.BUDGET_TITLE(), lines=tuple(_standing(standing) for standing in standings))


def _standing(standing: Standing) -> Text:
    limit = standing.limit
    left, most = told(standing.left, limit.unit), told(limit.most, limit.unit)
    return treasury.BUDGET_ITEM(budget=budget_name(limit), left=left, most=most, when=Moment(limit.until))


def budget_name(limit: Limit | Budget) -> Text:
    """Return what a budget is called in the middle of a sentence."""
    return treasury.BUDGETS[limit.scope][limit.period]()


def all_budgets(held: Sequence[Budget]) -> Card:
    """Return every budget that holds, for admins."""
    if not held:
        return Card(title=treasury.BUDGETS_NONE())
    return Card(title=treasury.BUDGETS_TITLE(), lines=tuple(in_words(budget) for budget in held))


def in_words(budget: Budget) -> Text:
    """Return one budget in words."""
    whose = budget.who or treasury.EACH[budget.scope]()
    most = treasury.UNLIMITED() if budget.amount is None else told(budget.amount, budget.unit)
    return treasury.BUDGET_HELD(whose=whose, period=treasury.PERIODS[budget.period](), most=most)


def usage(
    title: Text,
    whole: Total,
    charts: Mapping[str, Sequence[Total]],
    unsure: int = 0,
    drawn: tuple[Text, Medium] | None = None,
) -> Card:
    """Return what was spent: in all, then by each name, each with a bar.

    ``unsure`` are the orders of which it is not certain yet whether they were spent. ``drawn`` is a chart of the time,
    with what it shows.
    """
    if not whole.orders:
        return Card(title=title, lines=(treasury.USAGE_NONE(),))
    lines = [treasury.USAGE_WHOLE(count=whole.orders, amounts=amounts(whole))]
    if unsure:
        lines.append(treasury.USAGE_UNKNOWN(count=unsure))
    for heading, parts in charts.items():
        lines.append(treasury.USAGE_BY[heading]())
        longest = max(part.orders for part in parts)
        lines += [_bar(part, longest) for part in parts[:_MOST]]
        if len(parts) > _MOST:
            lines.append(treasury.USAGE_MORE(count=len(parts) - _MOST))
    if drawn is None:
        return Card(title=title, lines=tuple(lines))
    return Card(title=title, lines=(*lines, drawn[0]), media=(drawn[1],))


def _bar(part: Total, longest: int) -> Text:
    bar = "▇" * max(1, round(BAR * part.orders / longest))
    return treasury.USAGE_ITEM(bar=bar, name=part.name, count=part.orders, amounts=amounts(part))


def amounts(part: Total) -> Listing:
    """Return what a total is in every measure, the units before the money, as far as it is anything."""
    ordered = sorted(part.amounts.items(), key=lambda item: (is_currency(item[0]), item[0]))
    return Listing(tuple(told(amount, measure) for measure, amount in ordered), bare=True)


def receipt(job: Job, entries: Sequence[Entry]) -> Card:
    """Return everything about one order's money: what was told, what it cost, and each line of the books."""
    facts = [
        Fact(wording.FACT_MODEL(), job.model_name),
        Fact(treasury.FACT_ORDERED(), Moment(job.confirmed_at or job.created_at)),
        Fact(treasury.FACT_STATE(), listings.STATES[job.state.value]()),
        Fact(treasury.FACT_TOLD(), told(job.quote.total, job.quote.unit)),
    ]
    settings = told_settings(job.request.params)
    if settings:
        facts.insert(1, Fact(wording.FACT_SETTINGS(), Listing(settings, bare=True)))
    if job.told:
        facts.append(Fact(wording.FACT_REFERENCE(), job.told))
    if job.approved_at is not None:
        facts.append(
            Fact(treasury.FACT_APPROVED(), treasury.APPROVED_BY(who=job.approver, when=Moment(job.approved_at)))
        )
    lines = tuple(_booked(entry) for entry in entries) or (treasury.BOOKS_EMPTY(),)
    title = treasury.RECEIPT_TITLE(code=job.code)
    return Card(title=title, quote=job.request.prompt, facts=tuple(facts), lines=lines)


def _booked(entry: Entry) -> Text:
    amount = told(entry.amount, entry.unit)
    if entry.money is not None:
        amount = Listing((amount, told(entry.money, entry.currency)), bare=True)
    return treasury.BOOKS[entry.kind](amount=amount, when=Moment(entry.at))
