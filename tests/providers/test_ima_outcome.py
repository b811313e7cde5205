"""What the provider says about a run becomes one of: still running, done with everything, or failed and why."""

import json

import pytest

from providers.errors import FailureCode
from providers.ima_studio.outcome import read_outcome
from providers.ima_studio.wire import Detail, DetailAnswer, read_data
from providers.models import MediaKind
from providers.outcomes import Asset, Done, Failed, Outcome, Running

URL = "https://cdn.example/out"
READY = {"resource_status": 1, "status": "success", "url": f"{URL}.mp4"}
FAILED = {"resource_status": 2, "status": "failed", "error_msg": "generate failed"}
DELETED = {"resource_status": 3, "status": "success", "url": f"{URL}.mp4"}
WORKING = {"resource_status": 0, "status": "processing"}


def _outcome(*medias: object, task_type: str = "text_to_video", **task: object) -> Outcome:
    data = {"id": "task_1", "task_type": task_type, "medias": medias, **task}
    body = json.dumps({"code": 200, "message": "success", "data": data}).encode()
    return read_outcome(read_data(body, DetailAnswer, Detail), lambda text: text)


def _assets(*medias: object, task_type: str = "text_to_video") -> tuple[Asset, ...]:
    outcome = _outcome(*medias, task_type=task_type)
    assert isinstance(outcome, Done)
    return outcome.assets


@pytest.mark.parametrize(
    "media",
    [
        WORKING,
        {"resource_status": None, "status": "pending"},
        {"resource_status": "", "status": "processing"},
        {"status": "processing"},
        {},
        {"resource_status": 1, "status": "success"},
        {"resource_status": "1", "status": "completed", "url": None, "watermark_url": ""},
        {"resource_status": 7, "status": "reticulating"},
        {"resource_status": "soon", "url": f"{URL}.mp4"},
    ],
)
def test_still_running(media: object) -> None:
    """Unknown, missing and empty states, and "ready" without an address, are not the end."""
    assert _outcome(media) == Running()
    assert _outcome(READY, media) == Running(), "one of several lags behind"


def test_nothing_yet_is_still_running() -> None:
    """An empty list is what the provider says at first; some answers have none at all."""
    assert _outcome() == Running()
    assert _outcome(medias=None) == Running()
    assert read_outcome(read_data(b'{"id":"task_1","medias":[]}', DetailAnswer, Detail), str) == Running()


def test_everything_that_was_made_is_kept() -> None:
    """Four pictures of one unit are four results, in their order, with all that is known about them."""
    medias = [
        {**READY, "url": f"{URL}{n}.png", "cover_url": f"{URL}{n}.jpg", "width": "1024", "height": 768}
        for n in range(4)
    ]
    assets = _assets(*medias, task_type="text_to_image")
    assert [asset.url for asset in assets] == [f"{URL}{n}.png" for n in range(4)]
    assert assets[0] == Asset(MediaKind.IMAGE, f"{URL}0.png", cover=f"{URL}0.jpg", width=1024, height=768)


@pytest.mark.parametrize("text,seconds", [("5s", 5.0), ("12.5s", 12.5), ("", None), (None, None)])
def test_how_long_the_result_is(text: str | None, seconds: float | None) -> None:
    """The provider writes it as text."""
    assert _assets({**READY, "duration_str": text})[0].duration == seconds


@pytest.mark.parametrize(
    "task_type,first,others",
    [
        ("text_to_video", "u", ("w", "p")),
        ("text_to_image", "u", ("w", "p")),
        ("text_to_music", "u", ("p", "w")),
    ],
)
def test_the_best_address_comes_first_and_the_others_stay(task_type: str, first: str, others: tuple[str, ...]) -> None:
    """For sound the preview is better than the watermarked copy."""
    media = {**READY, "url": f"{URL}/u", "watermark_url": f"{URL}/w", "preview_url": f"{URL}/p"}
    (asset,) = _assets(media, task_type=task_type)
    assert (asset.url, asset.others) == (f"{URL}/{first}", tuple(f"{URL}/{other}" for other in others))


def test_a_watermarked_copy_is_better_than_nothing() -> None:
    """A paid result is not lost because its first address is empty."""
    (asset,) = _assets({**READY, "url": "", "watermark_url": f"{URL}/w"})
    assert (asset.url, asset.others) == (f"{URL}/w", ())


@pytest.mark.parametrize(
    "url",
    [
        "https://api.imastudio.com/open/v1/tasks/detail",
        "https://x.example/api/v3/tasks/1",
        "/out.mp4",
        "ftp://x/y",
        "http://[x",
    ],
)
def test_an_address_of_the_api_is_no_result(url: str) -> None:
    """Success with such an address has been seen; giving it to a person would be a lie."""
    assert _outcome({**READY, "url": url}) == Running()


@pytest.mark.parametrize(
    "medias,code",
    [
        ([FAILED], FailureCode.GENERATION_FAILED),
        ([{"resource_status": 1, "status": "Failed"}], FailureCode.GENERATION_FAILED),
        ([{"resource_status": 0, "status": "failed"}], FailureCode.GENERATION_FAILED),
        ([{**READY, "status": "FAILED"}], FailureCode.GENERATION_FAILED),
        ([DELETED], FailureCode.RESULT_DELETED),
        ([FAILED, DELETED], FailureCode.GENERATION_FAILED),
        ([{**FAILED, "error_msg": "blocked by content policy"}], FailureCode.CONTENT_REFUSED),
        (
            [{**FAILED, "error_msg": "", "remark": "err_code=400017 err_msg=Invalid value for model"}],
            FailureCode.MODEL_MISMATCH,
        ),
    ],
)
def test_failed(medias: list[object], code: FailureCode) -> None:
    """The reason is what the provider said, in one of its two fields."""
    outcome = _outcome(*medias)
    assert isinstance(outcome, Failed)
    assert outcome.code is code


def test_a_size_too_small_says_the_size() -> None:
    """Said in ``remark`` as often as in ``error_msg``."""
    outcome = _outcome({**FAILED, "error_msg": None, "remark": "must be at least 3686400 pixels"})
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.data) == (FailureCode.SIZE_TOO_SMALL, {"pixels": 3686400})


def test_some_failed_and_the_others_are_delivered() -> None:
    """What was made is given; how many are missing is said."""
    outcome = _outcome(READY, FAILED, DELETED)
    assert isinstance(outcome, Done)
    assert (len(outcome.assets), outcome.lost) == (1, 2)


def test_one_failed_while_another_runs_is_still_running() -> None:
    """Nothing is final before everything is."""
    assert _outcome(FAILED, WORKING) == Running()


def test_a_task_that_failed_as_a_whole_is_over() -> None:
    """Also if its results still say that they run, or if there are none."""
    assert isinstance(_outcome(status="failed"), Failed)
    assert isinstance(_outcome(WORKING, status="failed"), Failed)
    assert _outcome(READY, WORKING, status="failed") == Done((Asset(MediaKind.VIDEO, f"{URL}.mp4"),), lost=1)


@pytest.mark.parametrize(
    "media,kind",
    [
        ({**READY, "format": "mp3"}, MediaKind.AUDIO),
        ({**READY, "format": "", "url": f"{URL}.MP4?x=1"}, MediaKind.VIDEO),
        ({**READY, "format": "png", "url": f"{URL}.png"}, MediaKind.IMAGE),
    ],
)
def test_an_unknown_task_shows_what_its_file_is(media: object, kind: MediaKind) -> None:
    """The provider has task types that nobody uses yet."""
    assert _assets(media, task_type="storyboard_to_video")[0].kind is kind
