-- What changes a ticket that is known already is also told ahead of what is new: a file of a
-- million codes may stand before it.
ALTER TABLE changes ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
CREATE INDEX changes_of_known ON changes (sequence) WHERE known;
