-- Remote writes, and what stands in front of a person.

CREATE TABLE effect (
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
    phase         TEXT    NOT NULL CHECK (phase IN ('planned', 'armed', 'sending', 'unknown', 'confirmed', 'rejected',
                                                    'held', 'superseded')),
    stage         TEXT    NOT NULL,
    operation     TEXT    NOT NULL,
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
    updated       INTEGER NOT NULL
) STRICT;
-- Unique for ever: rows are never deleted (reliability R1).
CREATE UNIQUE INDEX effect_key ON effect (merchant, key);
CREATE INDEX effect_flow ON effect (flow) WHERE flow IS NOT NULL;
-- What a lane takes next. `id`, `object` and `not_before` are in it so that the walk never touches a row it skips.
CREATE INDEX effect_waiting ON effect (merchant, connection, priority, due, id, not_before, object)
    WHERE phase IN ('planned', 'armed', 'unknown');
CREATE INDEX effect_next ON effect (merchant, connection, not_before) WHERE phase IN ('planned', 'armed', 'unknown');
CREATE INDEX effect_object ON effect (merchant, connection, object, id, kind, phase)
    WHERE phase IN ('planned', 'armed', 'sending', 'unknown');
CREATE INDEX effect_stuck ON effect (merchant, connection, kind, phase, flow) WHERE phase IN ('held', 'rejected');

CREATE TABLE exception (
    id          INTEGER PRIMARY KEY,
    merchant    INTEGER NOT NULL REFERENCES merchant (id),
    flow        INTEGER REFERENCES flow (id),
    connection  TEXT    NOT NULL,
    cause       TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    owner       TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    next_action TEXT    NOT NULL,
    due         INTEGER,
    amount      INTEGER,
    currency    TEXT,
    opened      INTEGER NOT NULL,
    resolved    INTEGER,
    resolution  TEXT    NOT NULL DEFAULT ''
) STRICT;
-- One open exception per fingerprint and flow; 0 stands for "no flow", whose numbers begin at 1.
CREATE UNIQUE INDEX exception_one ON exception (merchant, fingerprint, ifnull(flow, 0)) WHERE resolved IS NULL;
CREATE INDEX exception_open ON exception (merchant, fingerprint, opened) WHERE resolved IS NULL;
CREATE INDEX exception_opened ON exception (merchant, fingerprint, opened);
CREATE INDEX exception_flow ON exception (flow, resolved) WHERE flow IS NOT NULL;
