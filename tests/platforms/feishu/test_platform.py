"""Where lines are said, how messages take another form, and what the answer to a press shows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core import wording
from bot.core.cards import Card
from bot.engine.ports import Change, Line, LineKind
from bot.engine.proposals import notice_key
from bot.errors import PlatformTrouble
from bot.platforms.feishu.limits import Form, walk
from bot.platforms.feishu.wire import NAME
from bot.storage.sqlite import SqliteStore
from bot.text import Phrase
from tests.platforms.feishu import films
from tests.platforms.feishu.outbox import JOB, notice, outbox, progress, sentence, video

PATCH, PUT = "messages.patch", "messages.put"


# --- where -------------------------------------------------------------------------------------------------------


async def test_an_answer_is_a_reply_to_the_question(tmp_path: Path) -> None:
    """In a busy group it is clear who is meant."""
    async with outbox(tmp_path) as at:
        asked = await at.ann.say("/video a puppy", where=at.server.studio)
        assert (await at.message(await at.say(notice(), event=asked.id))).parent is asked


async def test_news_of_a_job_is_a_reply_to_its_notice(tmp_path: Path) -> None:
    """The result is found from the price, and the price from the result."""
    async with outbox(tmp_path) as at:
        first = await at.say(notice(), key=notice_key(JOB), job=JOB)
        result = await at.say(video(at.result("a.mp4", films.mp4())), job=JOB)
        assert (await at.message(result)).parent is await at.message(first)


async def test_in_a_topic_everything_stays_in_the_topic(tmp_path: Path) -> None:
    """Also news, long after the question, and what answers a press and no message."""
    async with outbox(tmp_path) as at:
        topics = at.server.world.add_group("Topics", [at.ann.user], topics=True)
        asked = await at.ann.say("/video a puppy", where=topics)
        place = f"{topics.id}/{asked.id}"
        answer = await at.say(notice(), event=asked.id, place=place)
        news = await at.say(sentence("News."), place=place)
        pressed = await at.say(sentence("Pressed."), place=place, event="press.1")
        threads = {(await at.message(line)).thread for line in (answer, news, pressed)}
        assert threads == {asked.thread}
        assert asked.thread


async def test_what_is_private_goes_to_its_person(tmp_path: Path) -> None:
    """What was wrong with a request is nobody else's business."""
    async with outbox(tmp_path) as at:
        asked = await at.ann.say("/vdieo", where=at.server.studio)
        message = await at.message(await at.say(sentence("I don't know that."), private=True, event=asked.id))
        assert message.chat is at.ann.dm


async def test_what_is_private_is_said_in_place_where_its_person_cannot_be_written_to(tmp_path: Path) -> None:
    """Nobody is left in silence."""
    async with outbox(tmp_path) as at:
        at.ann.user.stopped = True
        asked = await at.ann.say("/vdieo", where=at.server.studio)
        message = await at.message(await at.say(sentence("I don't know that."), private=True, event=asked.id))
        assert message.parent is asked


async def test_in_a_persons_own_chat_private_things_are_answers(tmp_path: Path) -> None:
    """There is nobody else there."""
    async with outbox(tmp_path) as at:
        await at.shipments.opened(at.ann.dm.id, "p2p", at.clock.now())
        asked = await at.ann.say("/vdieo")
        line = await at.say(sentence("I don't know that."), private=True, event=asked.id, place=at.ann.dm.id)
        assert (await at.message(line)).parent is asked


async def test_a_place_can_be_a_person(tmp_path: Path) -> None:
    """The bot's menu tells who chose, and no chat."""
    async with outbox(tmp_path) as at:
        line = await at.say(sentence("Help."), place=at.ann.user.open_id)
        message = await at.message(line)
        assert message.chat is at.ann.dm
        assert at.reads(message) == "Help."


