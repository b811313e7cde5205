"""Every card that Limner can say, said in every language: no value is missing, and the words are the right ones."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from types import ModuleType

import pytest

from bot.core import delivery, ledger, listings, replies, speech, standing, statements, treasury, wording
from bot.core.budget import Budget, Limit, Period, Scope, Spender
from bot.core.budget import Standing as Spent
from bot.core.cards import Card
from bot.core.job import Address, Reason, State, Trouble
from bot.core.ledger import EntryKind
from bot.core.order import settle
from bot.core.preferences import Preference
from bot.core.progress import measure
from bot.core.replies import Left
from bot.core.standing import Cause, Standing
from bot.core.usage import Total
from bot.errors import RefusalCode, Refused
from bot.i18n import SHIPPED, Translators
from bot.platforms.web.page import page_words
from bot.text import Amount, Value
from providers.errors import FailureCode
from providers.models import MediaKind, Privacy, Seconds, Task, Trait
from providers.outcomes import Asset, Balance, Deed, Extra, ExtraKind, FollowUp, Note, NoteKind, Quota, Receipt, Refund
from tests.fakes.clock import START
from tests.fakes.jobs import a_job, a_model, a_quote, a_request, an_asset
from tests.repository.catalogues import placeholders

WORDS = Translators(UTC)
MODELS = (a_model("Hailuo 2.0", 5), a_model("Kling O1", "48.5", traits=frozenset()), a_model("Veo 3.1", None))
DEAR = a_quote(100, 2)

in_every_language = pytest.mark.parametrize("locale", SHIPPED)


def _notices() -> Iterator[Card]:
    for task in Task:
        job = a_job(request=a_request(task=task))
        yield speech.notice(job, asks=True)
        yield speech.notice(job, asks=False, results=4, age=3600, rate=Decimal("0.07"), currency="USD", changed=True)
    for reason in Reason:
        yield speech.notice(a_job(reason=reason, quote=DEAR), asks=True, cheaper=MODELS[:2])
    settings = {"duration": "5", "sound": True, "aspect_ratio": "16:9", "shot_type": "single"}
    yield speech.notice(a_job(shifted="Wan 2.5", request=a_request(params=settings)), asks=True)
    yield speech.notice(a_job(request=a_request(params={"duration": "auto", "sound": False})), asks=True)


def _sorry() -> Iterator[Card]:
    for state in (State.FAILED, State.REFUSED):
        yield speech.unhappy(a_job(state=state), MODELS)
        for code in FailureCode:
            for refund in Refund:
                yield speech.unhappy(a_job(state=state, trouble=Trouble(code, refund, {"pixels": 5})), MODELS)


def _working() -> Iterator[Card]:
    for kind in MediaKind:
        for elapsed in (12.5, 500.0):
            progress = measure(elapsed, Seconds(60, 120))
            price = Amount(Decimal(25), "points")
            yield speech.working(kind, "Wan 2.6", "a puppy", price, Seconds(60, 120), progress)


def _results() -> Iterator[Card]:
    for kind in MediaKind:
        job = a_job(state=State.SUCCEEDED, media=kind, took=95, assets=(an_asset(kind), an_asset(kind)), lost=2)
        yield delivery.result(job)
        steps = tuple(FollowUp(deed, Task.REWORK_IMAGE, "m", number=2, name="2x") for deed in Deed)
        data: dict[str, int | str] = {
            "duration": 10,
            "model": "Wan",
            "setting": "quality",
            "value": "medium",
            "kind": "PNG",
        }
        notes = tuple(Note(kind, data) for kind in NoteKind)
        yield delivery.result(replace(job, follow_ups=steps, notes=notes), delivery.of_pictures())
        yield delivery.result(replace(job, request=a_request(deed=steps[0])), delivery.of_pictures())


def _refusals() -> Iterator[Card]:
    for code in RefusalCode:
        data: dict[str, Value] = dict.fromkeys(placeholders(wording.REFUSALS[code].one), "x")
        yield replies.refusal(Refused(code, **(data | {"count": 2} if "count" in data else data)))


def _jobs(say: Callable[..., Card]) -> Iterator[Card]:
    made = a_job(state=State.SUCCEEDED, assets=(an_asset(),))
    yield say([a_job(id=f"{n:06x}{0:026x}", state=state) for n, state in enumerate(State)] + [made], frozenset())
    yield say([made], frozenset({made.id}))
    yield say([], frozenset())


def _remembered() -> Iterator[Card]:
    known = {t: Preference("stage", "house", "ann", t, last="wan", last_name="Wan 2.6") for t in Task}
    always = {t: Preference("stage", "house", "ann", t, always="wan", always_name="Wan 2.6") for t in Task}
    yield from (replies.remembered(known), replies.remembered(always), replies.remembered({}))


def _lists() -> Iterator[Card]:
    free = a_model("Seedream", 3, price_to=Decimal(3), traits=frozenset())
    for task in Task:
        yield replies.model_list(task, (*MODELS, free, *(a_model(t.value, traits=frozenset({t})) for t in Trait)))


def _answers() -> Iterator[Card]:
    for lost in (0, 1):
        text = Asset(MediaKind.TEXT, "", text="The tide follows the moon.")
        yield from delivery.answer(a_job(media=MediaKind.TEXT, state=State.SUCCEEDED, assets=(text,), lost=lost))


def _receipts() -> Iterator[Card]:
    clip = an_asset(MediaKind.VIDEO, width=1280, height=720, duration=5.0)
    for privacy in Privacy:
        given = Receipt("bf11cf04", privacy, 42, 176)
        for assets in ((clip,), (replace(clip, duration=None),), ()):
            job = a_job(state=State.SUCCEEDED, assets=assets, receipt=given, cost=Decimal("0.1"), took=3)
            yield from filter(None, [delivery.receipt(job, Decimal("0.0052"), "USD"), delivery.receipt(job, None, "")])


def _extras() -> Iterator[Card]:
    every = tuple(Extra(kind, f"https://cdn.example/{kind}.png") for kind in ExtraKind)
    yield from delivery.links(a_job(assets=(an_asset(extras=every), an_asset(expires_at=None))))
    yield from delivery.links(a_job(assets=(an_asset(held=True),)))


def _budgets() -> Iterator[Card]:
    spender = Spender(Address("stage", "house", "room"), "ann")
    limits = (
        Limit(s, p, unit, Decimal("20.50"), START, START, spender)
        for s in Scope
        for p in Period
        for unit in ("points", "USD")
    )
    yield statements.budgets([Spent(limit, Decimal(3)) for limit in limits])
    yield statements.budgets([])


def _standings() -> Iterator[Card]:
    for cause in Cause:
        for before in (0, 1, 7):
            for wait in (None, Seconds(0, 20), Seconds(40, 90), Seconds(200, 1400)):
                yield standing.notice(a_job(state=State.CONFIRMED), Standing(cause, before, wait, 3))


def _all_budgets() -> Iterator[Card]:
    amounts = (None, Decimal(5))
    held = [
        Budget(s, p, "points", amount, who) for s in Scope for p in Period for amount in amounts for who in ("", "x")
    ]
    yield from (statements.all_budgets(held), statements.all_budgets([]))


def _usage() -> Iterator[Card]:
    parts = [Total(f"Wan {n}", 1 + n, {"points": Decimal(n), "USD": Decimal("0.125")}) for n in range(12)]
    for titles in treasury.USAGE_TITLES.values():
        for title in titles.values():
            charts = dict.fromkeys(treasury.USAGE_BY, parts)
            yield statements.usage(title(), parts[1], charts, 2)
            yield statements.usage(title(), Total(""), {})


def _own_receipts() -> Iterator[Card]:
    job = a_job(
        state=State.SUCCEEDED, told="o-1", rate=Decimal("0.01"), currency="USD", approver="Bob", approved_at=START
    )
    yield statements.receipt(job, [ledger.entry(job, kind, START) for kind in EntryKind])
    yield statements.receipt(a_job(request=a_request(params={})), [])


ROOMS = {"standing": standing, "speech": speech, "replies": replies, "delivery": delivery, "statements": statements}

QUOTAS = (
    Quota("ChatGPT", 12, hours=5, resets_at=START),
    Quota("Grok", 40, spent=Decimal("4.1"), limit=Decimal(10), currency="USD"),
    Quota("", 3),
)
CARDS: Mapping[str, Callable[[], Iterable[Card]]] = {
    "speech.notice": _notices,
    "speech.starting": lambda: (speech.starting(a_job(request=a_request(task=task))) for task in Task),
    "speech.working": _working,
    "speech.finished": lambda: [speech.finished(a_job(quote=DEAR))],
    "delivery.result": _results,
    "delivery.answer": _answers,
    "delivery.links": _extras,
    "delivery.receipt": _receipts,
    "standing.notice": _standings,
    "speech.writing": lambda: [speech.writing("Grok", "why?", Amount(Decimal(10), "credits"), "Because")],
    "speech.unhappy": _sorry,
    "speech.awaiting": lambda: [speech.awaiting(a_job())],
    "speech.declined": lambda: [speech.declined(a_job(state=State.CANCELLED), "Bob", START)],
    "statements.budgets": _budgets,
    "statements.all_budgets": _all_budgets,
    "statements.usage": _usage,
    "statements.receipt": _own_receipts,
    "speech.in_doubt": lambda: (
        speech.in_doubt(a_job(), can_find=yes, looked=again) for yes in (True, False) for again in (True, False)
    ),
    "speech.closed": lambda: (speech.closed(a_job(state=state, token=token)) for state in State for token in ("", "t")),
    "speech.still_waiting": lambda: [speech.still_waiting(a_job(), 700)],
    "replies.balances": lambda: [
        replies.balances(
            [
                Left("Katana", Balance(Decimal("20814.0"), "credits"), Decimal("0.0052"), "USD"),
                Left("Other", Balance(Decimal(5), "points")),
                Left("Away", None),
                Left("ima2", Balance(None, "plan_uses", QUOTAS)),
                Left("ima2", Balance(None, "plan_uses")),
            ]
        )
    ],
    "replies.refusal": _refusals,
    "replies.trouble": lambda: [replies.trouble()],
    "replies.plain": lambda: [replies.plain(listings.JOBS_NONE())],
    "replies.welcome": lambda: [replies.welcome()],
    "replies.model_list": _lists,
    "replies.remembered": _remembered,
    "replies.kept": lambda: [replies.kept(a_model(), tuple(Task))],
    "replies.forgotten": lambda: [replies.forgotten(tuple(Task))],
    "replies.enhanced": lambda: [replies.enhanced("a tabby cat asleep in a sunny window")],
    "replies.open_jobs": lambda: _jobs(replies.open_jobs),
    "replies.past_jobs": lambda: _jobs(replies.past_jobs),
}
"""Samples of everything that is said, by the function that says it."""


def words_of(card: Card, locale: str) -> list[str]:
    """Return every text of a card in a language, without a person's own words and bare addresses."""
    title = [card.title] if card.title is not None else []
    facts = [value for fact in card.facts for value in (fact.label, fact.value)]
    values: list[Value] = [*title, *card.lines, *facts, *(button.label for button in card.buttons)]
    return [WORDS.get(locale).say(value) for value in values]


