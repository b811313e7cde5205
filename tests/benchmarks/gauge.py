"""Reading the machine's meters: CPU time, private memory, percentiles. What is being measured is not known here."""

import gc
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

CLIENT_CORE, SERVER_CORE = 0, 1
"""Who runs where: the measured process and its provider must not take each other's time."""

_ROLLUP = Path("/proc/self/smaps_rollup")


def pin(process: int, core: int) -> None:
    """Let a process (0 is this one) run on one core only, where the system can do that and has such a core."""
    if hasattr(os, "sched_setaffinity") and core < (os.cpu_count() or 1):
        os.sched_setaffinity(process, {core})


def cpu_seconds() -> float:
    """Return the CPU time of this process so far: user and system, every thread."""
    return time.process_time()


def cpu_seconds_of(process: int) -> float:
    """Return the CPU time of another process so far, all threads; 0 where the system does not tell."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    # The name may hold spaces; after it come the state and, as 12th and 13th, user and system time in ticks.
    fields = stat.read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def private_bytes() -> int:
    """Return the memory that belongs to this process alone, after a collection; 0 where the system does not tell."""
    gc.collect()
    if not _ROLLUP.exists():
        return 0
    lines = _ROLLUP.read_text("ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def resident_bytes(process: int) -> int:
    """Return the memory that a process holds, shared pages included; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0
    lines = status.read_text("ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
