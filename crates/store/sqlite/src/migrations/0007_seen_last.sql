-- Of what was seen only the newest content counts: a document that goes back to what it was has changed again.

CREATE TABLE seen_last (
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    source   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    hash     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (merchant, source, id)
) STRICT, WITHOUT ROWID;
INSERT INTO seen_last SELECT merchant, source, id, hash, max(at) FROM seen GROUP BY merchant, source, id;
DROP TABLE seen;
ALTER TABLE seen_last RENAME TO seen;
