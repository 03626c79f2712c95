CREATE TABLE events (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE performances (
    scope INTEGER PRIMARY KEY CHECK (scope BETWEEN 1 AND 4294967295),
    event TEXT NOT NULL REFERENCES events (id),
    name TEXT NOT NULL,
    doors INTEGER NOT NULL,
    start INTEGER NOT NULL,
    finish INTEGER NOT NULL,
    timezone TEXT NOT NULL,
    cutoff_min INTEGER NOT NULL,
    next_serial INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE zones (
    event TEXT NOT NULL REFERENCES events (id),
    bit INTEGER NOT NULL CHECK (bit BETWEEN 0 AND 31),
    name TEXT NOT NULL,
    PRIMARY KEY (event, bit)
) STRICT, WITHOUT ROWID;

-- Names and attention texts are JSON objects by language.
CREATE TABLE tariffs (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 65535),
    name TEXT NOT NULL,
    icon TEXT NOT NULL,
    attention TEXT NOT NULL
) STRICT;

-- The private halves stand in files beside the database.
CREATE TABLE issuer_keys (
    kid INTEGER PRIMARY KEY CHECK (kid BETWEEN 1 AND 65535),
    public BLOB NOT NULL CHECK (length(public) = 32),
    state TEXT NOT NULL CHECK (state IN ('active', 'retired', 'compromised'))
) STRICT;

CREATE TABLE orders (
    number INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    email TEXT NOT NULL,
    paid INTEGER NOT NULL CHECK (paid IN (0, 1)),
    distributor TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE tickets (
    number TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    order_number INTEGER NOT NULL REFERENCES orders (number),
    position INTEGER NOT NULL,
    scope INTEGER NOT NULL REFERENCES performances (scope),
    tariff INTEGER NOT NULL REFERENCES tariffs (id),
    zone INTEGER,
    seat TEXT,
    admits INTEGER NOT NULL CHECK (admits BETWEEN 1 AND 255),
    state TEXT NOT NULL DEFAULT 'valid' CHECK (state IN ('valid', 'cancelled', 'exchanged')),
    since INTEGER NOT NULL,
    refund TEXT,
    reason TEXT,
    replacement TEXT REFERENCES tickets (number),
    reactivated INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_number, position)
) STRICT, WITHOUT ROWID;

-- A seat has one guest; cancelling puts it back on sale.
CREATE UNIQUE INDEX seats ON tickets (scope, ifnull(zone, -1), seat)
    WHERE state = 'valid' AND seat IS NOT NULL;

-- What was printed: signed tokens have a serial, resellers' codes a symbology.
CREATE TABLE codes (
    scope INTEGER NOT NULL REFERENCES performances (scope),
    text TEXT NOT NULL,
    ticket TEXT NOT NULL REFERENCES tickets (number),
    kid INTEGER REFERENCES issuer_keys (kid),
    serial INTEGER,
    symbology TEXT NOT NULL,
    at INTEGER NOT NULL,
    replaced_at INTEGER,
    PRIMARY KEY (scope, text)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX serials ON codes (scope, serial) WHERE serial IS NOT NULL;
CREATE INDEX codes_by_ticket ON codes (ticket);
CREATE INDEX codes_by_key ON codes (kid, scope) WHERE kid IS NOT NULL;

CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    ticket TEXT NOT NULL REFERENCES tickets (number),
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_ticket ON history (ticket);

CREATE TABLE check_ins (
    id TEXT PRIMARY KEY,
    ticket TEXT REFERENCES tickets (number),
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX check_ins_by_ticket ON check_ins (ticket);

-- What became different, without gaps; the present state stands in the other tables. The mark
-- tells a row from the one that had its sequence before a backup was restored.
CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    mark TEXT NOT NULL DEFAULT (lower(hex(randomblob(8))))
) STRICT;

CREATE TABLE sample (role TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
