-- A pass takes a performance's row for its number, its serials and its days.
CREATE TABLE passes (
    scope INTEGER PRIMARY KEY REFERENCES performances (scope),
    entries INTEGER CHECK (entries >= 1),
    per_day INTEGER CHECK (per_day >= 1),
    per_performance INTEGER CHECK (per_performance >= 1),
    choice INTEGER CHECK (choice >= 1)
) STRICT;

CREATE TABLE pass_performances (
    pass INTEGER NOT NULL REFERENCES passes (scope),
    scope INTEGER NOT NULL REFERENCES performances (scope),
    PRIMARY KEY (pass, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX passes_by_performance ON pass_performances (scope);

ALTER TABLE tickets ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
