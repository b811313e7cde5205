"""What a message means: when it is over, what was made, and why not."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from providers.errors import FailureCode
from providers.imaginepro.outcome import read_outcome
from providers.imaginepro.wire import Message, read
from providers.models import MediaKind, Task
from providers.outcomes import Asset, Done, Failed, Outcome, Phase, Refund, Running
from tests.providers.imaginepro.stage import START, A, B, ProStage

AT = "https://cdn.example/{}.png"
FILM = "https://cdn.example/film.mp4?x=1"


def outcome(*, later: float = 0, **body: object) -> Outcome:
    """Return what a message means, so many seconds after the start."""
    return meaning(body, later)


def failed_with(words: str) -> Failed:
    """Return a failure whose reason nobody knows."""
    return Failed(FailureCode.GENERATION_FAILED, words, Refund.UNKNOWN)


def meaning(body: Mapping[str, object], later: float = 0) -> Outcome:
    """Return what a message means."""
    message = read(Message, json.dumps(body).encode())
    assert message is not None
    return read_outcome(message, 1, START + timedelta(seconds=later), str)


@pytest.mark.parametrize(
    "status", ["SUBMITTED", "QUEUED", "PENDING", "PROCESSING", "MODERATING", "done?", "ERROR", "x"]
)
def test_only_two_states_end_it(status: str) -> None:
    """Whatever nobody wrote down means that it goes on, even with an error beside it."""
    assert isinstance(outcome(status=status, error="?", images=[AT.format(1)]), Running)


@pytest.mark.parametrize(
    "progress,percent",
    [(42, 42), ("42", 42), ("42%", 42), (42.9, 42), (0, None), ("", None), (None, None), (-1, None), ("half", None)],
)
def test_progress_is_the_services_own_where_it_says_any(progress: object, percent: int | None) -> None:
    """A number, a number as text, nothing; 0 can stand there until the end and says nothing."""
    assert outcome(status="PROCESSING", progress=progress) == Running(percent, phase=Phase.MAKING)


def test_waiting_in_the_services_queue_is_told() -> None:
    """A plan has places; who waits for one hears that."""
    assert outcome(status="QUEUED") == Running(phase=Phase.WAITING)


def test_a_grid_comes_first_and_then_its_four() -> None:
    """``uri`` is the sheet, ``images`` are the single ones; the copy that lives for a day is not shown."""
    images = [AT.format(number) for number in range(1, 5)]
    done = outcome(status="DONE", uri=AT.format(0), images=images, originalUrl="https://discord.example/0.png")
    assert isinstance(done, Done)
    assert [asset.url for asset in done.assets] == [AT.format(0), *images]
    assert done.lost == 0
    assert "discord" not in repr(done)


def test_of_a_grid_what_is_missing_is_counted() -> None:
    """Three of four are kept, and it is said that one is missing."""
    done = outcome(status="DONE", uri=AT.format(0), images=[AT.format(1), AT.format(2), AT.format(3)])
    assert isinstance(done, Done)
    assert (len(done.assets), done.lost) == (4, 1)


def test_one_picture_is_one_however_often_it_is_named() -> None:
    """The same address twice, or two addresses for it."""
    one = Done((Asset(MediaKind.IMAGE, AT.format(0)),))
    assert outcome(status="DONE", uri=AT.format(0), images=[AT.format(0)]) == one
    done = outcome(status="DONE", uri=AT.format(0), images=[AT.format(1)])
    assert done == Done((Asset(MediaKind.IMAGE, AT.format(1), others=(AT.format(0),)),))
    assert outcome(status="DONE", uri=AT.format(0)) == one


def test_what_is_no_address_is_no_result() -> None:
    """Blanks and scripts are passed over."""
    done = outcome(status="DONE", uri="", images=[None, 7, "", "javascript:x", "http://[", AT.format(1)])
    assert done == Done((Asset(MediaKind.IMAGE, AT.format(1)),))


@pytest.mark.parametrize(
    "where",
    [
        {"videoUrl": FILM},
        {"results": [{"url": FILM, "index": 0}, {"index": 1}, None]},
        {"uri": FILM},
        {"images": [FILM]},
        {"videoUrl": FILM, "results": [{"url": FILM}], "uri": AT.format("cover"), "images": [FILM]},
    ],
)
def test_a_film_is_found_wherever_it_is_told(where: dict[str, object]) -> None:
    """Nobody recorded in which field; each film counts once, a still beside it is none."""
    assert meaning({"status": "DONE", **where}) == Done((Asset(MediaKind.VIDEO, FILM),))


@pytest.mark.parametrize("field", ["videoUrl", "results", "uri", "images"])
async def test_a_film_arrives_from_every_field_of_the_service(pro: ProStage, field: str) -> None:
    """Over real HTTP."""
    prompt = f"waves [sandbox: film-field text={field}]"
    order = await pro.order(Task.FIRST_LAST_FRAME_TO_VIDEO, "mj-video", prompt=prompt, pictures=[A, B])
    done = await pro.end((await pro.place(order)).ref)
    assert isinstance(done, Done)
    assert [asset.kind for asset in done.assets] == [MediaKind.VIDEO]


@pytest.mark.parametrize(
    "words,code",
    [
        ("[Banned prompt detected] blood", FailureCode.CONTENT_REFUSED),
        ("Your prompt was moderated", FailureCode.CONTENT_REFUSED),
        ("[Invalid parameter] Unrecognized parameter: --hd", FailureCode.SETTINGS_REFUSED),
        ("[Image denied] The picture could not be fetched", FailureCode.PICTURE_REFUSED),
        ("[Invalid link] ...", FailureCode.PICTURE_REFUSED),
        ("Job timed out", FailureCode.TIMED_OUT),
        ("Timeout exceeded", FailureCode.TIMED_OUT),
        ("something broke", FailureCode.GENERATION_FAILED),
        ("", FailureCode.GENERATION_FAILED),
    ],
)
def test_a_failed_run_is_one_of_ours_and_its_money_unknown(words: str, code: FailureCode) -> None:
    """Its words go into the log; whether its credits come back nobody says, so nothing is promised."""
    assert outcome(status="FAIL", error=words) == Failed(code, words, Refund.UNKNOWN)


@pytest.mark.parametrize("style", ["bare", "body"])
@pytest.mark.parametrize(
    "reason,code",
    [
        ("banned", FailureCode.CONTENT_REFUSED),
        ("parameter", FailureCode.SETTINGS_REFUSED),
        ("denied", FailureCode.PICTURE_REFUSED),
        ("timeout", FailureCode.TIMED_OUT),
    ],
)
async def test_a_failure_of_the_service_is_understood(
    pro: ProStage, style: str, reason: str, code: FailureCode
) -> None:
    """Also where its message holds nothing but that; charged once."""
    taken = await pro.place(await pro.imagine(f"a fox [sandbox: failed reason={reason} style={style}]"))
    failed = await pro.end(taken.ref)
    assert isinstance(failed, Failed)
    assert (failed.code, failed.refund, len(pro.charges)) == (code, Refund.UNKNOWN, 1)


async def test_a_status_nobody_wrote_down_is_waited_through(pro: ProStage) -> None:
    """And the picture still arrives."""
    _, done = await pro.made("a fox [sandbox: odd-status]")
    assert len(done.assets) == 5


@pytest.mark.parametrize("how", ["number", "string", "absent", "zero"])
async def test_progress_never_says_more_than_is_true(pro: ProStage, how: str) -> None:
    """However it is told: it grows, or nothing is said, and 100 comes with the result alone."""
    taken = await pro.place(await pro.imagine(f"a fox [sandbox: progress text={how}]"))
    seen, last = await pro.watch(taken.ref)
    told = [running.percent for running in seen if running.percent is not None]
    assert isinstance(last, Done)
    assert told == sorted(told)
    assert all(percent < 100 for percent in told)
    assert bool(told) is (how in {"number", "string"})


async def test_a_result_without_an_address_is_waited_for(pro: ProStage) -> None:
    """It was paid; only after an hour is it called lost."""
    _, done = await pro.made("a fox [sandbox: no-url lasting=600]")
    assert len(done.assets) == 5
    stamp = START.isoformat()
    assert outcome(status="DONE", updatedAt=stamp, later=3599) == Running()
    late = outcome(status="DONE", updatedAt=stamp, later=3600)
    assert isinstance(late, Failed)
    assert (late.code, late.refund) == (FailureCode.GENERATION_FAILED, Refund.UNKNOWN)
    assert outcome(status="DONE", later=9999) == Running(), "nobody knows since when"


async def test_finished_with_an_error_is_no_success(pro: ProStage) -> None:
    """``DONE`` with an error and nothing else."""
    failed = await pro.end((await pro.place(await pro.imagine("a fox [sandbox: failed-quietly]"))).ref)
    assert isinstance(failed, Failed)
    assert failed.code is FailureCode.GENERATION_FAILED
    assert outcome(status="DONE", error="lost it", updatedAt=START.isoformat()) == failed_with("lost it")


async def test_of_four_pictures_three_are_kept_after_a_restart_too(pro: ProStage) -> None:
    """How many were ordered is part of the order's name, as no message says it."""
    order = await pro.order(Task.TEXT_TO_IMAGE, "flux", number=4, prompt="a fox [sandbox: one-fails]")
    taken = await pro.place(order)
    pro.clock.advance(60)
    again = pro.restarted()
    done = await again.check(taken.ref)
    await again.close()
    assert isinstance(done, Done)
    assert (len(done.assets), done.lost) == (3, 1)
