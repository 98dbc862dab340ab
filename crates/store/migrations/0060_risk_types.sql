-- Evidence of what is no key, conditions of policies, and what decides who may read a bucket.

CREATE TABLE evidence_of_all (
    id TEXT NOT NULL PRIMARY KEY,
    risk_event_id TEXT NOT NULL,
    access_key_id TEXT,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    location TEXT NOT NULL,
    connection_id TEXT,
    asset_id TEXT,
    bucket TEXT,
    object TEXT,
    link TEXT,
    fingerprint TEXT,
    masked TEXT,
    confidence DOUBLE PRECISION NOT NULL,
    why TEXT NOT NULL,
    readable_since BIGINT,
    found_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);
INSERT INTO evidence_of_all (id, risk_event_id, access_key_id, source, state, location, connection_id,
    asset_id, bucket, object, link, fingerprint, masked, confidence, why, readable_since, found_at, seen_at)
SELECT id, risk_event_id, access_key_id, source, state, location, connection_id, asset_id, bucket, object,
    link, fingerprint, masked, confidence, why, readable_since, found_at, seen_at FROM evidence;
DROP TABLE evidence;
ALTER TABLE evidence_of_all RENAME TO evidence;
CREATE INDEX evidence_by_event ON evidence (risk_event_id, found_at);
CREATE INDEX evidence_by_object ON evidence (asset_id, object);
CREATE INDEX evidence_by_state ON evidence (state, seen_at);

ALTER TABLE policies ADD COLUMN conditions TEXT NOT NULL DEFAULT '{}';

CREATE TABLE exposures (
    asset_id TEXT NOT NULL PRIMARY KEY REFERENCES assets (id) ON DELETE CASCADE,
    public_settings TEXT NOT NULL,
    checked_at BIGINT NOT NULL
);
