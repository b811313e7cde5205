"""Nothing received is lost, done twice, or done too late unasked: bursts, repetitions, crashes, a store in trouble."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.engine.ports import Change
from bot.errors import RefusalCode, StoreTrouble
from bot.platforms.feishu.events import without_secrets
from bot.platforms.feishu.hearing import LATE
from bot.storage.inbox import Received
from tests.platforms.feishu.stage import PROMPT, FeishuStage, stage

VIDEO = f"/video {PROMPT}"
"""A command that costs something."""


def older(seconds: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what makes a message one that was written so long ago."""

    def change(event: dict[str, Any]) -> dict[str, Any]:
        message = event["event"]["message"]
        message["create_time"] = str(int(message["create_time"]) - int(seconds * 1000))
        return event

    return change


async def inbox(at: FeishuStage) -> list[dict[str, Any]]:
    """Return what is written down of what came in."""
    return [dict(row) for row in await at.files.database.fetch("SELECT * FROM feishu_inbox ORDER BY seq")]


async def test_a_late_message_never_spends_by_itself(tmp_path: Path) -> None:
    """Not even where the operator lets everything be made without a yes: it may be wanted no more."""
    async with stage(tmp_path, confirm="never") as at:
        ann = at.feishu.person("ann")
        await at.write(ann, VIDEO, mangle=older(2 * 3600))
        (notice,) = ann.cards()
        assert "reached me late: you wrote it 2 hr ago" in ann.view(notice).text
        await at.settle()
        assert at.charges == 0
        await at.click(ann, notice, "Confirm")
        await at.settle()
        assert at.charges == 1


async def test_a_late_yes_is_asked_for_again(tmp_path: Path) -> None:
    """What was meant a while ago may not be meant now."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.write(ann, VIDEO)
        await at.heard(await ann.reply(ann.cards()[0], "confirm", mangle=older(LATE.total_seconds() + 1)))
        await at.settle()
        assert at.charges == 0
        assert "reached me late" in ann.transcript()[-1]


async def test_a_message_that_comes_five_times_is_one_order(tmp_path: Path) -> None:
    """Feishu delivers at least once, also after it was acknowledged; here also with another event id."""
    async with stage(tmp_path, confirm="never") as at:
        ann = at.feishu.person("ann")
        message = await at.write(ann, VIDEO)
        delivery = at.feishu.delivery(message)
        for n in range(4):
            delivery.event["header"]["event_id"] = f"again{n}"
            at.feishu.deliveries.again(delivery)
            await at.feishu.deliveries.tried(delivery, n + 2)
        assert len(await inbox(at)) == 1
        await at.settle()
        assert len(await at.everybody()) == 1
        assert at.charges == 1
        await at.restart()
        at.feishu.deliveries.again(delivery)
        await at.feishu.deliveries.tried(delivery, 6)
        await at.settle()
        assert len(await at.everybody()) == 1


async def test_a_crash_after_the_acknowledgement_loses_nothing(tmp_path: Path) -> None:
    """The message was only written down; the next start acts on it, once."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        with at.feishu.faults.hold("bot.info") as hold:
            message = await ann.say(VIDEO)
            await hold.reached()
            assert (await at.feishu.deliveries.settled(at.feishu.delivery(message))).accepted
            await at.crash()
        assert not at.feishu.board.by_bot()
        await at.start()
        await at.settle()
        assert len(ann.cards()) == 1


async def test_a_crash_before_the_acknowledgement_makes_nothing_twice(tmp_path: Path) -> None:
    """It is written down, Feishu does not know, and it is delivered again after the start."""
    async with FeishuStage(tmp_path) as at:
        ann, mailroom = at.feishu.person("ann"), at.room.inbound.mailroom

        async def dies(new: Received) -> None:
            await mailroom._inbox.keep(new)
            raise StoreTrouble(RefusalCode.STORE_BUSY, "killed at this very moment")

        mailroom._keep = dies  # type: ignore[method-assign] # what a kill between two lines does
        delivery = at.feishu.delivery(await ann.say(VIDEO))
        assert (await at.feishu.deliveries.tried(delivery)).code == 500
        await at.crash()
        assert not at.feishu.board.by_bot()
        await at.start()
        at.feishu.clock.advance(15)
        assert (await at.feishu.deliveries.settled(delivery)).accepted
        await at.settle()
        assert len(ann.cards()) == 1
        assert len(await at.everybody()) == 1


async def test_a_crash_after_the_effect_has_none_of_it_again(tmp_path: Path) -> None:
    """The order was made and the message not ticked off."""
    async with stage(tmp_path, confirm="never") as at:
        ann = at.feishu.person("ann")
        await at.write(ann, VIDEO)
        (row,) = await inbox(at)
        assert row["raw"] == ""
        raw = json.dumps(without_secrets(at.feishu.deliveries.all[0].event))
        await at.files.database._writer._connection.execute("UPDATE feishu_inbox SET raw = ?", (raw,))
        await at.restart()
        await at.settle()
        assert len(await at.everybody()) == 1
        assert at.charges == 1


