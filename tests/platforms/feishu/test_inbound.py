"""What people write in Feishu and what comes of it, from the frame on the wire to the card in their chat."""

from pathlib import Path
from typing import Any

import pytest

from bot.core.job import State
from bot.platforms.feishu.wire import Code
from tests.platforms.feishu.films import png
from tests.platforms.feishu.stage import PROMPT, FeishuStage, stage

FOX = png()
VIDEO = f"/video {PROMPT}"
"""A command that costs something."""


# --- who is heard ------------------------------------------------------------------------------------------------


async def test_a_command_is_understood_however_it_is_typed(tmp_path: Path) -> None:
    """With full-width signs, with what nobody sees, in plain words."""
    typed = (
        VIDEO,
        f"／video {PROMPT}",
        f"\u200b/video\u00a0{PROMPT}\ufeff",
        f"/视频 {PROMPT}",
        f"make a video of {PROMPT}",
    )
    async with stage(tmp_path) as at:
        for n, text in enumerate(typed):
            person = at.feishu.person(f"p{n}")
            await at.write(person, text)
            (notice,) = person.cards()
            assert PROMPT in person.view(notice).text, text


async def test_our_name_is_taken_out_and_others_are_names(tmp_path: Path) -> None:
    """A prompt with placeholders of the platform's in it would be drawn as such."""
    async with stage(tmp_path) as at:
        ann, bob = at.feishu.person("ann"), at.feishu.person("bob")
        await at.write(ann, "@Limner /image @bob at the sea", where=at.feishu.studio)
        (notice,) = bob.cards(at.feishu.studio)
        assert "@bob at the sea" in bob.view(notice).lines
        assert "_user_" not in str(notice.content)


async def test_what_people_say_to_each_other_is_not_even_written_down(tmp_path: Path) -> None:
    """Also where the application may read everything."""
    async with stage(tmp_path) as at:
        at.feishu.app.scopes |= {"im:message.group_msg"}
        ann, bob = at.feishu.person("ann"), at.feishu.person("bob")
        first = await at.write(ann, "lunch?", where=at.feishu.studio, mention=False)
        await at.write(bob, VIDEO, where=at.feishu.studio, mention=False)
        answer = await bob.reply(first, "yes", mention=False)
        await at.heard(answer)
        assert not at.feishu.board.by_bot()
        (kept,) = await at.files.database.fetch("SELECT event, raw FROM feishu_inbox")
        assert dict(kept) == {"event": answer.id, "raw": ""}, "only a reply had to be looked at"


async def test_two_bots_do_not_answer_each_other(tmp_path: Path) -> None:
    """That would never end."""

    def by_bot(event: dict[str, Any]) -> dict[str, Any]:
        event["event"]["sender"]["sender_type"] = "bot"
        return event

    async with stage(tmp_path) as at:
        await at.write(at.feishu.person("ann"), VIDEO, mangle=by_bot)
        assert not at.feishu.board.by_bot()


async def test_plain_talk_gets_help_and_not_an_error(tmp_path: Path) -> None:
    """With buttons for what there is; pressing one is as good as typing."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.write(ann, "hello there")
        (card,) = ann.cards()
        assert [b.label for b in ann.view(card).buttons] == [
            "All commands",
            "Models and prices",
            "My settings",
            "My orders",
        ]
        click = await at.click(ann, card, "All commands")
        assert (click.code, click.toast) == (0, "The answer is below.")
        assert "/animate" in ann.view(ann.cards()[-1]).text


async def test_calling_us_without_a_word_is_a_question_for_help(tmp_path: Path) -> None:
    """In a group; it is answered there."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.write(ann, "", where=at.feishu.studio)
        (card,) = ann.cards(at.feishu.studio)
        assert "mention me" in ann.view(card).text


async def test_what_cannot_be_read_is_told_so(tmp_path: Path) -> None:
    """Once, and only where it is said to us."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        for kind in ("sticker", "location", "a type of next year"):
            await at.heard(await ann.send_other(kind, {"file_key": "x"}))
            assert "not this kind of message" in ann.transcript()[-1]
        at.feishu.app.scopes |= {"im:message.group_msg"}
        await at.heard(await ann.send_other("sticker", {"file_key": "x"}, where=at.feishu.studio))
        assert len(at.feishu.board.by_bot(at.feishu.studio)) == 0


# --- pictures ----------------------------------------------------------------------------------------------------


async def uploads(at: FeishuStage) -> list[bytes]:
    """Return the pictures that orders start from."""
    return [row["data"] for row in await at.files.database.fetch("SELECT data FROM upload")]


async def test_words_and_a_picture_in_one_message_go_together(tmp_path: Path) -> None:
    """Which Feishu sends as a post."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.heard(await ann.post("/animate it waves", FOX))
        assert "it waves" in ann.transcript()[-1]
        assert await uploads(at) == [FOX]


