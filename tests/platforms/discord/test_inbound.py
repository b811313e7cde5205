"""What people do is received in time or not acted on, heard once, and answered where they are."""

from pathlib import Path

import pytest

from bot.errors import RefusalCode, StoreTrouble
from bot.storage.writer import Statement
from tests.fakes.discord_server import Ack, Flag, Message, Upload
from tests.fakes.discord_server.exchange import Exchange
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)
CALLBACK = "interactions.callback"


def picture(name: str = "cat.png", size: int = 0) -> Upload:
    """Return a picture to upload; a larger one has bytes behind it that nobody reads."""
    return Upload(name, PNG.ljust(size, b"\0"), "image/png")


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


# --- pictures ----------------------------------------------------------------------------------------------------


async def test_a_picture_is_fetched_at_once(tmp_path: Path) -> None:
    """Its address stops working, so the bytes are ours before the price is said."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann, "animate", prompt=PROMPT, picture=picture())
        assert "What your video will take" in asked.message.text
        (job,) = await at.everybody()
        upload = await at.files.upload(job.request.pictures[0].upload)
        assert upload is not None
        assert upload.data == PNG


@pytest.mark.parametrize(
    "upload,why",
    [
        (picture(size=10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (Upload("cat.png", b"not a picture", "image/png"), "isn't a picture"),
    ],
    ids=["too big", "no picture"],
)
async def test_a_picture_that_cannot_be_used_is_explained(tmp_path: Path, upload: Upload, why: str) -> None:
    """By its bytes, not by its name."""
    async with stage(tmp_path) as at:
        at.discord.terms.file_limit = 20 * 1024 * 1024
        ann = at.discord.person("ann")
        asked = await at.ask(ann, "animate", prompt=PROMPT, picture=upload)
        (said,) = asked.messages
        assert why in said.text
        assert said.private_to is ann.user
        await _nothing_done(at)


async def _with_picture(at: DiscordStage) -> Message:
    bob = at.discord.person("bob")
    return await bob.upload(picture(), text="look")


@pytest.mark.parametrize(
    "menu,task",
    [
        ("Animate this image", "image_to_video"),
        ("Edit this image", "image_to_image"),
        ("Use as first frame", "image_to_video"),
    ],
)
async def test_a_menu_on_a_message_asks_what_should_happen(tmp_path: Path, menu: str, task: str) -> None:
    """A form first, then the price; the picture is the one on the message."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        opened = await at.done(await ann.context_menu(menu, await _with_picture(at)))
        assert opened.ack is Ack.MODAL
        asked = await at.done(await ann.submit_modal(opened, {"What should happen?": "it jumps"}))
        assert "it jumps" in asked.message.text
        (job,) = await at.everybody()
        assert job.request.task == task
        assert len(job.request.pictures) == 1


async def test_a_first_frame_goes_with_a_last_one(tmp_path: Path) -> None:
    """Two pictures make a film between them, and a form from before a restart still counts."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        opened = await at.done(await ann.context_menu("Use as first frame", await _with_picture(at)))
        await at.restart(after=60)
        last = "The last frame, if you have one"
        asked = await at.done(await ann.submit_modal(opened, {"What should happen?": "it jumps", last: [picture()]}))
        assert "it jumps" in asked.message.text
        (job,) = await at.everybody()
        assert job.request.task == "first_last_frame_to_video"


async def test_a_form_that_took_hours_says_so(tmp_path: Path) -> None:
    """The picture is not kept for ever."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        opened = await at.done(await ann.context_menu("Edit this image", await _with_picture(at)))
        await at.restart(after=7200)
        asked = await at.done(await ann.submit_modal(opened, {"What should happen?": "it jumps"}))
        (said,) = asked.messages
        assert "choose it again" in said.text


async def test_a_message_without_a_picture_needs_one(tmp_path: Path) -> None:
    """No form is opened for nothing."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        words = await ann.say("just words")
        chosen = await at.done(await ann.context_menu("Animate this image", words))
        assert chosen.ack is Ack.THINKING
        assert "add a picture" in chosen.message.text
