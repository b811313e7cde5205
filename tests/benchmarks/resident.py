"""Limner in a process of its own, in one chat only: the service of ``limner run`` without the web chat.

Its settings file is its argument, with the names of modules that it must never import. It says a word when it has
started and ends when its standard input does.
"""

import asyncio
import sys
from pathlib import Path

from bot import logs
from bot.app import serve
from bot.cli import collect_rarely
from bot.settings import load
from bot.world import World
from tests.benchmarks.gauge import CLIENT_CORE, pin


async def live(config: Path) -> None:
    """Serve until nobody needs it any more."""
    async with serve(load(config), World.real()):
        sys.stdout.write("started\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    pin(0, CLIENT_CORE)
    collect_rarely()
    logs.configure("warning", "console")
    asyncio.run(live(Path(sys.argv[1])))
    sys.exit(sum(name in sys.modules for name in sys.argv[2:]))
