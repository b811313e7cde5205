"""Values that the storage tests save: made by hand where a story needs them, made by Hypothesis where anything goes."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from bot.core.cards import Bar, Button, Card, Fact, Medium, Style, Tone
from bot.core.job import Address, Job, Pace, PictureRef, Reason, Request, State, Trouble
from bot.engine.ports import Line, LineKind
from bot.text import Amount, Lapse, Listing, Moment, Span, Text, Value
from providers.contract import PriceBasis, Quote
from providers.errors import FailureCode
from providers.models import MediaKind, Seconds, Task
from providers.outcomes import Asset, Refund

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ROOM = Address("web", "house", "room")


def now() -> datetime:
    """Return the time at which all of these tests happen."""
    return NOW


def a_job(name: str = "a1", *, state: State = State.PROPOSED, person: str = "ann", at: datetime = NOW) -> Job:
    """Return a new job."""
    return Job(
        id=name,
        rev=1,
        state=state,
        address=ROOM,
        person=person,
        locale="zh_Hans",
        request=Request(Task.TEXT_TO_VIDEO, "ima_studio", "wan2.6", "一只小狗", {"duration": "5", "sound": True}),
        model_name="Wan 2.6",
        media=MediaKind.VIDEO,
        quote=Quote(Decimal("12.50"), 2, Decimal("25.00"), "points", PriceBasis.EXACT, "{}", at),
        expected=Seconds(60, 120),
        pace=Pace(8.0, 8.0, 600.0),
        reason=Reason.DEFAULT,
        created_at=at,
    )


def a_line(key: str, *, job: str = "", kind: LineKind = LineKind.SAY, target: str = "", place: Address = ROOM) -> Line:
    """Return a line that says its own key."""
    return Line(key, kind, place, "ann", "en", a_card(key), NOW, job, target)


def a_card(words: str) -> Card:
    """Return a card with one sentence."""
    return Card(lines=(Text("{words}", "", {"words": words}),))


def exactly(value: object) -> object:
    """Return a value with the type of everything in it, so that ``True`` is not 1 and 1.50 is not 1.5."""
    match value:
        case datetime():
            return ("datetime", value.astimezone(UTC).isoformat())
        case Decimal():
            return ("Decimal", str(value))
        case Mapping():
            return {key: exactly(item) for key, item in value.items()}
        case tuple():
            return tuple(exactly(item) for item in value)
        case _ if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return (type(value).__name__, *((f.name, exactly(getattr(value, f.name))) for f in fields))
        case _:
            return (type(value).__name__, value)


_WORDS = st.text(max_size=8)
_COUNTS = st.integers(0, 10_000)
_AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False)
_SECONDS = st.floats(0, 1e6, allow_nan=False)
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=_ZONES)  # noqa: DTZ001 - zones are drawn
_PARAMS = st.dictionaries(
    _WORDS, st.one_of(_WORDS, st.integers(), st.booleans(), st.sampled_from(["5", "true", "1.0"]))
)
_DATA = st.dictionaries(_WORDS, st.one_of(_WORDS, st.integers()))

_VALUES: st.SearchStrategy[Value] = st.deferred(
    lambda: st.one_of(
        _WORDS,
        st.integers(),
        st.builds(Amount, _AMOUNTS, _WORDS),
        st.builds(Span, _COUNTS, _COUNTS),
        st.builds(Lapse, _COUNTS),
        st.builds(Moment, MOMENTS),
        st.builds(Listing, st.lists(_VALUES, max_size=3).map(tuple), st.booleans()),
        _TEXTS,
    )
)
_TEXTS: st.SearchStrategy[Text] = st.builds(Text, _WORDS, _WORDS, st.dictionaries(_WORDS, _VALUES, max_size=3))
_SIDES = st.none() | _COUNTS
_MEDIA = st.builds(Medium, st.sampled_from(MediaKind), _WORDS, _WORDS, _SIDES, _SIDES)

CARDS = st.builds(
    Card,
    title=st.none() | _TEXTS,
    quote=_WORDS,
    lines=st.lists(_TEXTS, max_size=3).map(tuple),
    facts=st.lists(st.builds(Fact, _TEXTS, _VALUES), max_size=3).map(tuple),
    bar=st.none() | st.builds(Bar, st.integers(0, 100)),
    media=st.lists(_MEDIA, max_size=2).map(tuple),
    copy=_WORDS,
    buttons=st.lists(st.builds(Button, _TEXTS, _WORDS, st.sampled_from(Style)), max_size=2).map(tuple),
    tone=st.sampled_from(Tone),
)

LINES = st.builds(
    Line,
    key=_WORDS,
    kind=st.sampled_from(LineKind),
    address=st.builds(Address, _WORDS, _WORDS, _WORDS),
    person=_WORDS,
    locale=_WORDS,
    card=CARDS,
    at=MOMENTS,
    job=_WORDS,
    target=_WORDS,
    private=st.booleans(),
)

_ASSETS = st.builds(
    Asset,
    st.sampled_from(MediaKind),
    _WORDS,
    cover=_WORDS,
    width=_SIDES,
    height=_SIDES,
    duration=st.none() | _SECONDS,
    others=st.lists(_WORDS, max_size=2).map(tuple),
    expires_at=st.none() | MOMENTS,
)
_REQUESTS = st.builds(
    Request,
    task=st.sampled_from(Task),
    provider=_WORDS,
    model=_WORDS,
    prompt=st.text(),
    params=_PARAMS,
    count=_COUNTS,
    pictures=st.lists(st.builds(PictureRef, _WORDS, _WORDS), max_size=2).map(tuple),
)
JOBS = st.builds(
    Job,
    id=_WORDS,
    rev=_COUNTS,
    state=st.sampled_from(State),
    address=st.builds(Address, _WORDS, _WORDS, _WORDS),
    person=_WORDS,
    locale=_WORDS,
    request=_REQUESTS,
    model_name=_WORDS,
    media=st.sampled_from(MediaKind),
    quote=st.builds(Quote, _AMOUNTS, _COUNTS, _AMOUNTS, _WORDS, st.sampled_from(PriceBasis), st.text(), MOMENTS),
    expected=st.builds(Seconds, _COUNTS, _COUNTS),
    pace=st.builds(Pace, _SECONDS, _SECONDS, _SECONDS),
    reason=st.sampled_from(Reason),
    created_at=MOMENTS,
    shifted=_WORDS,
    parent=_WORDS,
    token=_WORDS,
    ref=_WORDS,
    confirmed_at=st.none() | MOMENTS,
    submitted_at=st.none() | MOMENTS,
    ended_at=st.none() | MOMENTS,
    took=_COUNTS,
    assets=st.lists(_ASSETS, max_size=3).map(tuple),
    lost=_COUNTS,
    trouble=st.none() | st.builds(Trouble, st.sampled_from(FailureCode), st.sampled_from(Refund), _DATA),
    asked=_COUNTS,
    quiet=st.booleans(),
)
