"""Buttons work after a restart, for who may press them, and however often they are pressed."""

import asyncio
from pathlib import Path

from bot.core.actions import LONGEST, Action, Verb
from bot.core.job import State
from tests.fakes.discord_server import Ack
from tests.platforms.discord.stage import stage


async def test_a_button_from_before_the_restart_works(tmp_path: Path) -> None:
    """What it means is in its id and in the database, so a new process knows it."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        await at.restart(after=60)
        pressed = await at.click(ann, notice, "Confirm")
        assert pressed.ack is Ack.DEFERRED_UPDATE
        await at.finish()
        assert at.charges == 1
        assert len(at.messages("Your video is ready")) == 1


async def test_a_double_click_spends_once(tmp_path: Path) -> None:
    """Both clicks are answered; the second one is told that it is under way."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        clicks = await asyncio.gather(ann.click(notice, "Confirm"), ann.click(notice, "Confirm"))
        for click in clicks:
            await at.done(click)
        assert [click.ack for click in clicks] == [Ack.DEFERRED_UPDATE] * 2
        told = [m for m in at.discord.board.all.values() if m.private_to is ann.user]
        assert len(told) == 1
        assert "under way" in told[0].text
        await at.finish()
        assert at.charges == 1


async def test_the_same_click_delivered_twice_counts_once(tmp_path: Path) -> None:
    """Discord may send an event again; it is neither done nor answered twice."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        click = await at.click(ann, notice, "Confirm")
        click.redeliver()
        await at.discord.calls.until("interactions.callback", 3)
        await at.settle()
        await at.finish()
        assert at.charges == 1
        assert not [m for m in at.discord.board.all.values() if m.private_to is ann.user]


async def test_only_the_one_who_asked_may_press(tmp_path: Path) -> None:
    """Somebody else is told so, alone, and nothing happens."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann"), at.discord.person("bob")
        notice = (await at.ask(ann)).message
        pressed = await at.click(bob, notice, "Confirm")
        (told,) = [m for m in pressed.messages if m is not notice]
        assert told.private_to is bob.user
        assert "Only the person who asked" in told.text
        assert (await at.everybody())[0].state is State.PROPOSED


async def test_cancel_takes_the_buttons_away(tmp_path: Path) -> None:
    """The offer is closed where it stands; nothing else is said."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        await at.click(ann, notice, "Cancel")
        assert "Nothing was spent" in notice.text
        assert not notice.now.buttons
        assert len(at.discord.board.all) == 1


async def test_another_model_is_a_new_offer(tmp_path: Path) -> None:
    """The old one closes, the new one comes with its own buttons."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("failed", "create")
        notice = await at.make_video(ann)
        await at.finish()
        (sorry,) = at.messages("didn't work out")[-1:]
        assert sorry is not notice
        await at.click(ann, sorry, "Try again")
        offers = [m for m in at.messages("What your video will take") if m.now.buttons]
        assert len(offers) == 1
        assert at.charges <= 1


async def test_a_guests_new_offer_is_the_answer_to_the_press(tmp_path: Path) -> None:
    """Where the bot cannot write, the offer becomes the answer itself, so that it can be said again safely."""
    async with stage(tmp_path) as at:
        guild, lounge = at.foreign()
        ann = at.discord.person("ann", guild=guild, home=lounge, installed=True)
        at.sandbox.faults.add("failed", "create")
        await at.make_video(ann)
        await at.finish()
        (sorry,) = at.messages("didn't work out", lounge)[-1:]
        pressed = await at.click(ann, sorry, "Try again")
        assert pressed.ack is Ack.THINKING
        assert "What your video will take" in pressed.message.text
        await at.click(ann, pressed.message, "Confirm")
        await at.finish()
        assert at.messages("Your video is ready", lounge)


async def test_a_button_that_is_over_says_so(tmp_path: Path) -> None:
    """An offer that ran out is closed, and pressing it before it shows costs nothing."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        at.clock.skip(16 * 60)
        pressed = await at.click(ann, notice, "Confirm")
        assert [m for m in pressed.messages if m.private_to is ann.user]
        assert "run out" in notice.text
        assert at.charges == 0


def test_every_button_fits_into_an_id() -> None:
    """Also the one that only Discord has."""
    for verb in Verb:
        assert len(Action(verb, "f" * 32).encode()) <= LONGEST
