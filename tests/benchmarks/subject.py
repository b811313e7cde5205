"""Limner as it is measured: the whole service with real rows, the real adapter and a chat that takes everything."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import SecretStr
from typing_extensions import override

from bot import logs
from bot.app import Service, serve
from bot.cli import collect_rarely
from bot.core import actions
from bot.core.cards import Card
from bot.core.job import Address, Job, Pace, State
from bot.engine.ports import Change, Heard, Line, LineKind, Person, Platform, Pressed
from bot.engine.proposals import notice_key
from bot.settings import ProviderSection, Settings, StoreSection, WebSection
from bot.storage.sqlite import SqliteStore
from bot.world import World
from providers.sandbox.server import APP_KEY, KEY
from tests.benchmarks.case import Case, Reading
from tests.benchmarks.gauge import private_bytes
from tests.benchmarks.window import measure
from tests.fakes.jobs import a_job

JOBS_PER_PLACE = 10
EDIT_EVERY = 4
"""One look in four edits the chat, as with looks every 8 s and edits every 30 s. A quarter of the jobs does it at
every look, so that a window of any length has its share."""

TOGETHER = 50
NEVER = 1e9
PRESSES_PER_SECOND = 25.0


class Sink(Platform):
    """A chat that takes everything at once. ``offers`` are the prices it was asked to show."""

    def __init__(self) -> None:
        self.offers: asyncio.Queue[Line] = asyncio.Queue()

    @property
    @override
    def name(self) -> str:
        return "sink"

    @override
    async def say(self, line: Line) -> str:
        if line.card.buttons:
            self.offers.put_nowait(line)
        return f"message-{line.key}"

    @override
    async def edit(self, line: Line, message: str) -> None: ...

    @override
    async def show(self, address: Address, message: str, card: Card, locale: str) -> None: ...


async def polling(case: Case) -> Reading:
    """Measure steady polling: the jobs begin evenly over one interval, as if people had asked for them one by one."""
    async with _service(case) as (service, store, _):
        await _warm(service, case)
        before = private_bytes()
        await _begin(service, store, case)
        writing = store.database._writer._connection
        await asyncio.sleep(case.interval)
        rows = writing.total_changes
        reading = await measure(case, before)
        reading.rows = writing.total_changes - rows
    return reading


async def accepting(case: Case) -> Reading:
    """Measure how long a new order and its confirmation take to be durable while the pending jobs are polled."""
    reading = Reading()
    async with _service(case) as (service, store, sink):
        await _warm(service, case)
        await _begin(service, store, case)
        for number in range(case.presses):
            place = Address(sink.name, "house", f"asking-{number % 50}")
            person = Person(place, f"person-{number % 50}", "en")
            begun = time.perf_counter()
            await service.studio.hear(Heard(person, f"ask-{number}", "/video a puppy runs across a meadow"))
            reading.proposals.append(time.perf_counter() - begun)
            offer = await sink.offers.get()
            button = next(b for b in offer.card.buttons if f"|{actions.Verb.CONFIRM.value}|" in b.action)
            await asyncio.sleep(0.5 / PRESSES_PER_SECOND)
            begun = time.perf_counter()
            answer = await service.studio.press(Pressed(person, f"yes-{number}", button.action))
            reading.confirmations.append(time.perf_counter() - begun)
            assert answer.done, answer
            await asyncio.sleep(0.5 / PRESSES_PER_SECOND)
    return reading


async def filling(case: Case) -> Reading:
    """Write the pending jobs into a new database, for the next process to start on."""
    _as_an_operator_runs_it()
    store = await SqliteStore.open(case.home / "limner.db", lambda: datetime.now(UTC))
    await _store_jobs(store, case)
    await store.close()
    return Reading()


async def starting(case: Case) -> Reading:
    """Measure from the opening of that database to the first request of a poll on the wire, and then the stop."""
    _as_an_operator_runs_it()
    arrived = asyncio.get_running_loop().create_future()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"tasks/detail")
        if not arrived.done():
            arrived.set_result(time.perf_counter())
        with contextlib.suppress(asyncio.CancelledError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1")
    host, port = server.sockets[0].getsockname()[:2]
    begun = time.perf_counter()
    async with serve(_settings(case, f"http://{host}:{port}"), World.real(), rooms=(lambda _service: Sink(),)):
        first = await arrived
        asked = time.perf_counter()
    stopped = time.perf_counter()
    server.close()
    return Reading(first_poll=first - begun, stop=stopped - asked)


# --- parts ----------------------------------------------------------------------------------------------------------


def _as_an_operator_runs_it() -> None:
    """Set up the process as the command line does; standard output belongs to the reading."""
    collect_rarely()
    logs.configure("warning", "console", [KEY, APP_KEY])


@contextlib.asynccontextmanager
async def _service(case: Case) -> AsyncIterator[tuple[Service, SqliteStore, Sink]]:
    _as_an_operator_runs_it()
    sink = Sink()
    async with serve(_settings(case, case.provider), World.real(), rooms=(lambda _service: sink,)) as service:
        assert isinstance(service.store, SqliteStore)
        yield service, service.store, sink


def _settings(case: Case, provider: str) -> Settings:
    section = ProviderSection(
        key=SecretStr(KEY),
        app_key=SecretStr(APP_KEY),
        base_url=f"{provider}/ima",
        upload_url=f"{provider}/ima-upload",
        most_running=case.most_running,
    )
    store = StoreSection(path=case.home / "limner.db")
    web = WebSection(enabled=False)
    return Settings.model_construct(store=store, web=web, providers={"ima_studio": section}, defaults={})


async def _warm(service: Service, case: Case) -> None:
    """Read the catalogue and look once, so that what is measured is neither imports nor first connections."""
    await service.catalog.models(_job(0, "").request.task)
    await service.catalog.provider("ima_studio").check(case.names()[0])


async def _begin(service: Service, store: SqliteStore, case: Case) -> None:
    """Store the jobs and begin to drive them one by one; return when the first look is due."""
    jobs = await _store_jobs(store, case)
    begun = time.perf_counter()
    for number, job in enumerate(jobs):
        behind = begun + case.interval * number / len(jobs) - time.perf_counter()
        if behind > 0:
            await asyncio.sleep(behind)
        service.dispatch.drive(job)


async def _store_jobs(store: SqliteStore, case: Case) -> list[str]:
    """Store the jobs, some at a time: what a crowd of writes leaves behind in memory is not what a job costs."""
    names = case.names()
    for first in range(0, len(names), TOGETHER):
        some = enumerate(names[first : first + TOGETHER], first)
        jobs = [_job(number, ref, case.interval) for number, ref in some]
        if case.most_running:
            working = max(0, case.most_running - first)
            jobs[working:] = map(_in_line, jobs[working:])
        await asyncio.gather(*(_store_job(store, job) for job in jobs))
    return [_id(number) for number in range(len(names))]


async def _store_job(store: SqliteStore, job: Job) -> None:
    await store.save(Change(job, lines=(_notice(job),)))
    await store.said(notice_key(job.id), f"message-{job.id}", job.created_at)


def _id(number: int) -> str:
    return f"{number:032x}"


def _job(number: int, ref: str, interval: float = 0.0) -> Job:
    place = Address("sink", "house", f"channel-{number // JOBS_PER_PLACE}")
    edits = 0.0 if number % EDIT_EVERY == 0 else NEVER
    now = datetime.now(UTC)
    return a_job(
        id=_id(number),
        state=State.RUNNING,
        address=place,
        person=f"person-{number // JOBS_PER_PLACE}",
        pace=Pace(poll_every=interval, progress_every=edits, patience=NEVER),
        created_at=now,
        submitted_at=now,
        token=_id(number),
        ref=ref,
    )


def _in_line(job: Job) -> Job:
    """Return the same order as one that waits for its turn and whose person knows it."""
    waits = replace(job, state=State.CONFIRMED, confirmed_at=job.created_at, queued=1, token="", ref="")
    return replace(waits, submitted_at=None)


def _notice(job: Job) -> Line:
    return Line(
        notice_key(job.id), LineKind.SAY, job.address, job.person, job.locale, Card(), job.created_at, job=job.id
    )
