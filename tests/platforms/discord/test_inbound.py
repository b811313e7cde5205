"""What people do is received in time or not acted on, heard once, and answered where they are."""

from pathlib import Path

import pytest

from bot.errors import RefusalCode, StoreTrouble
from bot.storage.writer import Statement
from tests.fakes.discord_server import Flag
from tests.fakes.discord_server.exchange import Exchange
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

CALLBACK = "interactions.callback"


async def _nothing_done(at: DiscordStage) -> None:
    await at.settle()
    assert not await at.everybody()
    assert at.charges == 0


# --- in time -----------------------------------------------------------------------------------------------------


async def test_it_is_acknowledged_before_anything_else(tmp_path: Path) -> None:
    """The first call after a command is its acknowledgement, whatever the store or the provider do."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        before = len(at.discord.calls)
        await at.ask(ann)
        assert [c.route for c in at.discord.calls][before:] == [CALLBACK, "webhooks.edit"]


async def test_what_came_too_late_is_not_done(tmp_path: Path) -> None:
    """The person has read that it failed: nothing is stored and nothing is spent."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.terms.ack_seconds = -1.0
        await ann.slash("video", {"prompt": PROMPT})
        await at.discord.calls.until(CALLBACK)
        await _nothing_done(at)
        assert not at.discord.calls.to("webhooks.*")


async def test_a_lost_answer_to_the_acknowledgement_is_no_failure(tmp_path: Path) -> None:
    """It did arrive; the second try is told that somebody was first, and that was us."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.faults.status(CALLBACK, 502, after=True)
        asked = await at.ask(ann)
        assert "What your video will take" in asked.message.text
        assert [(c.status, c.code) for c in at.discord.calls.to(CALLBACK)] == [(502, 0), (400, 40060)]


@pytest.mark.parametrize("after", [False, True], ids=["lost on the way", "lost on the way back"])
async def test_a_dropped_connection_is_tried_again(tmp_path: Path, after: bool) -> None:  # noqa: FBT001 - a parameter
    """As long as there is time."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.faults.drop(CALLBACK, after=after, times=2)
        asked = await at.ask(ann)
        assert "What your video will take" in asked.message.text


async def test_an_acknowledgement_that_hangs_is_given_up(tmp_path: Path) -> None:
    """Whether it arrived nobody knows: nothing is done, and whoever looks at it reads why."""
    async with stage(tmp_path, within=0.1) as at:
        ann = at.discord.person("ann")
        with at.discord.faults.hold(CALLBACK, after=True) as held:
            asked = await ann.slash("video", {"prompt": PROMPT})
            await held.reached()
            said = await asked.replied()
            assert "Nothing was spent" in said.text
            await _nothing_done(at)


async def test_somebody_elses_acknowledgement_is_left_to_them(tmp_path: Path) -> None:
    """A second process with the same token was first: doing it too would be twice."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.faults.status(CALLBACK, 400, code=40060)
        await ann.slash("video", {"prompt": PROMPT})
        await at.discord.calls.until(CALLBACK)
        await _nothing_done(at)


async def test_an_event_that_comes_again_is_heard_once(tmp_path: Path) -> None:
    """Discord replays events after a break."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann)
        asked.redeliver()
        await at.discord.calls.until(CALLBACK, 2)
        await at.settle()
        assert len(await at.everybody()) == 1
        assert len(at.messages("What your video will take")) == 1


async def test_a_command_lost_in_a_stop_is_told(tmp_path: Path) -> None:
    """Received, and then the process was gone: after the start nobody looks at a message that thinks for ever."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann, "help", where=at.discord.general)
        await at.files.database.write([_forgotten(asked)])
        at.discord.board.all[asked.message.id].versions.append(asked.message.versions[0])
        await at.restart(after=30)
        await at.seconds(5)
        assert "Nothing was spent" in asked.message.text


def _forgotten(asked: Exchange) -> Statement:
    """Return what makes the service forget that it heard something: the stop came before that was written down."""
    event = str(asked.interaction.id)
    return Statement("UPDATE discord_pass SET line = '', event = event || '0' WHERE event = ?", [(event,)])


async def test_a_full_disk_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be written down, so nothing is ordered, and the person is told directly."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")

        async def full(*_: object) -> None:
            raise StoreTrouble(RefusalCode.STORE_FULL, "disk full")

        monkeypatch.setattr(at.files.database, "write", full)
        asked = await at.ask(ann)
        assert "can't write anything down" in asked.message.text
        await _nothing_done(at)


# --- heard and answered ------------------------------------------------------------------------------------------


async def test_bad_input_is_told_to_one_person_alone(tmp_path: Path) -> None:
    """In a server nobody else reads what went wrong, and no empty message stays behind."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann, prompt=PROMPT, duration=7)
        (said,) = asked.messages
        assert (said.private_to, said.thinking) == (ann.user, False)
        assert not [m for m in ann.reads() if m.private_to is None]