async def test_a_message_of_ours_is_known_by_its_id(tmp_path: Path) -> None:
    """So that "make it a video", as a reply to a picture, finds the job it is about."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", films.mp4())), job=JOB)
        sent = await at.shipments.sent((await at.message(line)).id)
        assert sent is not None
        assert (sent.job, sent.person, sent.place, sent.form) == (JOB, at.ann.user.open_id, at.server.studio.id, "post")


async def test_in_a_persons_own_chat_their_choice_counts(tmp_path: Path) -> None:
    """Whoever has chosen English reads English there, whatever their program says; in a group each program counts."""
    async with outbox(tmp_path) as at:
        at.ann.user.locale = "zh_cn"
        house = at.server.app.tenant_key
        await at.shipments.opened(at.ann.dm.id, "p2p", at.clock.now())
        before = await at.say(notice(), place=at.ann.dm.id)
        await at.store.save(Change(locale=(NAME, house, at.ann.user.open_id, "en")))
        own = await at.say(notice(), place=at.ann.dm.id)
        assert "What your video will take" in at.reads(await at.message(own))
        await at.show(own, progress(42))
        group = await at.say(notice())
        assert "看看价格" in at.reads(await at.message(before))
        assert "Making your video… 42%" in at.reads(await at.message(own))
        assert "看看价格" in at.reads(await at.message(group))


# --- other forms -------------------------------------------------------------------------------------------------


async def test_a_card_takes_another_form_in_place(tmp_path: Path) -> None:
    """One message per job: it asks, works and ends."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        await at.edit(line, sentence("Finished."))
        message = await at.message(line)
        assert at.reads(message) == "Finished."
        assert not at.ann.view(message).buttons
        assert len(at.written()) == 1


@pytest.mark.parametrize("code", [230011, 230031, 230110, 230111])
async def test_a_message_that_cannot_be_changed_gets_a_successor(tmp_path: Path, code: int) -> None:
    """Recalled, too old, gone: the new form is a new message, and later forms go there."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.server.faults.code(PATCH, code)
        edit = await at.edit(line, sentence("Starting."))
        new = await at.message(edit)
        assert at.reads(new) == "Starting."
        assert new is not await at.message(line)
        at.clock.skip(5)
        await at.show(line, progress(42))
        assert "42%" in at.reads(new)
        await at.edit(line, sentence("Finished."))
        assert at.reads(new) == "Finished."
        assert len(at.written()) == 2


async def test_after_fourteen_days_a_message_is_new(tmp_path: Path) -> None:
    """Feishu lets a card be changed for two weeks: after that nothing is tried in vain."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.clock.skip(15 * 86_400)
        await at.edit(line, sentence("Finished."))
        assert at.reads(at.written()[-1]) == "Finished."
        assert not at.server.calls.to(PATCH)


async def test_a_text_takes_another_form_too(tmp_path: Path) -> None:
    """Where cards do not work the end is still shown where the price was; progress is not worth one of twenty edits."""
    async with outbox(tmp_path) as at:
        at.server.faults.code("messages.create", 230099)
        line = await at.say(notice())
        await at.show(line, progress(10))
        assert not at.server.calls.to(PATCH)
        assert not at.server.calls.to(PUT)
        await at.edit(line, sentence("Finished."))
        message = await at.message(line)
        assert (message.kind, at.reads(message)) == ("text", "Finished.")


async def test_after_twenty_edits_a_text_is_new(tmp_path: Path) -> None:
    """That is how often Feishu lets it be changed."""
    async with outbox(tmp_path) as at:
        at.server.faults.code("messages.create", 230099)
        line = await at.say(notice())
        for n in range(21):
            await at.edit(line, sentence(f"Form {n}."))
        assert len(at.server.calls.to(PUT)) == 20
        assert at.reads(at.written()[-1]) == "Form 20."


async def test_an_end_in_a_closed_chat_is_given_up(tmp_path: Path) -> None:
    """What can be said is said to the person: an edit of what they cannot see is not tried for ever."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.server.studio.with_bot = False
        edit = await at.edit(line, sentence("Finished."))
        assert list(await at.undeliverable()) == [edit.key]


async def test_words_that_are_not_let_through_are_left_out_of_an_edit(tmp_path: Path) -> None:
    """An end comes without the words that a content check minds."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.server.faults.code(PATCH, 230028)
        await at.edit(line, notice(buttons=()))
        message = await at.message(line)
        assert "puppy" not in at.reads(message)
        assert len(at.written()) == 1


