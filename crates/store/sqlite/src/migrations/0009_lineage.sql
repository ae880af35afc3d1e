-- Which generation of the database this is, compared at every start with the mark beside the file.

CREATE TABLE lineage (
    merchant     INTEGER PRIMARY KEY REFERENCES merchant (id),
    generation   TEXT    NOT NULL,
    pulse        INTEGER NOT NULL,
    restored_at  INTEGER,
    restored_why TEXT,
    released     INTEGER
) STRICT;
