"""What goes when somebody is forgotten, table by table. What stays of their orders is for the books: no word of theirs.

A job's row stays with its ids, model, price and times; its words, settings, pictures and results are emptied. Open
orders are left alone with everything that belongs to them.
"""

from collections.abc import Iterator

from bot.engine.ports import Forgetting
from bot.storage.writer import SqlValue, Statement

_THEIRS = "platform = ?1 AND (?2 = '' OR tenant = ?2) AND person = ?3"
_OPEN = f"SELECT id FROM open_job WHERE {_THEIRS}"  # noqa: S608 - our own constant
_ENDED = f"SELECT id FROM job WHERE {_THEIRS} AND id NOT IN (SELECT id FROM open_job)"  # noqa: S608 - as above
_SPARED = "(?4, ?5)"
"""The keys of the question and of what is said in its place."""

TRACES = f"""
    SELECT (SELECT count(*) FROM ({_OPEN})) AS open,
        (SELECT count(*) FROM ({_ENDED}) WHERE id IN (SELECT job FROM entry)) AS ended
"""  # noqa: S608 - as above
"""How many of somebody's orders are open, and how many ended ones are in the books."""

_UPLOADS = f"""
    DELETE FROM upload WHERE id IN (
        SELECT json_extract(picture.value, '$.upload')
        FROM job, json_each(job.data, '$.request.pictures') AS picture WHERE job.id IN ({_ENDED})
    ) AND id IN (SELECT id FROM settled_upload)
"""  # noqa: S608 - as above
_MESSAGES = f"""
    DELETE FROM message WHERE ?1 = 'web' AND id NOT IN {_SPARED}
        AND (person = ?3 OR private_to = ?3 OR substr(id, 1, length(?3) + 9) = 'web.web.' || ?3 || ':'
            OR substr(id, 1, instr(id, '.') - 1) IN ({_ENDED}))
        AND substr(id, 1, instr(id, '.') - 1) NOT IN ({_OPEN})
"""  # noqa: S608 - as above
_LINES = f"""
    DELETE FROM line WHERE {_THEIRS} AND key NOT IN {_SPARED} AND job NOT IN ({_OPEN})
"""  # noqa: S608 - as above
_JOBS = f"""
    UPDATE job SET data = json_set(
        json_replace(
            data, '$.request.prompt', '', '$.request.params', json('{{}}'), '$.request.pictures', json('[]'),
            '$.request.sounds', json('[]'), '$.request.videos', json('[]'), '$.quote.terms', '',
            '$.assets', json('[]'), '$.draft', '', '$.trouble.data', json('{{}}'), '$.follow_ups', json('[]'),
            '$.notes', json('[]')
        ),
        '$.emptied', json('true')
    )
    WHERE id IN ({_ENDED})
"""  # noqa: S608 - as above
_PICTURES = """
    DELETE FROM discord_picture WHERE ?1 = 'discord' AND event IN (
        SELECT event FROM discord_pass WHERE (?2 = '' OR tenant = ?2) AND person = ?3
    )
"""
_PASSES = """
    DELETE FROM discord_pass WHERE ?1 = 'discord' AND (?2 = '' OR tenant = ?2) AND person = ?3 AND token = ''
"""
_SENT = f"""
    DELETE FROM feishu_message WHERE ?1 = 'feishu' AND (?2 = '' OR tenant = ?2) AND person = ?3
        AND line NOT IN {_SPARED} AND job NOT IN ({_OPEN})
"""  # noqa: S608 - as above
_FEISHU = "DELETE FROM feishu_person WHERE ?1 = 'feishu' AND (?2 = '' OR tenant = ?2) AND person = ?3"
_VISITOR = "DELETE FROM visitor WHERE ?1 = 'web' AND id = ?3 AND ?2 = ?2"

_WITH_SPARED = (_MESSAGES, _LINES, _SENT)
_PLAIN = (_PICTURES, _PASSES, _FEISHU, _VISITOR)
_KNOWN = tuple(f"DELETE FROM {table} WHERE {_THEIRS}" for table in ("preference", "person", "careful"))  # noqa: S608 - as above


def statements(forgetting: Forgetting) -> Iterator[Statement]:
    """Return what forgetting somebody does to the tables; their jobs come last, because the others look at them."""
    whose: tuple[SqlValue, ...] = (forgetting.platform, forgetting.tenant, forgetting.person)
    for sql in (_UPLOADS, *_PLAIN, *_KNOWN):
        yield Statement(sql, [whose])
    for sql in _WITH_SPARED:
        yield Statement(sql, [(*whose, *forgetting.spared)])
    yield Statement(_JOBS, [whose])
