"""Forgetting goes through every table, takes one person's rows, and touches nobody else's."""

from dataclasses import replace

import pytest

from bot.core.job import Address, Job, State, Trouble
from bot.core.ledger import EntryKind, entry
from bot.core.preferences import Preference
from bot.engine.ports import Change, Claim, Forgetting, Line, LineKind
from bot.storage.sqlite import SqliteStore
from bot.storage.writer import Statement
from providers.contract import Clip
from providers.errors import FailureCode
from providers.models import MediaKind, Task
from providers.outcomes import Asset, Refund
from tests.storage.samples import NOW, a_card, a_job, a_line

PLATFORMS = ("web", "discord", "feishu")
PEOPLE = ("ann", "ben")
AT = NOW.isoformat()


def _said_by(who: str) -> str:
    """Return a word that only this person's rows hold."""
    return f"word-of-{who}"


def _order(platform: str, who: str, state: State = State.SUCCEEDED) -> Job:
    """Return an order with this person's words everywhere that words can be."""
    word, plain = _said_by(who), a_job(f"{platform[0]}{who}{state.value[0]}", state=state, person=who)
    clip = Clip(f"https://x.test/{word}")
    request = replace(plain.request, prompt=word, params={"style": word}, sounds=(clip,), videos=(clip,))
    return replace(
        plain,
        address=Address(platform, "web" if platform == "web" else "house", "room"),
        request=request,
        quote=replace(plain.quote, terms=word),
        draft=word,
        assets=(Asset(MediaKind.VIDEO, f"https://x.test/{word}.mp4"),),
        trouble=Trouble(FailureCode.UNKNOWN, Refund.UNKNOWN, {"said": word}),
    )


def _line(job: Job, key: str) -> Line:
    said = a_line(f"{job.id}.{key}", job=job.id)
    return replace(said, address=job.address, person=job.person, card=replace(a_card("x"), quote=job.request.prompt))


async def _everything(store: SqliteStore, platform: str, who: str) -> Job:
    """Let somebody leave traces in every table."""
    job = _order(platform, who)
    place = job.address
    liked = Preference(platform, place.tenant, who, Task.TEXT_TO_VIDEO, last="m", last_name=_said_by(who))
    await store.save(
        Change(
            job,
            lines=tuple(_line(job, key) for key in ("notice", "result", "link.0")),
            entries=(entry(job, EntryKind.RESERVED, NOW), entry(job, EntryKind.SETTLED, NOW)),
            preferences=(liked,),
            locale=(platform, place.tenant, who, "zh_Hans"),
            careful=(platform, place.tenant, who, True),
        )
    )
    await store.said(f"{job.id}.notice", f"m-{job.id}", NOW)
    await store.undeliverable(f"{job.id}.result", "gone", NOW)
    await store.database.write(list(_rows(platform, who, job)))
    return job


def _rows(platform: str, who: str, job: Job) -> list[Statement]:
    """Return the rows that a platform keeps of its own."""
    word = _said_by(who)
    match platform:
        case "web":
            message = (
                "INSERT INTO message (id, place, person, name, text, locale, private_to, at) VALUES (?,?,?,?,?,?,?,?)"
            )
            return [
                Statement(message, [(f"{who}:1", "room", who, word, word, "en", "", AT)]),
                Statement(message, [(f"web.web.{who}:1.reply.0", "room", "", "", word, "en", "", AT)]),
                Statement(message, [(f"whisper-{who}", "room", "", "", word, "en", who, AT)]),
                Statement(message, [(f"{job.id}.notice", "room", "", "", word, "en", "", AT)]),
                Statement("INSERT INTO visitor VALUES (?, ?, 'en', ?)", [(who, word, AT)]),
            ]
        case "discord":
            row = (f"e-{who}", "app", "", AT, "house", "room", who, 1, 0, 1, 5, 10, "en", "", word)
            passes = f"INSERT INTO discord_pass VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - our own words
            return [
                Statement(passes, [row]),
                Statement("INSERT INTO discord_picture VALUES (?, 0, ?, ?)", [(f"e-{who}", AT, word.encode())]),
            ]
        case _:
            sent = "INSERT INTO feishu_message (message, line, part, chat, place, tenant, person, job, form, at)"
            shipped = (f"om-{who}", f"{job.id}.notice", word, "oc", "room", "house", who, job.id, "text", AT)
            return [
                Statement(f"{sent} VALUES (?,?,?,?,?,?,?,?,?,?)", [shipped]),
                Statement("INSERT INTO feishu_person VALUES ('house', ?, ?, 1)", [(who, word)]),
            ]


async def _dump(store: SqliteStore) -> list[str]:
    """Return every row of every table as text."""
    tables = await store.database.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")
    rows = [
        [f"{table['name']}: {tuple(row)}" for row in await store.database.fetch(f"SELECT * FROM {table['name']}")]  # noqa: S608 - the schema's names
        for table in tables
        if table["name"] != "sqlite_sequence"
    ]
    return sorted(row for some in rows for row in some)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_every_table_lets_go_of_one_person(store: SqliteStore, platform: str) -> None:
    """No row holds a word of theirs; every row of the other person is as it was."""
    jobs = [await _everything(store, platform, who) for who in PEOPLE]
    before = [row for row in await _dump(store) if _said_by("ben") in row or "ben" in row]
    await store.save(Change(forget=Forgetting(platform, jobs[0].address.tenant, "ann")))
    after = await _dump(store)
    assert [row for row in after if _said_by("ann") in row] == []
    assert [row for row in after if _said_by("ben") in row or "ben" in row] == before
    kept = await store.job(jobs[0].id)
    assert kept is not None
    assert kept.emptied
    assert len(await store.entries(jobs[0].id)) == 2


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_other_chats_keep_what_is_theirs(store: SqliteStore, platform: str) -> None:
    """Somebody of the same id on another platform is somebody else."""
    for other in PLATFORMS:
        await _everything(store, other, "ann") if other != platform else None
    before = await _dump(store)
    await store.save(Change(forget=Forgetting(platform, "", "ann")))
    assert await _dump(store) == before


async def test_an_open_order_stays_whole(store: SqliteStore) -> None:
    """An operator may forget somebody whose order is still being made: the order and its lines wait for its end."""
    done = await _everything(store, "web", "ann")
    under_way = _order("web", "ann", State.RUNNING)
    await store.save(Change(under_way, lines=(_line(under_way, "notice"),)))
    assert (await store.traces("web", "web", "ann")).open == 1
    await store.save(Change(forget=Forgetting("web", "web", "ann")))
    assert await store.job(under_way.id) == under_way
    assert [owed.line.key for owed in await store.owed(under_way.address)] == [f"{under_way.id}.notice"]
    emptied = await store.job(done.id)
    assert emptied is not None
    assert emptied.emptied


async def test_what_is_said_afterwards_is_not_deleted_with_the_rest(store: SqliteStore) -> None:
    """Question and answer are spared, whichever of several works in one transaction comes first."""
    asked = replace(a_line("q"), person="ann", private=True)
    await store.save(Change(lines=(asked,)))
    await store.said("q", "m", NOW)
    told = replace(a_line("q.done", kind=LineKind.EDIT, target="q"), person="ann")
    claim = Claim("web", "house", "press", NOW)
    await store.save(Change(lines=(told,), claim=claim, forget=Forgetting("web", "", "ann", ("q", "q.done"))))
    assert [(owed.line.key, owed.message) for owed in await store.owed(told.address)] == [("q.done", "m")]