@in_every_language
@pytest.mark.parametrize("said_by", CARDS)
def test_a_card_can_be_said(locale: str, said_by: str) -> None:
    """Whatever a card tells, all its values are there, nothing is empty and no placeholder shows."""
    texts = [words_of(card, locale) for card in CARDS[said_by]()]
    assert texts
    assert all(texts)
    assert not [text for card in texts for text in card if not text.strip() or re.search(r"[{}]", text)]


def test_each_card_has_a_sample_here() -> None:
    """Whoever adds something to say adds it above."""
    assert set(CARDS) == {f"{name}.{said}" for name, room in ROOMS.items() for said in _says(room)}


def _says(room: ModuleType) -> Iterator[str]:
    for name, function in inspect.getmembers(room, inspect.isfunction):
        is_own = function.__module__ == room.__name__ and not name.startswith("_")
        if is_own and "Card" in str(inspect.signature(function).return_annotation):
            yield name


@in_every_language
def test_the_web_page_can_be_said(locale: str) -> None:
    """The page's sentences name limits that the page knows."""
    words = page_words(WORDS.get(locale))
    assert words["too_many_pictures"] in {
        "Up to 9 pictures go with one message. Please send fewer.",
        "一条消息最多带 9 张图片，请少发几张。",
    }
    assert not [text for text in words.values() if re.search(r"[{}]", text)]


