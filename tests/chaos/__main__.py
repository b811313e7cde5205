"""``make chaos``: play many episodes from one seed, add their books together, print them, fail where they are wrong."""

import argparse
import multiprocessing
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console

from tests.chaos import report
from tests.chaos.books import Books
from tests.chaos.episode import perform
from tests.chaos.processes import SMALL, kill_processes

JOBS = 2_000
PER_EPISODE = 50
"""Orders of one episode: enough to meet each other, few enough to be played again alone."""


def main(arguments: list[str] | None = None) -> int:
    """Play, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make chaos ARGS=...", description=__doc__)
    parser.add_argument("--seed", type=int, help="what chance decides (default: a new one, which is printed)")
    parser.add_argument("--jobs", type=int, default=JOBS, help="orders in all (default: %(default)s)")
    parser.add_argument("--episode", type=int, help="play this one alone, as the report names it")
    parser.add_argument("--processes", type=int, default=2, help="episodes at the same time (default: %(default)s)")
    parser.add_argument("--no-kills", action="store_true", help="leave out the real processes and their SIGKILLs")
    wanted = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1 << 32) if wanted.seed is None else wanted.seed
    told = Console(highlight=False)
    told.print(f"seed {seed}: make chaos ARGS='--seed {seed} --jobs {wanted.jobs}'")
    began = time.monotonic()
    episodes = _episodes(wanted.jobs)
    if wanted.episode is not None:
        episodes = episodes[wanted.episode : wanted.episode + 1]
    books = _play(seed, episodes, wanted.processes, told)
    kills = None if wanted.no_kills or wanted.episode is not None else kill_processes(seed, SMALL)
    books.balance()
    told.print(report.table(books, kills, seed, time.monotonic() - began))
    wrong = [*books.wrong, *(kills.wrong if kills else [])]
    for line in wrong:
        told.print(f"WRONG  {line}", markup=False)
    return 1 if wrong else 0


def _episodes(jobs: int) -> list[tuple[int, range]]:
    """Return each episode's number and the numbers of its orders."""
    starts = range(0, jobs, PER_EPISODE)
    return [(number, range(start, min(start + PER_EPISODE, jobs))) for number, start in enumerate(starts)]


def _play(seed: int, episodes: list[tuple[int, range]], processes: int, told: Console) -> Books:
    books = Books()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        playing = [(number, pool.submit(perform, f"{seed}.{number}", orders)) for number, orders in episodes]
        for number, played in playing:
            # An episode that breaks is a finding like any other; the rest is played all the same.
            error = played.exception()
            episode = Books(wrong=[f"broke: {type(error).__name__}: {error}"]) if error else played.result()
            told.print(f"episode {number}: {episode.accepted} jobs, {episode.lives} lives, {len(episode.wrong)} wrong")
            episode.wrong = [f"episode {number}: {line}" for line in episode.wrong]
            books.add(episode)
    return books


if __name__ == "__main__":
    sys.exit(main())
