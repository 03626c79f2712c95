-- Public half of the key that a device signs the heads of its journal with; empty = it has none.
ALTER TABLE devices ADD COLUMN key BLOB NOT NULL DEFAULT x'';

-- Signed heads: the furthest of each journal, and every one that its rows do not lead to.
CREATE TABLE heads (
    journal TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (journal, sequence, hash)
) WITHOUT ROWID;
