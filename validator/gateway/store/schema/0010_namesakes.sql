-- Ids that another device had used before: what this device calls `said` is kept as `name`.
CREATE TABLE namesakes (
    said TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    PRIMARY KEY (said, device)
) WITHOUT ROWID;
