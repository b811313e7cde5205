"""Every command, in both languages: what it answers, and that the free ones cost nothing."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core import listings, wording
from bot.core.actions import Verb
from bot.core.cards import Card
from bot.core.job import State
from bot.errors import RefusalCode
from bot.text import Phrase
from providers.models import MediaKind
from tests.providers.ima_stage import png
from tests.stories.stage import Stage, stage

L = listings
W = wording
VIDEO, IMAGE, AUDIO = MediaKind.VIDEO, MediaKind.IMAGE, MediaKind.AUDIO


@dataclass(frozen=True)
class Said:
    """A command in English and in Chinese, and the sentence that answers it."""

    english: str
    chinese: str
    phrase: Phrase
    pictures: int = 0
    answers: int = 1


FREE = {
    "help": Said("/help", "/帮助", L.HELP_TITLE),
    "models": Said("/models", "/模型列表", L.MODELS_TITLE, answers=2),
    "models of a kind": Said("/models video", "/模型列表 视频", L.MODELS_TITLE, answers=4),
    "models for music": Said("/models music", "/模型列表 音乐", L.MODELS_TITLE),
    "prefs": Said("/prefs", "/偏好", L.PREFS_TITLE),
    "model": Said("/model", "/模型", L.MODEL_USAGE),
    "model of a kind": Said("/model video Wan 2.6", "/模型 视频 万相", L.REMEMBERED),
    "model auto": Said("/model video auto", "/模型 视频 自动", L.FORGOTTEN),
    "always": Said("always use Kling O1", "以后都用可灵", L.REMEMBERED),
    "jobs": Said("/jobs", "/任务", L.JOBS_NONE),
    "history": Said("/history", "/历史", L.HISTORY_NONE),
    "lang": Said("/lang en", "/语言 中文", L.LANGUAGE_SET),
}
MAKING = {
    "video": Said("/video a puppy", "/视频 一只小狗", W.NOTICE[VIDEO]),
    "image": Said("/image a fox", "/图片 一只狐狸", W.NOTICE[IMAGE]),
    "music": Said("/music a calm piano", "/音乐 安静的钢琴", W.NOTICE[AUDIO]),
    "speak": Said("/speak good morning", "/朗读 早上好", W.NOTICE[AUDIO]),
    "animate": Said("/animate it runs", "/动画 它跑起来", W.NOTICE[VIDEO], pictures=1),
    "edit": Said("/edit make it blue", "/编辑 变成蓝色", W.NOTICE[IMAGE], pictures=1),
    "frames": Said("/video use=frames it turns", "/视频 用途=首尾帧 它转身", W.NOTICE[VIDEO], pictures=2),
    "reference": Said("/video use=reference it runs", "/视频 用途=参考 它跑起来", W.NOTICE[VIDEO], pictures=1),
}


def _titles(cards: list[Card]) -> set[str]:
    return {card.title.phrase for card in cards if card.title is not None}


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in (FREE | MAKING).items()])
async def test_every_command_is_answered_in_both_languages(tmp_path: Path, said: Said, language: str) -> None:
    """The same answer whichever language it is typed in, in the language of who typed it; nothing is charged."""
    async with stage(tmp_path) as at:
        text = said.english if language == "en" else said.chinese
        await at.say(text, locale=language, pictures=(png(),) * said.pictures)
        assert len(at.chat.cards()) == said.answers
        assert _titles(at.chat.cards()) == {said.phrase.one}
        assert {shown.line.locale for shown in at.chat.messages.values()} == {language}
        assert await at.states() == [State.PROPOSED] * (said.phrase in W.NOTICE.values())
        assert at.charges == 0


async def test_help_names_every_command_and_each_of_them_works(tmp_path: Path) -> None:
    """What the list shows is understood; what nobody here can serve is not on it, and says so when it is tried."""
    async with stage(tmp_path) as at:
        await at.say("/help")
        unserved = {"/ask", "/balance", "/upscale", "/cutout", "/describe", "/extend", "/enhance"}
        for command, what in L.HELP:
            shown = L.HELP_ITEM(command=command, what=what()) in at.chat.cards()[0].lines
            assert shown == (command not in unserved), command
            await at.say(command)
            assert at.card.title is not None
            assert at.card.title.phrase != W.REFUSALS[RefusalCode.UNKNOWN_COMMAND].one


async def test_the_model_list_says_prices_and_times(tmp_path: Path) -> None:
    """Each model with what it costs and how long it takes."""
    async with stage(tmp_path) as at:
        await at.say("/models video")
        wan = next(line for line in at.screen().splitlines() if line.startswith("Wan 2.6"))
        assert "25 to 120 points" in wan
        assert "300–420 s" in wan
        for line in at.screen().splitlines():
            assert line.startswith("Models:") or "points" in line, line


async def _three_offers(at: Stage) -> list[str]:
    for animal in ("puppy", "kitten", "fox"):
        await at.say(f"/video a {animal}")
    return [job.code for job in await at.jobs()]


@pytest.mark.parametrize("how", ["newest", "by code", "by code in Chinese", "by code with a hash"])
async def test_cancel_closes_the_one_that_is_meant(tmp_path: Path, how: str) -> None:
    """The newest open order, or the one whose code is given."""
    async with stage(tmp_path) as at:
        first, *_ = await _three_offers(at)
        words = {
            "newest": "/cancel",
            "by code": f"/cancel {first}",
            "by code in Chinese": f"/取消 {first}",
            "by code with a hash": f"/cancel #{first.upper()}",
        }
        await at.say(words[how])
        assert at.card.title == W.CANCELLED_TOAST()
        closed, kept = (2, 0) if how == "newest" else (0, 2)
        states = await at.states()
        assert (states[closed], states[1], states[kept]) == (State.CANCELLED, State.PROPOSED, State.PROPOSED)


async def test_nobody_cancels_what_is_not_theirs(tmp_path: Path) -> None:
    """Somebody else's order is not even found."""
    async with stage(tmp_path) as at:
        first, *_ = await _three_offers(at)
        await at.say(f"/cancel {first}", who="bob")
        assert at.card.title == W.REFUSALS[RefusalCode.NO_SUCH_JOB]()
        await at.say("/cancel", who="bob")
        assert at.card.title == W.REFUSALS[RefusalCode.NOTHING_TO_CANCEL]()
        assert await at.states() == [State.PROPOSED] * 3


