"""What Limner remembers of Discord: who may be answered where, and until when. How it is used is in the platform."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import Conflict
from bot.storage.rows import moment, stamp
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Statement

LASTS = timedelta(minutes=14)
"""How long a pass is used. Discord ends it after fifteen minutes by its own clock (section 1.2)."""

KEPT = timedelta(days=7)
"""How long it is known what holds in a place where nobody has done anything since."""

GUEST_FOLLOWUPS = 5
"""How many further messages a pass is good for where only the person, and not the place, has installed Limner."""

MANY_FOLLOWUPS = 1000
"""The same elsewhere: no limit is known."""

PICTURES_KEPT = timedelta(hours=1)
"""How long a picture waits for what should happen with it."""

_KEEP = """
    INSERT INTO discord_pass (event, application, token, at, tenant, place, person, opens, hidden, posts, followups,
        file_limit, locale, message, line)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING
"""
_BLANK = "UPDATE discord_pass SET token = '' WHERE token <> '' AND at < ?"
_FORGET = "DELETE FROM discord_pass WHERE at < ?"
_OF_EVENT = "SELECT * FROM discord_pass WHERE event = ?"
_ON_MESSAGE = "SELECT * FROM discord_pass WHERE message = ? ORDER BY at DESC LIMIT 20"
_AT_PLACE = "SELECT * FROM discord_pass WHERE place = ? ORDER BY at DESC LIMIT 1"
_OF_PERSON = """
    SELECT * FROM discord_pass WHERE place = ? AND at > ? AND person = ? AND token <> '' ORDER BY at DESC LIMIT 20
"""
_UNHEARD = """
    SELECT * FROM discord_pass WHERE token <> '' AND at > ? AND opens = 1 AND line = ''
        AND event NOT IN (SELECT claim.event FROM claim WHERE platform = 'discord')
    ORDER BY at
