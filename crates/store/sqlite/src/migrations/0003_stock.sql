-- What the warehouse has, what channels list, what was sent and read back.

CREATE TABLE item (
    merchant  TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    barcode   TEXT    NOT NULL,
    active    INTEGER NOT NULL,
    available INTEGER,
    observed  INTEGER,
    PRIMARY KEY (merchant, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE kit_part (
    merchant  TEXT    NOT NULL,
    kit       TEXT    NOT NULL,
    component TEXT    NOT NULL,
    quantity  INTEGER NOT NULL,
    PRIMARY KEY (merchant, kit, component)
) STRICT, WITHOUT ROWID;
CREATE INDEX kit_component ON kit_part (merchant, component);

CREATE TABLE demand (
    merchant     TEXT    NOT NULL,
    item         TEXT    NOT NULL,
    flow         INTEGER NOT NULL REFERENCES flow (id),
    quantity     INTEGER NOT NULL,
    counted_from INTEGER,
    PRIMARY KEY (merchant, item, flow)
) STRICT, WITHOUT ROWID;
CREATE INDEX demand_flow ON demand (flow);
CREATE INDEX demand_counted ON demand (merchant, counted_from) WHERE counted_from IS NOT NULL;

CREATE TABLE listing (
    merchant         TEXT    NOT NULL,
    connection       TEXT    NOT NULL,
    listing          TEXT    NOT NULL,
    desired          INTEGER,
    sent             INTEGER,
    sent_at          INTEGER,
    flying           INTEGER,
    -- The figure that the flying effect carries.
    carried          INTEGER,
    -- When a push last took the listing from something to 0.
    zeroed_at        INTEGER,
    dirty            INTEGER NOT NULL DEFAULT 0,
    differs          INTEGER NOT NULL DEFAULT 0,
    published        INTEGER NOT NULL,
    published_at     INTEGER NOT NULL,
    active           INTEGER NOT NULL,
    sku              TEXT    NOT NULL,
    item             TEXT,
    title            TEXT    NOT NULL,
    inactive_because TEXT    NOT NULL,
    PRIMARY KEY (merchant, connection, listing)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_item ON listing (merchant, item) WHERE item IS NOT NULL;
CREATE INDEX listing_sku ON listing (merchant, sku, connection);
CREATE INDEX listing_unmapped ON listing (merchant, connection, sku) WHERE item IS NULL;
CREATE INDEX listing_dirty ON listing (merchant, connection, listing) WHERE dirty = 1;
CREATE INDEX listing_differs ON listing (merchant, connection, listing) WHERE differs > 0;
CREATE INDEX listing_flying ON listing (merchant, connection, flying) WHERE flying IS NOT NULL;
