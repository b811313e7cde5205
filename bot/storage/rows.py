"""How the engine's values become rows and come back exactly as they were. Running the statements is not here."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from bot.core.cards import Card
from bot.core.job import Job
from bot.core.preferences import Preference
from bot.engine.ports import Change, Line, OwedLine, Upload
from bot.errors import AlreadySeen, Conflict
from bot.storage import oblivion
from bot.storage.writer import SqlValue, Statement

_JOB = TypeAdapter(Job)
_LINED = TypeAdapter(Line)
_CARD = TypeAdapter(Card)
_LIKING = TypeAdapter(Preference)

_CLAIM = "INSERT INTO claim (platform, tenant, event, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_NEW_JOB = """
    INSERT INTO job (state, platform, tenant, place, person, task, provider, created_at, updated_at, data, id, rev)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_MOVED_JOB = """
    UPDATE job SET state = ?, platform = ?, tenant = ?, place = ?, person = ?, task = ?, provider = ?,
        created_at = ?, updated_at = ?, data = ?, rev = rev + 1
    WHERE id = ? AND rev = ? - 1
"""
_EVENT = "INSERT INTO event (job, rev, state, at) VALUES (?, ?, ?, ?)"
_LINE = """
    INSERT INTO line (key, kind, platform, tenant, place, person, job, target, at, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING
"""
_PREFERENCE = """
    INSERT INTO preference (platform, tenant, person, task, data) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET data = excluded.data
"""
_LOCALE = """
    INSERT INTO person (platform, tenant, person, locale) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET locale = excluded.locale
"""
# Nothing is fetched twice: of two presses at once, the second finds the lines already owed to the first.
_STILL_THERE = """
    UPDATE line SET why = '' WHERE key = (
        SELECT key FROM line WHERE state = 'undeliverable' AND kind = 'say' AND platform = ? AND tenant = ?
            AND person = ? AND job = ? AND key <> job || '.notice' AND key NOT LIKE job || '.wait.%' LIMIT 1
    )
"""
_CAREFUL = "INSERT INTO careful (platform, tenant, person) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_NOT_CAREFUL = "DELETE FROM careful WHERE platform = ? AND tenant = ? AND person = ?"
_AGAIN = """
    UPDATE line SET state = 'owed', why = '', ended_at = NULL, data = json_set(data, '$.event', ?)
    WHERE state = 'undeliverable' AND kind = 'say' AND platform = ? AND tenant = ? AND person = ?
        AND job = ? AND key <> job || '.notice' AND key NOT LIKE job || '.wait.%'
"""
_UPLOAD = "INSERT INTO upload (id, mime, at, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"


def stamp(at: datetime) -> str:
    """Return a point in time as text that sorts by time: UTC, ISO 8601, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """Return the point in time of a stamp."""
    return datetime.fromisoformat(text)


def encode_job(job: Job) -> str:
    """Return the whole job as JSON."""
    return _JOB.dump_json(job).decode()


def decode_job(data: str) -> Job:
    """Return the job that was encoded."""
    return _JOB.validate_json(data)


def readable_job(data: str) -> Job | None:
    """Return the job that was encoded, or nothing if somebody changed it into something else."""
    try:
        return _JOB.validate_json(data)
    except ValidationError:
        return None


def encode_line(line: Line) -> str:
    """Return the whole line as JSON, but for an unfinished picture: that is never stored."""
    return _LINED.dump_json(replace(line, card=replace(line.card, preview=None))).decode()


def decode_line(data: str) -> Line:
    """Return the line that was encoded."""
    return _LINED.validate_json(data)


def encode_card(card: Card) -> str:
    """Return a card as JSON, without its unfinished picture: that is never stored."""
    return _CARD.dump_json(replace(card, preview=None)).decode()


def decode_card(data: str) -> Card:
    """Return the card that was encoded."""
    return _CARD.validate_json(data)


def statements(change: Change, now: datetime) -> list[Statement]:
    """Return what a change does to the tables, but for the books.

    The claim comes first, so that an event that was handled before is ``AlreadySeen`` and not a ``Conflict``.
    """
    return [statement for statement in _all_statements(change, stamp(now)) if statement.rows]


def _all_statements(change: Change, now: str) -> Iterator[Statement]:
    if change.claim is not None:
        claim = change.claim
        yield Statement(_CLAIM, [(claim.platform, claim.tenant, claim.event, stamp(claim.at))], AlreadySeen)
    if change.job is not None:
        yield Statement(_NEW_JOB if change.job.rev == 1 else _MOVED_JOB, [_job_row(change.job, now)], Conflict)
    if change.follow is not None:
        yield Statement(_NEW_JOB, [_job_row(change.follow, now)], Conflict)
    if change.forget is not None:
        yield from oblivion.statements(change.forget)
    jobs = [job for job in (change.job, change.follow) if job is not None]
    yield Statement(_EVENT, [(job.id, job.rev, job.state.value, now) for job in jobs])
    yield Statement(_LINE, [_line_row(line) for line in change.lines])
    yield Statement(_PREFERENCE, [_preference_row(preference) for preference in change.preferences])
    if change.locale is not None:
        yield Statement(_LOCALE, [change.locale])
    if change.careful is not None:
        yield Statement(_CAREFUL if change.careful[3] else _NOT_CAREFUL, [change.careful[:3]])
    yield Statement(_UPLOAD, [(u.id, u.mime, stamp(u.at), u.data) for u in change.uploads])
    if change.again is not None:
        whose = (change.again.address.platform, change.again.address.tenant, change.again.person, change.again.id)
        yield Statement(_STILL_THERE, [whose], AlreadySeen)
        yield Statement(_AGAIN, [(change.claim.event if change.claim else "", *whose)])


def _job_row(job: Job, now: str) -> tuple[SqlValue, ...]:
    """Return the columns in the order that both job statements share."""
    address, request = job.address, job.request
    place = (address.platform, address.tenant, address.place, job.person)
    times = (stamp(job.created_at), now)
    return (job.state.value, *place, request.task.value, request.provider, *times, encode_job(job), job.id, job.rev)


def _line_row(line: Line) -> tuple[SqlValue, ...]:
    address = line.address
    place = (address.platform, address.tenant, address.place, line.person)
    return (line.key, line.kind.value, *place, line.job, line.target, stamp(line.at), encode_line(line))


def _preference_row(preference: Preference) -> tuple[SqlValue, ...]:
    whose = (preference.platform, preference.tenant, preference.person, preference.task.value)
    return (*whose, _LIKING.dump_json(preference).decode())


def owed_line(row: sqlite3.Row) -> OwedLine:
    """Return an unsaid line; ``target_message`` of the row is the message that an edit is about."""
    return OwedLine(row["seq"], decode_line(row["data"]), row["target_message"])


def preference(row: sqlite3.Row) -> Preference:
    """Return what is remembered about a person for one task."""
    return _LIKING.validate_json(row["data"])


def upload(row: sqlite3.Row) -> Upload:
    """Return an uploaded picture."""
    return Upload(row["id"], row["mime"], row["data"], moment(row["at"]))
