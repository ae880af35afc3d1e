-- Connections with everything that must survive a restart, and what people decide, with history.

CREATE TABLE connection (
    merchant     INTEGER NOT NULL REFERENCES merchant (id),
    name         TEXT    NOT NULL,
    health       TEXT,
    probed       INTEGER,
    last_good    INTEGER,
    failures     INTEGER NOT NULL,
    problem      TEXT    NOT NULL,
    stopped      INTEGER NOT NULL,
    facts        TEXT    NOT NULL,
    guard        TEXT,
    guarded_at   INTEGER,
    updated      INTEGER NOT NULL,
    PRIMARY KEY (merchant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    next       INTEGER NOT NULL,
    watermark  INTEGER,
    started    INTEGER,
    resume     TEXT,
    last_good  INTEGER,
    failures   INTEGER NOT NULL,
    problem    TEXT    NOT NULL,
    PRIMARY KEY (merchant, connection, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE call_window (
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT NOT NULL,
    name       TEXT NOT NULL,
    calls      TEXT NOT NULL,
    PRIMARY KEY (merchant, connection, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE hint (
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    -- The newest arrival: one that came after a look began is not served by that look.
    latest     INTEGER NOT NULL,
    PRIMARY KEY (merchant, connection, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX hint_oldest ON hint (merchant, connection, at);

CREATE TABLE subscription (
    merchant      INTEGER NOT NULL REFERENCES merchant (id),
    connection    TEXT    NOT NULL,
    event         TEXT    NOT NULL,
    token         TEXT    NOT NULL,
    secret        TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    remote_id     TEXT,
    created       INTEGER NOT NULL,
    last_delivery INTEGER,
    deliveries    INTEGER NOT NULL,
    PRIMARY KEY (merchant, connection, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE carrier (
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    code       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    PRIMARY KEY (merchant, connection, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE sku_alias (
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT NOT NULL,
    sku        TEXT NOT NULL,
    item       TEXT NOT NULL,
    PRIMARY KEY (merchant, connection, sku)
) STRICT, WITHOUT ROWID;

CREATE TABLE sku_alias_history (
    id         INTEGER PRIMARY KEY,
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT    NOT NULL,
    sku        TEXT    NOT NULL,
    item       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

CREATE TABLE carrier_alias (
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT NOT NULL,
    carrier    TEXT NOT NULL,
    code       TEXT NOT NULL,
    PRIMARY KEY (merchant, connection, carrier)
) STRICT, WITHOUT ROWID;

CREATE TABLE carrier_alias_history (
    id         INTEGER PRIMARY KEY,
    merchant   INTEGER NOT NULL REFERENCES merchant (id),
    connection TEXT    NOT NULL,
    carrier    TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (merchant, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting_history (
    id       INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    key      TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
