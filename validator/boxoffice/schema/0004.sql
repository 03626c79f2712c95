-- What is on sale of a performance or a pass: the price in cents, and how many there are (null =
-- as many as are asked for). Zone -1 = all zones.
CREATE TABLE offers (
    scope INTEGER NOT NULL REFERENCES performances (scope),
    zone INTEGER NOT NULL CHECK (zone BETWEEN -1 AND 31),
    tariff INTEGER NOT NULL REFERENCES tariffs (id),
    price INTEGER NOT NULL CHECK (price BETWEEN 0 AND 100000000),
    quantity INTEGER CHECK (quantity >= 0),
    PRIMARY KEY (scope, zone, tariff)
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_offer ON tickets (scope, tariff, ifnull(zone, -1)) WHERE state = 'valid';

-- What was answered to a change that may be asked for again; kept for a day.
CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    asked BLOB NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);
