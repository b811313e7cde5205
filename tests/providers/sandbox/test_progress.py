"""What a poll says while a task runs, and how the clock moves it (reference section 1.6)."""

from datetime import UTC, datetime, timedelta

import pytest

from providers.sandbox.clock import HandClock, ScaledClock
from tests.providers.sandbox.ima_client import ImaClient, Json, longest


def seen(media: Json) -> tuple[int | None, bool]:
    """Return what a client looks at first: the status and whether there is an address."""
    return media["resource_status"], bool(media["url"])


async def watched(ima: ImaClient, task: str, step: float = 3) -> list[list[tuple[int | None, bool]]]:
    """Poll until every result has its address; return what changed."""
    states: list[list[tuple[int | None, bool]]] = []
    for _ in range(1000):
        state = [seen(media) for media in (await ima.detail(task))["medias"]]
        if not states or state != states[-1]:
            states.append(state)
        if state and all(url for _, url in state):
            return states
        ima.clock.advance(step)
    raise AssertionError(states)


async def test_a_task_goes_through_every_state(ima: ImaClient) -> None:
    """Check 5: nothing, no status, 0, 1 without an address, 1 with one."""
    task = await ima.begin("text_to_video", "wan2.6-t2v")
    assert await watched(ima, task) == [[], [(None, False)], [(0, False)], [(1, False)], [(1, True)]]


async def test_one_of_two_results_lags(ima: ImaClient) -> None:
    """Check 5: with n=2 one result is finished while the other is not."""
    task = await ima.begin("text_to_video", "wan2.6-t2v", n=2)
    states = [{url for _, url in state} for state in await watched(ima, task)]
    assert {True, False} in states


async def test_a_task_takes_what_the_catalogue_says(ima: ImaClient) -> None:
    """Twenty tasks end within the model's own range of seconds, and not all at once."""
    tasks = [await ima.begin("text_to_video", "wan2.6-t2v") for _ in range(20)]
    begun = ima.clock.now()
    ends: dict[str, float] = {}
    while len(ends) < len(tasks):
        for task in tasks:
            if (await ima.detail(task))["status"] == "success" and task not in ends:
                ends[task] = ima.clock.elapsed(begun)
        ima.clock.advance(5)
    # A status of success comes a little before the address.
    assert all(0.97 * 300 <= end <= 425 for end in ends.values())
    assert len(set(ends.values())) > 5


async def test_luck_depends_on_the_seed_and_the_task(ima: ImaClient) -> None:
    """The running time of a task never changes between polls."""
    task = await ima.begin("text_to_video", "kling-video-o1")
    runs = ima.sandbox.ima.tasks[task].runs
    assert 240 <= runs <= longest(await ima.leaf("text_to_video", "kling-video-o1"))
    ima.clock.advance(runs - 0.5)
    assert seen((await ima.detail(task))["medias"][0]) == (1, False)
    ima.clock.advance(1)
    assert seen((await ima.detail(task))["medias"][0]) == (1, True)


@pytest.mark.parametrize(
    "category, version, suffix, length",
    [
        ("text_to_video", "kling-video-o1", "mp4", "5s"),
        ("text_to_image", "midjourney", "png", ""),
        ("text_to_music", "sonic", "mp3", "12s"),
    ],
)
async def test_a_result_has_its_own_address_and_cover(
    ima: ImaClient, category: str, version: str, suffix: str, length: str
) -> None:
    """Every result has its own address and cover, its format, and its length where it has one."""
    task = await ima.begin(category, version, n=2)
    medias = (await ima.ended(task))["medias"]
    assert len({media["url"] for media in medias}) == len(medias) == len({media["cover"] for media in medias})
    assert {media["url"].rpartition(".")[2] for media in medias} == {suffix}
    assert {(media["format"], media["duration_str"]) for media in medias} == {(suffix, length)}


async def test_the_receipt_names_two_ids_and_one_of_them_works(ima: ImaClient) -> None:
    """Create answers with ``id`` and ``biz_id``; polls know the first only."""
    receipt = (await ima.create(await ima.order("text_to_video", "wan2.6-t2v")))["data"]
    assert receipt["medias"] == []
    assert receipt["timeout_at"] - receipt["created_at"] == 300_000
    assert (await ima.detail(receipt["id"]))["id"] == receipt["id"]
    _, answer = await ima.post(ima.url("/tasks/detail"), {"task_id": receipt["biz_id"]})
    assert (answer["code"], answer["data"]) == (404, None)


def test_a_fast_clock_scales_durations_only() -> None:
    """Sixty times as fast: a minute of wall time is an hour of work, and now is now."""
    clock = ScaledClock(speed=60)
    since = clock.now() - timedelta(minutes=1)
    assert clock.elapsed(since) == pytest.approx(3600, abs=60)
    assert clock.elapsed(since) >= 3600
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_clock_cannot_stand_still_or_go_back() -> None:
    """A speed of nothing would leave every task running for ever."""
    with pytest.raises(ValueError, match="speed"):
        ScaledClock(speed=0)


def test_a_hand_clock_moves_when_it_is_moved() -> None:
    """A test's clock only knows the seconds it was given."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    clock = HandClock(start)
    clock.advance(90)
    assert clock.elapsed(start) == 90
