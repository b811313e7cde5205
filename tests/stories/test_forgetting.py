"""Somebody wants to be forgotten: asked once more, deleted to the last word, and the books still add up."""

import sqlite3
from pathlib import Path

import pytest

from bot.core import privacy
from bot.core.actions import Action, Verb
from bot.core.job import Address
from bot.errors import PlatformTrouble
from tests.providers.ima_stage import png
from tests.stories.stage import ROOM, Stage, stage
from tests.stories.test_command_line import limner

SECRET = "xylophonequartz"
"""A word that nothing but this person's prompt holds."""


def _bytes_of(at: Stage) -> bytes:
    """Return everything that is on the disk of a stopped service."""
    return b"".join(path.read_bytes() for path in at.home.glob("limner.db*") if not path.name.endswith(".lock"))


async def _forget(at: Stage, who: str = "ann") -> None:
    await at.say("/forget me", who=who)
    assert at.card.title == privacy.ASK_TITLE()
    await at.press(Verb.FORGET, who=who)


async def test_everything_about_a_person_goes_but_the_books(tmp_path: Path) -> None:
    """Prompt, results, history, preferences, language and caution are gone; entries, ids and amounts are as before."""
    async with stage(tmp_path) as at:
        job = await at.make(f"/video a {SECRET} in the rain")
        await at.say("/lang zh")
        await at.say("/careful on")
        entries = await at.entries(job)
        await _forget(at)
        assert at.card.title == privacy.DONE()
        assert privacy.STAYS(count=1) in at.card.lines
        kept = await at.service.store.job(job.id)
        assert kept is not None
        assert kept.emptied
        assert (kept.request.prompt, kept.request.params, kept.assets) == ("", {}, ())
        assert (kept.ref, kept.token, kept.quote.total) == (job.ref, job.token, job.quote.total)
        assert (kept.created_at, kept.ended_at) == (job.created_at, job.ended_at)
        assert await at.entries(job) == entries
        store, whose = at.service.store, (ROOM.platform, ROOM.tenant, "ann")
        assert await store.jobs_of(*whose) == []
        assert await store.preferences(*whose) == {}
        assert await store.locale_of(*whose) == ""
        assert not await store.is_careful(*whose)


async def test_no_word_of_theirs_is_left_on_the_disk(tmp_path: Path) -> None:
    """Not in a row, not in a free page, not in the log that SQLite writes ahead."""
    async with stage(tmp_path) as at:
        await at.make(f"/video a {SECRET} in the rain")
        await at.say(f"/image {SECRET}")
        await at.press(Verb.CANCEL)
        await at.say(f"/{SECRET}")
        assert SECRET.encode() in _bytes_of(at)
        await _forget(at)
        await at.stop()
        assert SECRET.encode() not in _bytes_of(at)
        await at.start()


async def test_their_pictures_go_and_those_of_others_stay(tmp_path: Path) -> None:
    """An uploaded picture belongs to its order's person."""
    async with stage(tmp_path) as at:
        for who in ("ann", "ben"):
            await at.say("/animate it waves", who=who, pictures=(png(640, 480),))
            await at.press(Verb.CONFIRM, who=who)
            await at.finish()
        [mine], [theirs] = await at.jobs("ann"), await at.jobs("ben")
        await _forget(at)
        assert await at.service.store.upload(mine.request.pictures[0].upload) is None
        assert await at.service.store.upload(theirs.request.pictures[0].upload) is not None
        assert await at.jobs("ben") == [theirs]


async def test_an_open_order_has_to_end_first(tmp_path: Path) -> None:
    """Its paid result would come to nobody: both question and press say to wait or to cancel."""
    async with stage(tmp_path) as at:
        await at.say("/forget me")
        button = at.button(Verb.FORGET)
        await at.order()
        await at.say("/forget me")
        assert at.card.title == privacy.STILL_OPEN(count=1)
        answer = await at.press_action(button)
        assert (answer.toast, answer.done) == (privacy.STILL_OPEN(count=1), False)
        await at.finish()
        [job] = await at.jobs()
        assert job.assets
        await _forget(at)
        assert await at.jobs() == []


async def test_what_was_not_brought_yet_is_told_before_it_goes(tmp_path: Path) -> None:
    """A paid result that the chat did not take is not deleted without a word."""
    async with stage(tmp_path) as at:
        await at.order()
        at.chat.closed[ROOM] = PlatformTrouble("kicked out", gone=True)
        await at.finish()
        at.chat.closed.clear()
        await at.say("/forget me")
        assert privacy.ASK_UNSEEN(count=1) in at.card.lines


