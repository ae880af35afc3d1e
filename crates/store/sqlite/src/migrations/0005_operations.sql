-- What an effect says never changes, while its row moves ten times and more: apart, a move rewrites a few hundred bytes.

CREATE TABLE operation (
    effect   INTEGER PRIMARY KEY REFERENCES effect (id),
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    text     TEXT    NOT NULL
) STRICT;
INSERT INTO operation (effect, merchant, text) SELECT id, merchant, operation FROM effect;
ALTER TABLE effect DROP COLUMN operation;