@pytest.mark.parametrize(
    "wishes,english,chinese",
    [
        (
            {"duration": "7"},
            "Wan 2.6 doesn't offer “7” for duration. Please choose 5, 10, or 15.",
            "Wan 2.6 的时长没有“7”，请选 5、10或15。",
        ),
        (
            {"shot_type": "single"},
            "Wan 2.6 has no setting “shot type”. It has: duration and resolution.",
            "Wan 2.6 不能调整“shot type”这一项，可以调整的有：时长和分辨率。",
        ),
    ],
)
def test_a_refusal_says_what_is_offered_instead(wishes: Mapping[str, str], english: str, chinese: str) -> None:
    """The sentences that people meet most when they try something, word for word."""
    with pytest.raises(Refused) as caught:
        settle(a_model(), wishes)
    card = replies.refusal(caught.value)
    assert (words_of(card, "en"), words_of(card, "zh_Hans")) == ([english], [chinese])


def test_the_notice_reads_well_in_chinese() -> None:
    """The price before anything is spent, word for word, as the people see it who read no English."""
    job = a_job(request=a_request(count=2, params={"duration": 5, "resolution": "720P", "sound": True}))
    assert words_of(speech.notice(job, asks=True), "zh_Hans") == [
        "🎬 做这个视频，先看看价格",
        "Wan 2.6 是我们推荐的模型。",
        "在你按“确认”之前，不会扣费。",
        "模型",
        "Wan 2.6",
        "预计耗时",
        "60–120 秒（约 1–2 分钟）",
        "费用",
        "50 积分（2 × 25 积分）",
        "设置",
        "时长 5秒 · 720P · 有声音",
        "确认",
        "取消",
    ]


def test_bad_news_reads_well_in_chinese() -> None:
    """Why, what became of the money, and what else could be tried, without a word of the machinery."""
    trouble = Trouble(FailureCode.CONTENT_REFUSED, Refund.RETURNED)
    card = speech.unhappy(a_job(state=State.FAILED, trouble=trouble), [a_model("Hailuo 2.0", 5)])
    assert words_of(card, "zh_Hans") == [
        "❌ 视频没做成",
        "这个模型不做这类内容，比如真人或品牌。请换个说法，或者换一个模型。",
        "25 积分已经退回账户。",
        "你可以试试：",
        "Hailuo 2.0：最受欢迎，5 积分",
        "改用 Hailuo 2.0（5 积分）",
    ]
