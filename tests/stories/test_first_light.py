"""A chat message becomes a video: the whole way, as a person sees it."""

from pathlib import Path

from bot.core import actions
from bot.core.cards import Tone
from bot.core.job import State
from bot.core.ledger import EntryKind
from tests.stories.stage import stage


async def test_a_message_becomes_a_video_and_a_link_charged_once(tmp_path: Path) -> None:
    """Notice, one charge after the yes, progress, the video inline, then the bare link."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy runs across a meadow")
        assert at.charges == 0
        notice = at.chat.ending("notice")[0]
        assert "Cost: 40 points" in at.screen()
        assert "Expected time: 300–420 s" in at.screen()
        await at.press(actions.Verb.CONFIRM)
        await at.finish()
        result, link = at.chat.ending("result")[0], at.chat.ending("link.0")[0]
        order = list(at.chat.messages)
        assert order.index(result.line.key) < order.index(link.line.key)
        assert result.card.media[0].url == link.card.copy
        assert link.card.copy.endswith(".mp4")
        assert at.charges == 1
        assert notice.percents == sorted(notice.percents)
        assert max(notice.percents) <= 95
        assert len(notice.percents) > 5
        assert notice.card.tone is Tone.GOOD
        job = (await at.jobs())[0]
        assert job.state is State.SUCCEEDED
        assert [e.kind for e in await at.entries(job)] == [EntryKind.RESERVED, EntryKind.SETTLED]
