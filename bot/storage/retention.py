"""What may be forgotten, and when. What is owed, what was paid and what is open is never forgotten."""

from datetime import datetime

from bot.storage.database import Database
from bot.storage.rows import stamp
from bot.storage.writer import Statement

CHUNK = 500
"""Rows deleted in one transaction, so that nobody waits long behind a large clean-up."""

_SWEEPS = (
    (
        "SELECT count(*) AS n FROM claim WHERE at < ?",
        """
        DELETE FROM claim WHERE (platform, tenant, event)
            IN (SELECT platform, tenant, event FROM claim WHERE at < ? LIMIT ?)
        """,
    ),
    (
        "SELECT count(*) AS n FROM settled_upload WHERE at < ?",
        "DELETE FROM upload WHERE id IN (SELECT id FROM settled_upload WHERE at < ? LIMIT ?)",
    ),
    (
        "SELECT count(*) AS n FROM settled_line WHERE ended_at < ?",
        "DELETE FROM line WHERE seq IN (SELECT seq FROM settled_line WHERE ended_at < ? LIMIT ?)",
    ),
)
"""For handled events, uploaded pictures and said lines: how many are old, and how some of them go."""


async def prune(database: Database, before: datetime) -> int:
    """Delete the handled events, unused pictures and said lines from before; return how many rows that was.

    An event that is delivered again after its claim is gone would count again, so ``before`` has to be further back
    than any platform redelivers (Feishu: 6 hours).
    """
    deleted = 0
    for count, delete in _SWEEPS:
        old = sum(row["n"] for row in await database.fetch(count, (stamp(before),)))
        for _ in range(0, old, CHUNK):
            await database.write([Statement(delete, [(stamp(before), CHUNK)])])
        deleted += old
    return deleted
