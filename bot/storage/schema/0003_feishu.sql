-- What was sent to Feishu: which message carries which piece of which outbox line, and in which form. `successor` is the
-- message that took its place when it could not be changed any more.
CREATE TABLE feishu_message (
    message   TEXT NOT NULL PRIMARY KEY,
    line      TEXT NOT NULL,
    part      TEXT NOT NULL,
    chat      TEXT NOT NULL,
    place     TEXT NOT NULL,
    tenant    TEXT NOT NULL,
    person    TEXT NOT NULL,
    job       TEXT NOT NULL,
    form      TEXT NOT NULL,
    at        TEXT NOT NULL,
    edits     INTEGER NOT NULL DEFAULT 0,
    successor TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX feishu_message_line ON feishu_message (line, part);
CREATE INDEX feishu_message_at ON feishu_message (at);

-- The keys of uploaded files, kept at once: Feishu gives a new one for every upload.
CREATE TABLE feishu_upload (
    name TEXT NOT NULL PRIMARY KEY,
    key  TEXT NOT NULL,
    at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX feishu_upload_at ON feishu_upload (at);

-- The chats we are in, and why one takes nothing from us at the moment.
CREATE TABLE feishu_chat (
    chat   TEXT NOT NULL PRIMARY KEY,
    kind   TEXT NOT NULL,
    closed TEXT NOT NULL,
    at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was received from Feishu, written down before it is acknowledged. `raw` is the event without its secrets, and
-- blank once everything about it is done; the row stays longer than Feishu delivers an event again. `lane` keeps what
-- belongs to one chat in its order.
CREATE TABLE feishu_inbox (
    seq   INTEGER PRIMARY KEY,
    event TEXT NOT NULL UNIQUE,
    lane  TEXT NOT NULL,
    at    TEXT NOT NULL,
    raw   TEXT NOT NULL
) STRICT;

CREATE INDEX feishu_inbox_at ON feishu_inbox (at);
CREATE INDEX feishu_inbox_open ON feishu_inbox (seq) WHERE raw <> '';

-- The people who were here: the language their program speaks, and whether they were greeted, because opening the chat
-- with the bot is told to us every time.
CREATE TABLE feishu_person (
    tenant  TEXT NOT NULL,
    person  TEXT NOT NULL,
    locale  TEXT NOT NULL DEFAULT '',
    greeted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, person)
) STRICT, WITHOUT ROWID;