async def test_progress_that_cannot_be_shown_is_not_tried_again(tmp_path: Path) -> None:
    """A recalled notice costs one call, not one per look."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.clock.skip(5)
        message = await at.message(line)
        message.recalled = True
        with pytest.raises(PlatformTrouble):
            await at.show(line, progress(1))
        at.clock.skip(5)
        await at.show(line, progress(2))
        assert len(at.server.calls.to(PATCH)) == 1


async def test_what_fits_into_no_card_does_not_spoil_one(tmp_path: Path) -> None:
    """Progress that is too long is left out; an end that is too long comes as a text of its own."""
    huge = notice(lines=tuple(Phrase("{x}")(x="猫" * 5000) for _ in range(20)))
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.clock.skip(5)
        await at.show(line, huge)
        assert not at.server.calls.to(PATCH)
        new = await at.message(await at.edit(line, huge))
        assert (new.kind, len(at.written())) == ("text", 2)


async def test_progress_does_not_read_the_store_each_time(tmp_path: Path) -> None:
    """With thousands of jobs, a row per look would be felt."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        message = await at.store.message_of(line.key)
        await at.platform.show(line.address, message, progress(1), "en")
        await at.store.close()
        at.clock.skip(5)
        await at.platform.show(line.address, message, progress(2), "en")
        assert "2%" in at.reads(at.written()[0])


async def test_what_is_known_of_messages_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that has shown progress in a million messages remembers the last ones."""
    for module in ("delivery", "voices", "platform"):
        monkeypatch.setattr(f"bot.platforms.feishu.{module}._KEPT", 3)
    async with outbox(tmp_path) as at:
        for _ in range(6):
            line = await at.say(notice())
            at.clock.skip(5)
            await at.show(line, progress(1))
            (await at.message(line)).recalled = True
            at.clock.skip(5)
            with pytest.raises(PlatformTrouble):
                await at.show(line, progress(2))
        kept = (at.delivery._newest, at.platform._tongues._alone, at.platform._over)
        assert [len(known) for known in kept] == [3, 3, 3]


# --- presses -----------------------------------------------------------------------------------------------------


async def test_the_answer_to_a_press_is_the_form_that_follows(tmp_path: Path) -> None:
    """Else the reader's program shows the buttons again: what is owed and what is answered are the same card."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        message = await at.message(line)
        async with at.platform.answering(message.id):
            await _owe_edit(at.store, line, sentence("Starting."))
            answered = await at.platform.card_after(message.id)
        at.dispatch.drain(line.address)
        await at.done()
        assert answered == message.content
        assert at.reads(message) == "Starting."


async def _owe_edit(store: SqliteStore, line: Line, shown: Card) -> None:
    edit = replace(line, key="edit", kind=LineKind.EDIT, card=shown, target=line.key)
    await store.save(Change(lines=(edit,)))


async def test_a_press_that_changes_nothing_leaves_the_card(tmp_path: Path) -> None:
    """Somebody else's press, or a second one: only a toast."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        other = await at.say(notice())
        await _owe_edit(at.store, other, sentence("Starting."))
        assert await at.platform.card_after((await at.message(line)).id) is None
        assert await at.platform.card_after("om_unknown") is None


async def test_a_press_on_a_successor_is_answered_with_its_form(tmp_path: Path) -> None:
    """The message that took another one's place has working buttons too."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        at.server.faults.code(PATCH, 230031)
        new = await at.message(await at.edit(line, notice()))
        await _owe_edit(at.store, line, sentence("Starting."))
        card = await at.platform.card_after(new.id)
        assert card is not None
        assert "Starting." in str(card)


async def test_each_form_of_a_card_has_its_own_nonce(tmp_path: Path) -> None:
    """Which form was pressed is in the press; the same form says the same after a restart."""
    async with outbox(tmp_path) as at:
        line = await at.say(notice())
        message = await at.message(line)
        await at.edit(line, notice(lines=(wording.PRICE_CHANGED(),)))
        nonces = [_nonce(version.content) for version in message.versions]
        assert len(set(nonces)) == 2
        assert all(len(nonce) == 16 for nonce in nonces)


def _nonce(card: dict[str, Any]) -> str:
    button = next(c for c in walk(card["body"]) if c["tag"] == "button")
    behaviors: Any = button["behaviors"]
    return str(behaviors[0]["value"]["nonce"])


def test_the_form_of_a_message_is_feishus_own_name() -> None:
    """They are sent as they are."""
    assert {form.value for form in Form} == {"interactive", "text", "post", "image", "media", "audio", "file"}
