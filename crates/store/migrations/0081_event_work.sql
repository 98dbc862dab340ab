-- Who works on a risk event, and until when one is ignored.
ALTER TABLE risk_events ADD COLUMN assigned_to TEXT;
ALTER TABLE risk_events ADD COLUMN ignored_until BIGINT;
CREATE INDEX risk_events_assigned ON risk_events (assigned_to, latest_detected_at, id);

-- An entry that names a key is about that key alone.
CREATE INDEX allowlist_by_access_key ON allowlist (access_key_id);
