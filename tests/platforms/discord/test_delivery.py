"""Whatever goes wrong between Limner and Discord: what was paid for is shown once, or kept for its person."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.cards import Card
from bot.core.job import Address, State
from bot.engine.ports import Answer, Heard, Line, LineKind
from bot.errors import PlatformTrouble
from bot.platforms.discord.delivery import nonce
from bot.platforms.discord.limits import MOST_NONCE
from bot.platforms.discord.quoting import fenced
from bot.storage.passes import GUEST_FOLLOWUPS
from bot.text import Phrase
from tests.fakes.discord_server import Permission, Person
from tests.fakes.discord_server.faults import Faults
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

SEND, EDIT, ANSWER, FOLLOW = "channels.send", "channels.edit", "webhooks.edit", "webhooks.send"

TROUBLES: dict[str, Callable[[Faults, str], object]] = {
    "502 after it was done": lambda f, route: f.status(route, 502, after=True, times=2),
    "500 before": lambda f, route: f.status(route, 500, times=3),
    "503": lambda f, route: f.status(route, 503, times=3),
    "504 after it was done": lambda f, route: f.status(route, 504, after=True),
    "hung up before": lambda f, route: f.drop(route, times=2),
    "hung up after it was done": lambda f, route: f.drop(route, after=True, times=2),
    "reset after it was done": lambda f, route: f.drop(route, after=True, reset=True),
    "too many requests": lambda f, route: f.rate_limit(route, 3.0, times=2),
    "too many for everybody": lambda f, route: f.rate_limit(route, 2.0, scope="global"),
    "shared limit": lambda f, route: f.rate_limit(route, 2.0, scope="shared"),
    "too many for long": lambda f, route: f.rate_limit(route, 300.0),
    "banned": lambda f, route: f.rate_limit(route, via=False),
    "an answer that cannot be read": lambda f, route: f.status(route, 200, after=True, body="<html>"),
}
every_trouble = pytest.mark.parametrize("trouble", [pytest.param(how, id=name) for name, how in TROUBLES.items()])


async def _once(at: DiscordStage, person: Person) -> None:
    """The result and its link are there, once each, and nothing is owed any more."""
    await at.seconds(60)
    here = [person.home, person.dm]
    assert sum(len(at.messages("Your video is ready", where)) for where in here) == 1
    assert sum(len(at.messages("Link to copy", where)) for where in here) == 1
    assert await at.files.owed_places() == []
    assert at.charges == 1


@every_trouble
async def test_a_result_comes_once(tmp_path: Path, trouble: Callable[[Faults, str], object]) -> None:
    """By its name Discord knows a message that it has already, however often it is sent."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        trouble(at.discord.faults, SEND)
        await at.finish()
        await at.hours(0.5)
        await _once(at, ann)


@every_trouble
async def test_a_notice_comes_once(tmp_path: Path, trouble: Callable[[Faults, str], object]) -> None:
    """It becomes the answer to the command, and that may be said again."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        trouble(at.discord.faults, ANSWER)
        asked = await ann.slash("video", {"prompt": PROMPT})
        await asked.acked()
        await at.hours(0.2)
        (notice,) = at.messages("What your video will take")
        assert notice.now.buttons
        assert notice is asked.message


@every_trouble
async def test_an_end_is_shown_in_the_notice(tmp_path: Path, trouble: Callable[[Faults, str], object]) -> None:
    """The message that showed progress says that it is over, at last."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("stuck", "create", lasting=1200)
        notice = await at.make_video(ann)
        await at.seconds(900)
        trouble(at.discord.faults, EDIT)
        await at.finish()
        await at.hours(0.5)
        assert "Finished" in notice.text
        await _once(at, ann)


async def test_saying_a_line_twice_shows_it_once(tmp_path: Path) -> None:
    """As after a crash between saying and noting it: in a channel, and as the answer to a command."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann)
        place = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
        line = Line("job1.result", LineKind.SAY, place, str(ann.user.id), "en", _card("here it is"), at.clock.now())
        assert await at.platform.say(line) == await at.platform.say(line)
        assert len(at.messages("here it is")) == 1
        (row,) = await at.files.database.fetch("SELECT key, message FROM line WHERE key LIKE '%.notice'")
        assert row["message"].split("/")[1] == str(asked.message.id)


def _card(words: str) -> Card:
    return Card(title=Phrase("{words}")(words=words))


def test_the_name_of_a_message_fits() -> None:
    """It is the same for the same line, and no longer than Discord takes."""
    assert nonce("x" * 200) == nonce("x" * 200)
    assert len(nonce("x" * 200)) <= MOST_NONCE
    assert nonce("a.result") != nonce("a.link.0")


# --- places that are gone ----------------------------------------------------------------------------------------


def _channel_deleted(at: DiscordStage) -> None:
    at.discord.world.delete_channel(at.discord.general)


def _kicked(at: DiscordStage) -> None:
    at.discord.world.kick_bot(at.discord.studio)


def _muted(at: DiscordStage) -> None:
    at.discord.general.deny(at.discord.world.bot, Permission.SEND_MESSAGES)


def _blind(at: DiscordStage) -> None:
    at.discord.general.deny(at.discord.world.bot, Permission.VIEW_CHANNEL)


GONE: dict[str, Callable[[DiscordStage], None]] = {
    "channel deleted": _channel_deleted,
    "may not write": _muted,
    "may not look": _blind,
}


@pytest.mark.parametrize("gone", [pytest.param(how, id=name) for name, how in GONE.items()])
async def test_where_the_place_is_gone_it_comes_by_dm(tmp_path: Path, gone: Callable[[DiscordStage], None]) -> None:
    """The result finds its person, once, and the place is not asked again and again."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("stuck", "create", lasting=1200)
        await at.make_video(ann)
        await at.seconds(1000)
        gone(at)
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready", ann.dm)
        assert result.now.media
        assert len(at.messages("Link to copy", ann.dm)) == 1
        sent = at.discord.calls.to(SEND)
        assert len([c for c in sent if c.status in {403, 404}]) <= 2
        # What it would be a reply to is in another channel.
        assert not [c for c in sent if c.where["channel"] == str(ann.dm.id) and "message_reference" in c.payload]
        assert at.charges == 1


