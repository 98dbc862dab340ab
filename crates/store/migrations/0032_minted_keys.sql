-- Keys that were made with a key, out of the logs: what was made with a leaked one is a thief's until it is known
-- to be not.
CREATE TABLE minted_keys (
    child TEXT NOT NULL PRIMARY KEY,
    parent TEXT NOT NULL,
    minted_at BIGINT NOT NULL,
    event_id TEXT NOT NULL
);
CREATE INDEX minted_keys_by_parent ON minted_keys (parent, minted_at);