async def test_a_reply_to_somebodys_picture_uses_it(tmp_path: Path) -> None:
    """Nobody has to send it twice."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        for n, words in enumerate(("animate this", "让它动起来", "/animate it waves", "/video it waves")):
            group = at.feishu.world.add_group(f"group {n}", [ann.user])
            bob = at.feishu.person(f"bob {n}", home=group)
            picture = await ann.send_image(FOX, where=group)
            await at.heard(await bob.reply(picture, words))
            assert len(bob.cards(group)) == 1, words
            assert await uploads(at) == [FOX] * (n + 1)


async def test_a_picture_without_a_word_is_asked_about(tmp_path: Path) -> None:
    """And the reply to it is the order."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        picture = await at.heard(await ann.send_image(FOX))
        assert "What should I do with your picture?" in ann.transcript()[-1]
        await at.heard(await ann.reply(picture, "animate this"))
        assert await uploads(at) == [FOX]


async def test_a_picture_that_cannot_be_read_is_told_so(tmp_path: Path) -> None:
    """And nothing is ordered without it."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        at.feishu.faults.code("messages.resource", 234038, times=None)
        await at.heard(await ann.post("/animate it waves", FOX))
        assert "I can't read that picture" in ann.transcript()[-1]
        assert not await at.everybody()


async def test_a_picture_that_comes_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    """One bad answer is not the end of it."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        at.feishu.faults.html("messages.resource", 502)
        await at.feishu.deliveries.settled(at.feishu.delivery(await ann.post("/animate it waves", FOX)))
        await at.clock.run(lambda: bool(ann.cards()))
        assert await uploads(at) == [FOX]


async def test_a_huge_picture_is_refused_by_its_size(tmp_path: Path) -> None:
    """And what to do about it is said."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        at.feishu.faults.code("messages.resource", Code.DOWNLOAD_TOO_BIG)
        await at.heard(await ann.post("/animate it waves", FOX))
        assert "10 MB" in ann.transcript()[-1]


# --- replies to what we said -------------------------------------------------------------------------------------


async def test_a_reply_confirms_as_the_button_does(tmp_path: Path) -> None:
    """For whoever has no buttons."""
    async with stage(tmp_path) as at:
        for n, word in enumerate(("confirm", "Yes!", "确认")):
            person = at.feishu.person(f"p{n}")
            await at.write(person, VIDEO)
            await at.heard(await person.reply(person.cards()[0], word))
            assert at.charges == n + 1, word


async def test_a_reply_cancels(tmp_path: Path) -> None:
    """Nothing is spent."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.write(ann, VIDEO)
        await at.heard(await ann.reply(ann.cards()[0], "cancel"))
        assert [job.state for job in await at.everybody()] == [State.CANCELLED]
        assert at.charges == 0


async def test_nobody_confirms_for_somebody_else(tmp_path: Path) -> None:
    """They are told why, and nothing is spent."""
    async with stage(tmp_path) as at:
        ann, bob = at.feishu.person("ann"), at.feishu.person("bob")
        group = at.feishu.studio
        await at.write(ann, VIDEO, where=group)
        await at.heard(await bob.reply(ann.cards(group)[0], "confirm"))
        assert at.charges == 0
        assert [job.state for job in await at.everybody()] == [State.PROPOSED]
        assert "Only the person who asked can decide" in bob.transcript(group)[-1]


async def test_a_reply_to_a_result_goes_on_from_it(tmp_path: Path) -> None:
    """Without naming what it is about."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.write(ann, "/image a lighthouse")
        await at.click(ann, ann.cards()[0], "Confirm")
        await at.finish()
        await at.seconds(30)
        result = next(m for m in ann.reads() if m.by_bot and "ready" in ann.view(m).text)
        await at.heard(await ann.reply(result, "animate this"))
        assert [job.request.task.value for job in await at.everybody()] == ["text_to_image", "image_to_video"]


# --- places and languages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("topics", [True, False])
async def test_what_is_asked_in_a_topic_is_answered_there(tmp_path: Path, topics: bool) -> None:  # noqa: FBT001 - a case
    """Also what comes much later: the result and its link."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        group = at.feishu.world.add_group("Topics", [ann.user], topics=topics)
        first = await ann.say("today", where=group, mention=False)
        asked = await at.heard(await ann.reply(first, "/image a lighthouse", in_thread=True))
        (notice,) = ann.cards(group)
        assert asked.thread
        await at.click(ann, notice, "Confirm")
        await at.finish()
        await at.seconds(30)
        answers = at.feishu.board.by_bot(group)
        assert len(answers) >= 3
        assert {message.thread for message in answers} == {asked.thread}
        assert [job.address.place for job in await at.everybody()] == [f"{group.id}/{first.id}"]


async def test_a_language_is_remembered_from_the_program(tmp_path: Path) -> None:
    """A press does not tell it, and a restart must not forget it."""
    async with stage(tmp_path) as at:
        at.feishu.app.scopes |= {"im:user_agent:read"}
        yan = at.feishu.person("yan", locale="zh_cn")
        await at.write(yan, "/help")
        await at.restart()
        at.feishu.app.scopes -= {"im:user_agent:read"}
        await at.write(yan, VIDEO)
        assert [job.locale for job in await at.everybody()] == ["zh_CN"]
