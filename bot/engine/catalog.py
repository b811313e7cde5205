"""The live models and prices of every provider, read at most every few minutes. Choosing among them is in ``core``."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.core import order as orders
from bot.core.job import Request
from bot.core.preferences import plain
from bot.core.pricing import ConfirmPolicy
from bot.engine.ports import Clock, Terms
from bot.errors import RefusalCode, Refused
from providers.contract import Order, Picture, Provider, Quote
from providers.errors import FailureCode, ProviderError
from providers.models import ModelSpec, Task

log = structlog.get_logger(__name__)

FRESH = 600.0
"""A catalogue read less than this many seconds ago is not read again."""

USABLE = 86_400.0
"""A catalogue that cannot be renewed serves this many seconds, with its age said; after that nothing is sold."""

UNREAD = 5.0
"""Seconds after a failed reading in which nobody tries again: whoever waited for it shares its outcome."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    models: tuple[ModelSpec, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class _Failure:
    code: FailureCode
    at: datetime


class Catalog:
    """All models of all providers. Quotes come from the provider that would do the work.

    ``adult`` are names or ids of models that the operator flags as not safe for work, whatever their provider says.
    """

    def __init__(self, terms: Mapping[str, Terms], clock: Clock, adult: Iterable[str] = ()) -> None:
        self._terms = terms
        self._clock = clock
        self._adult = frozenset(map(plain, adult))
        self._shelves: dict[tuple[str, Task], _Shelf] = {}
        self._failed: dict[tuple[str, Task], _Failure] = {}
        self._locks: dict[tuple[str, Task], asyncio.Lock] = {}

    def provider(self, name: str) -> Provider:
        """Return a configured provider; an order of one that is no longer configured is refused."""
        if name not in self._terms:
            raise ProviderError(FailureCode.MODEL_UNAVAILABLE, f"provider {name} is not configured")
        return self._terms[name].provider

    def known(self, name: str) -> Terms | None:
        """Return the rules of a provider, if it is configured."""
        return self._terms.get(name)

    def policy(self, name: str) -> ConfirmPolicy:
        """Return when this provider's prices have to be confirmed."""
        return self._terms[name].confirm

    def terms(self, name: str) -> Terms:
        """Return the operator's rules for a provider."""
        return self._terms[name]

    def offers(self, task: Task) -> bool:
        """Whether any provider here does such a thing at all."""
        return any(task in terms.provider.capabilities.tasks for terms in self._terms.values())

    def enhancer(self, first: str) -> Provider | None:
        """Return who makes prompts richer: this provider if it can, else the first that does."""
        able = [t.provider for t in self._terms.values() if t.provider.capabilities.enhances]
        return next((p for p in able if p.name == first), able[0] if able else None)

    @property
    def providers(self) -> Sequence[Terms]:
        """Every configured provider with the operator's rules, in the order of the settings."""
        return tuple(self._terms.values())

    @property
    def services(self) -> Mapping[str, str]:
        """The names of the providers that people know, by their names in the settings."""
        return {name: terms.provider.title for name, terms in self._terms.items()}

    async def models(self, task: Task, *, within: float = FRESH) -> Sequence[ModelSpec]:
        """Return the models of a task over all providers, read at most ``within`` seconds ago where that works.

        Raises ``Refused`` when no provider's list can be had at all: ``ACCESS_INVALID`` if every one refused its key,
        else ``CATALOGUE_UNREACHABLE``.
        """
        able = [n for n, t in self._terms.items() if task in t.provider.capabilities.tasks]
        shelves = await asyncio.gather(*(self._shelf(name, task, within) for name in able))
        found = [model for shelf in shelves if shelf is not None for model in shelf.models]
        if able and all(shelf is None for shelf in shelves):
            keyless = all(self._failed[name, task].code is FailureCode.KEY_INVALID for name in able)
            raise Refused(RefusalCode.ACCESS_INVALID if keyless else RefusalCode.CATALOGUE_UNREACHABLE)
        return found

    async def model(self, provider: str, task: Task, model: str) -> ModelSpec | None:
        """Return one model, if it is still offered."""
        return next((m for m in await self.models(task) if (m.provider, m.id) == (provider, model)), None)

    async def quote(self, provider: str, order: Order, *, within: float = FRESH) -> Quote:
        """Return the exact price of an order, from a catalogue read at most ``within`` seconds ago where possible."""
        await self.models(order.task, within=within)
        return await self.provider(provider).quote(order)

    async def alternatives(self, like: Request, *, as_long: bool = False) -> Sequence[ModelSpec]:
        """Return the models that would do the same, each at the price that the same request costs with it now.

        Settings that a model does not offer are its own; ``as_long`` leaves out those that cannot make it as long.
        None at all rather than an error; without those that have no exact price for it.
        """
        if like.deed is not None:
            return []  # nobody else can go on from another one's order
        try:
            models = await self.models(like.task)
        except Refused:
            return []
        able = [m for m in models if not m.adult and self._takes(m, like) and (not as_long or _lasts(m, like))]
        priced = [await self._priced(spec, like) for spec in able]
        return [spec for spec in priced if spec is not None]

    def _takes(self, spec: ModelSpec, like: Request) -> bool:
        """Whether a model takes a prompt and inputs such as these."""
        roles = [ref.role for ref in like.pictures]
        if not (self.provider(spec.provider).capabilities.reads_roles or orders.is_plain(like.task, roles)):
            return False
        return (
            len(like.prompt) <= spec.max_prompt
            and spec.min_inputs <= len(like.pictures) <= spec.max_inputs
            and len(like.sounds) <= spec.max_sounds
            and spec.min_videos <= len(like.videos) <= spec.max_videos
        )

    async def _priced(self, spec: ModelSpec, like: Request) -> ModelSpec | None:
        pictures = tuple(Picture("", url=ref.url, role=ref.role) for ref in like.pictures)
        params = orders.carry(spec, like.params)
        order = Order(like.task, spec.id, like.prompt, params, like.count, pictures, like.sounds, like.videos)
        try:
            quote = await self.provider(spec.provider).quote(order)
        except ProviderError:
            return None
        return replace(spec, price=quote.per_unit)

    async def _shelf(self, name: str, task: Task, within: float) -> _Shelf | None:
        key = (name, task)
        async with self._locks.setdefault(key, asyncio.Lock()):
            shelf = self._shelves.get(key)
            if shelf is not None and self._clock.elapsed(shelf.read_at) < within:
                return shelf
            failed = self._failed.get(key)
            if failed is not None and self._clock.elapsed(failed.at) < UNREAD:
                return self._usable(shelf)
            try:
                models = await self.provider(name).models(task)
            except ProviderError as error:
                log.warning("catalogue_unread", provider=name, task=task.value, code=error.code, detail=error.detail)
                self._failed[key] = _Failure(error.code, self._clock.now())
                return self._usable(shelf)
            self._shelves[key] = _Shelf(tuple(map(self._flagged, models)), self._clock.now())
            return self._shelves[key]

    def _flagged(self, spec: ModelSpec) -> ModelSpec:
        return replace(spec, adult=True) if {plain(spec.id), plain(spec.name)} & self._adult else spec

    def _usable(self, shelf: _Shelf | None) -> _Shelf | None:
        return shelf if shelf is not None and self._clock.elapsed(shelf.read_at) < USABLE else None


def _lasts(spec: ModelSpec, like: Request) -> bool:
    return orders.as_long(orders.carry(spec, like.params), like.params)
