"""A video of a hundred minutes ends well in a server, in a DM, and where Limner is only because somebody brought it."""

from pathlib import Path

import pytest

from bot.core.job import State
from tests.fakes.discord_server import Channel, Flag, Message, Permission, Person
from tests.platforms.discord.stage import DiscordStage, stage

LATE = 6000.0
"""A hundred minutes, in seconds."""

LONG_PATIENCE = 2400.0


def _guest(at: DiscordStage) -> Person:
    """Return somebody who has brought Limner into a server that does not know it."""
    guild, lounge = at.foreign()
    return at.discord.person("ann", guild=guild, home=lounge, installed=True)


async def _start_late(at: DiscordStage, person: Person, where: Channel | None = None) -> Message:
    at.sandbox.faults.add("stuck", "create", lasting=LATE)
    return await at.make_video(person, **({"where": where} if where else {}))


async def test_in_a_server_the_message_goes_on_by_the_bots_own_right(tmp_path: Path) -> None:
    """With the token until 14:00, then the same message over the channel; after 55 minutes it rests; the end rings."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = await _start_late(at, ann)
        began = at.clock.now()
        await at.seconds(13.5 * 60)
        assert not at.discord.calls.to("channels.edit")
        await at.seconds(50 * 60)
        edits = at.discord.calls.to("channels.edit", status=200)
        assert edits
        assert {call.where["message"] for call in edits} == {str(notice.id)}
        first = min(call.at for call in edits) - began.timestamp()
        assert 13.5 * 60 <= first <= 15 * 60
        percents = [call.at - began.timestamp() for call in edits]
        assert max(percents) < 56 * 60
        await at.finish()
        await at.seconds(60)
        assert at.charges == 1
        (result,) = at.messages("Your video is ready")
        assert result.reply_to == notice.id
        assert result.id in ann.user.pings
        assert len(at.messages("Link to copy")) == 1
        assert not at.discord.calls.to("*", code=50027)
        assert not at.discord.buckets.exceeded


async def test_in_a_dm_it_is_the_same(tmp_path: Path) -> None:
    """The bot may write in its own DMs; nobody has to be called there."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = await _start_late(at, ann, ann.dm)
        await at.finish()
        await at.seconds(60)
        assert "Finished" in notice.text
        (result,) = at.messages("Your video is ready", ann.dm)
        assert result.now.media
        assert len(at.messages("Link to copy", ann.dm)) == 1
        assert f"<@{ann.user.id}>" not in result.text


async def test_where_it_cannot_write_the_result_is_fetched(tmp_path: Path) -> None:
    """The notice says so at once; before the token ends the message becomes a button; one press brings everything."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        at.sandbox.faults.add("stuck", "create", lasting=LATE)
        notice = (await at.ask(ann)).message
        assert "Show result" in notice.text
        await at.click(ann, notice, "Confirm")
        await at.seconds(13.9 * 60)
        assert "Still being made" in notice.text
        assert [b["label"] for b in notice.now.buttons] == ["Show result"]
        await at.finish()
        await at.seconds(60)
        (job,) = await at.everybody()
        assert job.state is State.SUCCEEDED
        assert not at.messages("Your video is ready", ann.home)
        calls = len([c for c in at.discord.calls if c.as_bot and c.route.startswith("channels")])
        assert not calls
        shown = await at.click(ann, notice, "Show result")
        await at.seconds(60)
        assert "Your video is ready" in shown.message.text
        assert shown.message.now.media
        assert not shown.message.private_to
        (link,) = at.messages("Link to copy", ann.home)
        assert shown.message.now.media[0] in link.content
        assert at.charges == 1


async def test_the_list_of_jobs_has_what_could_not_be_brought(tmp_path: Path) -> None:
    """Whoever does not find the button any more finds the link."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        await _start_late(at, ann)
        await at.finish()
        listed = await at.ask(ann, "jobs", where=ann.home)
        (job,) = await at.everybody()
        assert job.assets[0].url in listed.message.text
        assert listed.message.private_to is ann.user


async def test_a_second_press_shows_nothing_twice(tmp_path: Path) -> None:
    """The result is there once; the press is answered all the same."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        notice = await _start_late(at, ann)
        await at.finish()
        await at.click(ann, notice, "Show result")
        again = await at.click(ann, notice, "Show result")
        assert len(at.messages("Your video is ready", ann.home)) == 1
        (said,) = again.messages
        assert said.private_to is ann.user
        assert not said.thinking


async def test_a_press_while_it_runs_is_answered(tmp_path: Path) -> None:
    """It says so to the one who pressed, and nothing is left thinking."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        notice = await _start_late(at, ann)
        await at.seconds(20 * 60)
        assert "Still being made" in notice.text
        pressed = await at.click(ann, notice, "Show result")
        (said,) = pressed.messages
        assert (said.private_to, said.thinking) == (ann.user, False)
        assert "under way" in said.text


