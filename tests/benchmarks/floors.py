"""The floors: the least that can be written to poll, and to commit. Nothing of Limner is in them."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import aiosqlite
import httpx
from pydantic import BaseModel

from providers.sandbox.server import KEY
from tests.benchmarks.case import Case, Reading
from tests.benchmarks.gauge import private_bytes
from tests.benchmarks.window import measure

HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "x-app-source": "ima_skills"}
DETAIL = "/ima/open/v1/tasks/detail"

Look = Callable[[str], Awaitable[bytes]]


class _Media(BaseModel):
    resource_status: int | None = None
    status: str = ""
    url: str = ""


class _Detail(BaseModel):
    status: str = ""
    medias: list[_Media] = []


class _Answer(BaseModel):
    code: int
    data: _Detail


async def bare_aiohttp(case: Case) -> Reading:
    """One task per job over one aiohttp session as it comes; it ends with the process."""
    session = aiohttp.ClientSession(headers=HEADERS)

    async def look(ref: str) -> bytes:
        async with session.post(case.provider + DETAIL, data=json.dumps({"task_id": ref})) as answer:
            return await answer.read()

    return await _loop(case, look)


async def bare_httpx(case: Case) -> Reading:
    """One task per job over one httpx client as it comes; it ends with the process."""
    client = httpx.AsyncClient(headers=HEADERS)

    async def look(ref: str) -> bytes:
        answer = await client.post(case.provider + DETAIL, content=json.dumps({"task_id": ref}))
        return answer.content

    return await _loop(case, look)


async def _loop(case: Case, look: Look) -> Reading:
    names = case.names()
    await look(names[0])
    chance = random.Random(1)
    before = private_bytes()
    tasks = [asyncio.create_task(_poll(look, ref, case.interval, chance.random())) for ref in names]
    reading = await measure(case, before)
    assert not any(task.done() for task in tasks), "a loop ended"
    return reading


async def _poll(look: Look, ref: str, interval: float, phase: float) -> None:
    await asyncio.sleep(interval * phase)
    while True:
        with contextlib.suppress(httpx.HTTPError, aiohttp.ClientError):
            _Answer.model_validate_json(await look(ref))
        await asyncio.sleep(interval)


async def bare_commit(case: Case) -> Reading:
    """One durable row at a time in an empty SQLite file."""
    taken: list[float] = []
    async with aiosqlite.connect(Path(case.home) / "floor.db", isolation_level=None) as database:
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = FULL")
        await database.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, data TEXT NOT NULL)")
        for _ in range(case.presses):
            begun = time.perf_counter()
            await database.execute("BEGIN IMMEDIATE")
            await database.execute("INSERT INTO row (data) VALUES (?)", ("x" * 1000,))
            await database.execute("COMMIT")
            taken.append(time.perf_counter() - begun)
    return Reading(proposals=taken)
