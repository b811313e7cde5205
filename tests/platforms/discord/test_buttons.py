"""Buttons work after a restart, for who may press them, and however often they are pressed."""

import asyncio
from pathlib import Path

from bot.core.actions import LONGEST, Action, Verb
from bot.core.job import State
from bot.platforms.discord import inbound
from tests.fakes.discord_server import Ack
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.verdicts import assert_nobody_left_thinking
from tests.platforms.discord.stage import PROMPT, stage


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


async def test_a_click_that_is_replayed_after_a_break_counts_once(tmp_path: Path) -> None:
    """What was sent while the connection was away comes with its return, and then once more by another session."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        at.discord.gateway.close(4000)
        await at.discord.gateway.gone()
        click = await ann.click(notice, "Confirm")
        await at.discord.gateway.resumed()
        await at.done(click)
        assert click.ack is Ack.DEFERRED_UPDATE
        click.redeliver()
        await at.discord.calls.until("interactions.callback", 3)
        await at.settle()
        await at.finish()
        assert at.charges == 1
        assert len(at.messages("Your video is ready")) == 1


async def test_two_presses_at_once_fetch_a_result_once(tmp_path: Path) -> None:
    """A nervous double click: the result is there once, and nobody looks at a message that thinks for ever."""
    async with stage(tmp_path) as at:
        guild, lounge = at.foreign()
        ann = at.discord.person("ann", guild=guild, home=lounge, installed=True)
        at.sandbox.faults.add("stuck", "create", lasting=6000)
        notice = await at.make_video(ann)
        await at.finish()
        clicks = await asyncio.gather(*(ann.click(notice, "Show result") for _ in range(3)))
        for click in clicks:
            await at.done(click)
        await at.seconds(60)
        assert len(at.messages("Your video is ready", lounge)) == 1
        assert len(at.messages("Link to copy", lounge)) == 1
        assert_nobody_left_thinking(at.discord)


async def test_a_press_of_which_nobody_knows_leaves_the_message_alone(tmp_path: Path) -> None:
    """Its acknowledgement hangs: the presser reads so alone, and the price and its buttons stay."""
    async with stage(tmp_path, within=0.1) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        with at.discord.faults.hold("interactions.callback", after=True) as held:
            click = await ann.click(notice, "Confirm")
            await held.reached()
            said = await click.shows("Nothing was spent")
        await at.settle()
        assert said.private_to is ann.user
        assert "What your video will take" in notice.text
        assert [b["label"] for b in notice.now.buttons] == ["Confirm", "Cancel"]
        assert at.charges == 0


async def test_a_result_that_came_by_dm_can_be_gone_on_with_there(tmp_path: Path) -> None:
    """Its channel is gone: its person presses the button where the result is, and the next offer comes there too."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("failed", "create")
        await at.make_video(ann)
        at.discord.world.delete_channel(at.discord.general)
        await at.finish()
        (sorry,) = at.messages("didn't work out", ann.dm)
        pressed = await at.click(ann, sorry, "Try again")
        assert "What your video will take" in pressed.message.text
        assert pressed.message.channel is ann.dm
        await at.click(ann, pressed.message, "Confirm")
        await at.finish()
        assert "Finished" in pressed.message.text
        assert len(at.messages("Your video is ready", ann.dm)) == 1


async def test_nobody_else_may_press_in_their_own_dms(tmp_path: Path) -> None:
    """A button's id is no secret: whoever copies one is told that it is not theirs."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann"), at.discord.person("bob")
        notice = (await at.ask(ann)).message
        own = (await at.ask(bob, prompt=PROMPT, where=bob.dm)).message
        theirs = notice.button("Confirm")["custom_id"]

        def forged(event: Json) -> None:
            event["data"]["custom_id"] = theirs
            event["message"]["components"] = [{"type": 1, "components": [notice.button("Confirm")]}]

        pressed = await at.done(await bob.click(own, "Confirm", mangle=forged))
        assert "Only the person who asked" in pressed.messages[-1].text
        assert at.charges == 0


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


def test_every_button_that_makes_an_offer_is_known_as_one() -> None:
    """Where Limner cannot write by itself, a new offer has to become the answer to its press."""
    other = {Verb.CONFIRM, Verb.CANCEL, Verb.WAIT, Verb.LEAVE, Verb.LOOK, Verb.SHOW, Verb.STOP}
    other |= {Verb.APPROVE, Verb.DECLINE, Verb.FORGET}
    assert set(Verb) - other == inbound._PROPOSING
