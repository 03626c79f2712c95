-- The furthest signed head of the gateway's journal that this device was given to keep.
CREATE TABLE witness (
    journal TEXT NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
