"""What Discord does not want to show: it comes in another form, without what it does not want, or is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core import wording
from bot.core.cards import Button, Card, Medium
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.platforms.discord import limits
from bot.platforms.discord.platform import MediaMode
from bot.platforms.discord.transport import NotTaken
from bot.text import Phrase
from providers.models import MediaKind
from tests.fakes.discord_server import Flag, Limit, Person, Upload
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

SEND, EDIT, ANSWER, FOLLOW = "channels.send", "channels.edit", "webhooks.edit", "webhooks.send"


async def _once(at: DiscordStage, person: Person) -> None:
    """The result and its link are there, once each, and nothing is owed any more."""
    await at.seconds(60)
    assert len(at.messages("Your video is ready", person.home)) == 1
    assert len(at.messages("Link to copy", person.home)) == 1
    assert await at.files.owed_places() == []
    assert at.charges == 1


def _line(at: DiscordStage, card: Card, **changes: Any) -> Line:
    place = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
    return replace(Line("j.result", LineKind.SAY, place, "1", "en", card, at.clock.now(), job="j"), **changes)


def _said(words: str, **fields: Any) -> Card:
    return Card(title=Phrase("{words}")(words=words), **fields)


async def test_words_that_a_server_forbids_are_left_out(tmp_path: Path) -> None:
    """The rules of a server block a prompt: price, progress and result come without it."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.discord.studio.blocked.add("meadow")
        notice = await at.make_video(ann)
        assert "meadow" not in notice.text
        await at.finish()
        await _once(at, ann)


async def test_where_even_that_is_forbidden_it_is_kept(tmp_path: Path) -> None:
    """The person is told where to find it, in words that no rule forbids."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.studio.blocked.add("ready")
        await at.finish()
        await at.seconds(60)
        assert not at.messages("Your video is ready")
        told = [m for m in at.discord.board.all.values() if m.private_to is ann.user]
        assert [m for m in told if "/jobs" in m.text]
        at.discord.studio.blocked.clear()
        listed = await at.ask(ann, "jobs", where=at.discord.general)
        assert (await at.everybody())[0].assets[0].url in listed.message.text


@pytest.mark.parametrize("route", [ANSWER, SEND])
async def test_a_form_that_discord_refuses_becomes_plain_text(tmp_path: Path, route: str) -> None:
    """A new rule of Discord's costs the looks, not the message: what can be pressed can still be pressed."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        if route == ANSWER:
            at.discord.faults.status(route, 400, code=50035)
            notice = (await at.ask(ann)).message
            assert "What your video will take" in notice.content
        else:
            notice = (await at.ask(ann)).message
        await at.click(ann, notice, "Confirm")
        if route == SEND:
            at.discord.faults.status(route, 400, code=50035)
        await at.finish()
        await _once(at, ann)


async def test_trouble_with_the_same_words_again_and_again_leaves_them_out(tmp_path: Path) -> None:
    """Some texts make Discord itself stumble: after a few tries the message comes without them."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.faults.status(SEND, 500, times=3)
        await at.finish()
        await _once(at, ann)
        (result,) = at.messages("Your video is ready")
        assert PROMPT not in result.text


async def test_old_messages_are_left_alone_when_discord_says_so(tmp_path: Path) -> None:
    """Edits of old messages are few: the end in the notice may be missing, the result may not."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        at.sandbox.faults.add("stuck", "create", lasting=5000)
        await at.make_video(ann)
        await at.seconds(3700)
        at.discord.buckets.old_edits = Limit(0, 3600.0)
        await at.finish()
        await _once(at, ann)
        assert len(at.discord.calls.to(EDIT, code=30046)) == 2


async def test_a_message_of_components_stays_one(tmp_path: Path) -> None:
    """Discord takes no bare text where components were once: then the words are the only component."""
    async with stage(tmp_path) as at:
        button = Button(wording.BUTTON_CANCEL(), "lm1|cancel|j")
        message = await at.platform.say(_line(at, _said("before")))
        at.discord.faults.status(EDIT, 400, code=50035)
        edit = _line(at, _said("after", buttons=(button,)), kind=LineKind.EDIT, target="j.result")
        await at.platform.edit(edit, message)
        (shown,) = at.messages("after")
        assert Flag.COMPONENTS_V2 in shown.flags
        assert [b["label"] for b in shown.now.buttons] == ["Cancel"]
        assert [call.status for call in at.discord.calls.to(EDIT)] == [400, 400, 200]


