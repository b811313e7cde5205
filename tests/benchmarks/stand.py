"""The test stand: the sandbox as a second process with its running orders, and the measuring processes, one by one."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bot.core.order import settle
from providers.contract import Order, ProviderSettings, Secret
from providers.ima_studio.models import RECOMMENDED
from providers.ima_studio.provider import ImaStudio
from providers.ima_studio.purchase import Purchase
from providers.models import Task
from providers.sandbox.faults import Fault
from providers.sandbox.server import APP_KEY, KEY
from tests.benchmarks.case import CASE, LATENCY, READING, Case, Reading
from tests.benchmarks.floors import HEADERS
from tests.benchmarks.gauge import SERVER_CORE, pin, resident_bytes

LIMNER = Path(sys.executable).with_name("limner")
TASK = Task.TEXT_TO_VIDEO
CREATE = "/ima/open/v1/tasks/create"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Stand:
    """A running sandbox, and a folder for everything."""

    def __init__(self, folder: Path, provider: str) -> None:
        self.provider = provider
        self._folder = folder
        self._refs = folder / "orders"
        self._count = 0

    def run(self, runs: str, jobs: int = 0, **details: float) -> Reading:
        """Run one measurement in a process of its own."""
        return self.read(self.case(runs, jobs, **details))

    def case(self, runs: str, jobs: int = 0, *, window: float = 0.0, interval: float = 8.0, presses: float = 0) -> Case:
        """Return a measurement with an empty folder of its own."""
        self._count += 1
        home = self._folder / f"{self._count:02}"
        home.mkdir()
        return Case(runs, jobs, window, self.provider, self._refs, home, interval, int(presses))

    def read(self, case: Case) -> Reading:
        """Run a measurement in a process of its own."""
        command = (sys.executable, "-m", "tests.benchmarks.child")
        done = subprocess.run(command, input=CASE.dump_json(case), stdout=subprocess.PIPE, check=True)
        return READING.validate_json(done.stdout)

    def order(self, count: int) -> None:
        """Place orders that go on for ever, and let every question about one take its time."""
        self._fault(Fault(fault="stuck", times=None))
        self._refs.write_text("\n".join(asyncio.run(_ordered(self.provider, count))), encoding="ascii")
        self._fault(Fault(fault="slow", endpoint="detail", times=None, lasting=LATENCY))

    def _fault(self, fault: Fault) -> None:
        line, body = HTTPConnection(urlsplit(self.provider).netloc), fault.model_dump_json(exclude_defaults=True)
        with contextlib.closing(line):
            line.request("POST", "/sandbox/faults", body, {"Content-Type": "application/json"})
            answer = line.getresponse().read()
            assert b"ordered" in answer, answer


@contextlib.contextmanager
def stand() -> Iterator[Stand]:
    """Start the sandbox in a second process, on its own core where there is one."""
    with TemporaryDirectory(prefix="limner-bench-") as name:
        folder = Path(name)
        command = [str(LIMNER), "sandbox", "--port", "0", "--speed", "1000", "--home", str(folder / "sandbox")]
        with _process(command) as (sandbox, said):
            pin(sandbox.pid, SERVER_CORE)
            yield Stand(folder, said)


def help_seconds(times: int) -> list[float]:
    """Return how long ``limner --help`` takes, several times; the first one is not counted."""
    taken = []
    for _ in range(times + 1):
        begun = time.perf_counter()
        subprocess.run([str(LIMNER), "--help"], stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - begun)
    return taken[1:]


def demo_bytes(idle: float) -> int:
    """Return what a demo holds in memory that nobody talks to, ``idle`` seconds after it is ready."""
    with TemporaryDirectory(prefix="limner-bench-") as home:
        command = [str(LIMNER), "demo", "--port", "0", "--sandbox-port", "0", "--home", home]
        with _process(command) as (demo, _):
            time.sleep(idle)
            return resident_bytes(demo.pid)


@contextlib.contextmanager
def _process(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a program until the block ends; give it and the address that it says it is at."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIMNER_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, map(_ADDRESS.search, process.stdout)), None)
            assert found is not None, f"{command[1]} ended before it was ready"
            yield process, found[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)


async def _ordered(provider: str, count: int) -> list[str]:
    """Place one order many times and return the provider's names of them."""
    body = await _order_body(provider)
    line = HTTPConnection(urlsplit(provider).netloc)
    names = []
    with contextlib.closing(line):
        for _ in range(count):
            line.request("POST", CREATE, body, HEADERS)
            names.append(str(json.loads(line.getresponse().read())["data"]["id"]))
    return names


async def _order_body(provider: str) -> bytes:
    """Let the adapter write the order, as it would for its own paid call."""
    settings = ProviderSettings(
        key=Secret(KEY),
        now=lambda: datetime.now(UTC),
        nonce=lambda: "0",
        base_url=f"{provider}/ima",
        upload_url=f"{provider}/ima-upload",
        app_key=Secret(APP_KEY),
    )
    studio = ImaStudio(settings)
    try:
        spec = next(s for s in await studio.models(TASK) if s.id == RECOMMENDED[TASK])
        order = Order(TASK, spec.id, "a puppy runs across a meadow", settle(spec, {}))
        return Purchase.of(order, studio._catalogues[order.task].products[spec.id]).body()
    finally:
        await studio.close()
