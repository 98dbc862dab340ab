-- What the detector keeps of each key, and the alarms that it raised. Before, a profile was kept for each batch
-- and the id of each request: what came late now is judged in its place, and a repeat is known by the history.

DROP TABLE profiles;
DROP TABLE seen_events;

-- `state` has taken in every event of the key before `folded_until`; what came since lies in the history. A
-- key of which anything was ever kept has a row.
CREATE TABLE key_states (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    folded_until BIGINT NOT NULL,
    state BLOB NOT NULL
);

-- `withdrawn_at` is set while an alarm does not stand: lines that came late showed that it was none.
CREATE TABLE alarms (
    id TEXT NOT NULL PRIMARY KEY,
    access_key_id TEXT NOT NULL,
    risk_event_id TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    alarm TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX alarms_by_key ON alarms (access_key_id, happened_at);
CREATE INDEX alarms_by_event ON alarms (risk_event_id, happened_at);
