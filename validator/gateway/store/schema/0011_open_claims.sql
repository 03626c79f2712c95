-- A ticket's open claims, however many it had: a lying device may give one ticket any number.
CREATE INDEX claims_open_of_ticket ON claims (ticket) WHERE state = 'open';
