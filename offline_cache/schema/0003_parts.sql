-- A snapshot may come in several parts, which have one cursor.
CREATE TABLE kept (
    stream INTEGER NOT NULL REFERENCES streams (id),
    counter INTEGER NOT NULL,
    random BLOB NOT NULL CHECK (length(random) = 8),
    sequence INTEGER NOT NULL,
    part INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (stream, counter, random, sequence, part)
) STRICT;
INSERT INTO kept SELECT stream, counter, random, sequence, 0, sealed FROM frames;
DROP TABLE frames;
ALTER TABLE kept RENAME TO frames;

-- Parts that wait for the rest of their snapshot; parts is how many there are.
CREATE TABLE waiting (
    stream TEXT NOT NULL,
    counter INTEGER NOT NULL,
    random BLOB NOT NULL CHECK (length(random) = 8),
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    parts INTEGER NOT NULL,
    part INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (stream, part)
) STRICT;
