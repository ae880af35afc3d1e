-- An effect that was taken back makes no further call that changes anything.

ALTER TABLE effect ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
-- Whether anything of it may be at the remote.
ALTER TABLE effect ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;
UPDATE effect SET touched = 1 WHERE attempt > 0;
CREATE INDEX effect_withdrawn ON effect (merchant, connection)
    WHERE withdrawn = 1 AND phase IN ('planned', 'armed', 'sending', 'unknown');
