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
    crowd: int = 2_000
    crowd_window: float = 20.0
    burst: int = 500


QUICK = Plan(
    few=200,
    many=1_000,
    interval=2.0,
    window=2.0,
    rounds=1,
    presses=50,
    idle=1.0,
    crowd=200,
    crowd_window=2.0,
    burst=100,
)


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
    readings = [at.read(replace(filled, runs="subject.starting")) for _ in range(plan.rounds)]
    firsts, stops = [reading.first_poll for reading in readings], [reading.stop for reading in readings]
    name = f"start with {plan.many} open jobs to the first poll"
    yield Figure(name, "-", "", median(firsts), 1.0, " s", spread=tuple(firsts))
    yield Figure(f"stop with {plan.many} open jobs", "-", "", median(stops), 5.0, " s", spread=tuple(stops))
    lined = replace(at.case("subject.filling", plan.many, interval=plan.interval), most_running=4)
    at.read(lined)
    firsts = [at.read(replace(lined, runs="subject.starting")).first_poll for _ in range(plan.rounds)]
    name = f"the same start, 4 of {plan.many} at work and the others in line"
    yield Figure(name, "-", "", median(firsts), 5.0, " s", spread=tuple(firsts))
    helps = help_seconds(3 * plan.rounds)
    yield Figure("limner --help", "-", "", median(helps), 0.3, " s", spread=tuple(helps))
    resident = demo_bytes(plan.idle)
    if resident:
        yield Figure("memory of an idle demo", "-", "", resident / 1e6, 120.0, " MB")


def crowding(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield how Limner in Discord takes a crowd: how soon everybody is acknowledged, and whether anybody is lost."""
    taken = []
    for number in range(plan.rounds):
        reading = at.run("crowd.asking", window=plan.crowd_window, presses=plan.crowd)
        taken.append(reading)
        acks, answers = (f"{percentile(w, 0.99) * 1e3:.1f}" for w in (reading.acks, reading.answers))
        cost = f"p99 {acks} ms to the ack, {answers} ms to the answer, {reading.lost} lost, {reading.refused} x 429"
        _told.print(f"  Discord, round {number + 1}: {cost}, {reading.cpu / plan.crowd_window:.0%} of a core")
    rate = f"at {plan.crowd / plan.crowd_window:.0f} interactions/s"
    slowest = tuple(percentile(reading.acks, 0.99) * 1e3 for reading in taken)
    middle = median(percentile(reading.acks, 0.5) for reading in taken) * 1e3
    yield Figure(
        f"Discord: acknowledged, p99 {rate}", "-", f"p50 {middle:.1f} ms", median(slowest), 100.0, " ms", spread=slowest
    )
    lost = tuple(float(reading.lost + reading.refused) for reading in taken)
    told = f"of {plan.rounds * plan.crowd}"
    yield Figure(f"Discord: lost or refused {rate}", "-", told, sum(lost), 0.0, spread=lost)
    resident = tuple(reading.resident / 1e6 for reading in taken)
    if all(resident):
        yield Figure("memory of an idle Discord process", "-", "", median(resident), 120.0, " MB", spread=resident)


def gathering(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield how Limner on Feishu takes a burst, how it sends to many chats at once, and what it holds in memory."""
    floors, bursts, sends = [], [], []
    for number in range(plan.rounds):
        floors.append(at.run("gathering.taking", presses=plan.burst))
        bursts.append(at.run("gathering.bursting", presses=plan.burst))
        sends.append(at.run("gathering.sending"))
        acks, answers = (f"{percentile(w, 0.99) * 1e3:.0f}" for w in (bursts[-1].acks, bursts[-1].answers))
        ours, bare = (f"{median(w) * 1e3:.0f}" for w in (sends[-1].sends, sends[-1].bare_sends))
        floor = f"{percentile(floors[-1].bare_acks, 0.99) * 1e3:.0f}"
        cost = f"p99 {acks} ms to the ack ({floor} with nothing written), {answers} ms to the answer"
        told = f"{cost}, {bursts[-1].lost} lost; 30 sends {ours} ms (httpx {bare} ms)"
        _told.print(f"  Feishu, round {number + 1}: {told}")
    slowest = tuple(percentile(reading.acks, 0.99) * 1e3 for reading in bursts)
    middle = median(percentile(reading.acks, 0.5) for reading in bursts) * 1e3
    floor = f"{median(percentile(reading.bare_acks, 0.99) for reading in floors) * 1e3:.0f} ms"
    name = f"Feishu: {plan.burst} events at once, p99 ack (floor: nothing written)"
    yield Figure(name, floor, f"p50 {middle:.0f} ms", median(slowest), 1000.0, " ms", spread=slowest)
    lost = tuple(float(reading.lost) for reading in bursts)
    yield Figure("Feishu: not acknowledged or not answered", "-", f"of {len(lost) * plan.burst}", sum(lost), 0.0)
    ratios = _ratios([median(r.bare_sends) for r in sends], [median(r.sends) for r in sends])
    bare, ours = (
        f"{median(median(taken) for taken in turns) * 1e3:.0f} ms"
        for turns in ([r.bare_sends for r in sends], [r.sends for r in sends])
    )
    yield Figure("Feishu: 30 parallel sends (floor: httpx)", bare, ours, median(ratios), 1.5, spread=ratios)
    for name, resident in (
        ("memory of an idle Feishu process", tuple(reading.resident / 1e6 for reading in bursts)),
        ("the same after the burst", tuple(reading.resident_after / 1e6 for reading in bursts)),
    ):
        if all(resident):
            yield Figure(name, "-", "", median(resident), 100.0, " MB", spread=resident)


def measured(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield every figure as it is known."""
    at.order(plan.many)
    few, many = (take_turns(at, plan, jobs) for jobs in (plan.few, plan.many))
    yield from polling(few)
    yield from polling(many)
    yield from keeping(many)
    yield from accepting(at, plan)
    yield from starting(at, plan)
    yield from crowding(at, plan)
    yield from gathering(at, plan)


def crowded(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield the figures of Discord alone."""
    at.order(1)
    yield from crowding(at, plan)


def gathered(at: Stand, plan: Plan) -> Iterator[Figure]:
    """Yield the figures of Feishu alone."""
    at.order(1)
    yield from gathering(at, plan)


def main() -> int:
    """Run the benchmark and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small windows: does it run, not how fast is it")
    parser.add_argument("--discord", action="store_true", help="only the figures of Discord")
    parser.add_argument("--feishu", action="store_true", help="only the figures of Feishu")
    parser.add_argument("--rounds", type=int, help="how often floors and Limner take turns")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when an aim is missed")
    chosen = parser.parse_args()
    plan = QUICK if chosen.quick else Plan()
    plan = replace(plan, rounds=chosen.rounds or plan.rounds)
    measuring = crowded if chosen.discord else gathered if chosen.feishu else measured
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else the sandbox would live on
    with stand() as at:
        figures = list(measuring(at, plan))
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
