"""Every card there is, drawn for Discord in every language: complete, harmless, and within what Discord takes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from bot.core import delivery, replies, speech, wording
from bot.core.cards import Bar, Button, Card, Fact, Medium, Tone
from bot.core.job import Job, State, Trouble
from bot.core.preferences import Preference
from bot.core.progress import Progress
from bot.errors import RefusalCode, Refused
from bot.i18n import SHIPPED, Translators
from bot.platforms.discord.limits import problems
from bot.platforms.discord.render import Draft, Shape, bar, draw, draw_plain
from bot.platforms.discord.wire import File, Flag, walk
from bot.text import Amount, Listing, Text
from providers.errors import FailureCode
from providers.models import MediaKind, Seconds, Task
from providers.outcomes import Refund
from tests.fakes.clock import START
from tests.fakes.discord_server.drafts import Desk, read_new
from tests.fakes.discord_server.messages import StoredFile, Upload
from tests.fakes.jobs import a_job, a_model, a_request, an_asset

WORDS = Translators(UTC)
NASTY = "@everyone <@1> ```x``` \u202e [a](https://evil.example) " * 200
DESK = Desk(lambda upload: StoredFile(1, "f", upload), 10 * 1024 * 1024, 0.0)
ANY: Mapping[str, Any] = {
    "allowed": Listing(("a", "b"), either=True),
    "setting": "duration",
    "value": NASTY[:60],
    "name": NASTY[:60],
    "word": NASTY[:40],
}


def ended(state: State, **changes: Any) -> Job:
    """Return a job that is over."""
    return a_job(state=state, ended_at=START, took=70, request=a_request(prompt=NASTY), **changes)


def every_card() -> list[Card]:
    """Return each kind of card the engine says, with the nastiest words somebody could bring into it."""
    job = a_job(request=a_request(prompt=NASTY), model_name="Wan_2*6")
    done = ended(State.SUCCEEDED, assets=(an_asset(), an_asset(MediaKind.IMAGE)), lost=1)
    models = [a_model(f"Model {n}") for n in range(60)]
    liking = Preference("d", "t", "p", Task.TEXT_TO_VIDEO, last="x", last_name=NASTY[:60])
    failed = ended(State.FAILED, trouble=Trouble(FailureCode.NO_POINTS, Refund.RETURNED))
    working = speech.working(
        MediaKind.VIDEO, "Wan", NASTY, Amount(Decimal(25), "points"), Seconds(60, 120), Progress(40, 50, overdue=False)
    )
    cards = [
        speech.notice(job, asks=True, cheaper=models[:2], results=4, age=1000, rate=Decimal("0.01"), currency="EUR"),
        speech.starting(job),
        working,
        speech.finished(done),
        delivery.result(done),
        *delivery.links(done),
        speech.unhappy(failed, models),
        speech.in_doubt(job, can_find=True, looked=True),
        speech.closed(ended(State.CANCELLED)),
        speech.still_waiting(job, 4000),
        replies.welcome(),
        replies.trouble(),
        replies.model_list(Task.TEXT_TO_VIDEO, models),
        replies.remembered({Task.TEXT_TO_VIDEO: liking}),
        replies.open_jobs([done] * 50, frozenset({done.id})),
        replies.past_jobs([done] * 20, frozenset()),
        replies.kept(models[0], tuple(Task)),
    ]
    return cards + [_refused(code) for code in RefusalCode]


def _refused(code: RefusalCode) -> Card:
    names = {name: ANY.get(name, 3) for name in _placeholders(wording.REFUSALS[code].one)}
    return replies.refusal(Refused(code, **names))


def _placeholders(sentence: str) -> list[str]:
    return [part.partition("}")[0] for part in sentence.split("{")[1:]]


CARDS = every_card()
in_every_language = pytest.mark.parametrize("locale", SHIPPED)


def taken(draft: Draft) -> None:
    """Let the pretend Discord, which has the limits from the reference by itself, read a message."""
    uploads = {n: Upload(file.name, file.data, file.mime) for n, file in enumerate(draft.files)}
    listed = [{"id": n, "filename": file.name} for n, file in enumerate(draft.files)]
    read_new({**draft.payload, **({"attachments": listed} if listed else {})}, uploads, DESK, ephemeral_allowed=False)


def texts(draft: Draft) -> str:
    """Return all words of a message."""
    shown = [str(c["content"]) for c in walk(draft.payload.get("components")) if c.get("type") == 10]
    return "\n".join([str(draft.payload.get("content", "")), *shown])


@in_every_language
@pytest.mark.parametrize("number", range(len(CARDS)))
def test_every_card_is_within_the_limits(number: int, locale: str) -> None:
    """In both forms, with and without somebody to call, for our own check and for the pretend Discord's."""
    for shape in (Shape(), Shape(rings="123456789012345678")):
        for drawn in (draw, draw_plain):
            draft = drawn(CARDS[number], WORDS.get(locale), shape)
            assert problems(draft.payload) == []
            taken(draft)


