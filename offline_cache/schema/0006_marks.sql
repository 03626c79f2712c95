-- Where a stream stood at a time of the gateway's, at most one a day: how old its frames are.
CREATE TABLE marks (
    stream INTEGER NOT NULL REFERENCES streams (id),
    counter INTEGER NOT NULL,
    random BLOB NOT NULL CHECK (length(random) = 8),
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (stream, at)
) STRICT, WITHOUT ROWID;
