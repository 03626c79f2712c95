-- Ids that were given back before their claim came, each with who gave it back: what one device
-- says of an id means nothing for another's claim of it.
CREATE TABLE spent (
    id TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (id, device)
) WITHOUT ROWID;

INSERT INTO spent
SELECT id, device FROM claims
WHERE ticket IS NULL AND state = 'released' AND at = 0 AND request = x'' AND verdict IS NULL;

DELETE FROM claims
WHERE ticket IS NULL AND state = 'released' AND at = 0 AND request = x'' AND verdict IS NULL;
