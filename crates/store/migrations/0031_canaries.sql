-- Keys that may do nothing and are planted: any use of one is a certain alarm. `state` is `drafted` until the key
-- exists, `armed` while its use is watched, `retired` afterwards.
CREATE TABLE canaries (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    access_key_id TEXT UNIQUE,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    connection_id TEXT,
    user_name TEXT,
    sealed TEXT,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    armed_at BIGINT
);
