"""A process that saves orders until it is killed, and says each one that the store has acknowledged."""

import asyncio
import itertools
import sys
from pathlib import Path

from bot.core.ledger import EntryKind, entry
from bot.engine.ports import Change, Claim
from bot.storage.sqlite import SqliteStore
from tests.storage.samples import NOW, a_job, a_line, now


async def _order(store: SqliteStore, names: "itertools.count[int]") -> None:
    for number in names:
        job = a_job(f"j{number}")
        line, claim = a_line(f"k{number}", job=job.id), Claim("web", "house", job.id, NOW)
        await store.save(Change(job, lines=(line,), claim=claim, entries=(entry(job, EntryKind.RESERVED, NOW),)))
        sys.stdout.write(f"{job.id}\n")
        sys.stdout.flush()


async def _main(path: Path) -> None:
    store = await SqliteStore.open(path, now)
    names = itertools.count()
    await asyncio.gather(*(_order(store, names) for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
