-- When the alarm dial was turned, and by whom: an access is judged by how it stood at its own time. The first row
-- is the value of the configuration that stood until then.
CREATE TABLE dial_turns (
    turned_at BIGINT NOT NULL PRIMARY KEY,
    alarms_per_day DOUBLE PRECISION NOT NULL,
    turned_by TEXT NOT NULL
);

-- What other values would have raised, as somebody asked last: one row.
CREATE TABLE dial_previews (
    slot BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    asked TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    ended_at BIGINT,
    failure TEXT,
    result TEXT
);
