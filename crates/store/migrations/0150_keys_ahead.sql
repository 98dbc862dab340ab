-- Keys whose newest instant was judged in the order in which its requests came, and is still to be judged in its own:
-- one row. It commits with what was judged, so that a process which is killed leaves word of them.
CREATE TABLE keys_ahead (
    slot BIGINT NOT NULL PRIMARY KEY,
    access_key_ids TEXT NOT NULL
);
