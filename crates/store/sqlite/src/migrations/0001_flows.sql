-- Flows, their journal, what finds them, what was seen.
-- All moments are microseconds since 1970, UTC. Every table carries its merchant, as a
-- number: one byte in every row and every index.

CREATE TABLE merchant (
    id   INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE flow (
    id           INTEGER PRIMARY KEY,
    merchant     INTEGER NOT NULL REFERENCES merchant (id),
    kind         TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    connection   TEXT    NOT NULL,
    parent       INTEGER REFERENCES flow (id),
    number       TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    cause        TEXT,
    version      INTEGER NOT NULL,
    wake_at      INTEGER,
    deadline     INTEGER,
    amount       INTEGER,
    currency     TEXT,
    in_warehouse INTEGER,
    despatched   INTEGER,
    confirmed    INTEGER,
    created      INTEGER NOT NULL,
    updated      INTEGER NOT NULL,
    -- The journal's end, so that an append need not look for it and a cut-off tail is noticed.
    journal_seq  INTEGER NOT NULL DEFAULT 0,
    journal_hash BLOB    NOT NULL DEFAULT x'',
    -- The deadline, or the end of time: sorts flows without one last.
    due          INTEGER NOT NULL DEFAULT 9223372036854775807,
    data         TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX flow_key ON flow (merchant, kind, key);
CREATE INDEX flow_parent ON flow (parent) WHERE parent IS NOT NULL;
-- Lists, newest first (the row's number is the last part of every index) and by deadline.
CREATE INDEX flow_list ON flow (merchant, kind, connection, state);
CREATE INDEX flow_due ON flow (merchant, kind, connection, state, due);
CREATE INDEX flow_cause ON flow (merchant, kind, cause) WHERE cause IS NOT NULL;
CREATE INDEX flow_wake ON flow (merchant, wake_at) WHERE wake_at IS NOT NULL;
-- The overview's figures, without touching a row.
CREATE INDEX flow_created ON flow (merchant, kind, created, connection, state, in_warehouse, despatched, confirmed);
CREATE INDEX flow_in_warehouse ON flow (merchant, in_warehouse, created) WHERE in_warehouse IS NOT NULL;
CREATE INDEX flow_confirmed ON flow (merchant, kind, confirmed, despatched) WHERE confirmed IS NOT NULL;

CREATE TABLE search_term (
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    term     TEXT    NOT NULL,
    flow     INTEGER NOT NULL REFERENCES flow (id),
    PRIMARY KEY (merchant, term, flow)
) STRICT, WITHOUT ROWID;

-- Append-only; `hash` covers the line and the hash before it.
CREATE TABLE journal (
    id       INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    flow     INTEGER NOT NULL REFERENCES flow (id),
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    hash     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_line ON journal (flow, seq);

-- Documents as they came, deflated, once per content.
CREATE TABLE raw (
    id       INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    flow     INTEGER NOT NULL REFERENCES flow (id),
    hash     BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX raw_content ON raw (flow, hash);
CREATE INDEX raw_newest ON raw (flow, at);

CREATE TABLE seen (
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    source   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (merchant, source, id, hash)
) STRICT, WITHOUT ROWID;
