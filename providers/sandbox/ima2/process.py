"""One run of the ima2 server, from its start to its end: what is lost when it is killed. What survives is the shelf."""

from dataclasses import dataclass
from datetime import datetime

from providers.sandbox.clock import SandboxClock
from providers.sandbox.ima2.bus import Bus
from providers.sandbox.ima2.jobs import Jobs
from providers.sandbox.ima2.results import Results
from providers.sandbox.ima2.rework import Reworks
from providers.sandbox.ima2.runs import Runs
from providers.sandbox.ledger import Ledger
from providers.sandbox.records import Records


@dataclass(frozen=True, slots=True)
class Process:
    """A running server: its id, its start, its bus, its jobs."""

    pid: int
    started_at: datetime
    bus: Bus
    jobs: Jobs
    runs: Runs
    reworks: Reworks

    def kill(self) -> None:
        """End it as SIGKILL does: connections are cut, jobs stop, the in-flight list stays in its file."""
        self.jobs.kill()
        self.reworks.kill()
        self.bus.close()


class Starter:
    """Starts the server, each time with another pid."""

    def __init__(self, *, records: Records, ledger: Ledger, clock: SandboxClock, results: Results, seed: int) -> None:
        self._records = records
        self._ledger = ledger
        self._clock = clock
        self._results = results
        self._seed = seed
        self._pid = 4000

    def start(self) -> Process:
        """Start it; what an earlier run left in the in-flight list is there, as ghosts."""
        self._pid += 1
        bus = Bus()
        jobs = Jobs(records=self._records, clock=self._clock, bus=bus)
        jobs.load()
        runs = Runs(
            records=self._records,
            ledger=self._ledger,
            clock=self._clock,
            bus=bus,
            jobs=jobs,
            results=self._results,
            seed=self._seed,
        )
        reworks = Reworks(ledger=self._ledger, clock=self._clock, results=self._results, seed=self._seed)
        return Process(self._pid, self._clock.now(), bus, jobs, runs, reworks)
