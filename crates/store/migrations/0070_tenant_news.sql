-- What changed of what all keys show, since that was written to its file: in the detector's own words, numbered
-- in the order in which it changed. It commits with what it follows from.
CREATE TABLE tenant_news (
    number BIGINT NOT NULL PRIMARY KEY,
    news BLOB NOT NULL
);

-- Of two keys that began at the same instant, the one whose first event is the lesser began first.
ALTER TABLE key_lines ADD COLUMN first_event_id TEXT NOT NULL DEFAULT '';
