"""What was spent, as Feishu shows it."""

from pathlib import Path

from tests.platforms.feishu.stage import stage


async def test_a_chart_of_what_was_spent_is_a_picture_in_the_answer(tmp_path: Path) -> None:
    """It is uploaded with the figures, and its address stands nowhere."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.make_video(ann)
        await at.finish()
        await at.write(ann, "/usage")
        told = await ann.finds("What you had made this month")
        view = ann.view(told)
        assert "1 order: 40 points" in view.text
        assert "base64" not in view.text
        assert len(view.images) == 1