@in_every_language
@pytest.mark.parametrize("number", range(len(CARDS)))
def test_no_card_calls_anybody_by_itself(number: int, locale: str) -> None:
    """Whatever somebody wrote: no mention outside a block is live, and only the one who is meant may be called."""
    draft = draw(CARDS[number], WORDS.get(locale), Shape(rings="42"))
    assert draft.payload["allowed_mentions"] == {"parse": [], "users": ["42"]}
    outside = texts(draft).split("```")[::2]
    assert not [part for part in outside if "<@1>" in part.replace("\\<@1>", "")]


def test_a_result_shows_its_media_and_its_caption() -> None:
    """The video plays in place; model, time and cost stand above it."""
    draft = draw(delivery.result(ended(State.SUCCEEDED, assets=(an_asset(),))), WORDS.get("en"))
    galleries = [c for c in walk(draft.payload["components"]) if c.get("type") == 12]
    assert [g["items"] for g in galleries] == [[{"media": {"url": an_asset().url}}]]
    for said in ("Your video is ready", "Wan 2.6", "took 1 min, 10 sec", "25 points"):
        assert said in texts(draft)


def test_a_bare_link_stands_alone_on_its_line() -> None:
    """So that it can be copied, and so that Discord makes a preview of it."""
    url = "https://media.example/a_b*c.mp4?sig=" + "x" * 1700
    draft = draw(Card(title=wording.LINK(), copy=url), WORDS.get("en"))
    assert url in str(draft.payload["content"]).splitlines()
    assert not int(str(draft.payload.get("flags", 0))) & Flag.COMPONENTS_V2
    assert not draft.files


@pytest.mark.parametrize("size", [1901, 2000, 2500, 4000])
def test_a_very_long_link_comes_as_a_file(size: int) -> None:
    """Signed addresses may be longer than a message: nothing of them is lost."""
    url = "https://media.example/".ljust(size, "x")
    draft = draw(Card(title=wording.LINK(), copy=url), WORDS.get("en"))
    assert [(file.name, file.data.decode()) for file in draft.files] == [("link.txt", url)]
    assert problems(draft.payload) == []


@pytest.mark.parametrize("size", [1800, 1899, 1900])
def test_a_long_link_leaves_room_for_what_it_is(size: int) -> None:
    """Where both do not fit the address does."""
    lines = (wording.EXPIRES(when="x" * 90),)
    card = Card(title=wording.LINK(), copy="https://media.example/".ljust(size, "x"), lines=lines)
    draft = draw(card, WORDS.get("en"))
    assert card.copy in str(draft.payload["content"]).splitlines()
    assert problems(draft.payload) == []


def test_a_long_list_is_complete_in_a_file() -> None:
    """What does not fit is not lost: the whole list goes with the message."""
    models = [a_model(f"Model number {n:03}") for n in range(120)]
    draft = draw(replies.model_list(Task.TEXT_TO_VIDEO, models), WORDS.get("en"))
    (listed,) = draft.files
    assert all(model.name in listed.data.decode() for model in models)
    assert any(c.get("type") == 13 for c in walk(draft.payload["components"]))
    assert problems(draft.payload) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://media.example/a.mp4", "https://", "/a.mp4", "https://a.example/" + "x" * 2048]
)
def test_only_what_discord_may_fetch_is_in_a_gallery(url: str) -> None:
    """One bad address would cost the whole message; the link still comes."""
    card = Card(title=wording.FINISHED(), media=(Medium(MediaKind.VIDEO, url),))
    draft = draw(card, WORDS.get("en"))
    assert not [c for c in walk(draft.payload["components"]) if c.get("type") == 12]


def test_ten_of_many_pictures_are_shown() -> None:
    """A gallery has ten places; every link comes anyway."""
    media = tuple(Medium(MediaKind.IMAGE, f"https://media.example/{n}.png") for n in range(13))
    assert problems(draw(Card(media=media), WORDS.get("en")).payload) == []