async def test_a_quick_result_comes_by_itself_also_for_a_guest(tmp_path: Path) -> None:
    """Within the token's time the result and its link are messages of their own, and ring."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready", ann.home)
        assert len(at.messages("Link to copy", ann.home)) == 1
        assert result.id in ann.user.pings


async def test_where_a_persons_apps_are_silenced_only_they_see_it(tmp_path: Path) -> None:
    """The server lets nobody else see what foreign apps say: everything still works for the one who asked."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        ann.home.deny(ann.user, Permission.USE_EXTERNAL_APPS)
        notice = await at.make_video(ann)
        await at.finish()
        assert notice.private_to is ann.user
        (result,) = at.messages("Your video is ready", ann.home)
        assert result.private_to is ann.user


async def test_in_other_peoples_dms_it_is_fetched_too(tmp_path: Path) -> None:
    """Between two people the bot is not there; the person who brought it gets their result."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann", installed=True), at.discord.person("bob")
        between = at.discord.world.dm(ann.user, bob.user)
        notice = await _start_late(at, ann, between)
        await at.finish()
        shown = await at.click(ann, notice, "Show result")
        assert shown.message.now.media


async def test_in_a_thread_it_asks_for_the_threads_own_right(tmp_path: Path) -> None:
    """May the bot write in threads, it does; else the result is fetched."""
    async with stage(tmp_path) as at:
        thread = at.discord.world.add_thread(at.discord.general, "videos")
        ann = at.discord.person("ann", home=thread)
        notice = await at.make_video(ann)
        assert "Show result" not in notice.text
        await at.finish()
        assert at.messages("Your video is ready", thread)
        at.discord.general.deny(at.discord.world.bot, Permission.SEND_MESSAGES_IN_THREADS)
        other = (await at.ask(ann)).message
        assert "Show result" in other.text


@pytest.mark.parametrize(
    "denied,granted,posts",
    [
        (Permission.VIEW_CHANNEL, Permission(0), False),
        (Permission.SEND_MESSAGES, Permission(0), False),
        (Permission.SEND_MESSAGES, Permission.ADMINISTRATOR, True),
        (Permission.ATTACH_FILES, Permission(0), True),
    ],
)
async def test_the_notice_knows_whether_the_result_can_be_brought(
    tmp_path: Path, denied: Permission, granted: Permission, *, posts: bool
) -> None:
    """Discord tells with every command what the bot may do there, so that nobody waits for what cannot come."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.studio.members[at.discord.world.bot.id].permissions |= granted
        at.discord.general.deny(at.discord.world.bot, denied)
        notice = (await at.ask(ann)).message
        assert ("Show result" in notice.text) is not posts


async def test_a_guest_whose_late_order_failed_hears_why(tmp_path: Path) -> None:
    """The button brings whatever there is to say: here what went wrong, what it cost and what to try instead."""
    async with stage(tmp_path) as at:
        ann = _guest(at)
        at.sandbox.faults.add("failed", "create")
        notice = await at.make_video(ann)
        at.discord.terms.token_seconds = 1.0
        await at.finish()
        at.discord.terms.token_seconds = 900.0
        assert not at.messages("didn't work out", ann.home)
        shown = await at.click(ann, notice, "Show result")
        assert "didn't work out" in shown.message.text
        assert "Try again" in [b["label"] for b in shown.message.now.buttons]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_everything_is_said_in_the_language_of_who_asked(tmp_path: Path, locale: str) -> None:
    """Discord tells it with every command."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann", locale=locale)
        notice = (await at.ask(ann)).message
        await at.click(ann, notice, {"en-US": "Confirm", "zh-CN": "确认"}[locale])
        await at.finish()
        assert at.messages({"en-US": "Your video is ready", "zh-CN": "视频做好了"}[locale])


async def test_free_answers_are_for_one_person_where_others_read(tmp_path: Path) -> None:
    """A list of somebody's orders is nobody else's business; in a DM there is nobody else."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        for command in ("prefs", "jobs", "history", "help", "models"):
            said = await at.ask(ann, command, where=at.discord.general)
            assert Flag.EPHEMERAL in said.message.flags
            said = await at.ask(ann, command, where=ann.dm)
            assert Flag.EPHEMERAL not in said.message.flags
            assert not said.message.thinking


async def test_in_other_peoples_dms_free_answers_are_for_one_person_too(tmp_path: Path) -> None:
    """The other one reads everything that is not hidden."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann", installed=True), at.discord.person("bob")
        between = at.discord.world.dm(ann.user, bob.user)
        said = await at.ask(ann, "prefs", where=between)
        assert said.message.private_to is ann.user
        refused = await at.ask(ann, prompt="a puppy", duration=7, where=between)
        (told,) = refused.messages
        assert told.private_to is ann.user
