"""One measuring process: reads its case from standard input, runs it, writes its reading to standard output."""

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import cast

from tests.benchmarks.case import CASE, READING, Case, Reading
from tests.benchmarks.gauge import CLIENT_CORE, pin


async def run(case: Case) -> None:
    """Measure and report. The module of the case is imported here, so that a floor carries nothing of Limner."""
    module, _, function = case.runs.partition(".")
    measure = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)
    reading = await cast("Callable[[Case], Awaitable[Reading]]", measure)(case)
    sys.stdout.write(READING.dump_json(reading).decode())
    sys.stdout.flush()
    os._exit(0)  # a floor that has collapsed would take minutes to cancel its requests


if __name__ == "__main__":
    pin(0, CLIENT_CORE)
    asyncio.run(run(CASE.validate_json(sys.stdin.read())))
