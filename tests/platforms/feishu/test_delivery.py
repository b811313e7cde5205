"""Whatever Feishu says: what is owed comes once, in the best form and place there is, or is kept for its person."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core import lark
from bot.platforms.feishu.client import NotTaken
from bot.platforms.feishu.delivery import uuid
from bot.platforms.feishu.limits import MOST_UUID
from bot.platforms.feishu.verdicts import PAUSES, Verdict, pause, verdict
from bot.platforms.feishu.wire import Code
from tests.fakes.feishu_server.faults import Faults
from tests.platforms.feishu import films
from tests.platforms.feishu.outbox import PROMPT, Outbox, notice, outbox, sentence, video

CREATE, REPLY, PATCH = "messages.create", "messages.reply", "messages.patch"
WORDS = "What your video will take"

PASSING: dict[str, Callable[[Faults, str], object]] = {
    "502 after it was done": lambda f, route: f.html(route, 502, after=True, times=2),
    "500 before": lambda f, route: f.html(route, 500, times=3),
    "an empty answer": lambda f, route: f.empty(route, after=True),
    "hung up before": lambda f, route: f.drop(route, times=2),
    "hung up after it was done": lambda f, route: f.drop(route, after=True, times=2),
    "reset after it was done": lambda f, route: f.drop(route, after=True, reset=True),
    "too many requests": lambda f, route: f.rate_limit(route, 3, times=2),
    "too many for an older part": lambda f, route: f.rate_limit(route, 2, status=400),
    "too many in this chat": lambda f, route: f.code(route, 230020, times=4),
    "too many elsewhere": lambda f, route: f.code(route, 11233),
    "being sent": lambda f, route: f.code(route, 230049, times=2),
    "internal": lambda f, route: f.code(route, 2200, after=True),
    "revoked token": lambda f, route: f.revoke_token(route),
    "no permission until it is given": lambda f, route: f.code(route, 99991672, times=3),
    "bot switched off for a while": lambda f, route: f.code(route, 230006, times=2),
}


async def _once(at: Outbox, words: str = WORDS) -> None:
    """It is there, once, and nothing is owed any more."""
    everywhere = at.server.board.by_bot()
    assert len([m for m in everywhere if words in at.reads(m)]) == 1
    assert await at.store.owed_places() == []
    assert not await at.undeliverable()


@pytest.mark.parametrize("trouble", [pytest.param(how, id=name) for name, how in PASSING.items()])
async def test_what_is_owed_comes_once(tmp_path: Path, trouble: Callable[[Faults, str], object]) -> None:
    """A new message, an answer and an end: by its uuid Feishu knows what it has already, however often it is sent."""
    async with outbox(tmp_path) as at:
        asked = await at.ann.say("/video a puppy", where=at.server.studio)
        trouble(at.server.faults, REPLY)
        line = await at.say(notice(), event=asked.id)
        message = await at.message(line)
        assert message.parent is asked
        await _once(at)
        trouble(at.server.faults, PATCH)
        await at.edit(line, sentence("Finished."))
        assert at.reads(message) == "Finished."
        trouble(at.server.faults, CREATE)
        await at.say(sentence("Something else."))
        await _once(at, "Something else.")


async def test_a_crash_after_sending_shows_nothing_twice(tmp_path: Path) -> None:
    """Between the message and the note that it was said lies a moment in which a process can die."""
    async with outbox(tmp_path) as at:
        line = at.line(notice())
        at.server.faults.drop(CREATE, after=True)
        await at.owe(line)
        await at.stop()
        at.clock.skip(600)
        await at.start()
        await at.done()
        await _once(at)


async def test_a_crash_between_upload_and_message_uploads_nothing_twice(tmp_path: Path) -> None:
    """The process dies with the video at Feishu and nobody told: the next one sends that very video, once."""
    async with outbox(tmp_path) as at:
        line = at.line(video(at.result("a.mp4", films.mp4())))
        at.server.faults.drop(CREATE)
        await at.owe(line)
        uploaded = set(at.server.media.all)
        await at.stop()
        at.files.clear()
        await at.start()
        await at.done()
        assert at.ann.video(await at.message(line)).key in uploaded
        assert set(at.server.media.all) == uploaded
        await _once(at, "Your video is ready")


async def test_a_line_that_was_sent_is_known_for_longer_than_its_uuid(tmp_path: Path) -> None:
    """What was taken is written down, so that saying the line again a day later finds its message."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.clock.skip(86_400)
        assert await at.platform.say(line) == (await at.message(line)).id
        await _once(at)


