-- Who read objects that hold a leaked key: each request once, as far as they are few. From the history when the
-- key is found, and from the lines that come since.
CREATE TABLE object_reads (
    bucket TEXT NOT NULL,
    object TEXT NOT NULL,
    event_id TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    source_ip TEXT,
    access_key_id TEXT,
    user_agent TEXT,
    bytes_out BIGINT NOT NULL,
    PRIMARY KEY (bucket, object, event_id)
);
