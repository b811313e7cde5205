"""From a mention in a group to the video and its link, as a person there sees it."""

from pathlib import Path

from tests.platforms.feishu.stage import PROMPT, stage


async def test_a_video_from_a_mention(tmp_path: Path) -> None:
    """The price comes first, one click starts it, progress is shown in place, and the video comes with its link."""
    async with stage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.write(ann, f"/video {PROMPT}", where=group)
        (notice,) = ann.cards(group)
        assert PROMPT in ann.view(notice).text
        assert "40 points" in ann.view(notice).text
        click = await at.click(ann, notice, "Confirm")
        assert (click.code, click.replaced, click.toast) == (0, True, "On it!")
        assert not ann.view(notice).buttons
        await at.finish()
        await at.seconds(60)
        assert at.charges == 1
        *_, result, link = ann.reads(group)
        assert "Your video is ready" in ann.view(result).text
        assert ann.video(result).duration == 5000
        address = ann.view(link).text.splitlines()[-1]
        assert address.startswith(at.sandbox.base_url)
        assert "Finished" in ann.view(notice).text
        assert any("%" in str(version.content) for version in notice.versions)
        assert not notice.crossed


async def test_a_person_reads_everything_in_their_own_language(tmp_path: Path) -> None:
    """Their program chooses from the card; the toast and what is plain text follow the program that they write with."""
    async with stage(tmp_path) as at:
        at.feishu.app.scopes |= {"im:user_agent:read"}
        yan = at.feishu.person("yan", locale="zh_cn")
        await at.write(yan, "／图片 一只小狗")
        (notice,) = yan.cards()
        click = await at.click(yan, notice, "确认")
        assert click.toast == "好，这就开始！"
        await at.finish()
        await at.seconds(60)
        shown = "\n".join(yan.transcript())
        assert "图片做好了" in shown
        assert "Confirm" not in shown
        assert at.charges == 1
