"""``make bench``: measure floors and Limner in turn and print what came out. How each is measured is next door."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from rich.console import Console

from tests.benchmarks.case import INTERVAL, Reading
from tests.benchmarks.figures import Figure, keep, show
from tests.benchmarks.gauge import percentile
from tests.benchmarks.stand import Stand, demo_bytes, help_seconds, stand

ENOUGH = 0.98
"""The share of due polls that counts as keeping up; a little is lost at the edges of a window."""

_told = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. ``rounds`` is how often floors and Limner take turns."""

    few: int = 1_000
    many: int = 5_000
    interval: float = INTERVAL
    window: float = INTERVAL
    rounds: int = 3
    presses: int = 300
    idle: float = 5.0


QUICK = Plan(few=200, many=1_000, interval=2.0, window=2.0, rounds=1, presses=50, idle=1.0)


@dataclass(slots=True)
class Turns:
    """What floors and Limner needed with so many jobs, in the order they were measured."""

    jobs: int
    due: float
    aiohttp: list[Reading]
    httpx: list[Reading]
    limner: list[Reading]

    @property
    def httpx_keeps_up(self) -> bool:
        """Whether the httpx loop got its polls done; if not, its CPU time says nothing."""
        return all(reading.polls >= ENOUGH * self.due for reading in self.httpx)


def take_turns(at: Stand, plan: Plan, jobs: int) -> Turns:
    """Measure A B C A B C. The httpx loop runs once where it is near its end: it only shows whether it keeps up."""
    turns = Turns(jobs, at.case("", jobs, window=plan.window, interval=plan.interval).due, [], [], [])
    for number in range(plan.rounds):
        for name, runs, taken in (
            ("aiohttp", "floors.bare_aiohttp", turns.aiohttp),
            ("httpx", "floors.bare_httpx", turns.httpx),
            ("Limner", "subject.polling", turns.limner),
        ):
            if name == "httpx" and number and jobs == plan.many:
                continue
            reading = at.run(runs, jobs, window=plan.window, interval=plan.interval)
            taken.append(reading)
            cost = f"{reading.cpu_per_poll * 1e6:.0f} µs CPU per poll, {reading.polls} of {turns.due:.0f} polls"
            _told.print(f"  {jobs} jobs, round {number + 1}, {name}: {cost}")
    return turns


def polling(turns: Turns) -> Iterator[Figure]:
    """Yield what a poll costs."""
    yield _cpu(turns, "aiohttp", turns.aiohttp, 1.25)
    if turns.httpx_keeps_up:
        yield _cpu(turns, "httpx", turns.httpx, 0.4)
    kept = [reading.polls / turns.due for reading in turns.limner]
    floor = min(reading.polls / turns.due for reading in turns.httpx)
    yield Figure(
        f"polls kept, {turns.jobs} jobs (floor: httpx)",
        f"{floor:.0%}",
        f"{min(kept):.0%}",
        min(kept),
        ENOUGH,
        least=True,
        spread=tuple(kept),
    )


def keeping(turns: Turns) -> Iterator[Figure]:
    """Yield what a pending job costs: memory, and rows written while nothing happens."""
    if all(reading.memory > 0 for reading in turns.aiohttp):
        floors = [reading.memory / turns.jobs for reading in turns.aiohttp]
        ours = [reading.memory / turns.jobs for reading in turns.limner]
        ratios = _ratios(floors, ours)
        told = (f"{median(floors) / 1024:.1f} kB", f"{median(ours) / 1024:.1f} kB")
        yield Figure("memory per pending job (floor: aiohttp)", *told, median(ratios), 2.5, spread=ratios)
    rows = [reading.rows / reading.polls for reading in turns.limner]
    told = ("0", str(max(reading.rows for reading in turns.limner)))
    yield Figure("rows written per poll", *told, max(rows), 0.0, spread=tuple(rows))


def accepting(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield how long people wait until what they said is safe."""
    floor = at.run("floors.bare_commit", presses=plan.presses).proposals
    ours = at.run("subject.accepting", plan.few, interval=plan.interval, presses=plan.presses)
    for name, taken in (("order noted", ours.proposals), ("yes noted", ours.confirmations)):
        yield Figure(
            f"{name}, p99 at {plan.few} jobs (floor: a commit)",
            f"{percentile(floor, 0.99) * 1e3:.1f} ms",
            f"p50 {percentile(taken, 0.5) * 1e3:.1f} ms",
            percentile(taken, 0.99) * 1e3,
            5.0,
            " ms",
        )


def starting(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield how long a start takes: of the service with many open jobs, and of the command line."""
    filled = at.case("subject.filling", plan.many, interval=plan.interval)
    at.read(filled)
    firsts = [at.read(replace(filled, runs="subject.starting")).first_poll for _ in range(plan.rounds)]
    name = f"start with {plan.many} open jobs to the first poll"
    yield Figure(name, "-", "", median(firsts), 1.0, " s", spread=tuple(firsts))
    helps = help_seconds(3 * plan.rounds)
    yield Figure("limner --help", "-", "", median(helps), 0.3, " s", spread=tuple(helps))
    resident = demo_bytes(plan.idle)
    if resident:
        yield Figure("memory of an idle demo", "-", "", resident / 1e6, 120.0, " MB")


def measured(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield every figure as it is known."""
    at.order(plan.many)
    few, many = (take_turns(at, plan, jobs) for jobs in (plan.few, plan.many))
    yield from polling(few)
    yield from polling(many)
    yield from keeping(many)
    yield from accepting(at, plan)
    yield from starting(at, plan)


def main() -> int:
    """Run the benchmark and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small windows: does it run, not how fast is it")
    parser.add_argument("--rounds", type=int, help="how often floors and Limner take turns")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when an aim is missed")
    chosen = parser.parse_args()
    plan = QUICK if chosen.quick else Plan()
    plan = replace(plan, rounds=chosen.rounds or plan.rounds)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else the sandbox would live on
    with stand() as at:
        figures = list(measured(at, plan))
    show(figures)
    if chosen.json is not None:
        keep(figures, chosen.json)
    return int(chosen.strict and not all(figure.met for figure in figures))


def _cpu(turns: Turns, name: str, floors: Sequence[Reading], aim: float) -> Figure:
    ratios = _ratios([r.cpu_per_poll for r in floors], [r.cpu_per_poll for r in turns.limner])
    return Figure(
        f"CPU per poll, {turns.jobs} jobs (floor: {name})",
        f"{median(r.cpu_per_poll for r in floors) * 1e6:.0f} µs",
        f"{median(r.cpu_per_poll for r in turns.limner) * 1e6:.0f} µs",
        median(ratios),
        aim,
        spread=ratios,
    )


def _ratios(floors: Sequence[float], ours: Sequence[float]) -> tuple[float, ...]:
    """Return ours to floor, round by round, as far as both were measured."""
    return tuple(our / floor for floor, our in zip(floors, ours, strict=False))


if __name__ == "__main__":
    sys.exit(main())
