-- The books say money too, where one unit had a price when it was told. Empty: it had none.
ALTER TABLE entry ADD COLUMN money TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN currency TEXT NOT NULL DEFAULT '';

-- Where the newest reservation of each order stands, in every measure that a budget may be set in: the provider's unit,
-- and a currency. Amounts are millionths, rounded up, so that they can be added without a float. A row is only moved
-- from a state that allows it, in the transaction that adds the entry.
CREATE TABLE charge (
    job      TEXT NOT NULL,
    measure  TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'released', 'unknown')),
    micros   INTEGER NOT NULL,
    platform TEXT NOT NULL,
    tenant   TEXT NOT NULL,
    place    TEXT NOT NULL,
    person   TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (job, measure)
) STRICT, WITHOUT ROWID;

-- Each sum is read from one index alone: a yes waits for it.
CREATE INDEX charge_person ON charge (measure, platform, person, at, state, micros);
CREATE INDEX charge_place ON charge (measure, platform, tenant, place, at, state, micros);
CREATE INDEX charge_team ON charge (measure, platform, tenant, at, state, micros);
CREATE INDEX charge_at ON charge (measure, at, state, micros);

-- The orders that were in the books already.
INSERT INTO charge (job, measure, state, micros, platform, tenant, place, person, at)
    SELECT job.id, newest.unit, newest.kind, CAST(round(CAST(newest.amount AS REAL) * 1000000) AS INTEGER),
        job.platform, job.tenant, job.place, job.person,
        (SELECT max(first.at) FROM entry AS first WHERE first.job = job.id AND first.kind = 'reserved')
    FROM job JOIN entry AS newest ON newest.seq = (SELECT max(seq) FROM entry WHERE entry.job = job.id)
    WHERE EXISTS (SELECT 1 FROM entry AS first WHERE first.job = job.id AND first.kind = 'reserved');

-- What admins changed about budgets at run time, only ever added; of one kind the newest counts. An empty amount lifts
-- the limit.
CREATE TABLE budget_change (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    scope   TEXT NOT NULL,
    period  TEXT NOT NULL,
    unit    TEXT NOT NULL,
    who     TEXT NOT NULL,
    amount  TEXT NOT NULL,
    cleared INTEGER NOT NULL,
    by      TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT;

CREATE INDEX entry_reserved ON entry (at) WHERE kind = 'reserved';