async def test_in_a_dm_bad_input_is_simply_answered(tmp_path: Path) -> None:
    """There is nobody else."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann, prompt=PROMPT, duration=7, where=ann.dm)
        assert asked.message.private_to is None
        assert not asked.message.thinking


async def test_two_lists_are_two_messages(tmp_path: Path) -> None:
    """The first is the answer, the second follows it, both for the one who asked."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann, "models", where=at.discord.general)
        assert len(asked.messages) == 2
        assert all(Flag.EPHEMERAL in m.flags for m in asked.messages)


async def test_the_language_is_remembered(tmp_path: Path) -> None:
    """Whoever has chosen one is answered in it, whatever Discord says."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        said = await at.ask(ann, "lang", language="zh_Hans")
        assert "中文" in said.message.text
        notice = (await at.ask(ann)).message
        assert "确认" in [b["label"] for b in notice.now.buttons]
        bob = at.discord.person("bob", locale="zh-CN")
        pressed = await at.click(bob, notice, "确认")
        (told,) = [m for m in pressed.messages if m is not notice]
        assert "只有" in told.text


async def test_models_are_offered_while_typing(tmp_path: Path) -> None:
    """With name, price and time; what is chosen is understood."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        offered = await (await ann.autocomplete("video", "model", "wan")).choices()
        assert 0 < len(offered) <= 25
        assert all("points" in choice["name"] for choice in offered)
        asked = await at.ask(ann, prompt=PROMPT, model=offered[0]["value"])
        assert "You asked for" in asked.message.text
        (first, *_) = await (await ann.autocomplete("model", "model", "", options={"kind": "video"})).choices()
        assert first["value"] == "auto"


async def test_cancel_by_command(tmp_path: Path) -> None:
    """The offer closes and the answer says so."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        said = await at.ask(ann, "cancel", where=at.discord.general)
        assert "Cancelled" in said.message.text
        assert "Nothing was spent" in notice.text


async def test_trouble_with_an_answer_is_no_silence(tmp_path: Path) -> None:
    """What is told to one alone is tried again: twice would be better than never."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann"), at.discord.person("bob")
        notice = (await at.ask(ann)).message
        at.discord.faults.status("webhooks.send", 502, times=2)
        pressed = await bob.click(notice, "Confirm")
        await pressed.acked()
        await at.seconds(10)
        (told,) = [m for m in pressed.messages if m is not notice]
        assert "Only the person who asked" in told.text


async def test_whatever_breaks_of_ours_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the code costs an apology, and nobody looks at a message that thinks for ever."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")

        async def broken(*_: object) -> None:
            raise KeyError("a bug")

        monkeypatch.setattr(at.room.inbound._studio, "hear", broken)
        asked = await at.ask(ann)
        (said,) = asked.messages
        assert "Something went wrong" in said.text
        assert not said.thinking


async def test_help_speaks_of_what_discord_has(tmp_path: Path) -> None:
    """Commands are chosen from a list, and what is merely said is not heard: nothing else may be promised."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        said = (await at.ask(ann, "help", where=at.discord.general)).message
        for name in ("/video", "/jobs", "/lang", "Animate this image", "Edit this image", "Use as first frame"):
            assert name in said.text
        for foreign in ("“always use", "use=frames", "x2", "/lang zh"):
            assert foreign not in said.text
        assert said.private_to is ann.user
        # Nobody here answers questions or tells a balance, so that neither is offered.
        assert "/ask" not in said.text
        chinese = at.discord.person("bob", locale="zh-CN")
        assert "输入 / 选择命令" in (await at.ask(chinese, "help", where=chinese.dm)).message.text


async def test_lists_tell_what_there_is(tmp_path: Path) -> None:
    """Open orders with their codes, ended ones with their cost, and what is remembered of a person."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        jobs = (await at.ask(ann, "jobs", where=at.discord.general)).message
        (job,) = await at.everybody()
        assert f"{job.code}: {job.model_name}, being made" in jobs.text
        await at.finish()
        assert "Nothing is under way" in (await at.ask(ann, "jobs", where=at.discord.general)).message.text
        history = (await at.ask(ann, "history", where=at.discord.general)).message
        assert f"{job.code}: {job.model_name}, ready, 40 points" in history.text
        prefs = (await at.ask(ann, "prefs", where=at.discord.general)).message
        assert f"last used {job.model_name}" in prefs.text
        await at.ask(ann, "model", kind="video", model=job.request.model, where=at.discord.general)
        prefs = (await at.ask(ann, "prefs", where=at.discord.general)).message
        assert f"always {job.model_name}" in prefs.text
        assert "Language: English" in prefs.text
