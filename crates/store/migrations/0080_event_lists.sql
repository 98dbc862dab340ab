-- What lists, searches and counts of risk events read, in indexes of their own: whatever is asked of the list is
-- answered in the order of time from one index, and `search_words` (subject, account and id in lower case) lies in
-- it. Counts begin with what no list asks for, so that lists are never read by it and sorted.

ALTER TABLE risk_events ADD COLUMN search_words TEXT NOT NULL DEFAULT '';
UPDATE risk_events SET search_words = SUBSTR(LOWER(subject || ' ' || COALESCE(account, '') || ' ' || id), 1, 500);
DROP INDEX risk_events_by_time;
CREATE INDEX risk_events_by_time ON risk_events
    (latest_detected_at, id, risk_type, level, work_state, search_words);
CREATE INDEX risk_events_counted ON risk_events (sources, risk_type, level, work_state, uses);

CREATE INDEX evidence_by_key ON evidence (access_key_id);
CREATE INDEX evidence_by_asset ON evidence (asset_id, risk_event_id);
CREATE INDEX evidence_by_source ON evidence (source, found_at);
CREATE INDEX evidence_by_bucket ON evidence (bucket, object);
CREATE INDEX evidence_marked ON evidence (state, source);
