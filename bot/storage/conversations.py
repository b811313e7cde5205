"""What the web chat remembers: its messages and its visitors. Drawing them and sending them out is not here."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from bot.core.cards import Card
from bot.storage.rows import decode_card, encode_card, moment, stamp
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Statement

_ADD = """
    INSERT INTO message (id, place, person, name, text, card, locale, private_to, at, edited_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_EDIT = "UPDATE message SET card = ?, locale = ?, edited_at = ? WHERE id = ?"
_BY_ID = "SELECT * FROM message WHERE id = ?"
_AFTER = """
    SELECT * FROM message WHERE place = ? AND private_to IN ('', ?) AND seq > ? ORDER BY seq LIMIT ?
"""
_BEFORE = """
    SELECT * FROM message WHERE place = ? AND private_to IN ('', ?) AND seq < ? ORDER BY seq DESC LIMIT ?
"""
_VISITOR = "SELECT * FROM visitor WHERE id = ?"
_KEEP_VISITOR = """
    INSERT INTO visitor (id, name, locale, seen_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, locale = excluded.locale, seen_at = excluded.seen_at
"""
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the web chat.

    ``person`` is empty for Limner, ``private_to`` empty for everybody. ``seq`` is given by the store and orders the
    messages of a place; 0 means not stored yet.
    """

    id: str
    place: str
    at: datetime
    seq: int = 0
    person: str = ""
    name: str = ""
    text: str = ""
    card: Card | None = None
    locale: str = ""
    private_to: str = ""
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who uses the web chat."""

    id: str
    name: str
    locale: str
    seen_at: datetime


class Conversations:
    """The web chat's memory, in the same database and through the same writer as the jobs."""

    def __init__(self, store: SqliteStore) -> None:
        self._database = store.database

    async def add(self, message: Message) -> Message:
        """Store a message and return it with its ``seq``; the stored one if its id is already known."""
        await self._database.write([Statement(_ADD, [_message_row(message)])])
        stored = await self._by_id(message.id)
        return stored or message

    async def message(self, message: str) -> Message | None:
        """Return a message by its id."""
        return await self._by_id(message)

    async def edit(self, message: str, card: Card, locale: str, at: datetime) -> Message | None:
        """Replace the card of a message and return the message; ``None`` if there is no such message."""
        await self._database.write([Statement(_EDIT, [(encode_card(card), locale, stamp(at), message)])])
        return await self._by_id(message)

    async def history(
        self, place: str, person: str, limit: int = 100, after: int = 0, before: int = 0
    ) -> list[Message]:
        """Return what this person may see of a place, oldest first, at most ``limit`` messages.

        With ``after`` (a ``seq``) the first ones after it, to catch up without a gap; else the last ones, or the last
        ones before ``before``, to page back.
        """
        if after:
            rows = await self._database.fetch(_AFTER, (place, person, after, limit))
            return [_message(row) for row in rows]
        rows = await self._database.fetch(_BEFORE, (place, person, before or _NEWEST, limit))
        return [_message(row) for row in reversed(rows)]

    async def visitor(self, visitor: str) -> Visitor | None:
        """Return a visitor."""
        rows = await self._database.fetch(_VISITOR, (visitor,))
        return next((Visitor(r["id"], r["name"], r["locale"], moment(r["seen_at"])) for r in rows), None)

    async def keep_visitor(self, visitor: Visitor) -> None:
        """Store a visitor as they are now."""
        row = (visitor.id, visitor.name, visitor.locale, stamp(visitor.seen_at))
        await self._database.write([Statement(_KEEP_VISITOR, [row])])

    async def _by_id(self, message: str) -> Message | None:
        rows = await self._database.fetch(_BY_ID, (message,))
        return next((_message(row) for row in rows), None)


def _message_row(message: Message) -> tuple[str | None, ...]:
    return (
        message.id,
        message.place,
        message.person,
        message.name,
        message.text,
        encode_card(message.card) if message.card is not None else None,
        message.locale,
        message.private_to,
        stamp(message.at),
        stamp(message.edited_at) if message.edited_at is not None else None,
    )


def _message(row: sqlite3.Row) -> Message:
    return Message(
        id=row["id"],
        seq=row["seq"],
        place=row["place"],
        person=row["person"],
        name=row["name"],
        text=row["text"],
        card=decode_card(row["card"]) if row["card"] is not None else None,
        locale=row["locale"],
        private_to=row["private_to"],
        at=moment(row["at"]),
        edited_at=moment(row["edited_at"]) if row["edited_at"] is not None else None,
    )
