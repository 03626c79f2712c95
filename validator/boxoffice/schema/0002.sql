-- Money is in cents. An order waiting for its payment is due for its next step at `due`.
ALTER TABLE orders ADD COLUMN payment TEXT NOT NULL DEFAULT 'card' CHECK (
    payment IN ('card', 'cash', 'transfer', 'invoice', 'voucher', 'exchange', 'invitation')
);
ALTER TABLE orders ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE orders ADD COLUMN reminders INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN due INTEGER;
ALTER TABLE orders ADD COLUMN replaces INTEGER REFERENCES orders (number);
UPDATE orders SET payment = 'invoice', due = at + 864000000 WHERE paid = 0;
CREATE INDEX orders_due ON orders (due) WHERE due IS NOT NULL;

ALTER TABLE tickets ADD COLUMN price INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN commission INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;

CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Letters to customers; those not written to the outbox folder yet have no `written`.
CREATE TABLE mails (
    number INTEGER PRIMARY KEY,
    order_number INTEGER NOT NULL REFERENCES orders (number),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    written INTEGER
) STRICT;
CREATE INDEX mails_by_order ON mails (order_number);
CREATE INDEX mails_waiting ON mails (number) WHERE written IS NULL;
