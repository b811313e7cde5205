"""Who may make what, where, with which words: refused quietly, before anything has a price."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot import house as rules_of_the_house
from bot.core import wording
from bot.core.actions import Verb
from bot.core.job import State
from bot.errors import RefusalCode, SettingsProblem
from providers.models import ModelSpec, Task
from tests.stories.stage import Stage, stage

ASK = "/video a puppy"
C = RefusalCode


def _rules(*rules: dict[str, str]) -> dict[str, object]:
    return {"rules": list(rules)}


def _was_refused(at: Stage, code: RefusalCode) -> bool:
    newest = at.chat.messages[next(reversed(at.chat.messages))]
    title = newest.card.title
    return newest.line.private and title is not None and title.phrase == wording.REFUSALS[code].one


async def test_a_command_can_be_kept_from_a_channel(tmp_path: Path) -> None:
    """Quietly: only who asked reads it, nothing is stored, and every other command works."""
    async with stage(tmp_path, house=_rules({"effect": "deny", "command": "video", "channel": "stage/room"})) as at:
        await at.say(ASK)
        assert _was_refused(at, C.NOT_ALLOWED)
        assert await at.everybody() == []
        await at.say("/视频 小狗", locale="zh_Hans")
        assert "管理员" in at.reads("zh_Hans")
        await at.say("/image a fox")
        assert await at.states() == [State.PROPOSED]


async def test_a_free_command_can_be_kept_from_people(tmp_path: Path) -> None:
    """What is left in the account is not everybody's business."""
    house = _rules({"effect": "allow", "person": "stage/boss"}, {"effect": "deny", "command": "balance"})
    async with stage(tmp_path, house=house) as at:
        await at.say("/balance")
        assert _was_refused(at, C.NOT_ALLOWED)
        await at.say("/balance", who="boss")
        assert not _was_refused(at, C.NOT_ALLOWED)


async def test_only_a_role_may_spend(tmp_path: Path) -> None:
    """The first rule lets it, the last one nobody else; who loses the role loses what it allowed."""
    house = _rules({"effect": "allow", "role": "stage/artists"}, {"effect": "deny", "provider": "ima_studio"})
    async with stage(tmp_path, house=house) as at:
        await at.say(ASK)
        assert _was_refused(at, C.NOT_ALLOWED)
        at.roles["ann"] = frozenset({"stage/artists"})
        job = await at.make(ASK)
        assert job.state is State.SUCCEEDED
        at.roles.clear()
        await at.say(ASK)
        assert _was_refused(at, C.NOT_ALLOWED)


async def test_a_denied_model_is_not_chosen_and_not_had_by_name(tmp_path: Path) -> None:
    """Somebody who named none gets one that they may use."""
    async with stage(tmp_path, house=_rules({"effect": "deny", "model": "Wan 2.6"})) as at:
        await at.say('/video model="wan 2.6" a puppy')
        assert _was_refused(at, C.NOT_ALLOWED)
        await at.say(ASK)
        assert [job.model_name for job in await at.jobs()] != ["Wan 2.6"]
        assert await at.states() == [State.PROPOSED]


async def test_a_button_is_held_against_the_same_rules(tmp_path: Path) -> None:
    """Try again, Use and Animate make orders too; a role that is gone is gone for them."""
    house = _rules({"effect": "allow", "role": "stage/artists"}, {"effect": "deny", "model": "Wan 2.6"})
    async with stage(tmp_path, house=house) as at:
        at.roles["ann"] = frozenset({"stage/artists"})
        at.sandbox.faults.add("failed", "create")
        await at.make(ASK)
        at.roles.clear()
        answer = await at.press(Verb.AGAIN)
        assert answer.toast == wording.REFUSALS[C.NOT_ALLOWED]()
        assert await at.states() == [State.FAILED]


async def test_words_are_looked_at_before_anything_has_a_price(tmp_path: Path) -> None:
    """Nothing is read from the provider for them, nothing is kept."""
    async with stage(tmp_path, house={"words": {"blocked": ["gore", "血腥"]}}) as at:
        for prompt in ("a GORE scene", "一个血腥的场面"):
            await at.say(f"/video {prompt}")
            assert _was_refused(at, C.UNWANTED_WORDS)
        await at.say("/video Edward Gorey draws a cat")
        assert len(await at.everybody()) == 1


async def test_a_hook_can_say_no_and_a_broken_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's own check sees prompt, person and model; if it breaks nothing is spent."""
    seen: list[Sequence[str]] = []

    async def check(*facts: str) -> bool:
        seen.append(facts)
        if "break" in facts[0]:
            raise RuntimeError("out of order")
        return "puppy" not in facts[0]

    monkeypatch.setattr(rules_of_the_house, "entry_points", lambda **_: [_Point(check)])
    async with stage(tmp_path) as at:
        for prompt, is_refused in (("a puppy", True), ("break it", True), ("a kitten", False)):
            await at.say(f"/video {prompt}")
            assert _was_refused(at, C.UNWANTED_WORDS) is is_refused
        assert len(await at.everybody()) == 1
    assert seen[0] == ("a puppy", "stage/ann", "ima_studio", "wan2.6-t2v")


def test_a_hook_that_cannot_be_loaded_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service without its check would spend on what the check should stop."""
    monkeypatch.setattr(rules_of_the_house, "entry_points", lambda **_: [_Point(None)])
    with pytest.raises(SettingsProblem, match="mine"):
        rules_of_the_house.prompt_checks()


class _Point:
    """An entry point as an installed package would give it."""

    name = "mine"

    def __init__(self, check: object) -> None:
        self._check = check

    def load(self) -> object:
        """Return the check."""
        if self._check is None:
            raise ImportError("nothing there")
        return self._check


@pytest.mark.parametrize("named", ["", "wan 2.6"])
async def test_a_flagged_model_stays_where_adults_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """Flagged by its service or by the operator, it is neither chosen nor had by name elsewhere, and not suggested."""
    async with stage(tmp_path, house={"adults": {"models": [named]}}) as at:
        provider = at.service.catalog.provider("ima_studio")
        read = provider.models

        async def flagged(task: Task) -> Sequence[ModelSpec]:
            return [replace(model, adult=not named and model.name == "Wan 2.6") for model in await read(task)]

        monkeypatch.setattr(provider, "models", flagged)
        await at.say('/video model="wan 2.6" a puppy')
        assert _was_refused(at, C.ADULTS_ONLY)
        await at.say(ASK)
        (job,) = await at.jobs()
        assert job.model_name != "Wan 2.6"
        assert "Wan 2.6" not in {m.name for m in await at.service.catalog.alternatives(job.request)}
        at.is_for_adults = True
        await at.say('/video model="wan 2.6" a puppy')
        assert (await at.jobs())[-1].model_name == "Wan 2.6"
