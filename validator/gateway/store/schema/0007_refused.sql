-- How many check-ins were refused for good is asked with every count.
CREATE INDEX outbox_refused ON outbox (source, seq) WHERE state = 'refused';
