-- Which buckets the lines of a source speak of, beside log buckets: those are watched by it.
CREATE TABLE source_buckets (
    source TEXT NOT NULL,
    bucket TEXT NOT NULL,
    last_line_at BIGINT NOT NULL,
    last_read_at BIGINT NOT NULL,
    PRIMARY KEY (source, bucket)
);
CREATE INDEX source_buckets_by_bucket ON source_buckets (bucket, last_read_at);
