-- The set of cancelled tickets as memory holds it, to be loaded at a start instead of being built.
-- cursors says of which streams, and up to where: what came later is in frames.
CREATE TABLE image (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    cursors BLOB NOT NULL,
    image BLOB NOT NULL
) STRICT;
