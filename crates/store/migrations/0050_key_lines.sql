-- The first use of each key in the name of an account or role: a key that follows another one in it begins with
-- the habits of that one. `state` are those, in the detector's own words; empty where there was none before.
CREATE TABLE key_lines (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    line TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    state BLOB NOT NULL
);
CREATE INDEX key_lines_by_line ON key_lines (line, began_at);
