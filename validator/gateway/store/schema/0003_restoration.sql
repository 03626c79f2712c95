-- Up to where ended lives of the store are known: as the backup had them, then as devices gave back.
CREATE TABLE lost_streams (
    name TEXT NOT NULL,
    counter INTEGER NOT NULL,
    random BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (name, counter, random)
) WITHOUT ROWID;

-- Devices that may know what a restored store does not.
CREATE TABLE homecoming (
    device TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('awaited', 'came', 'written_off')),
    at INTEGER NOT NULL,
    who TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX homecoming_awaited ON homecoming (device) WHERE state = 'awaited';

-- Refused on the word of devices alone, until the ticketing system says so too.
CREATE TABLE brought (
    target BLOB PRIMARY KEY
) WITHOUT ROWID;