"""
_CLAIM = "UPDATE discord_pass SET line = ? WHERE event = ? AND line IN ('', ?)"
_MESSAGE = "UPDATE discord_pass SET message = ?, hidden = ? WHERE event = ?"
_END = "UPDATE discord_pass SET token = '' WHERE event = ?"
_FOLLOWUP = "UPDATE discord_pass SET followups = followups - 1 WHERE event = ? AND followups > 0"
_NO_FOLLOWUPS = "UPDATE discord_pass SET followups = 0 WHERE event = ?"
_PICTURE = "INSERT INTO discord_picture (event, n, at, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_PICTURES = "SELECT data FROM discord_picture WHERE event = ? ORDER BY n"
_FORGET_PICTURES = "DELETE FROM discord_picture WHERE at < ?"
_FACT = "INSERT INTO discord_fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to answer that came with an interaction (``event``), made at ``at``.

    ``opens``: the answer is a new message of its own, else it is the pressed one. ``hidden``: only ``person`` sees it.
    ``posts``: Limner may also write in that place by itself. ``followups`` is how many more messages the pass is good
    for, ``file_limit`` how many bytes a file may have there.
    """

    event: str
    application: str
    token: str = field(repr=False)
    at: datetime
    tenant: str
    place: str
    person: str
    opens: bool
    hidden: bool
    posts: bool
    followups: int
    file_limit: int
    locale: str
    message: str = ""
    line: str = ""

    @property
    def is_guest(self) -> bool:
        """Whether Limner is only there because this person brought it."""
        return self.followups <= GUEST_FOLLOWUPS

    def lives(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return bool(self.token) and now - self.at < LASTS

    def free_for(self, key: str) -> bool:
        """Whether its own message carries no other line's words."""
        return self.opens and self.line in {"", key}


class Passes:
    """The memory, in the same database and through the same writer as the jobs."""

    def __init__(self, store: SqliteStore) -> None:
        self._database = store.database

    async def keep(self, new: Pass) -> None:
        """Store a pass, and drop what is too old to be of use."""
        await self._database.write([Statement(_KEEP, [_row(new)]), *_sweep(new.at)])

    async def sweep(self, now: datetime) -> None:
        """Drop what is too old to be of use."""
        await self._database.write(_sweep(now))

    async def of_event(self, event: str) -> Pass | None:
        """Return the pass that came with an interaction."""
        return _first(await self._database.fetch(_OF_EVENT, (event,)))

    async def on_message(self, message: str) -> Sequence[Pass]:
        """Return the passes whose answer is this message, the newest first."""
        return [_pass(row) for row in await self._database.fetch(_ON_MESSAGE, (message,))]

    async def at_place(self, place: str) -> Pass | None:
        """Return the newest pass of a place, alive or not: it says what holds there."""
        return _first(await self._database.fetch(_AT_PLACE, (place,)))

    async def of_person(self, place: str, person: str, now: datetime) -> Sequence[Pass]:
        """Return a person's living passes in a place, the newest first."""
        rows = await self._database.fetch(_OF_PERSON, (place, stamp(now - LASTS), person))
        return [_pass(row) for row in rows]

    async def unheard(self, now: datetime) -> Sequence[Pass]:
        """Return the living passes of what was received and then lost: nothing of it was done or will be said."""
        return [_pass(row) for row in await self._database.fetch(_UNHEARD, (stamp(now - LASTS),))]

    async def claim(self, event: str, line: str) -> bool:
        """Let a pass's message carry this line's words; return whether it is free for them."""
        try:
            await self._database.write([Statement(_CLAIM, [(line, event, line)], Conflict)])
        except Conflict:
            return False
        return True

    async def became(self, event: str, message: str, *, hidden: bool) -> None:
        """Note which message a pass's answer is, and who sees it."""
        await self._database.write([Statement(_MESSAGE, [(message, int(hidden), event)])])

    async def end(self, event: str) -> None:
        """Note that a pass is over."""
        await self._database.write([Statement(_END, [(event,)])])

    async def spend_followup(self, event: str, *, all_of_them: bool = False) -> None:
        """Note that one of the further messages of a pass was used, or that there are none left."""
        await self._database.write([Statement(_NO_FOLLOWUPS if all_of_them else _FOLLOWUP, [(event,)])])

    async def keep_pictures(self, event: str, pictures: Sequence[bytes], at: datetime) -> None:
        """Store the pictures that were chosen with an interaction."""
        rows = [(event, n, stamp(at), data) for n, data in enumerate(pictures)]
        await self._database.write([Statement(_PICTURE, rows)])

    async def pictures(self, event: str) -> Sequence[bytes]:
        """Return the pictures that were chosen with an interaction."""
        return [bytes(row["data"]) for row in await self._database.fetch(_PICTURES, (event,))]

    async def fact(self, name: str) -> str:
        """Return a fact about our application, or nothing."""
        rows = await self._database.fetch("SELECT value FROM discord_fact WHERE name = ?", (name,))
        return "".join(row["value"] for row in rows)

    async def keep_fact(self, name: str, value: str) -> None:
        """Store a fact about our application."""
        await self._database.write([Statement(_FACT, [(name, value)])])


def _sweep(now: datetime) -> list[Statement]:
    over, old, pictures = now - LASTS - timedelta(minutes=1), now - KEPT, now - PICTURES_KEPT
    return [
        Statement(_BLANK, [(stamp(over),)]),
        Statement(_FORGET, [(stamp(old),)]),
        Statement(_FORGET_PICTURES, [(stamp(pictures),)]),
    ]


def _row(new: Pass) -> tuple[str | int, ...]:
    who = (new.event, new.application, new.token, stamp(new.at), new.tenant, new.place, new.person)
    what = (int(new.opens), int(new.hidden), int(new.posts), new.followups, new.file_limit)
    return (*who, *what, new.locale, new.message, new.line)


def _pass(row: sqlite3.Row) -> Pass:
    return Pass(
        event=row["event"],
        application=row["application"],
        token=row["token"],
        at=moment(row["at"]),
        tenant=row["tenant"],
        place=row["place"],
        person=row["person"],
        opens=bool(row["opens"]),
        hidden=bool(row["hidden"]),
        posts=bool(row["posts"]),
        followups=row["followups"],
        file_limit=row["file_limit"],
        locale=row["locale"],
        message=row["message"],
        line=row["line"],
    )


def _first(rows: Sequence[sqlite3.Row]) -> Pass | None:
    return next((_pass(row) for row in rows), None)
