"""The same with real processes: SIGKILL at any moment, faults at the provider, and a second process that must refuse.

People are clients of the web chat (``tests/stories/test_kills.py``), the provider is the sandbox with its own ledger.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from typing_extensions import override

from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import APP_KEY, KEY, Sandbox
from tests.chaos.episode import overheard
from tests.stories.test_kills import SPEED, Person, Service, free_port

SMALL = 40
"""Kills of one run; ``make crash`` makes a hundred more, without faults."""

AT_ONCE = 4
LONGEST_LIFE = 0.9
LONGEST_END = 120.0
MISHAPS = (
    *("", "", ""),
    *("lost-answer", "lost-request", "html", "truncated", "elsewhere", "drip lasting=0.05", "500 committed=true"),
    *("401 on=detail times=2", "429 on=detail times=3 retry_after=1", "too-big on=detail times=1", "4008", "6010"),
    *("failed reason=policy", "deleted", "no-url lasting=60"),
)


@dataclass(slots=True)
class Kills:
    """What came of the real kills."""

    kills: int = 0
    told: Counter[str] = field(default_factory=Counter)
    charges: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """Return what is printed."""
        ends = " + ".join(f"{count} {name}" for name, count in self.told.most_common())
        return (
            ("kills", f"{self.kills}, a second process refused {self.refused} times"),
            ("orders = their ends", f"{self.told.total()} = {ends}"),
            ("charges", f"{self.charges}"),
        )


class Guest(Person):
    """Somebody whose order has a mishap, and who knows an unhappy end when it comes."""

    def __init__(self, url: str, number: int, mishap: str) -> None:
        super().__init__(url, number)
        self.prompt = f"puppy-{number:05d} [sandbox: {mishap}]" if mishap else f"puppy-{number:05d}"

    @override
    async def live(self) -> list[dict[str, Any]]:
        """Go the whole way and return the messages of the end."""
        await self._surely(self.visitor.load, self.channel)
        await self._post("messages", {"event": self._event(1), "text": f"/video {self.prompt}"})
        confirm = await self._until(_confirm)
        await self._post("press", {"event": self._event(2), "action": confirm})
        messages: list[dict[str, Any]] = await self._until(_over)
        return messages


def _confirm(messages: list[dict[str, Any]]) -> str:
    codes = [b["action"] for m in messages if m["card"] for b in m["card"]["buttons"]]
    return next((code for code in codes if "|confirm|" in code), "")


def _over(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ends = (".link.0", ".doubt", ".sorry")
    return messages if any(m["id"].endswith(ends) for m in messages) else []


def kill_processes(seed: int, kills: int) -> Kills:
    """Kill the service that often while people order, and return what came of it."""
    # Overheard and dropped: the sandbox logs every fault it makes.
    with tempfile.TemporaryDirectory(prefix="chaos-kills-") as home, overheard():
        return asyncio.run(_kill(Random(f"{seed}.kills"), kills, Path(home)))


async def _kill(chance: Random, kills: int, home: Path) -> Kills:
    sandbox = Sandbox(home=home / "sandbox", clock=ScaledClock(SPEED))
    await sandbox.start()
    service = Service(home, sandbox.base_url, free_port())
    found, people = Kills(kills=kills), list[Guest]()
    running: set[asyncio.Task[Any]] = set()
    try:
        for number in range(kills):
            await service.start()
            while len(running) < AT_ONCE:
                people.append(Guest(service.url, len(people), chance.choice(MISHAPS)))
                running.add(asyncio.create_task(people[-1].live()))
            if number % 5 == 0:
                found.refused += await _start_beside(home, sandbox.base_url)
            _, running = await asyncio.wait(running, timeout=chance.uniform(0.0, LONGEST_LIFE))
            await service.kill()
        await service.start()
        await asyncio.wait_for(asyncio.gather(*running), LONGEST_END)
        screens = [await person.messages() for person in people]
        _account(found, people, screens, sandbox)
        _leaks(found, home, screens)
    finally:
        await service.kill()
        service.close()
        for person in people:
            await person.visitor.session.close()
        await sandbox.close()
    return found


async def _start_beside(home: Path, sandbox: str) -> bool:
    """Start a second process on the same database; it has to end by itself and say why."""
    command = (sys.executable, "-m", "tests.stories.victim", str(home), sandbox, str(free_port()), str(SPEED))
    second = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, words = await asyncio.wait_for(second.communicate(), LONGEST_END)
    return second.returncode != 0 and b"in use by another Limner" in words


def _account(found: Kills, people: list[Guest], screens: list[list[dict[str, Any]]], sandbox: Sandbox) -> None:
    charges = Counter(charge.prompt for charge in sandbox.ledger.charges)
    found.charges = charges.total()
    for person, screen in zip(people, screens, strict=True):
        ids = [message["id"] for message in screen]
        ends = {what: sum(i.endswith(f".{what}") for i in ids) for what in ("result", "doubt", "sorry")}
        paid = sum(count for prompt, count in charges.items() if f"puppy-{person.number:05d}" in prompt)
        if len(ids) != len(set(ids)) or sum(ends.values()) != 1:
            found.wrong.append(f"{person.prompt}: told {ends}")
        if paid > 1 or (ends["result"] and not paid):
            found.wrong.append(f"{person.prompt}: {paid} charges, told {ends}")
        found.told.update(what for what, count in ends.items() if count)
    if sandbox.gate.requests["ima.create"] > len(people):
        found.wrong.append(f"{len(people)} orders, {sandbox.gate.requests['ima.create']} paid requests")


def _leaks(found: Kills, home: Path, screens: list[list[dict[str, Any]]]) -> None:
    kept = "".join(path.read_bytes().decode("latin-1") for path in sorted(home.glob("limner.db*")))
    places = {"the log": (home / "victim.log").read_text(), "the database": kept, "the screens": str(screens)}
    found.wrong += [f"a secret in {name}" for name, text in places.items() for key in (KEY, APP_KEY) if key in text]
