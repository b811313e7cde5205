"""The floor of the burst: Limner's long connection in a process of its own that takes every event and writes nothing.

Where to connect comes as one line of JSON on standard input; it ends with that.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from random import Random

from bot import logs
from bot.clock import WallClock
from bot.platforms.feishu.client import Application, Client
from bot.platforms.feishu.connection import Connection
from bot.platforms.feishu.wire import Json
from providers.contract import Secret
from tests.benchmarks.gauge import CLIENT_CORE, pin


async def take(_event: Mapping[str, object]) -> Json | None:
    """Take an event and forget it."""
    return None


async def receive(order: Mapping[str, str]) -> None:
    """Be connected until nobody needs it any more."""
    client = Client(Application(order["id"], Secret(order["secret"]), order["domain"]), WallClock())
    connection = Connection(client, take, WallClock(), Random(1))
    connection.open()
    await asyncio.to_thread(sys.stdin.read)
    await connection.close()
    await client.close()


if __name__ == "__main__":
    pin(0, CLIENT_CORE)
    logs.configure("warning", "console")
    asyncio.run(receive(json.loads(sys.stdin.readline())))