async def test_a_form_with_a_flaw_nobody_knows_becomes_plain_text_too(tmp_path: Path) -> None:
    """Discord has codes we have never seen."""
    async with stage(tmp_path) as at:
        at.discord.faults.status(SEND, 400, code=987654)
        await at.platform.say(_line(at, _said("words")))
        (shown,) = at.messages("words")
        assert Flag.COMPONENTS_V2 not in shown.flags


async def test_what_is_refused_in_every_form_is_kept(tmp_path: Path) -> None:
    """Nobody is asked for ever."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        at.discord.faults.status(SEND, 400, code=50035, times=6)
        await at.finish()
        await at.seconds(60)
        assert len(at.discord.calls.to(SEND, code=50035)) == 6
        assert not at.messages("Your video is ready")
        at.discord.faults.clear()
        listed = await at.ask(ann, "jobs", where=at.discord.general)
        assert (await at.everybody())[0].assets[0].url in listed.message.text


async def test_a_link_that_is_refused_is_not_lost(tmp_path: Path) -> None:
    """It is too long for words, and its file comes also in the plain form."""
    async with stage(tmp_path) as at:
        url = "https://media.example/".ljust(2500, "x")
        at.discord.faults.status(SEND, 400, code=50035)
        await at.platform.say(_line(at, _said("Link to copy", copy=url)))
        (shown,) = at.messages("Link to copy")
        assert [file.upload.data.decode() for file in shown.now.files] == [url]


async def test_what_is_beyond_the_limits_is_never_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen before: the words come in their plain form at once."""
    async with stage(tmp_path) as at:
        monkeypatch.setattr(limits, "MOST_COMPONENTS", 1)
        await at.platform.say(_line(at, _said("words")))
        (shown,) = at.messages("words")
        assert Flag.COMPONENTS_V2 not in shown.flags
        assert len(at.discord.calls.to(SEND)) == 1


async def test_too_many_buttons_are_as_many_as_fit(tmp_path: Path) -> None:
    """And two with one id are one: Discord would refuse the whole message."""
    async with stage(tmp_path) as at:
        many = tuple(Button(wording.BUTTON_AGAIN(), f"lm1|again|j{n // 2}") for n in range(100))
        await at.platform.say(_line(at, _said("words", buttons=many)))
        (shown,) = at.messages("words")
        assert (len(shown.now.buttons), len(shown.menu("More to do with it")["options"])) == (15, 25)
        assert not at.discord.calls.to(SEND, code=50035)


@pytest.mark.parametrize("code", [40005, 0])
async def test_files_that_are_too_large_are_left_out(tmp_path: Path, code: int) -> None:
    """Whether Discord says so or the wall in front of it: the video is shown from its address then."""
    async with stage(tmp_path, media_mode=MediaMode.UPLOAD) as at:
        made = await at.discord.person("ann").upload(Upload("v.mp4", b"moving", "video/mp4"))
        video = Medium(MediaKind.VIDEO, at.discord.cdn.address(made.now.files[0]))
        at.discord.faults.status(SEND, 413, code=code, body=None if code else "<html>")
        await at.platform.say(_line(at, _said("words", media=(video,))))
        (shown,) = at.messages("words")
        assert not shown.now.files
        assert shown.now.media == (video.url,)
        assert [len(call.uploads) for call in at.discord.calls.to(SEND)] == [1, 0]


async def test_a_file_ends_where_we_stop_reading(tmp_path: Path) -> None:
    """Whatever size it was said to have, no more of it comes into memory than is wanted."""
    async with stage(tmp_path) as at:
        url = f"{at.discord.cdn.base_url}/nothing"
        with pytest.raises(NotTaken) as gone:
            await at.room.gallery._transport.fetch(url, 10)
        assert gone.value.status == 404
        with pytest.raises(NotTaken) as large:
            await at.room.gallery._transport.fetch(f"{at.discord.api_base}/gateway/bot", 1)
        assert large.value.status in {401, 413}
