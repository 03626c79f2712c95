-- Keys of the gateway's feed beyond the one that was pinned, each named by one before it.
CREATE TABLE seals (
    place INTEGER PRIMARY KEY,
    before BLOB NOT NULL CHECK (length(before) = 32),
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
    ends INTEGER NOT NULL CHECK (ends IN (0, 1)),
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