# --- refusals ----------------------------------------------------------------------------------------------------

AS_TEXT = (230099, 11310, 11246, 230001, 230054, 99992402, 230025)


@pytest.mark.parametrize("code", AS_TEXT)
async def test_where_cards_do_not_work_there_is_text(tmp_path: Path, code: int) -> None:
    """The same words, and how to say yes without a button."""
    async with outbox(tmp_path) as at:
        at.server.faults.code(CREATE, code)
        message = await at.message(await at.say(notice()))
        assert message.kind == "text"
        words = at.reads(message)
        assert WORDS in words
        assert PROMPT in words
        assert lark.REPLY_INSTEAD.one in words


@pytest.mark.parametrize("code", [230002, 230018, 230035, 232009, 232096])
async def test_what_a_chat_does_not_take_goes_to_its_person(tmp_path: Path, code: int) -> None:
    """A result is not lost with the chat: it comes to who ordered it, with the reason."""
    async with outbox(tmp_path) as at:
        at.server.faults.code(CREATE, code)
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        message = await at.message(line)
        assert message.chat is at.ann.dm
        assert at.ann.video(message).plays
        assert lark.ELSEWHERE.one in at.reads(message)
        assert (await at.shipments.chat(at.server.studio.id)) is not None


async def test_a_closed_chat_is_left_alone_for_an_hour(tmp_path: Path) -> None:
    """Then it is tried again: somebody may have let us in."""
    async with outbox(tmp_path) as at:
        at.server.studio.muted = True
        await at.say(notice())
        before = len(at.server.calls.to(CREATE))
        await at.say(notice())
        assert len(at.server.calls.to(CREATE)) == before + 1
        at.server.studio.muted = False
        at.clock.skip(3601)
        line = await at.say(notice())
        assert (await at.message(line)).chat is at.server.studio


async def test_a_chat_that_opens_again_is_used_at_once(tmp_path: Path) -> None:
    """The bot was added back: what is said next is said there."""
    async with outbox(tmp_path) as at:
        at.server.studio.with_bot = False
        await at.say(notice())
        at.server.studio.with_bot = True
        await at.shipments.opened(at.server.studio.id, "group", at.clock.now())
        line = await at.say(notice())
        assert (await at.message(line)).chat is at.server.studio


async def test_a_bare_link_stays_bare_elsewhere(tmp_path: Path) -> None:
    """Nothing is glued to an address that is meant to be copied, wherever it goes."""
    address = "https://cdn.example.com/a_b_c.mp4?X-Sig=a&b=_x_%3D&c=*d*"
    async with outbox(tmp_path) as at:
        at.server.studio.with_bot = False
        message = await at.message(await at.say(sentence("Link to copy:", copy=address)))
        assert message.content["text"].splitlines() == ["Link to copy:", address]


@pytest.mark.parametrize("code", [230011, 230110, 230111])
async def test_an_answer_to_what_is_gone_is_a_new_message(tmp_path: Path, code: int) -> None:
    """Somebody took their request back after paying for it: the result comes all the same."""
    async with outbox(tmp_path) as at:
        asked = await at.ann.say("/video a puppy", where=at.server.studio)
        at.server.faults.code(REPLY, code)
        message = await at.message(await at.say(notice(), event=asked.id))
        assert message.parent is None
        assert message.chat is at.server.studio


