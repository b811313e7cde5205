"""What Limner has received from Feishu and not yet acted on. How it acts on that is in the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import AlreadySeen
from bot.storage.rows import moment, stamp
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Statement

KEPT = timedelta(days=7)
"""How long an event is known again. Feishu delivers it for up to six hours and a half (section 1.3)."""

_KEEP = "INSERT INTO feishu_inbox (event, lane, at, raw) VALUES (?, ?, ?, ?) ON CONFLICT (event) DO NOTHING"
_DONE = "UPDATE feishu_inbox SET raw = '' WHERE event = ?"
_FORGET = "DELETE FROM feishu_inbox WHERE at < ? AND raw = ''"
_OPEN = "SELECT * FROM feishu_inbox WHERE raw <> '' ORDER BY seq"
_GREET = """
    INSERT INTO feishu_person (tenant, person, greeted) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET greeted = 1
"""
_SPEAKS = """
    INSERT INTO feishu_person (tenant, person, locale) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET locale = excluded.locale
"""
_PERSON = "SELECT locale, greeted FROM feishu_person WHERE tenant = ? AND person = ?"


@dataclass(frozen=True, slots=True)
class Received:
    """An event that came at ``at``. Those of one ``lane`` are acted on in order; ``raw`` is JSON without secrets."""

    event: str
    lane: str
    at: datetime
    raw: str


class Inbox:
    """The memory, in the same database and through the same writer as the jobs."""

    def __init__(self, store: SqliteStore) -> None:
        self._database = store.database

    async def keep(self, new: Received) -> bool:
        """Write an event down durably and return whether it is new; raises ``StoreTrouble``.

        What is too old to come again is forgotten with it.
        """
        row, old = (new.event, new.lane, stamp(new.at), new.raw), stamp(new.at - KEPT)
        try:
            await self._database.write([Statement(_KEEP, [row], AlreadySeen), Statement(_FORGET, [(old,)])])
        except AlreadySeen:
            return False
        return True

    async def done(self, event: str) -> None:
        """Note that nothing is left to do about an event."""
        await self._database.write([Statement(_DONE, [(event,)])])

    async def waiting(self) -> Sequence[Received]:
        """Return the events that were received and not acted on, in order."""
        rows = await self._database.fetch(_OPEN)
        return [Received(row["event"], row["lane"], moment(row["at"]), row["raw"]) for row in rows]

    async def greeted(self, tenant: str, person: str) -> bool:
        """Return whether a person was greeted."""
        return any(row["greeted"] for row in await self._database.fetch(_PERSON, (tenant, person)))

    async def greet(self, tenant: str, person: str) -> None:
        """Note that a person was greeted."""
        await self._database.write([Statement(_GREET, [(tenant, person)])])

    async def locale(self, tenant: str, person: str) -> str:
        """Return the language that a person's program was last seen to speak, or nothing."""
        return "".join(row["locale"] for row in await self._database.fetch(_PERSON, (tenant, person)))

    async def speaks(self, tenant: str, person: str, locale: str) -> None:
        """Note which language a person's program speaks."""
        await self._database.write([Statement(_SPEAKS, [(tenant, person, locale)])])
