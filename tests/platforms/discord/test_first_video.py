"""From a command to the video and its link, as a person in a server sees it."""

from pathlib import Path

from tests.fakes.discord_server import Ack, Flag
from tests.platforms.discord.stage import PROMPT, stage


async def test_a_video_from_a_command(tmp_path: Path) -> None:
    """The price comes first, one click starts it, progress is shown in place, and the video comes with its link."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        asked = await at.ask(ann, prompt=PROMPT)
        assert asked.ack is Ack.THINKING
        notice = asked.message
        assert PROMPT in notice.text
        assert "Confirm" in [b["label"] for b in notice.now.buttons]
        pressed = await at.click(ann, notice, "Confirm")
        assert pressed.ack is Ack.DEFERRED_UPDATE
        assert not notice.now.buttons
        await at.finish()
        await at.seconds(60)
        assert at.charges == 1
        (result,) = at.messages("Your video is ready")
        assert result.now.media
        (link,) = at.messages("Link to copy")
        assert result.now.media[0] in link.content.splitlines()
        assert ann.user.pings == [result.id]
        assert "Finished" in notice.text
        assert any("%" in version for version in notice.history)
        assert Flag.SUPPRESS_EMBEDS in link.flags
        assert not at.discord.buckets.exceeded