async def test_jobs_and_history_say_how_things_stand(tmp_path: Path) -> None:
    """Open orders in the one list, ended ones in the other, each with its state and what it cost; nobody else's."""
    async with stage(tmp_path) as at:
        await at.make("/video a puppy")
        await at.say("/video a kitten")
        await at.press(Verb.CANCEL)
        at.sandbox.faults.add("failed", "create")
        await at.make("/video a fox")
        await at.say("/video a bear")
        await at.order("/video a wolf")
        await at.say("/jobs")
        jobs = at.reads().splitlines()
        assert [L.STATES[state].one in line for state, line in zip(("running", "proposed"), jobs[1:], strict=True)]
        await at.say("/history")
        history = at.reads().splitlines()[1:]
        assert ["40 points" in line for line in history] == [True, False, True]
        for state, line in zip(("failed", "cancelled", "succeeded"), history, strict=True):
            assert L.STATES[state].one in line
        await at.say("/jobs", who="bob")
        assert at.card.title == L.JOBS_NONE()
        await at.say("/history", who="bob")
        assert at.card.title == L.HISTORY_NONE()


async def test_a_chosen_language_is_kept(tmp_path: Path) -> None:
    """From the answer on all is said in it: new offers, what a button under an old card brings, after a restart too."""
    async with stage(tmp_path) as at:
        at.sandbox.faults.add("failed", "create")
        await at.make()
        again = at.button(Verb.AGAIN)
        answer = await at.say("/lang zh")
        assert answer.locale == "zh_Hans"
        await at.press_action(again)
        await at.restart()
        await at.say("/video a puppy")
        await at.say("/help", who="bob")
        locales = [shown.line.locale for shown in at.chat.messages.values()]
        assert locales == ["en", "en", "zh_Hans", "zh_Hans", "zh_Hans", "en"]
