-- SQLite fills a small table for each `IN (…)` of three words or more, each time that it looks whether a row belongs to a
-- partial index. A move of an effect looked eight times; plain comparisons cost nothing.

CREATE TABLE said AS SELECT effect, merchant, text FROM operation;
DROP TABLE operation;

CREATE TABLE effect_compared (
    id            INTEGER PRIMARY KEY,
    merchant      INTEGER NOT NULL REFERENCES merchant (id),
    connection    TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    flow          INTEGER REFERENCES flow (id),
    object        TEXT    NOT NULL,
    priority      INTEGER NOT NULL,
    deadline      INTEGER,
    -- The deadline, or the end of time.
    due           INTEGER NOT NULL,
    phase         TEXT    NOT NULL CHECK (phase = 'planned' OR phase = 'armed' OR phase = 'sending' OR phase = 'unknown'
                                          OR phase = 'confirmed' OR phase = 'rejected' OR phase = 'held'
                                          OR phase = 'superseded'),
    stage         TEXT    NOT NULL,
    note          TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    doubted       INTEGER NOT NULL,
    absences      INTEGER NOT NULL,
    absent_at     INTEGER,
    epoch         INTEGER NOT NULL,
    send_deadline INTEGER,
    horizon       INTEGER,
    not_before    INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    evidence      TEXT    NOT NULL,
    created       INTEGER NOT NULL,
    updated       INTEGER NOT NULL,
    withdrawn     INTEGER NOT NULL DEFAULT 0,
    touched       INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO effect_compared
    SELECT id, merchant, connection, kind, key, flow, object, priority, deadline, due, phase, stage, note, attempt,
           doubted, absences, absent_at, epoch, send_deadline, horizon, not_before, failures, evidence, created, updated,
           withdrawn, touched
    FROM effect;
DROP TABLE effect;
ALTER TABLE effect_compared RENAME TO effect;

-- Unique for ever: rows are never deleted (reliability R1).
CREATE UNIQUE INDEX effect_key ON effect (merchant, key);
CREATE INDEX effect_flow ON effect (flow) WHERE flow IS NOT NULL;
-- What a lane takes next. `id`, `object` and `not_before` are in it so that the walk never touches a row it skips.
CREATE INDEX effect_waiting ON effect (merchant, connection, priority, due, id, not_before, object)
    WHERE (phase = 'planned' OR phase = 'armed' OR phase = 'unknown');
CREATE INDEX effect_next ON effect (merchant, connection, not_before)
    WHERE (phase = 'planned' OR phase = 'armed' OR phase = 'unknown');
CREATE INDEX effect_object ON effect (merchant, connection, object, id, kind, phase)
    WHERE (phase = 'planned' OR phase = 'armed' OR phase = 'sending' OR phase = 'unknown');
CREATE INDEX effect_stuck ON effect (merchant, connection, kind, phase, flow)
    WHERE (phase = 'held' OR phase = 'rejected');
CREATE INDEX effect_withdrawn ON effect (merchant, connection)
    WHERE withdrawn = 1 AND (phase = 'planned' OR phase = 'armed' OR phase = 'sending' OR phase = 'unknown');

-- What an effect says.
CREATE TABLE operation (
    effect   INTEGER PRIMARY KEY REFERENCES effect (id),
    merchant INTEGER NOT NULL REFERENCES merchant (id),
    text     TEXT    NOT NULL
) STRICT;
INSERT INTO operation (effect, merchant, text) SELECT effect, merchant, text FROM said;
DROP TABLE said;
