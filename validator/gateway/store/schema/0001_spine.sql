-- The journal: append-only, hash-chained. Only `ticket` (a merge) and `conflict` (a fold) move.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    device_seq INTEGER,
    body BLOB NOT NULL,
    at_corrected INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ref BLOB,
    ticket TEXT,
    performance INTEGER NOT NULL,
    gate TEXT NOT NULL,
    tariff INTEGER,
    direction TEXT NOT NULL,
    count INTEGER NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    assurance TEXT NOT NULL,
    of_id TEXT,
    judged INTEGER NOT NULL,
    conflict INTEGER NOT NULL DEFAULT 0,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX events_ticket ON events (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX events_of ON events (of_id) WHERE of_id IS NOT NULL;
CREATE INDEX events_conflict ON events (conflict) WHERE conflict = 1;

-- What is disputed now, and which devices are to hear of it.
CREATE TABLE conflicts (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE conflict_devices (
    device TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (device, id)
) WITHOUT ROWID;
CREATE INDEX conflict_devices_id ON conflict_devices (id);

-- Every row of the devices' journals that arrived, the bad ones with their body.
CREATE TABLE device_rows (
    device TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    previous BLOB NOT NULL,
    chained INTEGER NOT NULL,
    check_in TEXT,
    accepted INTEGER NOT NULL,
    why TEXT NOT NULL,
    quarantined INTEGER NOT NULL,
    body BLOB,
    PRIMARY KEY (device, sequence, hash)
) WITHOUT ROWID;

-- Ordinals are never used twice, not even after a release: that is what makes a race visible.
CREATE TABLE claims (
    id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    ticket TEXT,
    ordinal INTEGER,
    direction TEXT NOT NULL,
    count INTEGER NOT NULL,
    performance INTEGER NOT NULL,
    gate TEXT NOT NULL,
    ref BLOB,
    code BLOB,
    at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released')),
    request BLOB NOT NULL,
    verdict BLOB,
    UNIQUE (ticket, ordinal)
) WITHOUT ROWID;
CREATE INDEX claims_open ON claims (state) WHERE state = 'open';

-- Who is in: the fold of the journal, with entries made elsewhere.
CREATE TABLE uses (
    id TEXT PRIMARY KEY,
    ticket TEXT NOT NULL,
    performance INTEGER NOT NULL,
    direction TEXT NOT NULL,
    count INTEGER NOT NULL,
    at INTEGER NOT NULL,
    gate TEXT NOT NULL,
    device TEXT NOT NULL,
    state TEXT NOT NULL,
    code BLOB,
    ref BLOB,
    tariff INTEGER,
    distributor TEXT NOT NULL DEFAULT '',
    origin TEXT
) WITHOUT ROWID;
CREATE INDEX uses_ticket ON uses (ticket, at, id);

CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    verdict BLOB NOT NULL
) WITHOUT ROWID;

-- Staff ids stand here alone, so that they can be erased and the chain still verifies.
CREATE TABLE staff (
    check_in TEXT PRIMARY KEY,
    staff TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE epoch (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    counter INTEGER NOT NULL,
    random BLOB NOT NULL,
    cut INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE streams (
    name TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE stream_rows (
    stream TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (stream, key)
) WITHOUT ROWID;

CREATE TABLE frames (
    stream TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;

-- History: a row was known from `learned_at` until `until`; NULL = still.
CREATE TABLE listings (
    seq INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    ticket TEXT NOT NULL,
    number TEXT,
    source TEXT NOT NULL,
    scope INTEGER NOT NULL,
    body BLOB NOT NULL,
    learned_at INTEGER NOT NULL,
    until INTEGER
);
CREATE UNIQUE INDEX listings_now ON listings (key) WHERE until IS NULL;
CREATE INDEX listings_key ON listings (key, learned_at) WHERE until IS NOT NULL;
CREATE INDEX listings_ticket ON listings (ticket) WHERE until IS NULL;
CREATE INDEX listings_number ON listings (number) WHERE until IS NULL AND number IS NOT NULL;
CREATE INDEX listings_source ON listings (source, scope) WHERE until IS NULL;

CREATE TABLE revocations (
    seq INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    kind TEXT NOT NULL,
    replacement TEXT,
    source TEXT NOT NULL,
    learned_at INTEGER NOT NULL,
    until INTEGER
);
CREATE UNIQUE INDEX revocations_now ON revocations (key, kind) WHERE until IS NULL;
CREATE INDEX revocations_key ON revocations (key, learned_at) WHERE until IS NOT NULL;

CREATE TABLE upstreams (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL,
    as_of INTEGER
) WITHOUT ROWID;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    check_in TEXT NOT NULL,
    number TEXT,
    state TEXT NOT NULL CHECK (state IN ('owed', 'done', 'refused')),
    answer TEXT NOT NULL DEFAULT '',
    UNIQUE (check_in, source)
);
CREATE INDEX outbox_owed ON outbox (source, seq) WHERE state = 'owed';

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    gate TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    revoked INTEGER NOT NULL DEFAULT 0,
    enrolled_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Latest start of each device that a claim has told of.
CREATE TABLE device_boots (
    device TEXT PRIMARY KEY,
    boot INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE enrolments (
    secret_hash BLOB PRIMARY KEY,
    gate TEXT NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER
) WITHOUT ROWID;

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE
) WITHOUT ROWID;
