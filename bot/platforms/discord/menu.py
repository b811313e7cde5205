"""The models a person is offered while they type, within a second, from what was last read. Nothing is ordered here."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.core import failures, listings, replies, wording
from bot.core.grammar import Verb
from bot.core.preferences import plain
from bot.engine.catalog import Catalog
from bot.errors import Refused
from bot.i18n import Translator
from bot.platforms.discord.limits import MOST_CHOICE, MOST_CHOICES
from bot.platforms.discord.quoting import shortened, visible
from bot.text import Span
from providers.models import ModelSpec, Task

log = structlog.get_logger(__name__)

PATIENCE = 0.8
"""Seconds to wait for a catalogue that has to be read anew; Discord waits three, people do not."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list: what is read, and what is sent when it is chosen."""

    name: str
    value: str


class Menu:
    """Lists models. A catalogue that is not there in time is read on, for the next letter that is typed."""

    def __init__(self, catalog: Catalog, *, patience: float = PATIENCE) -> None:
        self.reading: dict[Task, asyncio.Task[Sequence[ModelSpec]]] = {}
        self._catalog = catalog
        self._patience = patience
        self._known: dict[Task, Sequence[ModelSpec]] = {}

    async def choices(self, tasks: Sequence[Task], typed: str, words: Translator) -> Sequence[Choice]:
        """Return the models of some tasks that fit what was typed, at most 25."""
        found: dict[str, ModelSpec] = {}
        for models in await asyncio.gather(*(self._models(task) for task in tasks)):
            for model in models:
                found.setdefault(model.id, model)
        return [_choice(model, words) for model in matching(tuple(found.values()), typed)]

    def unserved(self, commands: Mapping[str, Sequence[Task]]) -> frozenset[str]:
        """Return those of some commands, by what they make, that nobody here can serve; and the balance likewise."""
        without = {name for name, tasks in commands.items() if not any(map(self._catalog.offers, tasks))}
        if not any(terms.provider.capabilities.tells_balance for terms in self._catalog.providers):
            without.add(Verb.BALANCE.value)
        return frozenset(without)

    async def close(self) -> None:
        """Stop reading."""
        reading = tuple(self.reading.values())
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def _models(self, task: Task) -> Sequence[ModelSpec]:
        if task not in self.reading:
            reading = asyncio.create_task(self._read(task))
            self.reading[task] = reading
            reading.add_done_callback(lambda _: self.reading.pop(task, None))
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(self.reading[task])
        except TimeoutError:
            log.info("models_not_there_in_time", task=task.value)
            return self._known.get(task, ())

    async def _read(self, task: Task) -> Sequence[ModelSpec]:
        try:
            self._known[task] = await self._catalog.models(task)
        except Refused:
            log.info("models_not_there", task=task.value)
        return self._known.get(task, ())


def matching(models: Sequence[ModelSpec], typed: str) -> Sequence[ModelSpec]:
    """Return the models whose name, id or alias holds what was typed, the recommended first, at most 25."""
    wanted = plain(typed)
    found = [m for m in models if len(m.id) <= MOST_CHOICE and any(wanted in name for name in _names(m))]
    found.sort(key=lambda m: (not m.recommended, not m.traits, m.price or 0))
    return found[:MOST_CHOICES]


def _names(model: ModelSpec) -> Sequence[str]:
    return [plain(name) for name in (model.name, model.id, *model.aliases)]


def _choice(model: ModelSpec, words: Translator) -> Choice:
    cost, expected = replies.price_range(model), Span(model.expected.low, model.expected.high)
    trait = failures.main_trait(model)
    if trait is None:
        line = listings.MODELS_ITEM(model=model.name, cost=cost, expected=expected)
    else:
        word = wording.TRAITS[trait]()
        line = listings.MODELS_ITEM_TRAIT(model=model.name, cost=cost, expected=expected, trait=word)
    return Choice(shortened(visible(words.say(line)), MOST_CHOICE), model.id)
