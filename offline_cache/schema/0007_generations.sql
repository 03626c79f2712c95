-- A stream's rows come in generations, each with a row here. That of stage 'live' counts and has
-- the stream's name; one that stands 'apart' is being written, or was replaced and is being swept;
-- an 'empty' one waits to be used again (to delete it would look through every row that may name
-- it).
ALTER TABLE streams ADD COLUMN stage TEXT NOT NULL DEFAULT 'live'
    CHECK (stage IN ('live', 'apart', 'empty'));

CREATE TABLE entries (
    stream INTEGER NOT NULL REFERENCES streams (id),
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (key, stream)
) STRICT, WITHOUT ROWID;
INSERT INTO entries SELECT stream, key, value FROM catalogue;
DROP TABLE catalogue;
ALTER TABLE entries RENAME TO catalogue;

-- The set of a generation's cancelled tickets as memory holds it, in parts; sequence is how far
-- the stream was then. What came later is in frames.
DROP TABLE image;
CREATE TABLE image (
    stream INTEGER NOT NULL REFERENCES streams (id),
    part INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    image BLOB NOT NULL,
    PRIMARY KEY (stream, part)
) STRICT;
