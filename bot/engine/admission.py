"""How much is let in: open orders and messages of a person, open orders of everybody. Turns are in ``queue``."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TypeAlias

from bot.core.job import Address
from bot.engine.ports import Clock, Store
from bot.errors import RefusalCode, Refused
from bot.text import Lapse

SPELL = 10.0
"""Seconds in which a person may send ``MOST`` messages, and in which one that sends more is told so once."""

MOST = 20

REMEMBERED = 10_000
"""People whose spell is remembered before those that are over are forgotten."""

_Person: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most open offers and orders of one person and of everybody together; 0 is any number."""

    open_per_person: int = 0
    open: int = 0


class Heed(Enum):
    """What becomes of a message."""

    HEARD = auto()
    TOLD = auto()  # it is one too many, and the person is told so
    LEFT_OUT = auto()  # it is one too many, and the person knows


@dataclass(slots=True)
class _Spell:
    begun: datetime
    messages: int = 0
    is_told: bool = False


class Admission:
    """Says no politely before anything is priced."""

    def __init__(self, store: Store, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._spells: dict[_Person, _Spell] = {}

    async def admit(self, place: Address, person: str) -> None:
        """Raise ``Refused`` where a person, or everybody together, has as much open as is allowed."""
        own, everybody = await self._store.open_counts(place.platform, place.tenant, person)
        if self._limits.open_per_person and own >= self._limits.open_per_person:
            raise Refused(RefusalCode.TOO_MANY_OPEN, count=own)
        if self._limits.open and everybody >= self._limits.open:
            raise Refused(RefusalCode.TOO_MUCH_WORK)

    def heed(self, place: Address, person: str) -> Heed:
        """Count a message and return what becomes of it. The first one of a spell is always heard."""
        spell = self._spell((place.platform, place.tenant, person))
        spell.messages += 1
        if spell.messages <= MOST:
            return Heed.HEARD
        if spell.is_told:
            return Heed.LEFT_OUT
        spell.is_told = True
        return Heed.TOLD

    def too_fast(self, place: Address, person: str) -> Refused:
        """Return what a person reads who sends too much at once: how long to wait."""
        spell = self._spell((place.platform, place.tenant, person))
        left = math.ceil(SPELL - self._clock.elapsed(spell.begun))
        return Refused(RefusalCode.TOO_FAST, wait=Lapse(max(1, left)))

    def _spell(self, person: _Person) -> _Spell:
        spell = self._spells.get(person)
        if spell is None or self._clock.elapsed(spell.begun) >= SPELL:
            if len(self._spells) >= REMEMBERED:
                self._spells = {p: s for p, s in self._spells.items() if self._clock.elapsed(s.begun) < SPELL}
            spell = self._spells[person] = _Spell(self._clock.now())
        return spell
