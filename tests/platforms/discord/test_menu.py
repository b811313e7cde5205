"""What a person is offered while they type a model: the right ones, in words, in time."""

import asyncio
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal

import pytest

from bot.errors import RefusalCode, Refused
from bot.i18n import SHIPPED, Translators
from bot.platforms.discord.menu import Menu, matching
from providers.models import ModelSpec, Task
from tests.fakes.jobs import a_model

WORDS = Translators(UTC)
MODELS = [a_model(f"Model {n}", price=Decimal(n), traits=frozenset()) for n in range(40)]
VIDEO = (Task.TEXT_TO_VIDEO,)


class Catalogue:
    """Models that can be slow or away."""

    def __init__(self, models: Sequence[ModelSpec]) -> None:
        self.there = asyncio.Event()
        self.there.set()
        self.is_away = False
        self.read = 0
        self._models = models

    async def models(self, _task: Task) -> Sequence[ModelSpec]:
        """Return the models once they are there."""
        self.read += 1
        await self.there.wait()
        if self.is_away:
            raise Refused(RefusalCode.CATALOGUE_UNREACHABLE)
        return self._models


def a_menu(catalogue: Catalogue, patience: float = 0.8) -> Menu:
    """Return a menu of this catalogue."""
    return Menu(catalogue, patience=patience)  # type: ignore[arg-type] # as much of a catalogue as is used


async def test_at_most_25_are_offered() -> None:
    """Discord takes no more; the rest is found by typing."""
    found = await a_menu(Catalogue(MODELS)).choices(VIDEO, "", WORDS.get("en"))
    assert len(found) == 25
    found = await a_menu(Catalogue(MODELS)).choices(VIDEO, "model 39", WORDS.get("en"))
    assert [choice.value for choice in found] == ["model-39"]


@pytest.mark.parametrize("typed", ["kling", "KLING o1", "kling-o1", "可灵", "o1"])
def test_a_model_is_found_by_any_of_its_names(typed: str) -> None:
    """Name, id and what people call it, in any case and width."""
    models = [*MODELS, a_model("Kling O1", aliases=("可灵",))]
    assert [m.name for m in matching(models, typed)] == ["Kling O1"]


def test_the_recommended_stand_first() -> None:
    """Then those with a trait, then the cheaper ones."""
    models = [a_model("Dear", 90, traits=frozenset()), a_model("Known", 80), a_model("Ours", 70, recommended=True)]
    cheap = a_model("Cheap", 5, traits=frozenset())
    assert [m.name for m in matching([*models, cheap], "")] == ["Ours", "Known", "Cheap", "Dear"]


@pytest.mark.parametrize("locale", SHIPPED)
async def test_a_line_tells_name_price_and_time(locale: str) -> None:
    """In the language of whoever types, and never longer than Discord takes."""
    model = a_model("Wan 2.6" + "!" * 120, id="wan")
    (choice,) = await a_menu(Catalogue([model])).choices(VIDEO, "", WORDS.get(locale))
    assert len(choice.name) <= 100
    (choice,) = await a_menu(Catalogue([a_model()])).choices(VIDEO, "", WORDS.get(locale))
    assert [part in choice.name for part in ("Wan 2.6", "25", "60", "120")] == [True] * 4


def test_a_model_whose_id_does_not_fit_is_not_offered() -> None:
    """It can still be typed; one choice too long would cost the whole list."""
    assert not matching([a_model("x", id="i" * 101)], "")


async def test_a_slow_catalogue_is_not_waited_for_twice() -> None:
    """What was known before is offered in time, and the next letter finds the new list."""
    catalogue = Catalogue(MODELS)
    menu = a_menu(catalogue, patience=0.01)
    assert await menu.choices(VIDEO, "", WORDS.get("en"))
    catalogue.there.clear()
    assert len(await menu.choices(VIDEO, "", WORDS.get("en"))) == 25
    assert len(await menu.choices(VIDEO, "", WORDS.get("en"))) == 25
    assert catalogue.read == 2
    catalogue.there.set()
    await asyncio.gather(*menu.reading.values())
    await menu.close()


async def test_many_catalogues_are_waited_for_together() -> None:
    """Whoever has not said what kind of thing they want waits no longer than others."""
    catalogue = Catalogue(MODELS)
    catalogue.there.clear()
    menu = a_menu(catalogue, patience=0.05)
    async with asyncio.timeout(0.05 * len(Task)):
        assert not await menu.choices(tuple(Task), "", WORDS.get("en"))
    assert catalogue.read == len(Task)
    await menu.close()


async def test_without_any_catalogue_nothing_is_offered() -> None:
    """And nothing breaks; what was known before is offered on."""
    catalogue = Catalogue(MODELS)
    catalogue.is_away = True
    menu = a_menu(catalogue)
    assert not await menu.choices(VIDEO, "", WORDS.get("en"))
    catalogue.is_away = False
    assert await menu.choices(VIDEO, "", WORDS.get("en"))
    catalogue.is_away = True
    assert await menu.choices(VIDEO, "", WORDS.get("en"))
    await menu.close()