async def test_a_burst_of_five_hundred_is_taken_before_anything_is_done_about_it(tmp_path: Path) -> None:
    """All are safe and acknowledged at the first try, while nothing can be acted on."""
    async with stage(tmp_path) as at:
        people = [at.feishu.person(f"p{n}", member=False) for n in range(50)]
        with at.feishu.faults.hold("bot.info"):
            messages = [await person.say(f"/help {n}") for n in range(10) for person in people]
            for message in messages:
                delivery = await at.feishu.deliveries.settled(at.feishu.delivery(message))
                assert len(delivery.attempts) == 1
            assert len([row for row in await inbox(at) if row["raw"]]) == 500
            await at.crash()
        await at.start()
        assert at.room.inbound.mailroom.at_work


async def test_what_is_kept_holds_no_secret(tmp_path: Path) -> None:
    """Neither the verification token nor any other."""
    async with stage(tmp_path) as at:
        with at.feishu.faults.hold("bot.info") as hold:
            await at.feishu.person("ann").say("/help")
            await hold.reached()
            (row,) = await inbox(at)
            assert "/help" in row["raw"]
            assert not [secret for secret in at.feishu.secrets if secret in row["raw"]]


async def test_a_messages_order_in_a_chat_is_kept(tmp_path: Path) -> None:
    """What is said second is acted on second."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        with at.feishu.faults.hold("bot.info"):
            messages = [await ann.say(text) for text in ("/lang zh", "/jobs", "/lang en", "/jobs")]
            await at.feishu.deliveries.settled(at.feishu.delivery(messages[-1]))
        await at.clock.run(lambda: len([m for m in ann.reads() if m.by_bot]) == 4)
        answers = [m for m in ann.reads() if m.by_bot]
        assert [str(m.content).count("zh_cn") > 0 for m in answers]
        replied = [m.parent.content["text"] for m in answers if m.parent is not None]
        assert replied == ["/lang zh", "/jobs", "/lang en", "/jobs"]


async def test_a_store_in_trouble_is_told_at_once(tmp_path: Path) -> None:
    """Nothing can be owed to them then, so they are answered directly, and asked to try again."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")

        async def locked(change: Change) -> None:
            raise StoreTrouble(RefusalCode.STORE_BUSY, "locked")

        inner, at.files.save = at.files.save, locked  # type: ignore[method-assign] # the store of this story is locked
        await at.write(ann, VIDEO)
        assert "I'm very busy right now" in ann.transcript()[-1]
        await at.write(ann, "hello")
        assert "I'm very busy right now" in ann.transcript()[-1]
        at.files.save = inner  # type: ignore[method-assign] # and free again
        await at.write(ann, VIDEO)
        assert len(ann.cards()) == 1


async def test_a_bug_of_ours_is_an_apology(tmp_path: Path) -> None:
    """And the chat goes on: the next message is heard."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        hearing = at.room.inbound._hearing

        async def broken(_: object) -> None:
            raise RuntimeError("a bug")

        inner, hearing._hear = hearing._hear, broken  # type: ignore[method-assign,assignment] # a bug of this story
        await at.write(ann, VIDEO)
        assert "went wrong" in ann.transcript()[-1]
        hearing._hear = inner  # type: ignore[method-assign] # and gone
        await at.write(ann, VIDEO)
        assert PROMPT in ann.transcript()[-1]


async def test_what_cannot_be_ticked_off_is_not_done_again(tmp_path: Path) -> None:
    """It is tried until it works, while others go on."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        mailroom = at.room.inbound.mailroom
        inner, tries = mailroom._inbox.done, 0

        async def stubborn(event: str) -> None:
            nonlocal tries
            tries += 1
            if tries < 4:
                raise StoreTrouble(RefusalCode.STORE_BUSY, "locked")
            await inner(event)

        mailroom._inbox.done = stubborn  # type: ignore[method-assign] # the inbox of this story is locked for a while
        await at.write(ann, VIDEO)
        await at.clock.run(lambda: not mailroom.at_work)
        assert tries == 4
        assert len(ann.cards()) == 1
        assert [row["raw"] for row in await inbox(at)] == [""]


async def test_events_wait_while_nobody_can_be_answered(tmp_path: Path) -> None:
    """Feishu's API is down and its connection is not: nothing is lost."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        at.feishu.faults.html("bot.info", 503, times=5)
        await at.feishu.deliveries.settled(at.feishu.delivery(await ann.say(VIDEO)))
        await at.clock.run(lambda: bool(ann.cards()))
        assert len(at.feishu.calls.to("bot.info")) == 6
