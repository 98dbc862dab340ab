-- One text for SQLite and PostgreSQL. Instants are microseconds since 1970, flags are 0 or 1, nested
-- values are JSON, enumerations are the words of the model. Every column of words is compared byte by
-- byte in both databases (see `store.rs`), so that pages and cursors agree.

CREATE TABLE connections (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    region TEXT NOT NULL,
    endpoint TEXT,
    accounts_endpoint TEXT,
    access_key_id TEXT,
    health TEXT NOT NULL,
    synchronized_at BIGINT,
    created_at BIGINT NOT NULL,
    sealed TEXT
);

CREATE TABLE assets (
    id TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    bucket TEXT NOT NULL,
    region TEXT NOT NULL,
    endpoint TEXT,
    acl TEXT,
    public_access_blocked BIGINT,
    log_target TEXT,
    object_count BIGINT,
    bytes BIGINT,
    authorization_state TEXT NOT NULL,
    failure TEXT,
    sensitivity TEXT NOT NULL,
    synchronized_at BIGINT NOT NULL,
    UNIQUE (connection_id, bucket)
);
CREATE INDEX assets_by_bucket ON assets (bucket, id);

CREATE TABLE objects (
    asset_id TEXT NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    etag TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    last_modified BIGINT,
    acl TEXT,
    state TEXT NOT NULL,
    sensitivity TEXT NOT NULL,
    found_data TEXT NOT NULL,
    why TEXT,
    scanned_at BIGINT,
    found_keys BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (asset_id, name)
);
CREATE INDEX objects_by_state ON objects (asset_id, state, name);

CREATE TABLE identification_tasks (
    id TEXT NOT NULL PRIMARY KEY,
    asset_id TEXT NOT NULL REFERENCES assets (id) ON DELETE CASCADE,
    template TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    objects_done BIGINT NOT NULL,
    objects_total BIGINT NOT NULL,
    bytes_done BIGINT NOT NULL,
    unreadable BIGINT NOT NULL,
    error TEXT
);
CREATE INDEX identification_tasks_by_asset ON identification_tasks (asset_id, started_at);

CREATE TABLE cloud_keys (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    access_key_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, access_key_id)
);
CREATE INDEX cloud_keys_by_key ON cloud_keys (access_key_id, checked_at);

CREATE TABLE risk_events (
    id TEXT NOT NULL PRIMARY KEY,
    risk_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    access_key_id TEXT,
    level TEXT NOT NULL,
    work_state TEXT NOT NULL,
    key_state TEXT NOT NULL,
    account TEXT,
    connection_id TEXT,
    first_detected_at BIGINT NOT NULL,
    latest_detected_at BIGINT NOT NULL,
    sources TEXT NOT NULL,
    uses BIGINT NOT NULL,
    first_used_at BIGINT,
    last_used_at BIGINT,
    judgement TEXT NOT NULL,
    score TEXT NOT NULL
);
CREATE INDEX risk_events_by_time ON risk_events (latest_detected_at, id);
CREATE INDEX risk_events_by_key ON risk_events (access_key_id);

CREATE TABLE evidence (
    id TEXT NOT NULL PRIMARY KEY,
    risk_event_id TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
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
CREATE INDEX evidence_by_event ON evidence (risk_event_id, found_at);
CREATE INDEX evidence_by_object ON evidence (asset_id, object);
CREATE INDEX evidence_by_state ON evidence (state, seen_at);

CREATE TABLE timeline (
    id TEXT NOT NULL PRIMARY KEY,
    risk_event_id TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    words TEXT NOT NULL,
    details TEXT NOT NULL,
    actor TEXT,
    place BIGINT NOT NULL
);
CREATE INDEX timeline_by_event ON timeline (risk_event_id, happened_at, place);

CREATE TABLE policies (
    risk_type TEXT NOT NULL PRIMARY KEY,
    level TEXT NOT NULL,
    enabled BIGINT NOT NULL
);

CREATE TABLE alert_configurations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    method TEXT NOT NULL,
    risk_types TEXT NOT NULL,
    level_min TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sealed TEXT
);

CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    configuration_id TEXT NOT NULL,
    risk_event_id TEXT,
    kind TEXT NOT NULL,
    notice TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    delivered_at BIGINT
);
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
CREATE INDEX deliveries_by_event ON deliveries (risk_event_id, created_at);
CREATE INDEX deliveries_by_state ON deliveries (state);

CREATE TABLE plans (
    id TEXT NOT NULL PRIMARY KEY,
    risk_event_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    action TEXT NOT NULL,
    steps TEXT NOT NULL,
    breaks TEXT NOT NULL,
    drafted_by TEXT NOT NULL,
    confirmed_by TEXT,
    state TEXT NOT NULL,
    drafted_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX plans_by_event ON plans (risk_event_id, drafted_at);

-- `again_at` is set while a running job has been asked for once more.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    last_error TEXT,
    state TEXT NOT NULL,
    worker TEXT,
    lease_until BIGINT,
    again_at BIGINT,
    again_payload TEXT,
    done_at BIGINT
);
CREATE INDEX jobs_by_state ON jobs (state, run_at, id);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE audit (
    sequence BIGINT NOT NULL PRIMARY KEY,
    happened_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- The one row that says where the chain ends: it serializes writers, and a cut tail shows.
CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '');

CREATE TABLE log_files (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    etag TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    events BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (source, name)
);

CREATE TABLE rejects (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    line BIGINT NOT NULL,
    first_byte BIGINT NOT NULL,
    end_byte BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (source, name, line)
);

CREATE TABLE profiles (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    profile TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE seen_events (
    event_id TEXT NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX seen_events_by_time ON seen_events (seen_at);

CREATE TABLE allowlist (
    id TEXT NOT NULL PRIMARY KEY,
    access_key_id TEXT,
    uri TEXT NOT NULL,
    reason TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX allowlist_by_uri ON allowlist (uri);

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    setting TEXT NOT NULL
);
