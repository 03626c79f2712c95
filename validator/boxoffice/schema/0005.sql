-- Files of resellers that were taken in; their orders name them.
CREATE TABLE imports (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    distributor TEXT NOT NULL,
    found INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    known INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    troubled INTEGER NOT NULL
) STRICT;
ALTER TABLE orders ADD COLUMN import INTEGER REFERENCES imports (number);
CREATE INDEX orders_by_distributor ON orders (distributor) WHERE distributor <> '';
CREATE INDEX codes_by_text ON codes (text) WHERE serial IS NULL;
