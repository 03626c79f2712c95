-- What a device knows (streams) and owes (journal). Times are milliseconds since 1970, UTC.

-- starts counts how often the cache was opened: a claim of an earlier start is void (ADR 0004).
CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY,
    starts INTEGER NOT NULL
) STRICT;

-- Append-only and hash-chained. A row is never changed but for what became of it:
-- state 0 = owed, 1 = acknowledged, 2 = rejected (kept, with the reason in why).
CREATE TABLE journal (
    sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence >= 1),
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body BLOB NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    of TEXT,
    ticket TEXT,
    passes INTEGER NOT NULL CHECK (passes IN (0, 1)),
    lit INTEGER NOT NULL DEFAULT 0 CHECK (lit IN (0, 1)),
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    why TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX journal_owed ON journal (sequence) WHERE state = 0;
CREATE INDEX journal_owed_ticket ON journal (ticket) WHERE state = 0;
CREATE INDEX journal_unlit ON journal (sequence) WHERE passes = 1 AND lit = 0;
CREATE INDEX journal_of ON journal (of) WHERE of IS NOT NULL;

-- This device's own uses. A gone one was undone or released here: it also hides the stream's row.
CREATE TABLE own_uses (
    id TEXT NOT NULL PRIMARY KEY,
    event INTEGER NOT NULL REFERENCES journal (sequence),
    ticket TEXT,
    code BLOB,
    body BLOB,
    gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
    CHECK (gone = 1 OR (ticket IS NOT NULL AND body IS NOT NULL))
) STRICT;
CREATE INDEX own_uses_ticket ON own_uses (ticket);
CREATE INDEX own_uses_code ON own_uses (code);

-- Where each stream stands. random is the epoch's 64 bits.
CREATE TABLE streams (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    counter INTEGER NOT NULL,
    random BLOB NOT NULL CHECK (length(random) = 8),
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

-- Sealed frames as they came, so that a restored gateway can be given what it lost.
CREATE TABLE frames (
    stream INTEGER NOT NULL REFERENCES streams (id),
    counter INTEGER NOT NULL,
    random BLOB NOT NULL CHECK (length(random) = 8),
    sequence INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (stream, counter, random, sequence)
) STRICT;

CREATE TABLE catalogue (
    stream INTEGER NOT NULL REFERENCES streams (id),
    key BLOB NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
    stream INTEGER NOT NULL REFERENCES streams (id),
    key BLOB NOT NULL,
    ticket TEXT NOT NULL,
    number TEXT,
    value BLOB NOT NULL,
    PRIMARY KEY (key, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_ticket ON tickets (ticket);
CREATE INDEX tickets_number ON tickets (number) WHERE number IS NOT NULL;

CREATE TABLE cancellations (
    stream INTEGER NOT NULL REFERENCES streams (id),
    target BLOB NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (target, key, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE uses (
    stream INTEGER NOT NULL REFERENCES streams (id),
    key BLOB NOT NULL,
    ticket TEXT NOT NULL,
    code BLOB,
    value BLOB NOT NULL,
    PRIMARY KEY (key, stream)
) STRICT, WITHOUT ROWID;
CREATE INDEX uses_ticket ON uses (ticket);
CREATE INDEX uses_code ON uses (code);

-- How old each source's knowledge was when it was heard, on the clock of that boot.
CREATE TABLE ages (
    source TEXT NOT NULL PRIMARY KEY,
    boot TEXT NOT NULL,
    heard_boot_ms INTEGER NOT NULL,
    age_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE conflicts (
    id TEXT NOT NULL PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
