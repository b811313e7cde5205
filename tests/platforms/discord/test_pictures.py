"""Pictures people give: taken at once, looked at by their bytes, and chosen from any message that shows one."""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.discord_server import Ack, Message, Upload
from tests.fakes.discord_server.messages import Version
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)


def picture(name: str = "cat.png", size: int = 0) -> Upload:
    """Return a picture to upload; a larger one has bytes behind it that nobody reads."""
    return Upload(name, PNG.ljust(size, b"\0"), "image/png")


async def _nothing_done(at: DiscordStage) -> None:
    await at.settle()
    assert not await at.everybody()
    assert at.charges == 0


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


async def test_a_picture_that_we_made_can_be_chosen(tmp_path: Path) -> None:
    """It is in a gallery and no file of the message: what one sees counts."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann, "image", prompt=PROMPT)).message
        await at.click(ann, notice, "Confirm")
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your picture is ready")
        opened = await at.done(await ann.context_menu("Animate this image", result))
        assert opened.ack is Ack.MODAL
        await at.done(await ann.submit_modal(opened, {"What should happen?": "it jumps"}))
        job = (await at.everybody())[-1]
        assert job.request.task == "image_to_video"
        assert len(job.request.pictures) == 1


async def test_a_picture_behind_an_address_can_be_chosen(tmp_path: Path) -> None:
    """Discord shows it below the message, and has a copy."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        given = await ann.upload(picture())
        copy = at.discord.cdn.address(given.now.files[0])
        embed = {"type": "image", "url": "https://a.example/x", "thumbnail": {"url": "https://a.example/x"}}
        embed["thumbnail"] |= {"proxy_url": copy, "width": 1, "height": 1}  # type: ignore[operator] # an object
        linked = await ann.say("https://a.example/x")
        linked.versions[-1] = Version(at=at.discord.clock.time(), content="https://a.example/x", embeds=(embed,))
        opened = await at.done(await ann.context_menu("Edit this image", linked))
        assert opened.ack is Ack.MODAL
        asked = await at.done(await ann.submit_modal(opened, {"What should happen?": "it jumps"}))
        assert "it jumps" in asked.message.text


async def test_only_pictures_are_taken_from_a_message_and_the_first_counts(tmp_path: Path) -> None:
    """A text beside it is no picture, and one form asks about one picture."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        mixed = await ann.upload(Upload("a.txt", b"words", "text/plain"), picture("a.png"), picture("b.png"))
        opened = await at.done(await ann.context_menu("Animate this image", mixed))
        await at.done(await ann.submit_modal(opened, {"What should happen?": "it jumps"}))
        (job,) = await at.everybody()
        assert len(job.request.pictures) == 1


async def test_a_chosen_picture_that_is_too_big_opens_no_form(tmp_path: Path) -> None:
    """Nobody should write down what cannot be done."""
    async with stage(tmp_path) as at:
        at.discord.terms.file_limit = 20 * 1024 * 1024
        ann = at.discord.person("ann")
        large = await ann.upload(Upload("cat.png", PNG.ljust(10 * 1024 * 1024 + 1, b"\0"), "image/png"))
        chosen = await at.done(await ann.context_menu("Animate this image", large))
        assert chosen.ack is Ack.THINKING
        (said,) = chosen.messages
        assert "larger than 10 MB" in said.text


async def test_who_writes_faster_than_the_picture_arrives_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is there before the picture is ours: its answer waits for that."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        arrive, fetch = asyncio.Event(), at.room.inbound._transport.fetch

        async def slowly(url: str, most: int) -> bytes:
            await arrive.wait()
            return await fetch(url, most)

        monkeypatch.setattr(at.room.inbound._transport, "fetch", slowly)
        opened = await ann.context_menu("Animate this image", await _with_picture(at))
        await opened.acked()
        asked = await ann.submit_modal(opened, {"What should happen?": "it jumps"})
        await asked.acked()
        arrive.set()
        await at.settle()
        assert "it jumps" in asked.message.text