async def test_only_who_was_asked_is_forgotten(tmp_path: Path) -> None:
    """Another person's press deletes nothing, neither of theirs nor of the asked one's."""
    async with stage(tmp_path) as at:
        await at.make(who="ann")
        await at.make(who="ben")
        await at.say("/forget me", who="ann")
        button = at.button(Verb.FORGET)
        answer = await at.press_action(button, who="ben")
        assert not answer.done
        elsewhere = await at.press_action(button, who="ann", place=Address("stage", "other house", "room"))
        assert not elsewhere.done
        assert [len(await at.jobs(who)) for who in ("ann", "ben")] == [1, 1]


@pytest.mark.parametrize("minutes", [16, 60 * 24 * 40])
async def test_an_old_question_forgets_nobody(tmp_path: Path, minutes: int) -> None:
    """A button far up in the chat is no answer any more, and says what to do."""
    async with stage(tmp_path) as at:
        await at.make()
        await at.say("/forget me")
        at.clock.skip(minutes * 60)
        answer = await at.press(Verb.FORGET)
        assert (answer.toast, answer.done) == (privacy.TOO_OLD(), False)
        assert len(await at.jobs()) == 1


@pytest.mark.parametrize("extra", ["", "zz", "ffffffffffffffff.x", "-1.0", "0.0", "7fffffff.a", "1e9.e"])
async def test_a_question_that_was_never_asked_forgets_nobody(tmp_path: Path, extra: str) -> None:
    """A button's id that somebody made up has no time, or none of ours."""
    async with stage(tmp_path) as at:
        await at.make()
        sign = privacy.sign_of(ROOM.platform, ROOM.tenant, "ann")
        answer = await at.press_action(Action(Verb.FORGET, sign, extra).encode())
        assert not answer.done
        assert len(await at.jobs()) == 1


async def test_what_is_emptied_cannot_be_ordered_again(tmp_path: Path) -> None:
    """A button of an old message has nothing to repeat, and nothing is spent."""
    async with stage(tmp_path) as at:
        await at.make("/image a lighthouse")
        animate = at.button(Verb.ANIMATE)
        await _forget(at)
        answer = await at.press_action(animate)
        assert not answer.done
        assert await at.jobs() == []
        assert at.charges == 1


async def test_forgetting_is_for_one_team_alone(tmp_path: Path) -> None:
    """What the same person has in another team stays there."""
    other = Address("stage", "other house", "room")
    async with stage(tmp_path) as at:
        await at.make()
        await at.say("/image a lighthouse", place=other)
        await at.press_action(at.button(Verb.CANCEL), place=other)
        await _forget(at)
        assert len(await at.service.store.jobs_of("stage", "other house", "ann")) == 1


async def test_an_operator_forgets_somebody_for_them(tmp_path: Path) -> None:
    """``limner forget`` asks once more, empties the stopped service's database, and says what stays."""
    async with stage(tmp_path) as at:
        await at.make(f"/video a {SECRET} in the rain")
        await at.say(f"/video a {SECRET} in the snow", who="ben")
        await at.stop()
        where = {"LIMNER_STORE__PATH": str(at.settings.store.path)}
        with sqlite3.connect(at.settings.store.path) as database:
            database.execute("UPDATE job SET platform = 'terminal'")
        unsure = limner("forget", "terminal", "ann", home=tmp_path, keys=where, typed="n\n")
        assert unsure.returncode == 1
        assert SECRET.encode() in _bytes_of(at)
        done = limner("forget", "terminal", "ann", "--yes", home=tmp_path, keys=where)
        assert (done.returncode, "keep 1 orders" in done.stdout) == (0, True), done.stderr
        left = limner("forget", "terminal", "ben", "--yes", home=tmp_path, keys=where)
        assert (left.returncode, "1 orders are still open" in left.stdout) == (1, True), left.stderr
        await at.start()


@pytest.mark.parametrize(
    "words, told", [(("irc", "ann"), "there is no chat"), (("web", "ann"), "There is no database")]
)
def test_an_operator_s_slip_is_told(tmp_path: Path, words: tuple[str, str], told: str) -> None:
    """Another chat's name, or no database there: nothing is made and one line says why."""
    done = limner("forget", *words, "--yes", home=tmp_path)
    assert (done.returncode, told in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


async def test_asking_wrongly_shows_how(tmp_path: Path) -> None:
    """``/forget kling`` forgets nobody."""
    async with stage(tmp_path) as at:
        await at.say("/forget kling")
        assert at.card.title == privacy.USAGE()
        assert not at.offers(Verb.FORGET)
        await at.say("/忘记我", locale="zh_Hans")
        assert at.card.title == privacy.ASK_TITLE()
