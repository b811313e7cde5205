"""From the confirmed price to the result and its link, whatever happens on the way: once, in place, and in order."""

import asyncio
from pathlib import Path

from bot.core import lark
from bot.core.lark import Why
from tests.fakes.discord_server.faults import Hold
from tests.fakes.feishu_server import Chat, Message, Person
from tests.platforms.feishu.stage import PROMPT, FeishuStage, stage

READY, LINK = "Your video is ready", "Link to copy"


def _results(person: Person, where: Chat) -> list[Message]:
    """Return the results and links there are, in order."""
    texts = (READY, LINK)
    return [m for m in person.reads(where) if m.by_bot and any(text in person.view(m).text for text in texts)]


async def _once(at: FeishuStage, person: Person, where: Chat) -> None:
    """The video, then its bare link; nothing is owed any more, and it was paid for once."""
    await at.seconds(3600)
    video, link = _results(person, where)
    assert person.video(video).plays
    assert person.view(link).text.splitlines()[1].startswith(at.sandbox.base_url)
    assert await at.files.owed_places() == []
    assert at.charges == 1


async def _killed_at(at: FeishuStage, hold: Hold) -> None:
    """Let the story go on until a request waits, and kill the process there."""
    story = asyncio.ensure_future(at.finish())
    await hold.reached()
    story.cancel()
    await at.crash()


async def test_a_kill_while_the_video_is_uploaded(tmp_path: Path) -> None:
    """The next process uploads it, says it once and pays nothing."""
    async with FeishuStage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.make_video(ann, group)
        with at.feishu.faults.hold("files.upload") as hold:
            await _killed_at(at, hold)
        await at.start()
        await _once(at, ann, group)


async def test_a_kill_between_the_video_and_its_link(tmp_path: Path) -> None:
    """The link still comes, and the video is not there twice."""
    async with FeishuStage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.make_video(ann, group)
        with at.feishu.faults.hold(
            "messages.reply", after=True, where=lambda c: c.payload["msg_type"] == "post"
        ) as hold:
            await _killed_at(at, hold)
        await at.start()
        await _once(at, ann, group)


async def test_feishu_is_ill_for_a_while(tmp_path: Path) -> None:
    """The result is made and cannot be said: it waits, and comes when Feishu is well."""
    async with FeishuStage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.make_video(ann, group)
        at.feishu.faults.html("messages.*", 503, times=25)
        at.feishu.faults.html("files.upload", 502, times=2)
        await at.finish()
        await _once(at, ann, group)


async def test_where_cards_do_not_work_a_reply_does_it(tmp_path: Path) -> None:
    """An application without the card callback: the price comes as text, "confirm" starts it, the video comes."""
    async with FeishuStage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        at.feishu.faults.code("messages.*", 230099, where=lambda c: c.payload["msg_type"] == "interactive", times=None)
        await at.write(ann, f"/video {PROMPT}", where=group)
        notice = await ann.finds("40 points", where=group)
        assert lark.REPLY_INSTEAD.one in ann.view(notice).text
        await at.heard(await ann.reply(notice, "confirm"))
        await at.finish()
        await _once(at, ann, group)
        assert "Finished" in ann.view(notice).text


async def test_in_a_topic_group_all_of_a_job_is_in_its_topic(tmp_path: Path) -> None:
    """Price, video and link stand under the request; the list of topics stays readable."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        topics = at.feishu.world.add_group("Topics", [ann.user], topics=True)
        asked = await at.write(ann, f"/video {PROMPT}", where=topics)
        await at.click(ann, await ann.finds("Confirm", where=topics), "Confirm")
        await at.finish()
        await _once(at, ann, topics)
        assert {message.thread for message in ann.reads(topics)} == {asked.thread}


async def test_five_people_at_once_in_one_group(tmp_path: Path) -> None:
    """Each gets price, progress, video and link within what the group takes, and nobody's card is left behind."""
    async with stage(tmp_path) as at:
        group = at.feishu.studio
        people = [at.feishu.person(name) for name in ("ann", "ben", "cat", "dan", "eve")]
        for person in people:
            await at.make_video(person, group)
            await at.seconds(1)
        await at.finish()
        await at.seconds(600)
        assert len(_results(people[0], group)) == 10
        notices = [m for m in people[0].cards(group) if "Finished" in people[0].view(m).text]
        assert len(notices) == 5
        assert at.charges == 5


async def test_a_picture_is_in_its_card_and_goes_on_from_there(tmp_path: Path) -> None:
    """The card with the picture has the button that makes a video of it."""
    async with stage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.write(ann, "/image a puppy", where=group)
        await at.click(ann, await ann.finds("Confirm", where=group), "Confirm")
        await at.finish()
        await at.seconds(60)
        result = await ann.finds("Your picture is ready", where=group)
        assert ann.image(result).data
        await at.click(ann, result, "Animate this")
        offer = await ann.finds("What your video will take", where=group)
        assert "Confirm" in [button.label for button in ann.view(offer).buttons]
        assert at.charges == 1


async def test_a_result_that_we_may_not_fetch_is_told(tmp_path: Path) -> None:
    """An address that we may not fetch from: people read why there is only a link, and the job is done."""
    async with FeishuStage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.make_video(ann, group)
        at.room.platform._means.media._downloads._origins = frozenset()
        await at.finish()
        await at.seconds(600)
        result, link = _results(ann, group)
        assert lark.ONLY_A_LINK[Why.FORBIDDEN_ADDRESS].one in ann.view(result).text
        assert not ann.view(result).videos
        assert at.sandbox.base_url in ann.view(link).text
        assert at.charges == 1
