-- What the warehouse has, what channels list, what was sent and read back.

CREATE TABLE item (
    id        INTEGER PRIMARY KEY,
    merchant  INTEGER NOT NULL REFERENCES merchant (id),
    code      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    barcode   TEXT    NOT NULL,
    active    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX item_code ON item (merchant, code);

-- Apart from the item, so that a million new figures rewrite a few bytes each and not the names.
CREATE TABLE figure (
    item      INTEGER PRIMARY KEY,
    merchant  INTEGER NOT NULL,
    available INTEGER NOT NULL,
    observed  INTEGER NOT NULL
) STRICT;

CREATE TABLE kit_part (
    merchant  INTEGER NOT NULL REFERENCES merchant (id),
    kit       TEXT    NOT NULL,
    component TEXT    NOT NULL,
    quantity  INTEGER NOT NULL,
    PRIMARY KEY (merchant, kit, component)
) STRICT, WITHOUT ROWID;
CREATE INDEX kit_component ON kit_part (merchant, component);

CREATE TABLE demand (
    merchant     INTEGER NOT NULL REFERENCES merchant (id),
    item         TEXT    NOT NULL,
    flow         INTEGER NOT NULL REFERENCES flow (id),
    quantity     INTEGER NOT NULL,
    counted_from INTEGER,
    PRIMARY KEY (merchant, item, flow)
) STRICT, WITHOUT ROWID;
CREATE INDEX demand_flow ON demand (flow);
CREATE INDEX demand_counted ON demand (merchant, counted_from) WHERE counted_from IS NOT NULL;

CREATE TABLE listing (
    id               INTEGER PRIMARY KEY,
    merchant         INTEGER NOT NULL REFERENCES merchant (id),
    connection       TEXT    NOT NULL,
    listing          TEXT    NOT NULL,
    sku              TEXT    NOT NULL,
    item             TEXT,
    title            TEXT    NOT NULL,
    active           INTEGER NOT NULL,
    inactive_because TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX listing_key ON listing (merchant, connection, listing);
CREATE INDEX listing_item ON listing (merchant, item) WHERE item IS NOT NULL;
CREATE INDEX listing_sku ON listing (merchant, sku, connection);
CREATE INDEX listing_unmapped ON listing (merchant, connection, sku) WHERE item IS NULL;

-- Numbers for the connections that have listings: an index of a million rows compares numbers faster than names. The
-- counts are kept with every change of a listing's figures.
CREATE TABLE channel (
    id       INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    name     TEXT    NOT NULL,
    listings INTEGER NOT NULL DEFAULT 0,
    differ   INTEGER NOT NULL DEFAULT 0,
    waiting  INTEGER NOT NULL DEFAULT 0,
    to_zero  INTEGER NOT NULL DEFAULT 0,
    in_stock INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX channel_name ON channel (merchant, name);

-- The figures of a listing, apart from its names for the same reason as an item's.
CREATE TABLE shown (
    listing      INTEGER PRIMARY KEY,
    merchant     INTEGER NOT NULL,
    channel      INTEGER NOT NULL,
    published    INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    desired      INTEGER,
    sent         INTEGER,
    sent_at      INTEGER,
    flying       INTEGER,
    -- The figure that the flying effect carries.
    carried      INTEGER,
    -- When a push last took the listing from something to 0.
    zeroed_at    INTEGER,
    dirty        INTEGER NOT NULL DEFAULT 0,
    differs      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX shown_channel ON shown (channel);
CREATE INDEX shown_dirty ON shown (channel) WHERE dirty = 1;
CREATE INDEX shown_differs ON shown (channel) WHERE differs > 0;
CREATE INDEX shown_zeroed ON shown (merchant, channel, zeroed_at) WHERE zeroed_at IS NOT NULL;
CREATE INDEX shown_flying ON shown (flying) WHERE flying IS NOT NULL;
