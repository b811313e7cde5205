"""Sends to many chats at once, over a bare httpx client and over Limner's in turns, and tells how long each turn took.

What to send where comes as JSON on standard input. It is a process of its own, so that Feishu has another core.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from bot.clock import WallClock
from bot.platforms.feishu import wire
from bot.platforms.feishu.client import Application, Call, Client
from bot.platforms.feishu.wire import StoredMessage
from providers.contract import Secret

Send = Callable[[str], Awaitable[object]]


async def compare(order: Mapping[str, Any]) -> Mapping[str, list[float]]:
    """Take turns; the first turn of each opens the connections and is not counted."""
    app = Application(order["id"], Secret(order["secret"]), order["domain"])
    client = Client(app, WallClock())
    try:
        async with httpx.AsyncClient(trust_env=False) as bare:
            token = (await client._fetch_token()).tenant_access_token
            address = f"{app.domain}{wire.API}{wire.MESSAGES}"

            async def barely(chat: str) -> object:
                headers = {"Authorization": f"Bearer {token}"}
                answer = await bare.post(
                    address, params={"receive_id_type": "chat_id"}, json=_body(chat), headers=headers
                )
                return answer.json()["data"]["message_id"]

            async def ours(chat: str) -> object:
                return await client.ask(
                    Call("POST", wire.MESSAGES, {"receive_id_type": "chat_id"}, _body(chat)), StoredMessage
                )

            taken: dict[str, list[float]] = {"httpx": [], "limner": []}
            for _ in range(order["turns"] + 1):
                for name, send in (("httpx", barely), ("limner", ours)):
                    taken[name].append(await _together(send, order["chats"]))
            return {name: turns[1:] for name, turns in taken.items()}
    finally:
        await client.close()


async def _together(send: Send, chats: list[str]) -> float:
    begun = time.perf_counter()
    await asyncio.gather(*(send(chat) for chat in chats))
    return time.perf_counter() - begun


def _body(chat: str) -> dict[str, object]:
    content = json.dumps({"text": "a puppy runs across a meadow"})
    return {"receive_id": chat, "msg_type": "text", "content": content}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(compare(json.loads(sys.stdin.read())))))
