"""One window of steady polling, measured: polls by the provider's own count, CPU, memory. Who polls is elsewhere."""

import asyncio
import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.benchmarks.case import Case, Reading
from tests.benchmarks.gauge import cpu_seconds, private_bytes

WARM_UP = 2.0
"""Seconds for connections and caches after every job has its place in the interval."""


async def measure(case: Case, memory_before: int) -> Reading:
    """Return the polls answered in a window, what they cost, and the memory that came since ``memory_before``."""
    await asyncio.sleep(WARM_UP)
    polls, cpu = _polls(case), cpu_seconds()
    await asyncio.sleep(case.window)
    cpu, polls = cpu_seconds() - cpu, _polls(case) - polls
    return Reading(polls=polls, cpu=cpu, memory=private_bytes() - memory_before)


def _polls(case: Case) -> int:
    """Ask the provider how many polls it has had; it blocks for a millisecond, outside of what is measured."""
    line = HTTPConnection(urlsplit(case.provider).netloc)
    try:
        line.request("GET", "/sandbox/requests")
        counts = json.loads(line.getresponse().read())
    finally:
        line.close()
    return int(counts.get("ima.detail", 0))