@pytest.mark.parametrize("code", [230019, 230071])
async def test_an_answer_in_a_topic_that_is_gone_is_beside_it(tmp_path: Path, code: int) -> None:
    """A topic was closed, or the group has none any more."""
    async with outbox(tmp_path) as at:
        asked = await at.ann.say("/video a puppy", where=at.server.studio)
        at.server.faults.code(REPLY, code)
        place = f"{at.server.studio.id}/{asked.id}"
        message = await at.message(await at.say(notice(), event=asked.id, place=place))
        assert (message.parent, message.thread) == (asked, "")


@pytest.mark.parametrize("code", [230022, 230028])
async def test_words_that_are_not_let_through_are_left_out(tmp_path: Path, code: int) -> None:
    """A content check minds a prompt: price and buttons come without it, and that is said."""
    async with outbox(tmp_path) as at:
        at.server.faults.code(CREATE, code)
        message = await at.message(await at.say(notice()))
        words = at.reads(message)
        assert PROMPT not in words
        assert lark.HELD_BACK.one in words
        assert len(at.ann.view(message).buttons) == 2


async def test_media_that_are_not_let_through_are_a_link(tmp_path: Path) -> None:
    """First without the words, then without the video; the link follows as its own message."""
    async with outbox(tmp_path) as at:
        at.server.faults.code(CREATE, 230028, times=2)
        message = await at.message(await at.say(video(at.result("a.mp4", films.mp4()))))
        assert not at.ann.view(message).videos
        assert lark.ONLY_A_LINK[lark.Why.REFUSED].one in at.reads(message)


async def test_an_application_that_may_only_reply_replies(tmp_path: Path) -> None:
    """The rule of personal applications: so whatever answers somebody is sent as a reply."""
    async with outbox(tmp_path) as at:
        at.server.app.personal = True
        asked = await at.ann.say("/video a puppy", where=at.server.studio)
        assert (await at.message(await at.say(notice(), event=asked.id))).parent is asked


@pytest.mark.parametrize("code", [230013, 230029, 230053])
async def test_what_nobody_takes_is_kept_for_its_person(tmp_path: Path, code: int) -> None:
    """Neither the chat nor the person: the line is undeliverable, which /jobs and /history tell."""
    async with outbox(tmp_path) as at:
        at.server.studio.dissolved = True
        at.server.faults.code(CREATE, code, where=lambda call: call.payload["receive_id"] == at.ann.user.open_id)
        line = at.line(notice())
        await at.owe(line)
        await at.done()
        assert list(await at.undeliverable()) == [line.key]


async def test_a_refusal_that_we_do_not_know_ends(tmp_path: Path) -> None:
    """It is tried as text, then at its person, and not for ever."""
    async with outbox(tmp_path) as at:
        at.server.faults.code(CREATE, 239999, times=None)
        line = at.line(notice())
        await at.owe(line)
        await at.done()
        assert list(await at.undeliverable()) == [line.key]
        assert [call.payload["msg_type"] for call in at.server.calls.to(CREATE)] == ["interactive", "text"] * 2


# --- codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(Code))
def test_every_known_code_has_a_verdict(code: Code) -> None:
    """Nothing of the table is left to chance: each code means one thing to do."""
    no = NotTaken("no", code=code, status=400)
    assert verdict(no) in Verdict
    assert (pause(no) is not None) is (verdict(no) in PAUSES)


def test_a_pause_that_is_asked_for_is_kept() -> None:
    """What Feishu says about waiting comes before what we think; without either the courier waits ever longer."""
    assert pause(NotTaken("x", code=99991400, status=429, retry_after=17.0)) == 17.0
    assert pause(NotTaken("x", code=230020, status=400)) == PAUSES[Verdict.WAIT]
    assert pause(NotTaken("x", unclear=True)) is None


def test_a_uuid_is_stable_short_and_its_own() -> None:
    """One name for each piece of each line, the same in every process, within what Feishu takes."""
    names = {uuid(line, part) for line in ("a", "b", "a" * 300) for part in ("", "file.0")}
    assert len(names) == 6
    assert all(len(name) <= MOST_UUID for name in names)
    assert uuid("a", "") == "s92ltnT5znMKN97gozuzHv7qIzX1F3dPbqEz1Ejf"
