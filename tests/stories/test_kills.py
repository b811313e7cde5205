"""A hundred real SIGKILLs at random moments: nobody pays twice, nothing paid is lost, nobody is left in silence.

The person is a client of the web chat, the provider a sandbox with its own ledger; both live on while the service dies
and starts again on the same files. ``LIMNER_KILLS`` and ``LIMNER_KILL_SEED`` change how often and when.
"""

import asyncio
import contextlib
import os
import socket
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from bot.core import actions
from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import Sandbox
from tests.fakes.web_visitor import WebVisitor

KILLS = int(os.environ.get("LIMNER_KILLS", "100"))
SEED = int(os.environ.get("LIMNER_KILL_SEED", "20261120"))
SPEED = 400.0
AT_ONCE = 4
LONGEST_LIFE = 0.9
PATIENCE = 120.0


class Person:
    """Somebody who asks for one video, presses Confirm and waits for the end; a dead page is tried again."""

    def __init__(self, url: str, number: int) -> None:
        self.prompt = f"puppy number {number}"
        self.channel = f"room-{number}"
        self.visitor = WebVisitor(url)
        self.number = number

    async def live(self) -> list[dict[str, Any]]:
        """Go the whole way and return the messages of the end."""
        await self._surely(self.visitor.load, self.channel)
        await self._post("messages", {"event": self._event(1), "text": f"/video {self.prompt}"})
        confirm = await self._until(lambda messages: _button(messages, actions.Verb.CONFIRM))
        await self._post("press", {"event": self._event(2), "action": confirm})
        messages: list[dict[str, Any]] = await self._until(_end)
        return messages

    async def messages(self) -> list[dict[str, Any]]:
        """Return what is on the page."""
        url = f"{self.visitor.url}/c/{self.channel}/messages?before=999999999"
        async with self.visitor.session.get(url) as answer:
            answer.raise_for_status()
            return list((await answer.json())["messages"])

    def _event(self, step: int) -> str:
        return f"{self.number:016x}{step:016x}"

    async def _post(self, path: str, body: dict[str, str]) -> None:
        async def post() -> None:
            status, answer = await self.visitor.post(f"/c/{self.channel}/{path}", body)
            if status != 200:
                raise aiohttp.ClientConnectionError(str(answer))

        await self._surely(post)

    async def _surely(self, act: Any, *args: str) -> Any:
        """Do it again with the same event until an answer came: that is what the page does."""
        while True:
            try:
                return await asyncio.wait_for(act(*args), 5)
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(0.02)

    async def _until(self, wanted: Any) -> Any:
        while True:
            found = wanted(await self._surely(self.messages))
            if found:
                return found
            await asyncio.sleep(0.05)


def _button(messages: list[dict[str, Any]], verb: actions.Verb) -> str:
    codes = [b["action"] for m in messages if m["card"] for b in m["card"]["buttons"]]
    return next((code for code in codes if f"|{verb.value}|" in code), "")


def _end(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages of an end: the link after a result, or the honest word about a doubt."""
    link = [m for m in messages if m["id"].endswith(".link.0")]
    doubt = [m for m in messages if m["id"].endswith(".doubt")]
    return messages if link or doubt else []


class Service:
    """The process that is killed and started again."""

    def __init__(self, home: Path, sandbox: str, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._args = (str(home), sandbox, str(port), str(SPEED))
        self._log = (home / "victim.log").open("ab")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start and wait until it answers."""
        command = (sys.executable, "-m", "tests.stories.victim", *self._args)
        self._process = await asyncio.create_subprocess_exec(*command, stdout=self._log, stderr=self._log)
        async with aiohttp.ClientSession() as session:
            while True:
                assert self._process.returncode is None, "the service did not start; see victim.log"
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.02)

    async def stop(self) -> int:
        """SIGTERM; return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    def close(self) -> None:
        """Close the log."""
        self._log.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.crash
async def test_a_hundred_kills_charge_nobody_twice_and_lose_nothing(tmp_path: Path) -> None:
    """Every confirmed order ends in one charge with its result delivered once, or in an honest doubt."""
    chance = Random(SEED)
    sandbox = Sandbox(home=tmp_path / "sandbox", clock=ScaledClock(SPEED))
    await sandbox.start()
    service = Service(tmp_path, sandbox.base_url, free_port())
    people: list[Person] = []
    ends: dict[int, list[dict[str, Any]]] = {}
    running: dict[asyncio.Task[list[dict[str, Any]]], int] = {}
    for _ in range(KILLS):
        await service.start()
        while len(running) < AT_ONCE:
            person = Person(service.url, len(people))
            people.append(person)
            running[asyncio.create_task(person.live())] = person.number
        done, _ = await asyncio.wait(running, timeout=chance.uniform(0.0, LONGEST_LIFE))
        await service.kill()
        ends |= {running.pop(task): task.result() for task in done}
    await service.start()
    await asyncio.wait_for(asyncio.gather(*running), PATIENCE)
    finals = {person.number: await person.messages() for person in people}
    await service.kill()
    service.close()
    for person in people:
        await person.visitor.session.close()
    charges = Counter(charge.prompt for charge in sandbox.ledger.charges)
    await sandbox.close()
    _account(people, finals, charges)


def _account(people: list[Person], finals: dict[int, list[dict[str, Any]]], charges: Counter[str]) -> None:
    told: Counter[str] = Counter()
    for person in people:
        ids = [m["id"] for m in finals[person.number]]
        assert len(ids) == len(set(ids))
        results, doubts = (sum(i.endswith(what) for i in ids) for what in (".result", ".doubt"))
        assert charges[person.prompt] <= 1, f"{person.prompt} was charged {charges[person.prompt]} times"
        assert results + doubts == 1, f"{person.prompt}: {results} results, {doubts} doubts"
        if results:
            assert charges[person.prompt] == 1
            assert sum(i.endswith(".link.0") for i in ids) == 1
        told["delivered" if results else "told in doubt"] += 1
    print(  # noqa: T201 - the figure this test is for
        f"\n{KILLS} kills, {len(people)} orders: {told['delivered']} delivered, {told['told in doubt']} told in doubt, "
        f"{sum(charges.values())} charges, 0 charged twice, 0 paid and lost"
    )
