"""A result is seen in place, whichever way the operator has chosen and whatever Discord can fetch."""

from pathlib import Path

from bot.platforms.discord.platform import MediaMode
from tests.fakes.discord_server import Flag, Loading
from tests.platforms.discord.stage import stage


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
