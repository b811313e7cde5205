"""What people press: answered in time, once, for who may, with the card as it is then."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.core.job import State
from bot.engine.ports import Change
from bot.engine.presses import OFFER_LASTS
from bot.errors import RefusalCode, StoreTrouble
from tests.fakes.feishu_server import Message, Person
from tests.platforms.feishu.stage import PROMPT, FeishuStage, stage


async def offered(at: FeishuStage, person: Person) -> Message:
    """Return the notice of an order that a person asks for in the group."""
    await at.write(person, f"/video {PROMPT}", where=at.feishu.studio)
    return person.cards(at.feishu.studio)[-1]


def with_value(value: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what makes a click one with this value."""

    def change(event: dict[str, Any]) -> dict[str, Any]:
        event["event"]["action"]["value"] = value
        return event

    return change


async def test_a_click_is_answered_with_a_toast_and_the_new_card(tmp_path: Path) -> None:
    """The buttons are gone at once, and nothing changes the card before the answer has come."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        click = await at.click(ann, notice, "Confirm")
        assert (click.code, click.toast, click.toast_type) == (0, "On it!", "success")
        assert click.replaced
        assert not ann.view(notice).buttons
        assert not notice.crossed


async def test_two_clicks_are_one_order(tmp_path: Path) -> None:
    """The second one is told that it has begun."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        first, second = await ann.click(notice, "Confirm"), await ann.click(notice, "Confirm")
        await ann.answered(first)
        await ann.answered(second)
        await at.settle()
        assert at.charges == 1
        assert sorted((first.toast, second.toast)) == ["It's already under way.", "On it!"]


async def test_the_same_click_twice_is_one_click(tmp_path: Path) -> None:
    """Should it ever be delivered again, also after a restart."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        click = await at.click(ann, notice, "Confirm")
        await at.restart()
        assert click.delivery is not None
        again = at.feishu.deliveries.send(click.delivery.event, callback=True)
        assert (await at.feishu.deliveries.settled(again)).accepted
        await at.settle()
        assert at.charges == 1


async def test_nobody_presses_for_somebody_else(tmp_path: Path) -> None:
    """They are told so, and the card stays as it is."""
    async with stage(tmp_path) as at:
        ann, bob = at.feishu.person("ann"), at.feishu.person("bob")
        notice = await offered(at, ann)
        click = await at.click(bob, notice, "Confirm")
        assert click.toast.startswith("Only the person who asked")
        assert click.toast_type == "warning"
        assert [b.label for b in bob.view(notice).buttons] == ["Confirm", "Cancel"]
        assert at.charges == 0


async def test_an_offer_that_is_over_says_so(tmp_path: Path) -> None:
    """In the toast and in the card."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        at.clock.skip(OFFER_LASTS.total_seconds() + 1)
        click = await at.click(ann, notice, "Confirm")
        assert "run out" in click.toast
        assert click.replaced
        assert not ann.view(notice).buttons
        assert at.charges == 0


async def test_a_price_that_changed_is_shown_before_it_is_paid(tmp_path: Path) -> None:
    """The answer carries the card with the new price, and its own buttons work."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        at.sandbox.ima.shop.reprice("wan2.6-t2v", 7)
        at.clock.skip(61)
        click = await at.click(ann, notice, "Confirm")
        assert click.replaced
        assert "47 points" in ann.view(notice).text
        assert at.charges == 0
        await at.click(ann, notice, "Confirm")
        await at.settle()
        assert at.charges == 1


async def test_a_press_that_takes_long_is_told_so_and_done_once(tmp_path: Path) -> None:
    """Feishu waits three seconds; a database that is busy for longer still gets it done."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        at.room.clicks._within = 0.05
        inner, go = at.files.save, asyncio.Event()

        async def slowly(change: Change) -> None:
            await go.wait()
            await inner(change)

        at.files.save = slowly  # type: ignore[method-assign] # the store of this story is slow
        click = await ann.click(notice, "Confirm")
        await ann.answered(click)
        assert (click.code, click.toast_type) == (0, "success")
        assert click.toast.startswith("I've got it, but it takes longer")
        assert at.charges == 0
        go.set()
        await at.seconds(1)
        assert at.charges == 1
        assert not ann.view(notice).buttons


async def test_a_slow_press_that_comes_to_nothing_is_told_later(tmp_path: Path) -> None:
    """Nobody who was told to wait is forgotten."""
    async with stage(tmp_path) as at:
        ann, bob = at.feishu.person("ann"), at.feishu.person("bob")
        notice = await offered(at, ann)
        at.room.clicks._within = 0.05
        inner, go = at.files.job, asyncio.Event()

        async def slowly(job: str) -> Any:
            await go.wait()
            return await inner(job)

        at.files.job = slowly  # type: ignore[method-assign] # the store of this story is slow
        click = await ann.click(notice, "Confirm", mangle=lambda event: _by(event, bob))
        await ann.answered(click)
        assert "takes longer" in click.toast
        go.set()
        await at.settle()
        assert "Only the person who asked" in bob.transcript()[-1]


def _by(event: dict[str, Any], person: Person) -> dict[str, Any]:
    event["event"]["operator"]["open_id"] = person.user.open_id
    return event


async def test_a_store_in_trouble_says_so(tmp_path: Path) -> None:
    """Nothing was started, and the button is still there."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)

        async def locked(change: Change) -> None:
            raise StoreTrouble(RefusalCode.STORE_BUSY, "locked")

        inner, at.files.save = at.files.save, locked  # type: ignore[method-assign] # the store of this story is locked
        click = await at.click(ann, notice, "Confirm")
        assert click.toast.startswith("I'm very busy right now")
        at.files.save = inner  # type: ignore[method-assign] # and free again
        await at.click(ann, notice, "Confirm")
        await at.settle()
        assert at.charges == 1


async def test_a_card_that_cannot_be_drawn_spoils_no_press(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was pressed is done, and the answer says so."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)

        async def broken(_: str) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(at.room.platform, "card_after", broken)
        click = await at.click(ann, notice, "Confirm")
        assert (click.code, click.toast) == (0, "On it!")
        assert at.charges == 1


async def test_a_value_that_is_not_ours_does_nothing(tmp_path: Path) -> None:
    """And is answered all the same: whoever pressed sees why and not an error of the program."""
    strange: Sequence[object] = (
        "lm1|confirm|0|1",
        None,
        {},
        {"action": 7},
        {"action": "lm1|explode|0"},
        {"action": "say|/video a dog"},
    )
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        notice = await offered(at, ann)
        for value in strange:
            click = await ann.click(notice, "Confirm", mangle=with_value(value))
            await ann.answered(click)
            await at.settle()
            assert (click.code, click.toast_type) == (0, "warning"), value
        assert [job.state for job in await at.everybody()] == [State.PROPOSED]


async def test_a_toast_is_in_the_language_of_who_pressed(tmp_path: Path) -> None:
    """Their program chooses."""
    async with stage(tmp_path) as at:
        at.feishu.app.scopes |= {"im:user_agent:read"}
        yan = at.feishu.person("yan", locale="zh_cn")
        notice = await offered(at, yan)
        assert (await at.click(yan, notice, "取消")).toast == "已取消。"
