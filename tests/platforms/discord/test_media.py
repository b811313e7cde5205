"""A result is seen in place, whichever way the operator has chosen and whatever Discord can fetch."""

from pathlib import Path

import pytest

from bot.core import wording
from bot.core.cards import Card, Medium
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.platforms.discord.gallery import public
from bot.platforms.discord.platform import MediaMode
from providers.models import MediaKind
from tests.fakes.discord_server import Flag, Loading, Upload
from tests.platforms.discord.stage import DiscordStage, stage


async def test_a_preview_is_put_away_where_the_gallery_shows_it(tmp_path: Path) -> None:
    """The video plays once, above; the link stays a link."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        await at.finish()
        (link,) = at.messages("Link to copy")
        assert Flag.SUPPRESS_EMBEDS not in link.versions[0].flags
        await at.seconds(30)
        assert Flag.SUPPRESS_EMBEDS in link.flags
        assert link.content == link.versions[0].content


async def test_a_preview_stays_where_the_gallery_is_empty(tmp_path: Path) -> None:
    """Discord could not fetch it in time: the link's own preview is what people see."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        await at.finish()
        (result,) = at.messages("Your video is ready")
        at.discord.cdn.outcomes[result.now.media[0]] = Loading.NOT_FOUND
        await at.seconds(60)
        (link,) = at.messages("Link to copy")
        assert link.now.unfurls


async def test_without_a_gallery_the_link_shows_it(tmp_path: Path) -> None:
    """As the operator has chosen: the caption first, then the link with its preview."""
    async with stage(tmp_path, media_mode=MediaMode.UNFURL) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready")
        (link,) = at.messages("Link to copy")
        assert not result.now.media
        assert link.now.unfurls


async def test_an_uploaded_result_is_a_file(tmp_path: Path) -> None:
    """It stays when the provider's address has run out; the link comes all the same, without a second picture."""
    async with stage(tmp_path, media_mode=MediaMode.UPLOAD) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready")
        (file,) = result.now.files
        assert file.upload.filename == "result-1.mp4"
        assert len(file.upload.data) > 1000
        assert result.now.media == ("attachment://result-1.mp4",)
        (link,) = at.messages("Link to copy")
        assert not link.now.unfurls


async def _in_our_house(at: DiscordStage) -> Line:
    """Return a result that only we can reach."""
    at.room.gallery.is_public = public
    made = await at.discord.person("ann").upload(Upload("v.mp4", b"moving", "video/mp4"))
    video = Medium(MediaKind.VIDEO, at.discord.cdn.address(made.now.files[0]))
    place = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
    await at.ask(at.discord.person("bob"), "help", where=at.discord.general)
    card = Card(title=wording.READY[MediaKind.VIDEO](), media=(video,))
    return Line("j.result", LineKind.SAY, place, "1", "en", card, at.clock.now(), job="j")


@pytest.mark.parametrize("mode", [MediaMode.GALLERY, MediaMode.UNFURL])
async def test_what_only_we_can_reach_comes_as_a_file(tmp_path: Path, mode: MediaMode) -> None:
    """A provider in the operator's own house has no public address: Discord could fetch nothing from it."""
    async with stage(tmp_path, media_mode=mode) as at:
        await at.platform.say(await _in_our_house(at))
        (result,) = at.messages("Your video is ready")
        assert [file.upload.data for file in result.now.files] == [b"moving"]
        assert result.now.media == ("attachment://result-1.mp4",)


async def test_what_only_we_can_reach_and_is_too_big_is_told(tmp_path: Path) -> None:
    """The size is the place's own; nothing is promised that cannot be seen."""
    async with stage(tmp_path) as at:
        at.discord.studio.file_limit = 5
        await at.platform.say(await _in_our_house(at))
        (result,) = at.messages("Your video is ready")
        assert "too big for this place" in result.text
        assert not result.now.media


@pytest.mark.parametrize(
    "url,expected",
    [
        ("https://media.example/v.mp4", True),
        ("https://8.8.8.8/v.mp4", True),
        ("http://127.0.0.1:3333/generated/v.mp4", False),
        ("http://[::1]/v.mp4", False),
        ("http://192.168.1.7/v.mp4", False),
        ("http://localhost:3333/v.mp4", False),
        ("http://studio.local/v.mp4", False),
        ("data:image/png;base64,AAAA", False),
        ("http://[bad/v.mp4", False),
    ],
)
def test_an_address_tells_whether_others_may_reach_it(url: str, *, expected: bool) -> None:
    """Nobody is asked: names and numbers that mean our own house are known."""
    assert public(url) is expected


async def test_files_stay_within_the_places_limit(tmp_path: Path) -> None:
    """All of a message's files count together: what does not fit any more is shown from its address."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        made = [await ann.upload(Upload(f"{n}.png", b"12345", "image/png")) for n in range(3)]
        media = [Medium(MediaKind.IMAGE, at.discord.cdn.address(m.now.files[0])) for m in made]
        assert list((await at.room.gallery.uploads(media, 12)).files) == [medium.url for medium in media[:2]]
        assert len((await at.room.gallery.uploads(media, None)).files) == 3


async def test_what_cannot_be_uploaded_is_shown_from_its_address(tmp_path: Path) -> None:
    """A file that is too big for this place costs nothing but its being a file."""
    async with stage(tmp_path, media_mode=MediaMode.UPLOAD) as at:
        ann = at.discord.person("ann")
        at.discord.studio.file_limit = 10
        await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        (result,) = at.messages("Your video is ready")
        assert not result.now.files
        assert result.now.media
        assert at.messages("Link to copy")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/secrets.mp4",
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/a.mp4",
        "https://2130706433/a.mp4",
    ],
)
async def test_what_the_operator_has_not_named_is_not_fetched_for_anybody(tmp_path: Path, address: str) -> None:
    """A provider that names an address inside our network gets nothing out of it: no file, and no request."""
    async with stage(tmp_path, media_mode=MediaMode.UPLOAD) as at:
        at.room.gallery.is_public = public
        assert (await at.room.gallery.uploads((Medium(MediaKind.VIDEO, address),), None)).files == {}
