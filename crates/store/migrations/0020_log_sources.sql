-- Sources of log lines beside the log buckets of assets, and how every source fares. `source` in the
-- tables below is the id of a source here, or the id of an asset whose log bucket is read.

CREATE TABLE log_sources (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    feed TEXT NOT NULL,
    log_format TEXT,
    connection_id TEXT REFERENCES connections (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    token_hash TEXT,
    former_token_hash TEXT,
    former_token_until BIGINT,
    sealed TEXT
);

-- `minute` is the number of the minute since 1970 of the latest delivery; `minute_lines` were read in it,
-- `before_lines` in the minute before.
CREATE TABLE source_progress (
    source TEXT NOT NULL PRIMARY KEY,
    deliveries BIGINT NOT NULL,
    line_count BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    first_read_at BIGINT,
    last_line_at BIGINT,
    last_delivered_at BIGINT,
    last_read_at BIGINT,
    lag_ms BIGINT,
    minute BIGINT NOT NULL,
    minute_lines BIGINT NOT NULL,
    before_lines BIGINT NOT NULL,
    backlog BIGINT,
    backlog_unit TEXT,
    confirmation TEXT,
    failure TEXT,
    failing_since BIGINT
);

-- How far each part of a source (a file, a shard) was read, in the words of its kind.
CREATE TABLE source_checkpoints (
    source TEXT NOT NULL,
    part TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (source, part)
);

CREATE TABLE source_gaps (
    id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX source_gaps_by_source ON source_gaps (source, begun_at);
