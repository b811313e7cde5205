"""Buttons' ids that somebody made up, and words that hold SQL: nothing moves that its person did not decide."""

import itertools
from pathlib import Path

from bot.core.actions import Verb
from bot.core.job import State
from tests.stories.stage import stage

SQL = (
    "'; DROP TABLE job; --",
    "' OR '1'='1",
    '" OR ""="',
    "x'); DELETE FROM entry; --",
    "%' UNION SELECT key FROM line --",
    "\\'; UPDATE job SET person='eve'; --",
    "Robert'); DROP TABLE preference;--",
    "?1 ?2 :x @x $x",
    "/* */ -- ;",
    "a\x00b' --",
    "\uffa0\uff07 OR 1=1",
    "\ud83d'",
)


def _made_up(job: str, rev: int) -> list[str]:
    """Return ids that no button of ours has, around an order that exists."""
    verbs = [*(verb.value for verb in Verb), "CONFIRM", "confirm ", "refund", "delete", "", "confirm\n"]
    jobs = ["", "*", "%", "_" * 32, job.upper() + "X", f"{job}'", f"{job}' OR '1'='1", "0" * 32, "../" + job, job[:6]]
    extras = ["", "0", "-1", f"{rev - 1}", f"{rev + 1}", "9" * 50, "\uff11", "NaN", "' OR 1=1", "x" * 51, "a|b", "\x00"]
    ids = [f"lm1|{verb}|{name}|{extra}" for verb, name, extra in itertools.product(verbs, jobs, extras[:3])]
    ids += [f"lm1|confirm|{job}|{extra}" for extra in extras if extra != str(rev)]
    return [*ids, "", "|", "lm1", "lm1|||", f"lm2|confirm|{job}|{rev}", f" lm1|confirm|{job}|{rev}", "x" * 100_000]


async def test_a_made_up_button_spends_nothing(tmp_path: Path) -> None:
    """Several hundred ids, pressed by the one who asked: no order starts, and each press is answered."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy runs across a meadow")
        [job] = await at.jobs()
        for n, action in enumerate(_made_up(job.id, job.rev)):
            answer = await at.press_action(action, event=f"press-{n}")
            assert answer.toast is not None, action
        assert all(each.state in {State.PROPOSED, State.CANCELLED} for each in await at.everybody())
        assert at.charges == 0
        assert await at.entries(job) == []


async def test_a_stranger_presses_every_button_of_somebody_else(tmp_path: Path) -> None:
    """Whatever the verb: it is not theirs, and the order stays as it is."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy runs across a meadow")
        [before] = await at.jobs()
        for verb in Verb:
            for extra in (str(before.rev), "0", ""):
                answer = await at.press_action(
                    f"lm1|{verb.value}|{before.id}" + (f"|{extra}" if extra else ""), who="eve"
                )
                assert not answer.done, verb
        assert await at.jobs() == [before]
        assert await at.jobs("eve") == []
        assert at.charges == 0


async def test_sql_in_words_names_and_ids_stays_words(tmp_path: Path) -> None:
    """Prompts come back as they were typed, people with such names have their own orders, and every table is there."""
    async with stage(tmp_path) as at:
        tables = await at.files.database.fetch("SELECT name FROM sqlite_master ORDER BY name")
        for n, text in enumerate(SQL):
            who = f"p{n}{text}".encode(errors="replace").decode()
            await at.say(f"/video {text}", who=who, event=f"e{n}{who}")
            [job] = await at.jobs(who)
            assert job.request.prompt.strip() == text.encode(errors="replace").decode().strip()
            for words in (f"/cancel {text}", f"/model video {text}", f"/lang {text}", f"/forget {text}", f"/{text}"):
                await at.say(words, who=who)
            assert [each.id for each in await at.jobs(who)] == [job.id]
        assert len(await at.everybody()) == len(SQL)
        assert await at.files.database.fetch("SELECT name FROM sqlite_master ORDER BY name") == tables
