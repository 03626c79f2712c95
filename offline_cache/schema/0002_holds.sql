-- An admission that waits for the guest's passage is open too, though it was lit.
DROP INDEX journal_unlit;
CREATE INDEX journal_open ON journal (sequence) WHERE passes = 1 AND (lit = 0 OR kind = 'hold');
