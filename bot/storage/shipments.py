"""What Limner remembers of what it brought to Feishu: messages, files and chats. How that is used: the platform."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.storage.rows import moment, stamp
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Statement

KEPT = timedelta(days=30)
"""How long a message can be answered by words such as "animate this". Feishu lets it be changed for 14 days."""

_SENT = """
    INSERT INTO feishu_message (message, line, part, chat, place, tenant, person, job, form, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (message) DO NOTHING
"""
_FORGET = "DELETE FROM feishu_message WHERE at < ?"
_BY_ID = "SELECT * FROM feishu_message WHERE message = ?"
_BY_LINE = "SELECT * FROM feishu_message WHERE line = ? AND part = ? ORDER BY at DESC LIMIT 1"
_EDITED = "UPDATE feishu_message SET edits = edits + 1 WHERE message = ?"
_REPLACED = "UPDATE feishu_message SET successor = ? WHERE message = ?"
_KEEP_FILE = """
    INSERT INTO feishu_upload (name, key, at) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET key = excluded.key, at = excluded.at
"""
_FILE = "SELECT key FROM feishu_upload WHERE name = ?"
_FORGET_FILE = "DELETE FROM feishu_upload WHERE name = ?"
_FORGET_FILES = "DELETE FROM feishu_upload WHERE at < ?"
_CLOSED = """
    INSERT INTO feishu_chat (chat, kind, closed, at) VALUES (?, '', ?, ?)
    ON CONFLICT (chat) DO UPDATE SET closed = excluded.closed, at = excluded.at
"""
_OPENED = """
    INSERT INTO feishu_chat (chat, kind, closed, at) VALUES (?, ?, '', ?)
    ON CONFLICT (chat) DO UPDATE SET kind = excluded.kind, closed = '', at = excluded.at
    WHERE feishu_chat.closed <> '' OR feishu_chat.kind <> excluded.kind
"""
_CHAT = "SELECT * FROM feishu_chat WHERE chat = ?"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours. ``line`` is the outbox line whose words it carries, ``part`` which piece of it.

    ``chat`` is where it went, which for a direct message is not the line's ``place``. ``form`` is Feishu's kind of
    message. ``successor`` is the message that took its place when it could not be changed any more.
    """

    message: str
    line: str
    chat: str
    place: str
    form: str
    at: datetime
    tenant: str = ""
    person: str = ""
    job: str = ""
    part: str = ""
    edits: int = 0
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """What is known of a chat: ``p2p`` or ``group``, and since when and why it takes nothing, if it does not."""

    name: str
    kind: str
    closed: str
    at: datetime


class Shipments:
    """The memory, in the same database and through the same writer as the jobs."""

    def __init__(self, store: SqliteStore) -> None:
        self._database = store.database

    async def keep(self, sent: Sent) -> None:
        """Store a message that was sent, and drop what is too old to be of use."""
        who = (sent.message, sent.line, sent.part, sent.chat, sent.place, sent.tenant, sent.person)
        row = (*who, sent.job, sent.form, stamp(sent.at))
        old = (stamp(sent.at - KEPT),)
        await self._database.write(
            [Statement(_SENT, [row]), Statement(_FORGET, [old]), Statement(_FORGET_FILES, [old])]
        )

    async def sent(self, message: str) -> Sent | None:
        """Return a message of ours by its id."""
        return next((_sent(row) for row in await self._database.fetch(_BY_ID, (message,))), None)

    async def newest(self, message: str) -> Sent | None:
        """Return the message that stands for another one now; the same one where it was never replaced."""
        found = await self.sent(message)
        while found is not None and found.successor:
            found = await self.sent(found.successor)
        return found

    async def of_line(self, line: str, part: str = "") -> Sent | None:
        """Return the message that carries a piece of a line."""
        return next((_sent(row) for row in await self._database.fetch(_BY_LINE, (line, part))), None)

    async def edited(self, message: str) -> None:
        """Count a change of a message that can be changed only so often."""
        await self._database.write([Statement(_EDITED, [(message,)])])

    async def replaced(self, message: str, by: str) -> None:
        """Note that a message has a successor."""
        await self._database.write([Statement(_REPLACED, [(by, message)])])

    async def keep_file(self, name: str, key: str, at: datetime) -> None:
        """Store the key of an uploaded file under our own name of it."""
        await self._database.write([Statement(_KEEP_FILE, [(name, key, stamp(at))])])

    async def file(self, name: str) -> str:
        """Return the key of an uploaded file, or nothing."""
        return "".join(row["key"] for row in await self._database.fetch(_FILE, (name,)))

    async def forget_file(self, name: str) -> None:
        """Drop a key that Feishu does not know any more."""
        await self._database.write([Statement(_FORGET_FILE, [(name,)])])

    async def opened(self, chat: str, kind: str, at: datetime) -> None:
        """Note that we are in a chat, and of which kind it is; writes only where that is news."""
        await self._database.write([Statement(_OPENED, [(chat, kind, stamp(at))])])

    async def closed(self, chat: str, why: str, at: datetime) -> None:
        """Note that a chat takes nothing from us."""
        await self._database.write([Statement(_CLOSED, [(chat, why, stamp(at))])])

    async def chat(self, chat: str) -> Chat | None:
        """Return what is known of a chat."""
        found = await self._database.fetch(_CHAT, (chat,))
        return next((Chat(r["chat"], r["kind"], r["closed"], moment(r["at"])) for r in found), None)


def _sent(row: sqlite3.Row) -> Sent:
    return Sent(
        message=row["message"],
        line=row["line"],
        part=row["part"],
        chat=row["chat"],
        place=row["place"],
        tenant=row["tenant"],
        person=row["person"],
        job=row["job"],
        form=row["form"],
        at=moment(row["at"]),
        edits=row["edits"],
        successor=row["successor"],
    )