@pytest.mark.parametrize("kicked", [True, False], ids=["kicked", "deleted"])
async def test_where_dms_are_closed_too_it_is_kept(tmp_path: Path, kicked: bool) -> None:  # noqa: FBT001 - a parameter
    """Nothing is tried for ever, and the list of jobs has the link."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("stuck", "create", lasting=1200)
        await at.make_video(ann)
        await at.seconds(1000)
        ann.user.dms_open = False
        _kicked(at) if kicked else _channel_deleted(at)
        await at.finish()
        await at.seconds(60)
        (job,) = await at.everybody()
        assert job.state is State.SUCCEEDED
        assert await at.files.owed_places() == []
        tried = len(at.discord.calls)
        await at.restart(after=3600)
        await at.hours(1)
        assert not [c for c in at.discord.calls.all[tried:] if c.route == SEND]
        # Where the server is gone, their own talk with Limner is the place that is left.
        here = ann.dm if kicked else at.discord.world.add_channel(at.discord.studio, "den")
        listed = await at.ask(ann, "jobs", where=here)
        assert job.assets[0].url in listed.message.text


async def test_a_deleted_notice_ends_nothing_but_itself(tmp_path: Path) -> None:
    """Somebody tidied up: progress stops at once, the result comes."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("stuck", "create", lasting=1200)
        notice = await at.make_video(ann)
        await at.seconds(60)
        notice.deleted_at = at.discord.clock.time()
        await at.finish()
        await _once(at, ann)
        assert len(at.discord.calls.to("*", code=10008)) <= 4


async def test_a_token_that_ends_early_is_not_the_end(tmp_path: Path) -> None:
    """By Discord's clock the fifteen minutes may be over sooner than by ours."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.terms.token_seconds = 300.0
        at.sandbox.faults.add("stuck", "create", lasting=900)
        notice = await at.make_video(ann)
        await at.finish()
        await _once(at, ann)
        assert "Finished" in notice.text
        assert len(at.discord.calls.to(ANSWER, code=50027)) <= 2


async def test_without_the_right_to_read_it_answers_nothing(tmp_path: Path) -> None:
    """A reply needs to read what it replies to; without that right it is a message like any other."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.general.deny(at.discord.world.bot, Permission.READ_MESSAGE_HISTORY)
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready")
        assert result.reply_to is None
        assert result.id in ann.user.pings


# --- guests ------------------------------------------------------------------------------------------------------


def _guest(at: DiscordStage) -> Person:
    guild, lounge = at.foreign()
    return at.discord.person("ann", guild=guild, home=lounge, installed=True)


@pytest.mark.parametrize("after", [True, False], ids=["done", "not done"])
async def test_a_guests_result_of_which_nobody_knows_is_not_doubled(tmp_path: Path, after: bool) -> None:  # noqa: FBT001 - a parameter
    """A further message cannot be sent twice safely: it is sent once, and the button brings it if it is not there."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        notice = await at.make_video(ann)
        at.discord.faults.status(FOLLOW, 502, after=after)
        await at.finish()
        await at.seconds(60)
        assert len(at.messages("Your video is ready", ann.home)) == (1 if after else 0)
        assert "Show result" in [b["label"] for b in notice.now.buttons]
        if not after:
            await at.click(ann, notice, "Show result")
            await at.seconds(60)
        assert len(at.messages("Your video is ready", ann.home)) == 1
        assert at.charges == 1


async def test_a_guests_further_messages_are_counted(tmp_path: Path) -> None:
    """Discord takes five per command: what is more than that waits for the button, nothing is lost."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        at.discord.terms.user_install_followups = 1
        notice = await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        assert at.discord.calls.to(FOLLOW, code=40094)
        links = len(at.messages("Link to copy", ann.home))
        await at.click(ann, notice, "Show result")
        await at.seconds(60)
        assert len(at.messages("Link to copy", ann.home)) == 1
        assert links <= 1


