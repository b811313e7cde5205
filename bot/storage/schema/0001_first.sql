-- Everything Limner remembers. Times are UTC in ISO 8601 with microseconds, so that they sort as text.
-- Rows refer to each other by id without foreign keys: a save is one transaction and nothing but claims, uploads,
-- said lines and the web chat's own rows is ever deleted.

-- One paid generation. `data` is the whole job; the other columns repeat what is searched for.
CREATE TABLE job (
    id         TEXT NOT NULL PRIMARY KEY,
    rev        INTEGER NOT NULL,
    state      TEXT NOT NULL,
    platform   TEXT NOT NULL,
    tenant     TEXT NOT NULL,
    place      TEXT NOT NULL,
    person     TEXT NOT NULL,
    task       TEXT NOT NULL,
    provider   TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    data       TEXT NOT NULL
) STRICT;

-- Only the open jobs are looked for by state, and they stay few however many are over.
CREATE INDEX job_open ON job (state, created_at)
    WHERE state IN ('confirmed', 'in_doubt', 'proposed', 'running', 'submitting');
CREATE VIEW open_job AS
    SELECT * FROM job WHERE state IN ('confirmed', 'in_doubt', 'proposed', 'running', 'submitting');

CREATE INDEX job_person ON job (platform, tenant, person, created_at);

-- Every move of every job, only ever added.
CREATE TABLE event (
    job   TEXT NOT NULL,
    rev   INTEGER NOT NULL,
    state TEXT NOT NULL,
    at    TEXT NOT NULL,
    PRIMARY KEY (job, rev)
) STRICT, WITHOUT ROWID;

-- The outbox: what is owed to a place, in the order of `seq`, and what became of it. `data` is the whole line.
CREATE TABLE line (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    key      TEXT NOT NULL UNIQUE,
    kind     TEXT NOT NULL,
    state    TEXT NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'said', 'skipped', 'undeliverable')),
    platform TEXT NOT NULL,
    tenant   TEXT NOT NULL,
    place    TEXT NOT NULL,
    person   TEXT NOT NULL,
    job      TEXT NOT NULL,
    target   TEXT NOT NULL,
    at       TEXT NOT NULL,
    ended_at TEXT,
    message  TEXT NOT NULL DEFAULT '',
    why      TEXT NOT NULL DEFAULT '',
    data     TEXT NOT NULL
) STRICT;

CREATE INDEX line_owed ON line (platform, tenant, place, seq) WHERE state = 'owed';
CREATE INDEX line_unsaid ON line (platform, tenant, person, job) WHERE state IN ('owed', 'undeliverable');
CREATE INDEX line_over ON line (ended_at) WHERE state IN ('said', 'skipped');

-- Lines that nothing will ask about again: said, not of an open job (whose messages are still edited), and not edited
-- by a line that is still owed.
CREATE VIEW settled_line AS
    SELECT seq, ended_at FROM line
    WHERE state IN ('said', 'skipped')
        AND job NOT IN (SELECT id FROM open_job)
        AND key NOT IN (SELECT target FROM line WHERE state = 'owed');

-- Inbound events that were handled, each claimed together with its effect.
CREATE TABLE claim (
    platform TEXT NOT NULL,
    tenant   TEXT NOT NULL,
    event    TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (platform, tenant, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_at ON claim (at);

-- The books. Amounts are decimal text, because money is not a float.
CREATE TABLE entry (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    job      TEXT NOT NULL,
    provider TEXT NOT NULL,
    kind     TEXT NOT NULL,
    amount   TEXT NOT NULL,
    unit     TEXT NOT NULL,
    at       TEXT NOT NULL
) STRICT;

CREATE INDEX entry_job ON entry (job);

CREATE TABLE preference (
    platform TEXT NOT NULL,
    tenant   TEXT NOT NULL,
    person   TEXT NOT NULL,
    task     TEXT NOT NULL,
    data     TEXT NOT NULL,
    PRIMARY KEY (platform, tenant, person, task)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    platform TEXT NOT NULL,
    tenant   TEXT NOT NULL,
    person   TEXT NOT NULL,
    locale   TEXT NOT NULL,
    PRIMARY KEY (platform, tenant, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload (
    id   TEXT NOT NULL PRIMARY KEY,
    mime TEXT NOT NULL,
    at   TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;

CREATE INDEX upload_at ON upload (at);

-- Pictures that no open job is made from.
CREATE VIEW settled_upload AS
    SELECT id, at FROM upload
    WHERE id NOT IN (
        SELECT json_extract(picture.value, '$.upload')
        FROM open_job, json_each(open_job.data, '$.request.pictures') AS picture
        WHERE json_extract(picture.value, '$.upload') <> ''
    );

-- The web chat's messages and visitors.
CREATE TABLE message (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    place      TEXT NOT NULL,
    person     TEXT NOT NULL,
    name       TEXT NOT NULL,
    text       TEXT NOT NULL,
    card       TEXT,
    locale     TEXT NOT NULL,
    private_to TEXT NOT NULL,
    at         TEXT NOT NULL,
    edited_at  TEXT
) STRICT;

CREATE INDEX message_place ON message (place, seq);

CREATE TABLE visitor (
    id      TEXT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    locale  TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT;

-- One row that a health check writes, to know that writing works.
CREATE TABLE pulse (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at TEXT NOT NULL
) STRICT;
