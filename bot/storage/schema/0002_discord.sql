-- What Discord gives with everything a person does there: for fifteen minutes the right to answer in that place.
-- `message` is the message that the answer is or becomes; `line` is the outbox line whose words it carries; `token` is
-- blank once it is over. The rest says what holds in that place, also later.
CREATE TABLE discord_pass (
    event       TEXT NOT NULL PRIMARY KEY,
    application TEXT NOT NULL,
    token       TEXT NOT NULL,
    at          TEXT NOT NULL,
    tenant      TEXT NOT NULL,
    place       TEXT NOT NULL,
    person      TEXT NOT NULL,
    opens       INTEGER NOT NULL,
    hidden      INTEGER NOT NULL,
    posts       INTEGER NOT NULL,
    followups   INTEGER NOT NULL,
    file_limit  INTEGER NOT NULL,
    locale      TEXT NOT NULL,
    message     TEXT NOT NULL DEFAULT '',
    line        TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX discord_pass_message ON discord_pass (message, at);
CREATE INDEX discord_pass_place ON discord_pass (place, at);
CREATE INDEX discord_pass_at ON discord_pass (at);
CREATE INDEX discord_pass_live ON discord_pass (at) WHERE token <> '';

-- Pictures that a person chose from a message while they still write what should happen with them.
CREATE TABLE discord_picture (
    event TEXT NOT NULL,
    n     INTEGER NOT NULL,
    at    TEXT NOT NULL,
    data  BLOB NOT NULL,
    PRIMARY KEY (event, n)
) STRICT;

CREATE INDEX discord_picture_at ON discord_picture (at);

-- Facts about our application at Discord, such as which commands it was last told.
CREATE TABLE discord_fact (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