async def test_trouble_tells_the_courier_what_to_do(tmp_path: Path) -> None:
    """Gone is gone; a wait is as long as Discord says."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        nowhere = Address("discord", "1", "1")
        line = Line("x.reply.0", LineKind.SAY, nowhere, str(ann.user.id), "en", _card("x"), at.clock.now())
        with pytest.raises(PlatformTrouble) as gone:
            await at.platform.say(line)
        assert gone.value.gone
        here = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
        at.discord.faults.rate_limit(SEND, 120.0)
        slow = Line("y.reply.0", LineKind.SAY, here, str(ann.user.id), "en", _card("y"), at.clock.now())
        with pytest.raises(PlatformTrouble) as wait:
            await at.platform.say(slow)
        assert (wait.value.gone, wait.value.retry_after) == (False, 120.0)


async def test_no_message_shows_a_person_as_a_mention(tmp_path: Path) -> None:
    """What somebody writes calls nobody, in any message of the whole story."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann"), at.discord.person("bob")
        words = f"@everyone <@{bob.user.id}> [a](https:evil.example) *bold* ```"
        notice = await at.make_video(ann, prompt=words)
        await at.finish()
        await at.seconds(60)
        assert fenced(words) in notice.text
        assert not bob.user.pings
        assert not [m for m in at.discord.board.all.values() if m.everyone]


async def test_a_ban_is_not_answered_with_more_calls(tmp_path: Path) -> None:
    """Discord's wall has turned this address away: for ten minutes nothing at all is asked, then all is brought."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.faults.rate_limit(SEND, via=False)
        await at.clock.run(lambda: bool(at.discord.calls.to(SEND)))
        before = len(at.discord.calls)
        at.clock.skip(5 * 60)
        place = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
        line = Line("other.reply.0", LineKind.SAY, place, str(ann.user.id), "en", _card("other"), at.clock.now())
        with pytest.raises(PlatformTrouble) as wait:
            await at.platform.say(line)
        assert wait.value.retry_after == 5 * 60
        assert len(at.discord.calls) == before
        await at.seconds(6 * 60)
        await _once(at, ann)


async def test_a_refusal_nobody_knows_closes_the_way(tmp_path: Path) -> None:
    """Discord has codes we have never seen: what is forbidden is forbidden, and there is another way."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.faults.status(SEND, 403, code=98765)
        await at.finish()
        await at.seconds(60)
        await _once(at, ann)


async def test_a_result_does_not_take_another_answers_place(tmp_path: Path) -> None:
    """Discord lets the first message after a thinking one replace it: then its own words would undo the result."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        await at.ask(ann, "help", where=ann.home)
        began, held, inbound = asyncio.Event(), asyncio.Event(), at.room.inbound
        hear = inbound._studio.hear

        async def slowly(heard: Heard) -> Answer:
            began.set()
            await held.wait()
            return await hear(heard)

        inbound._studio.hear = slowly  # type: ignore[method-assign] # a slow moment of the engine's
        waiting = await ann.slash("prefs", where=ann.home)
        await began.wait()
        place = Address("discord", str(ann.home.guild.id if ann.home.guild else 0), str(ann.home.id))
        card = _card("here it is")
        line = Line("j.result", LineKind.SAY, place, str(ann.user.id), "en", card, at.clock.now(), job="j")
        await at.platform.say(line)
        assert waiting.message.thinking
        held.set()
        await at.settle()
        assert len(at.messages("here it is", ann.home)) == 1
        assert "remember" in waiting.message.text


async def test_only_news_ring(tmp_path: Path) -> None:
    """The result does, once; the price, the link below the result and answers to presses do not."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("failed", "create")
        await at.make_video(ann)
        await at.finish()
        (sorry,) = at.messages("didn't work out")[-1:]
        assert ann.user.pings == [sorry.id]
        again = await at.click(ann, sorry, "Try again")
        await at.settle()
        (offer,) = [m for m in at.messages("What your video will take") if m.now.buttons]
        assert again.ack is not None
        await at.click(ann, offer, "Confirm")
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready")
        assert ann.user.pings == [sorry.id, result.id]
        (link,) = at.messages("Link to copy")
        assert link.reply_to is None


async def test_a_guests_last_further_message_is_not_tried(tmp_path: Path) -> None:
    """They are counted, so that Discord need not refuse one."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        notice = await at.make_video(ann)
        for by in await at.room.passes.on_message(str(notice.id)):
            for _ in range(GUEST_FOLLOWUPS):
                await at.room.passes.spend_followup(by.event)
        await at.finish()
        await at.seconds(60)
        assert not at.discord.calls.to(FOLLOW)
        assert "Show result" in [b["label"] for b in notice.now.buttons]


async def test_what_discord_says_about_further_messages_is_remembered(tmp_path: Path) -> None:
    """It may count differently from us: after one refusal the next is not tried."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        at.discord.terms.user_install_followups = 0
        notice = await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        refused = at.discord.calls.to(FOLLOW, code=40094)
        assert len(refused) == len(await at.room.passes.on_message(str(notice.id)))
