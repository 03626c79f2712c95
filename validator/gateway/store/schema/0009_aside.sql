-- Rows of ticketing systems that can't be read: while there are any, the system is not known in full.
CREATE TABLE aside (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    why TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) WITHOUT ROWID;
