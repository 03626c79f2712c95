-- Cancellations that a supervisor has to look at first: too many at once, and only inferred.
CREATE TABLE held (
    source TEXT NOT NULL,
    scope INTEGER NOT NULL,
    key BLOB NOT NULL,
    kind TEXT NOT NULL,
    replacement TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (key, kind)
) WITHOUT ROWID;
CREATE INDEX held_scope ON held (source, scope);
