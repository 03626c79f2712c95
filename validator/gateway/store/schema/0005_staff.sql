-- The journal names a signed-in person by a random reference, new every day. Whose it was stands
-- here alone and is erased after the retention time: the hash chain still verifies.
DROP TABLE staff;
CREATE TABLE staff (
    ref TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    since INTEGER NOT NULL
) WITHOUT ROWID;

ALTER TABLE users ADD COLUMN ref TEXT NOT NULL DEFAULT '';
UPDATE users SET ref = lower(hex(randomblob(8)));
INSERT INTO staff SELECT ref, name, unixepoch() * 1000 FROM users;
