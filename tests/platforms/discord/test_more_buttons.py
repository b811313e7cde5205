"""A result with many things to do next: all of them can be reached, and they work after a restart."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.actions import Action, Verb
from bot.core.cards import Button, Card, Medium
from bot.core.job import Address
from bot.engine.ports import Line, LineKind
from bot.platforms.discord.limits import problems
from bot.platforms.discord.render import draw
from bot.text import Phrase
from providers.models import MediaKind
from tests.fakes.discord_server import Message
from tests.platforms.discord.stage import DiscordStage, stage

WORDS = Phrase("{words}")


def _buttons(count: int) -> tuple[Button, ...]:
    return tuple(
        Button(WORDS(words=f"do {n} {'x' * 200}"), Action(Verb.ANIMATE, "f" * 32, str(n)).encode())
        for n in range(1, count + 1)
    )


async def _result(at: DiscordStage, buttons: tuple[Button, ...]) -> Message:
    place = Address("discord", str(at.discord.studio.id), str(at.discord.general.id))
    media = tuple(Medium(MediaKind.IMAGE, f"https://media.example/{n}.png") for n in range(4))
    card = Card(title=WORDS(words="ready"), quote="a fox", media=media, buttons=buttons)
    await at.platform.say(Line("j.result", LineKind.SAY, place, "1", "en", card, at.clock.now(), job="j"))
    return at.messages("ready")[0]


async def test_fourteen_buttons_stand_in_three_rows(tmp_path: Path) -> None:
    """In their order, five to a row, with labels cut to what Discord takes."""
    async with stage(tmp_path) as at:
        result = await _result(at, _buttons(14))
        assert [b["custom_id"][-2:].strip("|") for b in result.now.buttons] == [str(n) for n in range(1, 15)]
        assert max(len(b["label"]) for b in result.now.buttons) <= 80


async def test_what_has_no_room_as_a_button_is_in_a_menu(tmp_path: Path) -> None:
    """Fifteen buttons, twenty-five choices, and of more than that the last are left out."""
    async with stage(tmp_path) as at:
        result = await _result(at, _buttons(50))
        menu = result.menu("More to do with it")
        assert len(result.now.buttons) == 15
        assert [o["value"].rpartition("|")[2] for o in menu["options"]] == [str(n) for n in range(16, 41)]


@pytest.mark.parametrize("count", [1, 15, 16, 40, 60])
async def test_a_full_card_stays_within_the_limits(tmp_path: Path, count: int) -> None:
    """Also with everything else on it at once: forty components, four thousand characters."""
    async with stage(tmp_path) as at:
        lines = tuple(WORDS(words="y" * 900) for _ in range(6))
        media = tuple(Medium(MediaKind.IMAGE, f"https://media.example/{n}.png") for n in range(12))
        card = Card(title=WORDS(words="t" * 400), quote="q" * 5000, lines=lines, media=media, buttons=_buttons(count))
        assert problems(draw(card, at.translators.get("en")).payload) == []


async def test_a_choice_in_the_menu_is_a_press_also_after_a_restart(tmp_path: Path) -> None:
    """What it means is in the choice itself, so a new process knows it."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        notice = (await at.ask(ann)).message
        confirm = notice.button("Confirm")["custom_id"]
        many = replace(_buttons(16)[15], action=confirm)
        result = await _result(at, (*_buttons(15), many))
        await at.restart(after=60)
        await at.done(await ann.select(result, "More to do with it", [confirm]))
        await at.finish()
        assert at.charges == 1