def test_an_uploaded_medium_stands_in_for_its_address() -> None:
    """A sound is a file, a video is in the gallery."""
    video, sound = Medium(MediaKind.VIDEO, "https://m.example/v"), Medium(MediaKind.AUDIO, "https://m.example/a")
    uploads = {video.url: File("v.mp4", b"v", "video/mp4"), sound.url: File("a.mp3", b"a", "audio/mpeg")}
    draft = draw(Card(media=(video, sound)), WORDS.get("en"), Shape(uploads=uploads))
    taken(draft)
    urls = [str(c["file"]) for c in walk(draft.payload["components"]) if c.get("type") == 13]
    assert "attachment://a.mp3" in urls[0]
    assert [file.name for file in draft.files] == ["v.mp4", "a.mp3"]


def test_progress_is_full_only_at_the_end() -> None:
    """99 % is not all of it."""
    assert bar(0).count("▰") == 0
    assert bar(99).count("▱") == 1
    assert bar(100).count("▱") == 0
    card = Card(title=wording.FINISHED(), bar=Bar(40))
    assert "40%" in texts(draw(card, WORDS.get("en")))


def test_seven_buttons_are_two_rows() -> None:
    """None is lost; their names are cut to what fits, their ids are not."""
    label = wording.BUTTON_SWITCH(model="x" * 90, cost="1")
    buttons = tuple(Button(label, f"lm1|again|{n}") for n in range(7))
    draft = draw(Card(title=wording.FINISHED(), buttons=buttons), WORDS.get("en"))
    rows = [c for c in walk(draft.payload["components"]) if c.get("type") == 1]
    found = [b["custom_id"] for b in walk(rows) if b.get("type") == 2]
    assert [len(list(walk(r["components"]))) for r in rows] == [5, 2]
    assert found == [b.action for b in buttons]
    assert problems(draft.payload) == []


def test_the_plain_form_keeps_what_can_be_pressed() -> None:
    """Where components are refused, the price can still be confirmed and the link is still there."""
    card = replace(speech.notice(a_job(), asks=True), media=(Medium(MediaKind.VIDEO, "https://m.example/v"),))
    draft = draw_plain(card, WORDS.get("en"))
    labels = [b["label"] for b in walk(draft.payload["components"]) if b.get("type") == 2]
    assert labels == ["Confirm", "Cancel"]
    assert "https://m.example/v" in str(draft.payload["content"])


def test_an_empty_card_is_still_a_message() -> None:
    """Discord takes no message without anything in it."""
    taken(draw(Card(), WORDS.get("en")))


def test_a_hidden_message_is_for_one() -> None:
    """The flag for that is added to those that are there."""
    flags = draw(Card(tone=Tone.BAD), WORDS.get("en")).hidden().payload["flags"]
    assert flags == Flag.COMPONENTS_V2 | Flag.EPHEMERAL


@in_every_language
def test_facts_and_lines_are_translated(locale: str) -> None:
    """Labels too."""
    card = Card(facts=(Fact(wording.FACT_MODEL(), "Wan"),), lines=(_text("x"), wording.SUGGEST()))
    shown = texts(draw(card, WORDS.get(locale)))
    assert WORDS.get(locale).say(wording.FACT_MODEL()) in shown
    assert WORDS.get(locale).say(wording.SUGGEST()) in shown


def _text(said: str) -> Text:
    return wording.CHEAPER_ITEM(model=said, cost="1")


def test_a_written_answer_that_does_not_fit_is_whole_in_a_file() -> None:
    """Its code is closed where it is cut, so that what follows is no code."""
    answer = "Look:\n```py\n" + "x = 1\n" * 900 + "```"
    draft = draw(Card(title=wording.FINISHED(), text=answer, lines=(wording.SUGGEST(),)), WORDS.get("en"))
    assert problems(draft.payload) == []
    assert texts(draft).count("```") == 2
    assert [(file.name, file.data.decode()) for file in draft.files] == [("answer.md", answer)]
    taken(draft)


def test_of_an_answer_that_is_being_written_the_newest_is_shown() -> None:
    """No file goes with every look at it."""
    answer = "the start " + "and on " * 800 + "the end"
    draft = draw(Card(title=wording.FINISHED(), quote="x" * 400, text=answer, tone=Tone.WORKING), WORDS.get("en"))
    assert problems(draft.payload) == []
    assert "the end" in texts(draft)
    assert not draft.files


def test_the_plain_form_loses_no_answer_and_no_link() -> None:
    """What is too long for plain words is a file; in both plain forms."""
    card = Card(title=wording.LINK(), copy="https://media.example/".ljust(2500, "x"), text="*the answer*")
    for as_component in (False, True):
        draft = draw_plain(card, WORDS.get("en"), as_component=as_component)
        assert [(f.name, f.data.decode()) for f in draft.files] == [("link.txt", card.copy), ("answer.md", card.text)]
        assert problems(draft.payload) == []
        taken(draft)
